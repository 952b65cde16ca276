"""A page that who has its address opens without an account: a random token, and a password if wanted."""

from __future__ import annotations

import hashlib

from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import Subject
from generations.models.key import new_token
from generations.models.sealed import seal, unseal

MAX_TOKEN = 64


class SecretToken(models.Model):
    """Found by a token of 128 random bits: its hash finds it, and it is kept sealed beside, so that who manages it can
    copy the address again."""

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    sealed_token = models.TextField(editable=False)

    class Meta:
        abstract = True

    def renew_token(self) -> None:
        """Give this row another token, which is not saved yet."""
        token = new_token()
        self.token_hash, self.sealed_token = hash_of(token), seal(token)

    @property
    def token(self) -> str:
        """The token in the clear. Raises ValueError when no known key opens it."""
        return unseal(self.sealed_token)

    @property
    def is_readable(self) -> bool:
        """Whether a known key opens its token."""
        try:
            return bool(self.token)
        except ValueError:
            return False


class SecretAddress(SecretToken):
    """A page behind a token, with a password if wanted."""

    password = models.CharField(
        _("password"), max_length=256, blank=True, editable=False, help_text=_("Its hash; empty: none.")
    )

    class Meta(SecretToken.Meta):
        abstract = True

    @property
    def subject(self) -> Subject:
        """It as what an entry of the record is about."""
        return Subject.of(self)

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


def hash_of(token: str) -> str:
    """The sha256 by which a token is found; "" for what is too long to be one."""
    return hashlib.sha256(token.encode()).hexdigest() if len(token) <= MAX_TOKEN else ""
