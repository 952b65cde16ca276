"""Keeps the processes of an installation alive: web servers that share a socket, and a worker.

`manage.py up` prepares the installation, plans what is to run and becomes `python -m imageweb.supervisor`, which needs
neither Django nor a database: it takes a tenth of the memory."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from types import FrameType
from typing import NoReturn

PR_SET_PDEATHSIG = 1
QUICK_SECONDS = 5


def log(sentence: str) -> None:
    """Write it as the processes write theirs. `up` has put what .env says into the environment."""
    if os.environ.get("LOG_FORMAT", "").strip().lower() == "json":
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": "WARNING", "logger": "imageweb.supervisor", "message": sentence}
        sentence = json.dumps(line)
    print(sentence, file=sys.stderr, flush=True)


@dataclass
class Child:
    """A process that is started again whenever it ends: at once if it ran well, a little later if it ended quickly."""

    name: str
    command: list[str]
    grace: float
    descriptors: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
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
            log(f"The {self.name} ended with code {self.process.returncode}; it is started again.")
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
    celery = [sys.executable, "-m", "celery", "-A", "imageweb.celery", "--quiet"]
    return [*celery, "--skip-checks", "worker", *quiet]  # `generations.checks` makes those that a worker needs


def web_command(listener: socket.socket) -> list[str]:
    """A web server; what arrives while none runs waits at the socket that all of them share."""
    return [sys.executable, "-m", "imageweb.server", str(listener.fileno())]


def end_with_parent() -> None:
    """In the child, before it begins: have the kernel send SIGTERM when the supervisor is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Plan:
    """What is to run, what to say when the web server answers at its address, and the socket it listens on, if any."""

    children: list[Child]
    announcement: str
    address: tuple[str, int]
    listener: int | None

    def is_ready(self) -> bool:
        """Whether the web server answers."""
        return is_ready(*self.address)


def is_ready(host: str, port: int, patience: float = 1) -> bool:
    """Whether a web server of ours answers at this address within so many seconds."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    with suppress(OSError), socket.create_connection((host, port), timeout=patience) as line:
        line.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return line.recv(12).endswith(b" 200")
    return False


def hand_over(plan: Plan) -> NoReturn:
    """Become the supervisor of this plan, which goes through a pipe: others can read arguments and environment."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as pipe:  # which holds more than any plan
        json.dump(asdict(plan), pipe)
    for descriptor in filter(None, (reader, plan.listener)):
        os.set_inheritable(descriptor, True)
    os.execv(sys.executable, [sys.executable, "-m", "imageweb.supervisor", str(reader)])


def main() -> None:
    """Carry out the plan at the descriptor that is named."""
    with os.fdopen(int(sys.argv[1])) as pipe:
        plan = json.load(pipe)
    children = [Child(**child) for child in plan.pop("children")]
    keep_running(Plan(children, **plan))


def keep_running(plan: Plan) -> None:
    """Keep the children alive until SIGINT or SIGTERM; then stop them cleanly. A second signal does not wait."""
    signals: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        signals.append(number)
        if len(signals) > 1:
            for child in plan.children:
                child.kill()

    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGTERM, note)
    is_announced = plan.listener is None
    while not signals:
        for child in plan.children:
            child.keep_alive()
        if not is_announced and plan.is_ready():
            is_announced = True
            print(plan.announcement, flush=True)
        time.sleep(0.1)
    print("\nStopping. Running calls finish first; press Ctrl-C again not to wait.", flush=True)
    if plan.listener is not None:
        os.close(plan.listener)
    for child in plan.children:
        child.stop()
    for child in plan.children:
        child.wait()


if __name__ == "__main__":
    main()
