"""What starts a process says in one sentence what keeps it from starting: a wrong setting."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_settings import ROOT

pytestmark = pytest.mark.slow
ENTRIES = {
    "worker": ["-m", "celery", "-A", "imageweb.celery", "worker"],
    "beat": ["-m", "celery", "-A", "imageweb.celery", "beat"],
    "web server": ["-m", "imageweb.server", "3"],
    "WSGI": ["-c", "import imageweb.wsgi"],
    "ASGI": ["-c", "import imageweb.asgi"],
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_process_says_a_wrong_setting_in_one_sentence(tmp_path: Path, entry: str) -> None:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "LOG_LEVEL": "loud"}
    command = [sys.executable, *ENTRIES[entry]]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 1
    assert ended.stderr == "LOG_LEVEL is 'loud'; write DEBUG, INFO, WARNING or ERROR.\n"
