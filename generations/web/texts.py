"""Where the scripts' texts in a language are."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, to_locale


def texts_url() -> str:
    """The script that brings the texts of the active language; "" for the language they are written in."""
    language = get_language() or ""
    version = version_of(language)
    return reverse("texts", args=[language, version]) if version else ""


@cache
def version_of(language: str) -> str:
    """The beginning of the sha256 of a language's catalogue; "" where there is none."""
    if language not in dict(settings.LANGUAGES):
        return ""
    path = Path(settings.LOCALE_PATHS[0], to_locale(language), "LC_MESSAGES", "djangojs.mo")
    return sha256(path.read_bytes()).hexdigest()[:12] if path.exists() else ""
