"""An outside door to one gallery: who has its address sees what it shows, without an account."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import Subject, record, record_once
from generations.models.client import Client
from generations.models.gallery import Gallery
from generations.models.key import new_key, now
from generations.models.mail import Mail
from generations.models.pause import is_ahead
from generations.models.secret_address import SecretAddress, hash_of
from generations.models.team import Person

DAYS_OPEN = 30
MAX_LABEL = 80
MAX_CHOICES = 500


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def open(self) -> ShareLinkQuerySet:
        """Those that lead to their gallery now."""
        lasting = Q(expires_at=None) | Q(expires_at__gt=now())
        return self.filter(lasting, revoked_at=None, closed_at=None, gallery__deleted_at=None)

    def with_token(self, token: str) -> ShareLinkQuerySet:
        """The one with this token."""
        return self.filter(token_hash=hash_of(token))


class ShareLink(SecretAddress):
    """A link to a gallery, with what it shows and allows. One that is for a client is also reached from the client's
    address, and asks for the client's password, if that has one, in place of its own."""

    class Download(models.TextChoices):
        NOTHING = "", _("No downloads")
        WEB = "web", _("Web size")
        ORIGINAL = "original", _("Originals")
        LABELLED = "labelled", _("Labelled as AI-generated")

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    gallery = models.ForeignKey(Gallery, verbose_name=_("gallery"), on_delete=models.CASCADE, related_name="links")
    label = models.CharField(_("label"), max_length=MAX_LABEL)
    client = models.ForeignKey(
        Client,
        verbose_name=_("client"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,  # without it the link would ask for no password
        related_name="links",
    )
    person = models.ForeignKey(Person, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(_("created at"), db_default=now())
    expires_at = models.DateTimeField(_("open until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    closed_at = models.DateTimeField(
        _("round closed at"), null=True, editable=False, help_text=_("Until its round is opened again.")
    )
    last_visit_at = models.DateTimeField(_("last visit at"), null=True, editable=False)

    approved_only = models.BooleanField(_("approved pictures only"), default=False)
    shows_prompts = models.BooleanField(_("show prompts"), default=False)
    shows_names = models.BooleanField(_("show names"), default=False)
    download = models.CharField(_("downloads"), max_length=8, choices=Download, default=Download.NOTHING, blank=True)
    choosing = models.BooleanField(_("let visitors choose"), default=False)
    commenting = models.BooleanField(_("let visitors comment"), default=False)
    shows_comments = models.BooleanField(_("show comments"), default=False)
    choose_limit = models.PositiveSmallIntegerField(
        _("choose at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_CHOICES)],
        help_text=_("Pictures that each visitor may choose; empty: any number."),
    )

    announced_at = models.DateTimeField(_("announced at"), null=True, editable=False)
    thanked_at = models.DateTimeField(_("thanked at"), null=True, editable=False)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("share link")
        verbose_name_plural = _("share links")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("shared", args=[self.token])

    @classmethod
    @transaction.atomic
    def make(
        cls, gallery: Gallery, person: Person, *, password: str = "", days: int = DAYS_OPEN, **fields: Any
    ) -> ShareLink:
        """A new link to this gallery, open for so many days, to the end of the last; 0: until it is revoked."""
        fields.setdefault("label", gallery.title[:MAX_LABEL])
        link = cls(gallery=gallery, person=person, expires_at=end_of_day(days) if days else None, **fields)
        link.password = make_password(password) if password else ""
        link.renew_token()
        link.save()
        link.refresh_from_db(fields=["expires_at"])
        record("made_link", gallery, by=person.pk, after=link._said())
        return link

    def _said(self) -> dict[str, object]:
        """What the record says of it."""
        scopes = ("approved_only", "shows_prompts", "shows_names", "download", "choosing", "commenting")
        until = self.expires_at and self.expires_at.isoformat(timespec="seconds")
        said = {"link": self.key, "until": until, "client": self.client and self.client.key}
        return {**said, "password": bool(self.password), **{name: getattr(self, name) for name in scopes}}

    @property
    def subject(self) -> Subject:
        """It as what an entry of the record is about: its gallery's team reads it."""
        return Subject("sharelink", self.key, self.gallery.team_id)

    @property
    def is_open(self) -> bool:
        """Whether it leads to its gallery now, as read with this row."""
        return self.would_open and self.closed_at is None

    @property
    def would_open(self) -> bool:
        """The same as if no round had been closed."""
        is_lasting = self.expires_at is None or is_ahead(self.expires_at)
        return is_lasting and not (self.revoked_at or self.gallery.deleted_at)

    @property
    def lock(self) -> SecretAddress:
        """What its password is asked of."""
        return self.client if self.client and self.client.password else self

    @property
    def is_locked(self) -> bool:
        return bool(self.lock.password)

    @transaction.atomic
    def give_to(self, client: Client | None) -> bool:
        """Show it among what is shared with this client from now on; None: it stands alone again. It goes on asking for
        the password it was under where there would be none. False for one that is another client's by now."""
        row = ShareLink.objects.select_for_update(of=("self",), no_key=True).select_related("client").get(pk=self.pk)
        before, self.password = row.client, row.password
        if client and before and before != client:
            return False
        if before and before.password and not (client and client.password):
            self.password = before.password
        self.client = client
        self.save(update_fields=["client", "password"])
        if before != client:
            record(
                "gave_link",
                self.subject,
                before={"client": before.key if before else None},
                after={"client": client.key if client else None},
            )
        return True

    @transaction.atomic
    def take_from(self, client: Client) -> bool:
        """Have it stand alone again, as `give_to`; False for one that is not this client's by now."""
        row = ShareLink.objects.select_for_update(of=("self",), no_key=True).get(pk=self.pk)
        return row.client_id == client.pk and self.give_to(None)

    def announce(self) -> int:
        """Mail the client's contacts that new pictures are ready; to how many. Nothing within a minute after the last
        time, so that a double click sends it once."""
        return self._mail("client_ready", "announced_at")

    def thank(self) -> int:
        """Mail the client's contacts that their choice has come; to how many, as `announce` does."""
        return self._mail("client_thanks", "thanked_at")

    @transaction.atomic
    def _mail(self, template: str, column: str) -> int:
        if self.client is None or not self.is_open:
            return 0
        lately = Q(**{f"{column}__gt": now(minutes=-1)})
        links = ShareLink.objects.filter(pk=self.pk, client__deleted_at=None)
        if not links.exclude(lately).update(**{column: now()}):
            return 0
        values: dict[str, Any] = {
            "client": self.client.name,
            "title": self.label,
            "link": self.key,
            **self.client.look,
        }
        sent = [
            Mail.queue(to, template, language=self.client.language, **values)  # its address is not kept in the row
            for to in self.client.contacts
        ]
        return sum(mail is not None for mail in sent)

    @transaction.atomic
    def end(self) -> bool:
        """Revoke it; False if that was done before."""
        if not ShareLink.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=now()):
            return False
        record("revoked_link", self.subject)
        return True

    @transaction.atomic
    def close_round(self) -> bool:
        """Take no more choices and comments: it opens no longer, until `open_round`; False if it was closed."""
        links = ShareLink.objects.filter(pk=self.pk, revoked_at=None, closed_at=None)
        if not links.update(closed_at=now()):
            return False
        record("closed_round", self.subject)
        return True

    @transaction.atomic
    def open_round(self) -> bool:
        """Open again at the same address, with all that was chosen and written; False if it was not closed."""
        links = ShareLink.objects.filter(pk=self.pk, revoked_at=None).exclude(closed_at=None)
        if not links.update(closed_at=None):
            return False
        record("opened_round", self.subject)
        return True

    @transaction.atomic(savepoint=False)
    def visited(self) -> None:
        """Count a visit of today. The record says it once an hour for each network address."""
        ShareLink.objects.filter(pk=self.pk).update(last_visit_at=now())
        today = timezone.localdate()
        visits, is_first = self.visits.get_or_create(day=today, defaults={"count": 1})
        if not is_first:
            self.visits.filter(pk=visits.pk).update(count=F("count") + 1)
        record_once("opened_link", self.subject)


def end_of_day(days: int) -> datetime:
    """When the day ends that is so many days ahead, where the person is."""
    return timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=days), time.max))


class ShareVisit(models.Model):
    """How often a link was opened on a day."""

    link = models.ForeignKey(ShareLink, verbose_name=_("share link"), on_delete=models.CASCADE, related_name="visits")
    day = models.DateField(_("day"))
    count = models.PositiveIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("visits of a day")
        verbose_name_plural = _("visits by day")
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["link", "day"], name="one_row_a_day")]

    def __str__(self) -> str:
        return str(self.day)
