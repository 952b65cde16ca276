"""What a provider is called with and nobody may read: its key, further headers and a proxy, sealed in the row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.models.sealed import seal, unseal

MIN_SECRET_HEADER = 12
"""Characters of a header's value that is masked wherever it stands: shorter ones, such as "true", are words."""
PUBLIC_HEADERS = frozenset({"origin", "referer", "http-referer", "user-agent", "x-title", "accept", "accept-language"})
"""Further headers that say who calls, and are no secret: their values stand in addresses of answers."""


class SealedSecrets(models.Model):
    """Something that calls with secrets of its own. They are read in the clear by a call alone, and what is kept of the
    call is searched for them."""

    sealed_key = models.TextField(blank=True, editable=False)
    sealed_headers = models.TextField(blank=True, editable=False, help_text=_("JSON: a value for each name."))
    sealed_proxy = models.TextField(blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def secret(self) -> str:
        """The key in the clear. Only a call may ask for it."""
        return unseal(self.sealed_key)

    def has_secret(self, secret: str) -> bool:
        """Whether this is its key."""
        try:
            return self.secret == secret
        except ValueError:
            return False

    def set_secret(self, secret: str) -> None:
        """Keep this key, sealed; not saved yet."""
        self.sealed_key = seal(secret)

    @property
    def secret_hint(self) -> str:
        """How its key ends, to tell it from another; "" for none, and for one that is short or cannot be read."""
        try:
            return self.secret[-4:] if len(self.secret) >= 16 else ""
        except ValueError:
            return ""

    @property
    def is_sealed_by_others(self) -> bool:
        """Whether it has a key that no SECRET_KEY of ours opens."""
        try:
            return bool(self.sealed_key) and not self.secret
        except ValueError:
            return True

    @property
    def headers(self) -> dict[str, str]:
        """Further headers in the clear. Only a call may ask for their values. Raises ValueError as `secret` does."""
        found: dict[str, str] = json.loads(unseal(self.sealed_headers) or "{}")
        return found

    def set_headers(self, headers: Mapping[str, str]) -> None:
        """Keep these further headers, sealed; not saved yet."""
        self.sealed_headers = seal(json.dumps(dict(headers))) if headers else ""

    @property
    def proxy(self) -> str:
        """The URL of the HTTP proxy in the clear, with its password; "" for none."""
        return unseal(self.sealed_proxy)

    def set_proxy(self, url: str) -> None:
        """Keep this proxy, sealed; not saved yet."""
        self.sealed_proxy = seal(url)

    @property
    def secrets(self) -> list[str]:
        """What must not stand in anything kept of a call; nothing when its seal is not ours to open any more."""
        try:
            found = (self.secret, *self._secret_headers(), urlsplit(self.proxy).password)
            return [secret for secret in found if secret]
        except ValueError:
            return []

    def _secret_headers(self) -> Iterator[str]:
        """Values of further headers to be masked wherever they stand: neither words nor addresses."""
        for name, value in self.headers.items():
            if len(value) >= MIN_SECRET_HEADER and name.lower() not in PUBLIC_HEADERS and "://" not in value:
                yield value

    @property
    def hidden_headers(self) -> frozenset[str]:
        """The names of further headers, in lower case, whose values are kept of no call."""
        try:
            return frozenset(name.lower() for name in self.headers) - PUBLIC_HEADERS
        except ValueError:
            return frozenset()
