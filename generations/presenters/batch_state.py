"""The state of a batch, as its strip says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from generations.models import Generation


class BatchState(NamedTuple):
    """What it is called in code, the tone it is shown in, and its text in the active language."""

    name: str
    tone: str
    text: str


def state_of(generations: Sequence[Generation], *, done: int, total: int) -> BatchState:
    """The state of a batch of these generations, without those that were tried again; `done` of `total` pictures are
    there."""
    states = {generation.state for generation in generations}
    if unfinished := [generation for generation in generations if not generation.is_final]:
        return _unfinished(unfinished, states, done, total)
    if states == {"succeeded"}:
        return BatchState("done", "done", pgettext("state of a batch", "Done"))
    if done:
        return BatchState("done", "done", _("Done, %(done)s of %(total)s") % {"done": done, "total": total})
    if states == {"cancelled"}:
        return BatchState("cancelled", "off", _("Cancelled"))
    if all(generation.kind == "declined" for generation in generations if generation.state != "cancelled"):
        return BatchState("declined", "off", _("Declined by the model"))
    return BatchState("failed", "stop", _("Failed"))


def _unfinished(unfinished: Sequence[Generation], states: set[str], done: int, total: int) -> BatchState:
    if all(generation.cancel_asked_at for generation in unfinished):
        return BatchState("developing", "off", _("Stopping"))
    if done:
        said = _("Developing, %(done)s of %(total)s") % {"done": done, "total": total}
        return BatchState("developing", "lamp", said)
    if "running" in states:
        return BatchState("developing", "lamp", _("Developing"))
    if all(generation.is_trying_again for generation in unfinished):
        return BatchState("retrying", "lamp", _("Retrying"))
    return BatchState("queued", "wait", _("Queued"))
