"""Pauses: how long a provider or one of its models is left alone after a refusal, and what is said of it."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils.translation import gettext

from generations.errors import BY_KIND, GenerationError, NotConnected, ProviderBusy, RateLimited, advice_of
from generations.models.key import now
from generations.translatable import gettext_noop
from generations.translation import translated

log = logging.getLogger(__name__)

MAX_PAUSE = 3600
"""Seconds."""
MAX_SANDBOX_PAUSE = 10
ASKED_TO_WAIT = "asked_to_wait"
"""The kind of a pause for as long as the provider said."""


def pause_of(error: GenerationError, seconds: float, probe: bool, *, is_sandbox: bool) -> dict[str, object]:
    """What is written of a pause, the provider's own or one of its models'."""
    most = MAX_SANDBOX_PAUSE if is_sandbox else MAX_PAUSE
    return {
        "paused_until": now(seconds=min(seconds, most)),
        "pause_kind": ASKED_TO_WAIT if isinstance(error, RateLimited | ProviderBusy) else error.kind,
        "needs_probe": probe or seconds > most,
    }


def log_pause(error: GenerationError, seconds: float, *, provider: str, model: int | None = None) -> None:
    """One line for each pause, a refused key's among them: by ids, and without what the provider said."""
    fields = {"provider": provider, "kind": error.kind, "seconds": round(seconds)} | ({"model": model} if model else {})
    log.info(
        "provider %s, model %s: paused for %d s, %s",
        provider,
        model or "any",
        seconds,
        error.kind,
        extra={"fields": fields},
    )


def reason_of(kind: str) -> str:
    """The sentence for a kind of pause; "" for one that says no more than that it is paused."""
    if kind == ASKED_TO_WAIT:
        return gettext_noop("The provider asked to wait.")
    return error.sentence if (error := BY_KIND.get(kind)) else ""


def pause_sentence_of(name: str, kind: str) -> str:
    """That the provider or model of this name is paused, why, and what an administrator has to do, in the active
    language."""
    error, reason = BY_KIND.get(kind), translated(reason_of(kind))
    if error is NotConnected:
        return gettext("Can’t reach %(provider)s.") % {"provider": name}
    if error and error.whose_move == "admin":
        said = {"name": name, "reason": reason, "advice": translated(advice_of(error))}
        return gettext("%(name)s is paused. %(reason)s %(advice)s") % said
    if reason:
        return gettext("%(name)s is paused. %(reason)s") % {"name": name, "reason": reason}
    return gettext("%(name)s is paused.") % {"name": name}


def is_ahead(moment: datetime | None) -> bool:
    """Whether a moment is still to come."""
    return moment is not None and moment > datetime.now(moment.tzinfo)
