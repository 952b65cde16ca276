"""What a page waits for a bucket: a bucket that is silent costs a request five seconds, and the site never all of its
threads."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Lock, get_ident
from typing import TypeVar

from django.conf import settings

from generations.errors import NotStored
from imageweb.deadline import waiting_until

THREADS = 4
SECONDS = 5.0
BYTES_PER_SECOND = 2**20
"""What a bucket must give or take to count as one that answers."""
SLOW_SECONDS = 0.5
POLL_SECONDS = 0.05
REST_SECONDS = 30

Answer = TypeVar("Answer")


class StorageGate:
    """Calls a storage on a few threads of its own, which alone wait to its end for one that is silent.

    Once a call is late, only half of the web server's threads may wait here. After one that was given up the storage
    is left alone, and then asked by one caller first."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._threads = ThreadPoolExecutor(THREADS, "storage")
        self._lock = Lock()
        self._calls: dict[int, float] = {}
        self._waiting = 0
        self._silent_until = 0.0

    def call(self, ask: Callable[[], Answer], size: int = 0) -> Answer:
        """What the storage answers. Raises NotStored when it does not within `seconds`, and those that so many bytes
        take, or is left alone, and what `ask` raises."""
        seconds = self.seconds + size / BYTES_PER_SECOND
        until = time.monotonic() + seconds
        self._enter(seconds)
        try:
            future = self._threads.submit(self._run, ask, until)
            while not wait([future], POLL_SECONDS).done and time.monotonic() < until:
                if self._is_crowded() and future.cancel():
                    raise NotStored("The storage does not answer the others that wait for it.")
            if not future.done():
                future.cancel()
                self._silent_until = time.monotonic() + REST_SECONDS
                raise NotStored(f"The storage did not answer within {seconds:.0f} seconds.")
            self._silent_until = 0.0
            return future.result()
        finally:
            with self._lock:
                self._waiting -= 1

    def _enter(self, seconds: float) -> None:
        """Wait with the others, unless the storage is left alone; the first after that goes alone."""
        now = time.monotonic()
        with self._lock:
            if self._silent_until > now:
                raise NotStored("The storage did not answer lately, and is asked again soon.")
            if self._silent_until:
                self._silent_until = now + seconds
            self._waiting += 1

    def _is_crowded(self) -> bool:
        """Whether more wait here than may, for a storage that is late."""
        with self._lock:
            oldest = min(self._calls.values(), default=time.monotonic())
            return time.monotonic() - oldest > SLOW_SECONDS and self._waiting > max(1, settings.WEB_THREADS // 2)

    def _run(self, ask: Callable[[], Answer], until: float) -> Answer:
        with self._lock:
            self._calls[get_ident()] = time.monotonic()
        try:
            with waiting_until(until):
                return ask()
        finally:
            with self._lock:
                del self._calls[get_ident()]
