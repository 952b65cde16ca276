"""Runs jobs on untrusted bytes in child processes with limits on memory and CPU time.

A child has no secret in its environment and can write no file, and is killed when a job takes too long or its call is
cancelled. It imports its module once and is kept for further jobs as long as it stays small.
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
from generations.translatable import Message
from generations.wire import CancelScope, current_scope


class Overrun(Exception):
    """A job exceeded its limit of time or memory, or its process died; `detail` says which."""

    def __init__(self, detail: Message) -> None:
        super().__init__(detail)
        self.detail = detail


class Pool:
    """At most `size` child processes that run the jobs of `module`. May be shared by threads.

    Each job may take `seconds` in all and `cpu_seconds` of CPU time; each child has `memory` bytes of address space and
    ends after `jobs` jobs.
    """

    def __init__(self, module: str, *, size: int, seconds: float, cpu_seconds: int, memory: int, jobs: int = 1) -> None:
        self.module = module
        self.size = size
        self.seconds = seconds
        self.cpu_seconds = cpu_seconds
        self.memory = memory
        self.jobs = jobs
        self.idle: list[_Child] = []
        self.busy = 0
        self._lock = threading.Lock()
        self._owner_slots: dict[object, threading.BoundedSemaphore] = {}

    @cached_property
    def _slots(self) -> threading.BoundedSemaphore:
        return threading.BoundedSemaphore(self.size)

    def run(
        self, job: str, options: dict[str, Any], parts: list[bytes], *, owner: object = None
    ) -> tuple[dict[str, Any], list[bytes]]:
        """The result of `run_in_child(job, options, parts)` of the module: a JSON object and parts.

        The jobs of one `owner` never take all slots. Raises Overrun past the limits; Cancelled or TimedOut when the
        current cancel scope ends; RuntimeError for an exception of the module.
        """
        outer = current_scope()
        with self._owner_slot(owner, outer), self._slot(self._slots, outer), self._child() as child:
            job_scope = CancelScope(self.seconds, outer=outer)
            try:
                answer, out = child.ask({"job": job, "options": options}, parts, job_scope)
            except TimedOut as error:
                if outer is not None and outer.expired:
                    raise
                raise Overrun(Message("The job took longer than %(seconds)s s.", seconds=self.seconds)) from error
        if "overrun" in answer:
            raise Overrun(Message("The job took more memory than it is allowed."))
        if "raised" in answer:
            raise RuntimeError(str(answer["raised"]))
        return answer, out

    def warm(self) -> None:
        """Start a child ahead of its first job, if there is none. Does not wait for it."""
        with self._lock:
            if not self.idle and not self.busy:
                self.idle.append(_Child(self))

    @contextmanager
    def _owner_slot(self, owner: object, outer: CancelScope | None) -> Iterator[None]:
        if owner is None:
            yield
            return
        with self._lock:
            slots = self._owner_slots.setdefault(owner, threading.BoundedSemaphore(max(1, self.size - 1)))
        with self._slot(slots, outer):
            yield

    @contextmanager
    def _slot(self, slots: threading.BoundedSemaphore, outer: CancelScope | None) -> Iterator[None]:
        """Wait for a slot until the scope ends; without a scope as long as a job may take."""
        wait_scope = CancelScope(None if outer is not None else self.seconds, outer=outer)
        try:
            while not slots.acquire(timeout=1):
                wait_scope.remaining()
        except TimedOut as error:
            raise Overrun(Message("All child processes were busy.")) from error
        try:
            yield
        finally:
            slots.release()

    @contextmanager
    def _child(self) -> Iterator["_Child"]:
        """A running child. It is kept for the next job only if this one ended normally."""
        with self._lock:
            self.busy += 1
            child = self._idle_child()
        try:
            child = child or _Child(self)
            yield child
        finally:
            with self._lock:
                self.busy -= 1
                is_kept = child is not None and child.jobs_left > 0 and len(self.idle) < self.size
                if child is not None and is_kept:
                    self.idle.append(child)
            if child is not None and not is_kept:
                child.end()

    def _idle_child(self) -> "_Child | None":
        while self.idle:
            child = self.idle.pop()
            if child.is_alive():
                return child
            child.end()
        return None


class _Child:
    """A child process and the socket to it."""

    def __init__(self, pool: Pool) -> None:
        self.sock, theirs = socketpair()
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
        """Send a job and receive its answer. After any failure the child is given no further job."""
        left, self.jobs_left = self.jobs_left - 1, 0
        with scope.on_cancel(self.process.kill):
            try:
                self.sock.settimeout(scope.remaining())
                send(self.sock, head, parts)
                answer = receive(partial(self._receive_into, scope))
            except OSError as error:
                scope.remaining()
                raise Overrun(Message("The child process ended.")) from error
        scope.remaining()
        if answer is None:
            raise Overrun(Message("The job took more CPU time or memory than it is allowed."))
        self.jobs_left = 0 if answer[0].pop("is_last", True) else left
        return answer

    def _receive_into(self, scope: CancelScope, view: memoryview) -> int:
        self.sock.settimeout(scope.remaining())
        return self.sock.recv_into(view)

    def end(self) -> None:
        """Kill the process, close the socket and reap the process."""
        self.process.kill()
        self.sock.close()
        self.process.wait()


def _environment() -> dict[str, str]:
    """The variables that an interpreter may need to start. VIPS_DISC_THRESHOLD keeps libvips from temporary files,
    which the child cannot write."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH") if name in os.environ}
    return kept | {"VIPS_DISC_THRESHOLD": "4g", "MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "1"}
