"""Secrets at rest: sealed with a key derived from SECRET_KEY, opened with it or any of SECRET_KEY_FALLBACKS."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def seal(secret: str) -> str:
    """The secret as a token that may stand in a row; an empty one stays empty."""
    return _fernet().encrypt(secret.encode()).decode() if secret else ""


def unseal(token: str) -> str:
    """The secret again. Raises ValueError with a sentence when no known key opens it."""
    if not token:
        return ""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken:
        raise ValueError(
            "A provider's key was sealed with another SECRET_KEY. Put the old one into SECRET_KEY_FALLBACKS, "
            "or enter the provider's key again."
        ) from None


def is_sealed_by_us(token: str, *, fallbacks: bool = True) -> bool:
    """Whether SECRET_KEY opens it, or one of SECRET_KEY_FALLBACKS."""
    try:
        (_fernet() if fallbacks else _fernets()[0]).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def reseal(token: str) -> str:
    """The same secret under the newest key."""
    return _fernet().rotate(token.encode()).decode() if token else ""


def _fernet() -> MultiFernet:
    return MultiFernet(_fernets())


def _fernets() -> list[Fernet]:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"seal" + secret.encode()).digest() for secret in secrets]
    return [Fernet(base64.urlsafe_b64encode(digest)) for digest in digests]
