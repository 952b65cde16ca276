"""Until when somebody waits for what this thread asks of another server."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

deadline: ContextVar[float] = ContextVar("deadline", default=inf)
"""By the monotonic clock."""


@contextmanager
def waiting_until(moment: float) -> Iterator[None]:
    """Nobody waits longer than that for what is asked inside."""
    token = deadline.set(min(deadline.get(), moment))
    try:
        yield
    finally:
        deadline.reset(token)


def seconds_left(most: float = inf) -> float:
    """How long this thread may wait now. Raises TimeoutError when the moment is over."""
    left = deadline.get() - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return min(left, most)
