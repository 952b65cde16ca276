"""Whether this process has the SECRET_KEY of the web server: without it a worker opens no provider's key, and signs
addresses in mails that lead nowhere."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.models.sealed import is_sealed_by_us, seal

SEALED = "imageweb"


class KeySeal(models.Model):
    """One row: a text that was sealed with the web server's SECRET_KEY when it last started."""

    name = models.CharField(max_length=20, primary_key=True, default=SEALED, editable=False)
    token = models.TextField(editable=False)

    class Meta:
        verbose_name = _("seal of the secret key")
        verbose_name_plural = _("seals of the secret key")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def renew(cls) -> None:
        """Make this process's key the one that others need."""
        known = cls.objects.filter(name=SEALED).first()
        if known is None or not is_sealed_by_us(known.token, fallbacks=False):
            cls.objects.update_or_create(name=SEALED, defaults={"token": seal(SEALED)})

    @classmethod
    def is_ours(cls) -> bool:
        """Whether this process has the key; yes also where none is needed yet."""
        known = cls.objects.filter(name=SEALED).first()
        return known is None or is_sealed_by_us(known.token)
