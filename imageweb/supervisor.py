"""Keeps the processes of an installation alive: web servers that share a socket, and a worker."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

PR_SET_PDEATHSIG = 1
QUICK_SECONDS = 5


@dataclass
class Child:
    """A process that is started again whenever it ends: at once if it ran well, a little later if it ended quickly."""

    name: str
    command: list[str]
    grace: float
    descriptors: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    deaths: int = field(default=0)

    def keep_alive(self) -> None:
        """Start it if it does not run."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None and self.start_at < self.started_at:
            self.kill()
            is_quick = time.monotonic() - self.started_at < QUICK_SECONDS
            self.deaths = self.deaths + 1 if is_quick else 0
            self.start_at = time.monotonic() + min(30, 2**self.deaths - 1)
            sys.stderr.write(f"The {self.name} ended with code {self.process.returncode}; it is started again.\n")
        if time.monotonic() >= self.start_at:
            self.started_at = time.monotonic()
            # Its own session, so that Ctrl-C reaches us alone; the kernel ends it if we are killed.
            self.process = subprocess.Popen(
                self.command, start_new_session=True, preexec_fn=end_with_parent, pass_fds=self.descriptors
            )

    def stop(self) -> None:
        """Ask it to finish what it does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait(self) -> None:
        """Until it ended, or its grace is over."""
        if self.process is not None:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(self.grace)
            self.kill()
            self.process.wait()

    def kill(self) -> None:
        """End it at once, with whatever it started: its session holds nothing else."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


def worker_command() -> list[str]:
    """The Celery worker; its settings are in imageweb/celery.py."""
    quiet = ["--without-gossip", "--without-mingle"]
    return [sys.executable, "-m", "celery", "-A", "imageweb.celery", "--quiet", "worker", *quiet]


def web_command(listener: socket.socket) -> list[str]:
    """A web server; what arrives while none runs waits at the socket that all of them share."""
    return [sys.executable, "-m", "imageweb.server", str(listener.fileno())]


def end_with_parent() -> None:
    """In the child, before it begins: have the kernel send SIGTERM when the supervisor is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def keep_running(
    children: Sequence[Child], is_ready: Callable[[], bool], on_ready: Callable[[], None], on_stop: Callable[[], None]
) -> None:
    """Keep the children alive until SIGINT or SIGTERM; then stop them cleanly. A second signal does not wait.

    `on_ready` is called once, as soon as `is_ready` says so; `on_stop` before the children are asked to end."""
    signals: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        signals.append(number)
        if len(signals) > 1:
            for child in children:
                child.kill()

    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGTERM, note)
    is_announced = False
    while not signals:
        for child in children:
            child.keep_alive()
        if not is_announced and is_ready():
            is_announced = True
            on_ready()
        time.sleep(0.1)
    on_stop()
    for child in children:
        child.stop()
    for child in children:
        child.wait()
