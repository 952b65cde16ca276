"""A whole installation in a folder of its own, driven by the commands an operator types."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

from tests.support import fork_server
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


class Installation:
    """Its data lie in `folder`; `environment` is what its processes see of ours, and no more."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        quiet = {"MIN_FREE_MB": "0", "SANDBOX_PACE_PERCENT": "0", "WORKER_THREADS": "4"}
        places = {"DATA_DIR": str(folder), "PORT": str(self.port)}
        blank = {"OPENAI_BASE_URL": "", "DATABASE_URL": "", "REDIS_URL": "", "SECRET_KEY": ""}
        self.environment = fork_server.AT_START | blank | quiet | places | environment
        self.is_plain = not environment

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; what it wrote and its exit code."""
        return fork_server.run([*arguments], self.environment | environment)

    def prepare(self) -> None:
        """As `up` does before it starts its processes. On SQLite an empty folder is begun as a copy of another, on
        PostgreSQL with its static files."""
        if not self.environment["DATABASE_URL"] and not self.database.exists():
            shutil.copytree(prepared_folder(), self.folder, dirs_exist_ok=True)
            if self.is_plain:
                return
        self.collect_static()
        prepared = self.manage("up", "--prepare-only")
        assert prepared.returncode == 0, prepared.stderr

    def collect_static(self) -> None:
        """As `up` does when none are there; compressing them takes seconds, so they are another's."""
        if not (static := self.folder / "static").exists():
            shutil.copytree(prepared_folder() / "static", static)

    def python(self, code: str, **environment: str) -> str:
        """What this code prints inside the installation."""
        done = self.manage("shell", "--no-imports", "--command", code, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a session of its own; `end` ends it and all it started."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def database(self) -> Path:
        return self.folder / "imageweb.sqlite3"

    def rows(self, table: str) -> int:
        """How many rows a table of its SQLite database has."""
        with closing(sqlite3.connect(self.database)) as database:
            return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def originals(self) -> set[str]:
        """The names of its stored files."""
        return {path.name for path in (self.folder / "files" / "files").rglob("*") if path.is_file()}

    def draw(self, prompt: str, count: int = 1) -> None:
        """Have the sandbox draw so many pictures, without worker and web server."""
        self.python(DRAW.format(prompt=prompt, count=count))


DRAW = """
from generations import tasks, worker
from generations.models import queue
from generations.models import Generation, Person, ProviderModel
from generations.submit import Order, submit
person, _ = Person.objects.get_or_create(username="mei", email="mei@example.com")
model = ProviderModel.objects.get(name="flux")
submit(Order(person=person, prompt={prompt!r}, models=(model,), count={count}))
while (generation := queue.claim_next(worker.process)) is not None:
    worker.run(generation)
"""


def prepared_folder() -> Path:
    """The data of a prepared installation; made by who needs it first, and shared by all processes of a run."""
    shared = Path(os.environ["TESTS_FOLDER"])
    folder = shared / "prepared"
    with (shared / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = Installation(shared / "preparing")
            making.folder.mkdir(mode=0o700)
            if (migrated := shared / "migrated.sqlite3").exists():  # what a test of the database left
                shutil.copyfile(migrated, making.database)
            prepared = making.manage("up", "--prepare-only")
            assert prepared.returncode == 0, prepared.stderr
            making.folder.rename(folder)
    return folder


def end(process: subprocess.Popen[str]) -> None:
    """Kill a started command with all that shares its session."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
