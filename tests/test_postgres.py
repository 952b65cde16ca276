"""The tests that race, write odd texts or walk the states, once more on PostgreSQL: SQLite has one writer at a time, so
it hides what two of them do to each other, and it takes texts that PostgreSQL refuses."""

import os
import subprocess
import sys

import pytest

from tests.servers import postgres_server
from tests.services import require
from tests.worker import ROOT

RACES = [
    "tests/models",
    "tests/test_pipeline.py",
    "tests/test_submit.py",
    "tests/test_tasks.py",
    "tests/test_texts.py",
    "tests/views/test_found.py",
    "tests/views/test_odd_requests.py",
]
PROCESSES = ["tests/test_worker.py"]
ON_PROCESSES = "forty_calls or six_writers or from_the_form_to_the_file or freezes"


@pytest.mark.service
@pytest.mark.parametrize("chosen", [RACES, [*PROCESSES, "-k", ON_PROCESSES]], ids=["races", "processes"])
def test_the_same_holds_on_postgresql(chosen: list[str]) -> None:
    require("postgres")
    require("redis")
    with postgres_server() as postgres:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *chosen],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": postgres.url, "STATES": "25"},
            capture_output=True,
            text=True,
            check=False,
        )
    print(run.stdout[-6000:])
    assert run.returncode == 0
