"""Real Redis and PostgreSQL on free ports of the loopback, for as long as a test needs them.

    with redis_server() as redis: …
    with postgres_server() as postgres: …

The fast tests run on SQLite, and on PostgreSQL when DATABASE_URL names one. `tests/test_postgres.py` starts a server
and runs those that race, write odd texts or walk the states there too, in a process of their own. By hand:

    DATABASE_URL=postgres://… python -m pytest tests/models
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis as redis_client

from tests.support.ports import free_port
from tests.support.worker import START_SECONDS, die_with_parent, wait_for

NOBODY_RUNS_AS_ROOT = "postgres"


class RedisServer:
    """A Redis without persistence: a restart loses everything, as the worst restart does."""

    def __init__(self, folder: Path, policy: str, port: int) -> None:
        self.folder = folder
        self.policy = policy
        self.port = port
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def client(self) -> redis_client.Redis:
        return redis_client.Redis(port=self.port, socket_timeout=START_SECONDS)

    def start(self) -> None:
        """Begin to answer; returns when it does."""
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        words += ["--dir", str(self.folder), "--maxmemory-policy", self.policy, "--maxmemory", "64mb"]
        self.process = subprocess.Popen(
            [redis_binary(), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent
        )
        if not wait_for(self._answers, seconds=START_SECONDS):
            raise RuntimeError("Redis did not start.")

    def stop(self) -> None:
        """End at once; what it held is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        """Keep every connection and answer nobody."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis_client.RedisError:
            return False


@contextmanager
def redis_server(policy: str = "noeviction", port: int | None = None) -> Iterator[RedisServer]:
    """A running Redis with this eviction policy."""
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(Path(folder), policy, port or free_port())
        server.start()
        try:
            yield server
        finally:
            server.stop()


class PostgresServer:
    """A PostgreSQL whose data nobody will miss: no password, no fsync."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the data folder if there is none, and begin to answer."""
        if not self.data.exists():
            made = [
                "-D",
                str(self.data),
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ]
            subprocess.run([*unprivileged(), binary("initdb"), *made], check=True, capture_output=True)
        words = ["-D", str(self.data), "-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        words += ["-c", "unix_socket_directories=", "-c", "full_page_writes=off", "-c", "max_connections=100"]
        self.process = subprocess.Popen(
            [*unprivileged(), binary("postgres"), *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        ready = [binary("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        if not wait_for(lambda: subprocess.run(ready, check=False).returncode == 0, seconds=START_SECONDS):
            raise RuntimeError("PostgreSQL did not start.")

    def stop(self) -> None:
        """Drop every connection and end."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(START_SECONDS)
            self.process = None


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL with an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, NOBODY_RUNS_AS_ROOT)
    server = PostgresServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def redis_binary() -> str | None:
    """Where redis-server is, if it is."""
    return shutil.which("redis-server")


def postgres_folder() -> Path | None:
    """Where the newest PostgreSQL's programs are, if they are."""
    on_path = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(on_path).resolve().parent if on_path else installed[-1].parent if installed else None


def binary(name: str) -> str:
    """The path of one of PostgreSQL's programs."""
    folder = postgres_folder()
    assert folder is not None, "PostgreSQL is not installed here"
    return str(folder / name)


def unprivileged() -> list[str]:
    """What stands before a command that refuses to be run by root."""
    return ["runuser", "-u", NOBODY_RUNS_AS_ROOT, "--"] if os.geteuid() == 0 else []
