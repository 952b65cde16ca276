"""The supervisor: it needs nothing of what it supervises."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.installation import ROOT

pytestmark = pytest.mark.slow


def test_a_supervisor_loads_neither_django_nor_celery() -> None:
    code = (
        "import sys, imageweb.supervisor;"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'django', 'celery', 'kombu', 'psycopg'}))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
