"""Until when somebody waits for what this thread asks of another server."""

from contextvars import ContextVar
from math import inf

deadline: ContextVar[float] = ContextVar("deadline", default=inf)
"""By the monotonic clock."""
