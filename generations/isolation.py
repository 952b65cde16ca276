"""Work on foreign bytes where it can hurt nobody: in a child process with bounds on memory and CPU, without a secret in
its environment and with no file to write, that is killed when it takes too long or when its call is cancelled.

A child imports its module once and is kept for further jobs, as long as it stays small.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from socket import socketpair
from typing import Any

from generations.errors import TimedOut
from generations.isolated import receive, send
from generations.wire import CancelScope, current_scope


class Overrun(Exception):
    """A job took more time or memory than it is given, or its process died; the text says which."""


class Pool:
    """Children that do the jobs of `module`, at most `at_once`. Each job has `seconds` of time and `cpu_seconds` of
    work; a child has `memory` bytes of address space, and ends after `jobs`. May be shared by threads."""

    def __init__(
        self, module: str, *, at_once: int, seconds: float, cpu_seconds: int, memory: int, jobs: int = 1
    ) -> None:
        self.module = module
        self.at_once = at_once
        self.seconds = seconds
        self.cpu_seconds = cpu_seconds
        self.memory = memory
        self.jobs = jobs
        self.idle: list[_Child] = []
        self.working = 0
        self._lock = threading.Lock()
        self._places: dict[object, threading.BoundedSemaphore] = {}

    @cached_property
    def _turns(self) -> threading.BoundedSemaphore:
        return threading.BoundedSemaphore(self.at_once)

    def run(
        self, job: str, options: dict[str, Any], parts: list[bytes], *, owner: object = None
    ) -> tuple[dict[str, Any], list[bytes]]:
        """What the module's `run` makes of it. The jobs of one `owner` never take all places.

        Raises Overrun; Cancelled or TimedOut when the scope of this thread is cut or over; RuntimeError for what the
        module raised."""
        outer = current_scope()
        with self._place_of(owner, outer), self._turn(self._turns, outer), self._child() as child:
            job_scope = CancelScope(self.seconds, outer=outer)
            try:
                answer, out = child.ask({"job": job, "options": options}, parts, job_scope)
            except TimedOut as error:
                if outer is not None and outer.expired:
                    raise
                raise Overrun(f"It took longer than {self.seconds:g} s.") from error
        if "overrun" in answer:
            raise Overrun("It took more memory than it is given.")
        if "broke" in answer:
            raise RuntimeError(str(answer["broke"]))
        return answer, out

    def warm(self) -> None:
        """Start a child ahead of its first job, if there is none; it gets ready by itself."""
        with self._lock:
            if not self.idle and not self.working:
                self.idle.append(_Child(self))

    @contextmanager
    def _place_of(self, owner: object, outer: CancelScope | None) -> Iterator[None]:
        if owner is None:
            yield
            return
        with self._lock:
            places = self._places.setdefault(owner, threading.BoundedSemaphore(max(1, self.at_once - 1)))
        with self._turn(places, outer):
            yield

    @contextmanager
    def _turn(self, places: threading.BoundedSemaphore, outer: CancelScope | None) -> Iterator[None]:
        """Wait for a place among those at work: as long as the scope allows, without one as long as a job may last."""
        waited = CancelScope(None if outer is not None else self.seconds, outer=outer)
        try:
            while not places.acquire(timeout=1):
                waited.remaining()
        except TimedOut as error:
            raise Overrun("All who could do it were busy.") from error
        try:
            yield
        finally:
            places.release()

    @contextmanager
    def _child(self) -> Iterator["_Child"]:
        """A child that lives. It is kept for the next job only if this one ended as it should."""
        with self._lock:
            self.working += 1
            child = self._kept()
        try:
            child = child or _Child(self)
            yield child
        finally:
            with self._lock:
                self.working -= 1
                is_kept = child is not None and child.jobs_left > 0 and len(self.idle) < self.at_once
                if child is not None and is_kept:
                    self.idle.append(child)
            if child is not None and not is_kept:
                child.end()

    def _kept(self) -> "_Child | None":
        while self.idle:
            child = self.idle.pop()
            if child.is_alive():
                return child
            child.end()
        return None


class _Child:
    """One process, and the socket it is talked to on."""

    def __init__(self, pool: Pool) -> None:
        self.link, theirs = socketpair()
        command = [sys.executable, "-m", "generations.isolated", pool.module, str(pool.memory), str(pool.cpu_seconds)]
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 our own interpreter and module
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=Path(__file__).parents[1],
                env=_environment(),
            )
        self.jobs_left = pool.jobs

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, head: dict[str, Any], parts: list[bytes], scope: CancelScope) -> tuple[dict[str, Any], list[bytes]]:
        """Send a job and take its answer. Whatever goes wrong, the child does no further job."""
        left, self.jobs_left = self.jobs_left - 1, 0
        with scope.on_cancel(self.process.kill):
            try:
                self.link.settimeout(scope.remaining())
                send(self.link, head, parts)
                answer = receive(partial(self._take, scope))
            except OSError as error:
                scope.remaining()
                raise Overrun("Its process ended.") from error
        scope.remaining()
        if answer is None:
            raise Overrun("It took more work or memory than it is given.")
        self.jobs_left = 0 if answer[0].pop("is_last", True) else left
        return answer

    def _take(self, scope: CancelScope, view: memoryview) -> int:
        self.link.settimeout(scope.remaining())
        return self.link.recv_into(view)

    def end(self) -> None:
        """Hang up, and leave no process behind."""
        self.process.kill()
        self.link.close()
        self.process.wait()


def _environment() -> dict[str, str]:
    """What an interpreter may need to start; VIPS_DISC_THRESHOLD since the child may write no temporary file."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH") if name in os.environ}
    return kept | {"VIPS_DISC_THRESHOLD": "4g", "MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "1"}
