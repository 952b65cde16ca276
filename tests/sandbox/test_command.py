"""`manage.py sandbox` says where it is, answers, and stops at Ctrl-C."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_it_serves_until_it_is_interrupted() -> None:
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--pace", "0", "--shapes", "real"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/v1", said)
            assert address, said or process.stderr.read()
            assert httpx.get(f"{address[0]}/models", timeout=120).json()["data"]
            body = {"model": "qwen-image", "messages": [{"role": "user", "content": "A lake"}], "size": "64x64"}
            drawn = httpx.post(f"{address[0]}/chat/completions", json=body, timeout=120).json()
            assert drawn["output"]["choices"], "as DashScope's own document has it"
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=120) == 0
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()
