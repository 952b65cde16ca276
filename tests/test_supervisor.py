"""The supervisor: it needs nothing of what it supervises."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from imageweb.supervisor import Child
from tests.support.installation import ROOT

pytestmark = pytest.mark.slow


def test_a_supervisor_loads_neither_django_nor_celery() -> None:
    code = (
        "import sys, imageweb.supervisor;"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'django', 'celery', 'kombu', 'psycopg'}))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize("log_format", ["json", ""])
def test_a_process_that_ended_is_logged_as_the_others_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    monkeypatch.setenv("LOG_FORMAT", log_format)
    child = Child("worker", [sys.executable, "-S", "-c", "raise SystemExit(3)"], grace=1)
    child.keep_alive()
    assert child.process
    child.process.wait()
    child.keep_alive()
    child.kill()
    sentence = "The worker ended with code 3; it is started again."
    [line] = capsys.readouterr().err.splitlines()
    if log_format:
        assert json.loads(line).items() >= {"level": "WARNING", "message": sentence}.items()
    else:
        assert line == sentence
