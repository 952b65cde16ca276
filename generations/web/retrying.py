"""Retrying many at once: each in its batch, after some seconds in which it can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations.errors import InvalidRequest
from generations.models import Generation
from generations.request import PageRequest
from generations.resubmit import failed_alike, retry
from generations.web.toasts import reason_of

UNDO_SECONDS = 8
"""How long what is tried again together waits, so that it can be undone."""
MAX_AT_ONCE = 100
"""Generations: more would take longer than that, and an address that undoes them is only so long."""


@dataclass(frozen=True)
class Retried:
    """What was queued. `undo` is an address to undo it; "" where nothing was queued."""

    queued: list[Generation]
    has_problems: bool

    @property
    def sentence(self) -> str:
        count = sum(generation.n for generation in self.queued)
        return ngettext(
            "%(number)s picture is sent again in a few seconds.",
            "%(number)s pictures are sent again in a few seconds.",
            count,
        ) % {"number": count}

    @property
    def undo(self) -> str:
        keys = urlencode([("g", generation.key) for generation in self.queued])
        return f"{reverse('undo_retry')}?{keys}" if keys else ""


def retry_together(request: PageRequest, failed: Iterable[Generation]) -> Retried:
    """Ask once more for all of these and their like; why one cannot be asked for is a message."""
    queued: list[Generation] = []
    problems: list[str] = []
    seen: set[int] = set()
    for generation in failed:
        if generation.pk in seen:
            continue
        if len(queued) >= MAX_AT_ONCE:
            said = _("%(number)s generations are tried again. Retry the others after them.")
            problems.append(said % {"number": len(queued)})
            break
        seen.update(other.pk for other in failed_alike(generation))
        try:
            queued += retry(generation, request.user, wait=UNDO_SECONDS)
        except InvalidRequest as error:
            problems.append(_("%(batch)s: %(reason)s") % {"batch": generation.batch, "reason": reason_of(error)})
    for problem in problems:
        messages.error(request, problem)
    return Retried(queued, bool(problems))
