"""When a generation is tried again by itself: by what its error says about money, and by how often it was tried."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from django.db.models import Q

from generations.errors import GenerationError, NotStored, Unclear
from generations.models.key import now

MAX_CALLS = 4
MAX_FETCH_DELAY = 600.0


def is_trying_again(state: str, kind: str, run_at: datetime) -> bool:
    """Whether it failed, surely for free or with its answer kept, and waits for a later try."""
    return state == "queued" and bool(kind) and run_at > datetime.now(UTC)


def trying_again() -> Q:
    """The condition of `is_trying_again`."""
    return Q(state="queued", run_at__gt=now()) & ~Q(kind="")


def delay_before_retry(
    error: GenerationError, *, calls: int, fetches: int, retry_unclear: int, is_too_old: bool
) -> float | None:
    """Seconds until the next try; None when there is none.

    `calls` counts the calls so far, `fetches` how often the pictures of a kept answer could not be had, and
    `retry_unclear` how often the provider's calls that may have been charged are repeated. A kept answer is tried again
    for as long as the generation is not too old: it costs nothing."""
    if error.max_fetches:
        if error.retryable and fetches + 1 < error.max_fetches and not is_too_old:
            return min(MAX_FETCH_DELAY, 10.0 * 2**fetches)
    elif error.retryable and error.charged == "no" and calls < MAX_CALLS:
        return error.retry_after or random.uniform(1, min(60, 4**calls))  # noqa: S311
    elif isinstance(error, Unclear) and calls <= retry_unclear:
        return random.uniform(1, 10)  # noqa: S311
    return None


def tries_of(error: type[GenerationError], *, calls: int, fetches: int, retry_unclear: int) -> tuple[int, int] | None:
    """Which try the next one is, and how many there are at most; None where only time limits them."""
    if issubclass(error, NotStored):
        return None
    if error.max_fetches:
        return fetches + 1, error.max_fetches
    return calls + 1, retry_unclear + 1 if issubclass(error, Unclear) else MAX_CALLS
