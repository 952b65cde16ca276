"""A real worker process beside the tests: the command an installation runs, on the tests' own database and files.

    with running_worker(REDIS_URL=redis.url) as worker:
        submit(order)
        worker.kill()

It needs a database that two processes can open, so `@pytest.mark.django_db(transaction=True)` and a file or a server.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
# Enough for a slow machine with much else to do: only a failure is waited for so long.
START_SECONDS = 180
PATIENCE = 90
PR_SET_PDEATHSIG = 1


class WorkerProcess:
    """One worker process and its log. `app` is the Celery application it loads; `environment` wins over ours."""

    def __init__(self, app: str, environment: dict[str, str]) -> None:
        descriptor, name = tempfile.mkstemp(prefix="worker-", suffix=".log", dir=environment["DATA_DIR"])
        self.path = Path(name)
        quiet = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        with os.fdopen(descriptor, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", app, "worker", *quiet],
                cwd=ROOT,
                env={**os.environ, "LOG_LEVEL": "INFO", **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self.path.read_text(encoding="utf-8", errors="replace")

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def wait_until_ready(self) -> None:
        """Until it takes messages. Raises RuntimeError with its log when it does not."""
        wait_for(lambda: " ready." in self.log or not self.is_alive, seconds=START_SECONDS)
        if " ready." not in self.log:
            raise RuntimeError(f"The worker did not start:\n{self.log}")

    def kill(self) -> None:
        """End it, and what it started, as a power cut would."""
        self._signal(signal.SIGKILL)
        self.process.wait()

    def freeze(self) -> None:
        """Stop it where it stands; nothing of it runs until `thaw`."""
        self._signal(signal.SIGSTOP)
        os.waitpid(self.pid, os.WUNTRACED)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def terminate(self) -> None:
        """Ask it to finish its calls and end; does not wait."""
        with suppress(ProcessLookupError):
            self.process.terminate()

    def wait(self, seconds: float) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired when it still runs then."""
        return self.process.wait(seconds)

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)


@contextmanager
def running_worker(*, app: str = "imageweb.celery", **environment: str) -> Iterator[WorkerProcess]:
    """A worker that takes messages, killed at the end. `environment` sets DATABASE_URL, REDIS_URL, DATA_DIR,
    WORKER_THREADS and the like; what is not given is as in this process."""
    worker = WorkerProcess(app, surroundings() | environment)
    try:
        worker.wait_until_ready()
        yield worker
    finally:
        worker.kill()


def surroundings() -> dict[str, str]:
    """The environment in which another process opens this process's database, files and broker."""
    return {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "WORKER_THREADS": "8",
    }


def database_url() -> str:
    """The address of the database the tests are in. Raises RuntimeError for one that lives in this process only."""
    at = connection.settings_dict
    name = str(at["NAME"])
    if connection.vendor == "sqlite":
        if "memory" in name:
            raise RuntimeError("A worker process cannot open a database in our memory; give the tests a file.")
        return f"sqlite:///{name}"
    who = quote(at["USER"]) + (f":{quote(at['PASSWORD'], safe='')}" if at["PASSWORD"] else "")
    return f"postgres://{who}@{at['HOST'] or 'localhost'}:{at['PORT'] or 5432}/{name}"


def wait_for(is_so: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Whether it became so in time; asked every 50 ms."""
    patience = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > patience:
            return bool(is_so())
        time.sleep(0.05)
    return True


def die_with_parent() -> None:
    """In the child: have the kernel end it when the thread that started it is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
