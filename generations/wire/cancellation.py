"""One deadline and one cancel for everything that a thread waits for."""

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

from generations.errors import Cancelled, TimedOut


class Leash:
    """Bounds everything that happens within `with leash:` on this thread, to `seconds` from now (None: no bound of
    its own).

    `cut()` may be called from any thread, any number of times: what is waited for ends at once, and so does whatever
    is begun later. A leash inside an `outer` one ends with it. `is_sent` says whether a byte of a request left this
    machine.
    """

    def __init__(self, seconds: float | None = None, *, outer: "Leash | None" = None) -> None:
        self.outer = outer
        self.seconds = seconds
        self.ends_at = None if seconds is None else time.monotonic() + seconds
        self.is_sent = False
        self._is_cut = False
        self._lock = threading.Lock()
        self._releases: list[Callable[[], None]] = []
        self._entered: list[contextvars.Token[Leash | None]] = []

    def __enter__(self) -> "Leash":
        self._entered.append(_current.set(self))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _current.reset(self._entered.pop())

    @property
    def is_cut(self) -> bool:
        return self._is_cut or (self.outer is not None and self.outer.is_cut)

    @property
    def is_over(self) -> bool:
        over = self.ends_at is not None and time.monotonic() >= self.ends_at
        return over or (self.outer is not None and self.outer.is_over)

    def left(self, timeout: float | None = None) -> float | None:
        """The seconds the next wait may last: `timeout` or what is left, the shorter. Raises Cancelled or TimedOut."""
        if self._is_cut:
            raise Cancelled("The call was stopped.")
        if self.outer is not None:
            timeout = self.outer.left(timeout)
        if self.ends_at is None:
            return timeout
        if (left := self.ends_at - time.monotonic()) <= 0:
            raise TimedOut(f"It took longer than {self.seconds:g} s.")
        return left if timeout is None else min(timeout, left)

    def cut(self) -> None:
        """Ends every wait on this leash, now and from now on."""
        with self._lock:
            self._is_cut = True
            for release in self._releases:
                release()

    @contextmanager
    def holding(self, release: Callable[[], None]) -> Iterator[None]:
        """While the block runs, a cut of this leash or an outer one calls `release`, which must neither wait nor
        raise."""
        self.hold(release)
        try:
            yield
        finally:
            self.drop(release)

    def hold(self, release: Callable[[], None]) -> None:
        with self._lock:
            self._releases.append(release)
            if self._is_cut:
                release()
        if self.outer is not None:
            self.outer.hold(release)

    def drop(self, release: Callable[[], None]) -> None:
        """After this returns, `release` is not running and will not be called."""
        with self._lock, suppress(ValueError):
            self._releases.remove(release)
        if self.outer is not None:
            self.outer.drop(release)


_current: contextvars.ContextVar[Leash | None] = contextvars.ContextVar("leash", default=None)


def current_leash() -> Leash | None:
    """The leash that this thread is within, the innermost."""
    return _current.get()
