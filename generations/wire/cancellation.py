"""Cancel scopes: one deadline and one cancel for everything that a thread waits for, as in anyio and trio."""

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

from generations.errors import Cancelled, TimedOut
from generations.translatable import Message


class CancelScope:
    """A deadline and a cancel for all waits within `with scope:` on this thread.

    `seconds` count from its creation; None sets no deadline of its own. A scope within an `outer` one ends with it.
    `cancel()` may be called from any thread, any number of times. `is_sent` says whether a byte of a request has left
    this machine, which decides whether a call may have been charged.
    """

    def __init__(self, seconds: float | None = None, *, outer: "CancelScope | None" = None) -> None:
        self.outer = outer
        self.seconds = seconds
        self.deadline = None if seconds is None else time.monotonic() + seconds
        self.is_sent = False
        self._cancelled = False
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self._entered: list[contextvars.Token[CancelScope | None]] = []

    def __enter__(self) -> "CancelScope":
        self._entered.append(_current.set(self))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _current.reset(self._entered.pop())

    @property
    def cancelled(self) -> bool:
        """Whether this scope or an outer one was cancelled."""
        return self._cancelled or (self.outer is not None and self.outer.cancelled)

    @property
    def expired(self) -> bool:
        """Whether the deadline of this scope or of an outer one has passed."""
        over = self.deadline is not None and time.monotonic() >= self.deadline
        return over or (self.outer is not None and self.outer.expired)

    def remaining(self, timeout: float | None = None) -> float | None:
        """The seconds that the next wait may last: the shorter of `timeout` and the time to the deadline; None for no
        limit. Raises Cancelled or TimedOut."""
        if self._cancelled:
            raise Cancelled(Message("The call was stopped."))
        if self.outer is not None:
            timeout = self.outer.remaining(timeout)
        if self.deadline is None:
            return timeout
        if (left := self.deadline - time.monotonic()) <= 0:
            raise TimedOut(Message("It took longer than %(seconds)s s.", seconds=self.seconds or 0))
        return left if timeout is None else min(timeout, left)

    def cancel(self) -> None:
        """End every wait within this scope, now and from now on."""
        with self._lock:
            self._cancelled = True
            for callback in self._callbacks:
                callback()

    @contextmanager
    def on_cancel(self, callback: Callable[[], None]) -> Iterator[None]:
        """While the block runs, a cancel of this scope or of an outer one calls `callback`, which must neither block
        nor raise."""
        self.add_callback(callback)
        try:
            yield
        finally:
            self.remove_callback(callback)

    def add_callback(self, callback: Callable[[], None]) -> None:
        """Call `callback` on a cancel; at once where the scope is cancelled already."""
        with self._lock:
            self._callbacks.append(callback)
            if self._cancelled:
                callback()
        if self.outer is not None:
            self.outer.add_callback(callback)

    def remove_callback(self, callback: Callable[[], None]) -> None:
        """Forget a callback. After this returns it is not running and will not be called."""
        with self._lock, suppress(ValueError):
            self._callbacks.remove(callback)
        if self.outer is not None:
            self.outer.remove_callback(callback)


_current: contextvars.ContextVar[CancelScope | None] = contextvars.ContextVar("scope", default=None)


def current_scope() -> CancelScope | None:
    """The innermost scope that this thread has entered, or None."""
    return _current.get()
