"""Pauses: how long a provider or one of its models is left alone after a refusal, and what is said of it; and the pause
that an administrator sets by hand, which lasts until one ends it."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.errors import BY_KIND, GenerationError, NotConnected, ProviderBusy, RateLimited, advice_of
from generations.models.key import now
from generations.models.team import MAX_ACTOR_NAME
from generations.translatable import gettext_noop
from generations.translation import translated

log = logging.getLogger(__name__)

MAX_PAUSE = 3600
"""Seconds."""
MAX_SANDBOX_PAUSE = 10
ASKED_TO_WAIT = "asked_to_wait"
"""The kind of a pause for as long as the provider said."""
BY_HAND = "by_hand"
"""What is said to be the kind of a pause that an administrator set. It stands beside the others and in no column of
theirs: a new key, an answer or the end of an hour ends those, and never this one."""
MAX_REASON = 200


class Pausable(models.Model):
    """Something that is paused for a while after a refusal, or by an administrator until somebody resumes it. Nothing
    is sent to it meanwhile."""

    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True, editable=False)
    pause_kind = models.CharField(
        max_length=30, blank=True, editable=False, help_text=_("Why, as in errors.py; asked_to_wait; or paused.")
    )
    needs_probe = models.BooleanField(default=False, editable=False)
    hand_paused_at = models.DateTimeField(_("paused by hand at"), null=True, blank=True, editable=False)
    hand_paused_by = models.CharField(
        max_length=MAX_ACTOR_NAME,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("The name of who paused it."),
    )
    hand_pauser = models.ForeignKey(
        "generations.Person", null=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    hand_pause_reason = models.CharField(
        _("why it is paused"), max_length=MAX_REASON, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        abstract = True

    @property
    def pause_reason(self) -> str:
        """Why it is paused, or was last, in the active language; "" for no reason that is known."""
        return translated(reason_of(self.pause_kind))

    @property
    def is_paused_by_hand(self) -> bool:
        return self.hand_paused_at is not None

    @property
    def hand_pause_sentence(self) -> str:
        """Who paused it and why, and what becomes of what waits, for authors; in the active language."""
        said = {
            "person": self.hand_paused_by or gettext("An administrator"),
            "name": str(self),
            "reason": self.hand_pause_reason,
        }
        if self.hand_pause_reason:
            form = gettext(
                "%(person)s paused %(name)s. What waits keeps its place and is sent later; nothing fails. “%(reason)s”"
            )
        else:
            form = gettext("%(person)s paused %(name)s. What waits keeps its place and is sent later; nothing fails.")
        return form % said

    def _change(self, **values: object) -> None:
        """Write these columns of its row, whatever the others are by now."""
        type(self)._default_manager.filter(pk=self.pk).update(**values)


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
