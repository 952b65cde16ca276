"""Lasting, unguessable names for what has a URL, their addresses, and the database's clock."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from urllib.parse import urlencode

from django.db.models import DateTimeField, Expression, ExpressionWrapper
from django.db.models.functions import Now
from django.urls import reverse

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
ANY_KEY = "000000000000"


def new_key() -> str:
    """Twelve characters without look-alikes: 59 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(12))


def is_key(text: str) -> bool:
    """Whether it has the form of one."""
    return len(text) == 12 and set(text) <= set(ALPHABET)


def address(name: str, key: str = "", *rest: int) -> str:
    """The address of what has this key, or of a page without one. A page names hundreds, so that each name is looked up
    once."""
    return _pattern(name, *rest).replace(ANY_KEY, key) if key else _page(name)


@cache
def _pattern(name: str, *rest: int) -> str:
    return reverse(name, args=[ANY_KEY, *rest])


@cache
def _page(name: str) -> str:
    return reverse(name)


def with_query(address: str, said: Mapping[str, str]) -> str:
    """An address with these parameters, without those that are empty."""
    query = query_of(said)
    return f"{address}?{query}" if query else address


def query_of(said: Mapping[str, str]) -> str:
    return urlencode({name: value for name, value in said.items() if value})


def new_token() -> str:
    """A claim or a one-time link: 128 random bits."""
    return secrets.token_urlsafe(16)


def now(**later: float) -> Expression:
    """The database's time, so that no host's clock matters; `now(seconds=60)` is a minute from now."""
    if not later:
        return Now()
    return ExpressionWrapper(Now() + timedelta(**later), output_field=DateTimeField())
