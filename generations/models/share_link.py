"""An outside door to one gallery: who has its address sees what it shows, without an account."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.models.gallery import Gallery
from generations.models.key import new_key, new_token, now
from generations.models.pause import is_ahead
from generations.models.sealed import seal, unseal
from generations.models.team import Person

DAYS_OPEN = 30
MAX_LABEL = 80
MAX_TOKEN = 64


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def open(self) -> ShareLinkQuerySet:
        """Those that lead to their gallery now."""
        lasting = Q(expires_at=None) | Q(expires_at__gt=now())
        return self.filter(lasting, revoked_at=None, gallery__deleted_at=None)

    def with_token(self, token: str) -> ShareLinkQuerySet:
        """The one with this token."""
        return self.filter(token_hash=hash_of(token) if len(token) <= MAX_TOKEN else "")


class ShareLink(models.Model):
    """A link to a gallery, with what it shows and allows. Its token has 128 random bits: its hash finds it, and it is
    kept sealed beside, so that who manages the gallery can copy the link again."""

    class Download(models.TextChoices):
        NOTHING = "", _("No downloads")
        WEB = "web", _("Web size")
        ORIGINAL = "original", _("Originals")
        LABELLED = "labelled", _("Labelled as AI-generated")

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    gallery = models.ForeignKey(Gallery, verbose_name=_("gallery"), on_delete=models.CASCADE, related_name="links")
    label = models.CharField(_("label"), max_length=MAX_LABEL)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    sealed_token = models.TextField(editable=False)
    password = models.CharField(
        _("password"), max_length=256, blank=True, editable=False, help_text=_("Its hash; empty: none.")
    )
    person = models.ForeignKey(Person, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(_("created at"), db_default=now())
    expires_at = models.DateTimeField(_("open until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    last_visit_at = models.DateTimeField(_("last visit at"), null=True, editable=False)

    approved_only = models.BooleanField(_("approved pictures only"), default=False)
    shows_prompts = models.BooleanField(_("show prompts"), default=False)
    shows_names = models.BooleanField(_("show names"), default=False)
    download = models.CharField(_("downloads"), max_length=8, choices=Download, default=Download.NOTHING, blank=True)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("shared", args=[self.token])

    @classmethod
    def make(
        cls, gallery: Gallery, person: Person, *, password: str = "", days: int = DAYS_OPEN, **fields: Any
    ) -> ShareLink:
        """A new link to this gallery, open for so many days; 0: until it is revoked."""
        token = new_token()
        fields.setdefault("label", gallery.title[:MAX_LABEL])
        link = cls.objects.create(
            gallery=gallery,
            person=person,
            token_hash=hash_of(token),
            sealed_token=seal(token),
            password=make_password(password) if password else "",
            expires_at=now(days=days) if days else None,
            **fields,
        )
        link.refresh_from_db(fields=["expires_at"])
        return link

    @property
    def token(self) -> str:
        """The token in the clear. Raises ValueError when no known key opens it."""
        return unseal(self.sealed_token)

    @property
    def is_open(self) -> bool:
        """Whether it leads to its gallery now, as read with this row."""
        is_lasting = self.expires_at is None or is_ahead(self.expires_at)
        return is_lasting and not (self.revoked_at or self.gallery.deleted_at)

    def set_password(self, password: str) -> None:
        """Ask for this password from now on, also who knew the one before; "" for none."""
        self.password = make_password(password) if password else ""
        self.save(update_fields=["password"])

    def takes_password(self, password: str) -> bool:
        """Whether this is its password; any is where it has none."""
        return not self.password or check_password(password, self.password)

    @property
    def seal_of_password(self) -> str:
        """What changes with its password, for the cookie of who knew it."""
        return hashlib.sha256(self.password.encode()).hexdigest()[:16]

    def end(self) -> bool:
        """Revoke it; False if that was done before."""
        return bool(ShareLink.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=now()))

    def visited(self) -> None:
        """Count a visit of today. Nothing is kept of who came."""
        ShareLink.objects.filter(pk=self.pk).update(last_visit_at=now())
        today = timezone.localdate()
        visits, is_first = self.visits.get_or_create(day=today, defaults={"count": 1})
        if not is_first:
            self.visits.filter(pk=visits.pk).update(count=F("count") + 1)


class ShareVisit(models.Model):
    """How often a link was opened on a day."""

    link = models.ForeignKey(ShareLink, verbose_name=_("share link"), on_delete=models.CASCADE, related_name="visits")
    day = models.DateField(_("day"))
    count = models.PositiveIntegerField(_("count"), default=0)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["link", "day"], name="one_row_a_day")]

    def __str__(self) -> str:
        return str(self.day)


def hash_of(token: str) -> str:
    """The sha256 by which a token is found."""
    return hashlib.sha256(token.encode()).hexdigest()
