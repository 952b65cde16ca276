"""Mail that waits to be sent: a row is written where it is caused, and a worker sends it."""

from __future__ import annotations

import logging
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from generations.models.key import new_token, now
from generations.models.team import Person
from generations.translatable import Message

log = logging.getLogger(__name__)

CLAIM_SECONDS = 15 * 60
"""Longer than EMAIL_TOTAL_SECONDS. A worker that died meanwhile leaves the row for another after it."""
MAX_ATTEMPTS = 7
MAX_DELAY_SECONDS = 6 * 3600
MAX_ERROR = 500
DAYS_KEPT = 30


class MailQuerySet(models.QuerySet["Mail"]):
    def waiting(self) -> MailQuerySet:
        """Those that are not sent and not given up."""
        return self.filter(sent_at=None, failed_at=None)

    def due(self) -> MailQuerySet:
        """Those whose time has come and that no worker is sending."""
        return self.waiting().filter(Q(claim_until=None) | Q(claim_until__lte=now()), run_at__lte=now())

    def purge(self) -> int:
        """Remove what was sent or given up some time ago; how many."""
        old = Q(sent_at__lte=now(days=-DAYS_KEPT)) | Q(failed_at__lte=now(days=-DAYS_KEPT))
        return self.filter(old).delete()[0]


class Mail(models.Model):
    """A message to one address. It is written in its language when it is sent, by `templates/mail/<template>.txt`,
    `.html` and `_subject.txt`, from `values`: texts, numbers, lists and dictionaries of them. They name people, and go
    when it is sent or given up."""

    to = models.EmailField(_("to"))
    person = models.ForeignKey(
        Person, verbose_name=_("person"), null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    template = models.CharField(_("template"), max_length=40)
    values = models.JSONField(_("values"), default=dict)
    unsubscribe_url = models.CharField(
        _("address to unsubscribe"), max_length=500, blank=True, help_text=_("As in List-Unsubscribe; takes a POST.")
    )
    created_at = models.DateTimeField(_("created at"), db_default=now())
    run_at = models.DateTimeField(_("not before"), db_default=now())
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    claim = models.CharField(_("claim"), max_length=32, blank=True)
    claim_until = models.DateTimeField(_("claim until"), null=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    failed_at = models.DateTimeField(_("given up at"), null=True)
    error = models.CharField(_("error"), max_length=MAX_ERROR, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        indexes = [models.Index(fields=["run_at"], condition=Q(sent_at=None, failed_at=None), name="mail_waiting")]

    def __str__(self) -> str:
        return f"{self.template} ({self.pk})"

    @classmethod
    def queue(
        cls,
        to: str,
        template: str,
        *,
        language: str = "",
        person: Person | None = None,
        unsubscribe: str = "",
        **values: Any,
    ) -> Self | None:
        """Have this sent soon, in this language or else the installation's; None where no mail can be sent there.

        `values` go into the row as JSON, also a Message; `unsubscribe` is a whole address of ours. It belongs to the
        transaction of the verb that calls it."""
        if not settings.EMAIL_URL:
            return None
        try:
            validate_email(to)
        except ValidationError:
            log.warning("no mail %s is queued: its address is none", template)
            return None
        kept = {name: it.to_json() if isinstance(it, Message) else it for name, it in values.items()}
        language = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        return cls.objects.create(
            to=to, template=template, language=language, person=person, unsubscribe_url=unsubscribe, values=kept
        )

    # ── verbs of the worker that sends it ──

    @classmethod
    def claim_next(cls) -> Self | None:
        """Claim the oldest that is due, or None: one conditional UPDATE decides between any number of workers."""
        for pk in cls.objects.due().order_by("run_at", "pk").values_list("pk", flat=True)[:20]:
            token = new_token()
            if (
                cls.objects.due()
                .filter(pk=pk)
                .update(claim=token, claim_until=now(seconds=CLAIM_SECONDS), attempts=F("attempts") + 1)
            ):
                return cls.objects.select_related("person").get(pk=pk)
        return None

    def sent(self) -> bool:
        """The mail server took it. A worker that dies between that and this sends it once more, after the claim."""
        return self._release(sent_at=now(), error="", values={})

    def failed(self, error: str, *, is_final: bool = False) -> bool:
        """It was not taken: try again later, each time after a longer pause, or give up after the seventh attempt."""
        error = error[:MAX_ERROR]
        if is_final or self.attempts >= MAX_ATTEMPTS:
            return self._release(failed_at=now(), error=error, values={})
        delay = min(MAX_DELAY_SECONDS, 60 * 4 ** (self.attempts - 1))
        return self._release(run_at=now(seconds=delay), error=error)

    def _release(self, **values: object) -> bool:
        held = Mail.objects.filter(pk=self.pk, claim=self.claim).exclude(claim="")
        return bool(held.update(claim="", claim_until=None, **values))
