"""The address of an endpoint, as people copy it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

HOST = re.compile(r"[\w.-]+|[\da-f:.]+")


def endpoint_of(address: str) -> str:
    """The base URL that is meant by an address as people copy it: https unless it says otherwise, nothing behind /v1.
    Raises ValidationError."""
    url = address.strip() if "://" in address else f"https://{address.strip()}"
    url = url.rstrip("/").removesuffix("/chat/completions").removesuffix("/models").rstrip("/")
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in {"http", "https"} and HOST.fullmatch(parts.hostname or "") and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not url.isprintable() or " " in url:
        raise ValidationError(gettext("Enter the whole address, such as https://gateway.example/v1."))
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValidationError(gettext("The address must not contain a password, a query or a fragment."))
    return url
