"""Lasting, unguessable names for what has a URL, and the database's clock."""

import secrets
from datetime import timedelta

from django.db.models import DateTimeField, Expression, ExpressionWrapper
from django.db.models.functions import Now

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_key() -> str:
    """Twelve characters without look-alikes: 59 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(12))


def new_token() -> str:
    """A claim or a one-time link: 128 random bits."""
    return secrets.token_urlsafe(16)


def now(**later: float) -> Expression:
    """The database's time, so that no host's clock matters; `now(seconds=60)` is a minute from now."""
    if not later:
        return Now()
    return ExpressionWrapper(Now() + timedelta(**later), output_field=DateTimeField())
