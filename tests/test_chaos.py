"""A short storm; `make chaos N=100` is the long one."""

import subprocess
import sys

import pytest

from tests.support.services import require
from tests.support.worker import ROOT


@pytest.mark.long
@pytest.mark.service
def test_a_short_storm_buys_nothing_twice_and_leaves_nothing_stuck() -> None:
    require("redis")
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.chaos", "25"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    print(run.stdout, run.stderr)
    assert run.returncode == 0
