"""Counting towards limits that hold also for what comes at once: each is counted before it is done, and given back
where it came to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.http import HttpRequest


def count(request: HttpRequest, limits: Mapping[str, str]) -> list[RateLimitUsage] | None:
    """Count once towards each of these limits, by its name and the key it is kept for; None beyond one of them, and
    then towards none."""
    counted = [ratelimit.consume(request, app="allauth.account", action=name, key=key) for name, key in limits.items()]
    if all(counted):
        return list(filter(None, counted))
    give_back(filter(None, counted))
    return None


def give_back(counted: Iterable[RateLimitUsage]) -> None:
    """Have it count towards no limit."""
    for usage in counted:
        usage.rollback()
