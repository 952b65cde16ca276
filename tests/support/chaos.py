"""What is bought twice, lost or stuck when everything that can break does: `python -m tests.support.chaos 100`.

Two real worker processes under a supervisor, a real Redis, PostgreSQL where it is installed, and a provider that
charges before it answers. While generations are submitted, something is killed every few seconds; one message in ten
never leaves; the provider turns 12 % away, breaks 4 % of its answers off and fails 2 %, begins a task in place of 6 %,
sends three pictures in place of one in 10 %, packs 10 %, and refuses one of its models now and then. Then it is quiet,
and every generation must come to rest, bought at most once, with all its pictures. The exit code is 1 when one does
not.

DATABASE_URL=sqlite chooses SQLite; another SEED another storm.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from contextlib import ExitStack

from tests.support.ports import free_port
from tests.support.servers import postgres_folder, postgres_server


def main() -> int:
    count, seed = int((sys.argv[1:] or ["100"])[0]), int(os.environ.get("SEED") or random.randrange(10_000))
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True))
        database = os.environ.get("DATABASE_URL", "")
        if not database and postgres_folder() is not None:
            database = stack.enter_context(postgres_server()).url
        if database in ("", "sqlite"):
            database = f"sqlite:///{folder}/imageweb.sqlite3"
        print(f"seed {seed}, {database.partition(':')[0]}", flush=True)
        environment = {
            "DJANGO_SETTINGS_MODULE": "imageweb.settings",
            "DATABASE_URL": database,
            "DATA_DIR": folder,
            "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
            "MIN_FREE_MB": "0",
            "LOG_LEVEL": "ERROR",
        }
        storm = [sys.executable, "-m", "tests.support.storm", str(count), str(seed)]
        return subprocess.run(storm, env=os.environ | environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
