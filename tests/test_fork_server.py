"""A command that was forked is a process like one that was started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fork_server import ROOT, run, server
from tests.support.installation import Installation

pytestmark = pytest.mark.slow

FOUND = """
import locale, os, signal, sys, threading, time, warnings
print(sorted(os.environ.items()), os.popen("env | sort").read())
print(sys.argv, sys.path, os.getcwd(), sys.flags, warnings.filters, sys.stdout.encoding, sys.stdout.write_through)
print([signal.getsignal(number) for number in signal.valid_signals()], signal.pthread_sigmask(signal.SIG_BLOCK, []))
print(locale.getlocale(), time.tzname, threading.active_count(), os.umask(0), sys.stdin.read())
"""
FILES = """
import os
for number in range(3, 256):
    try:
        os.fstat(number)
    except OSError:
        continue
    print(number, os.readlink(f"/proc/self/fd/{number}"))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return Installation(tmp_path).environment


def shell(environment: dict[str, str], code: str, seconds: float = 300) -> subprocess.CompletedProcess[str]:
    return run(["shell", "--no-imports", "--command", code], environment, seconds)


@pytest.mark.parametrize(("code", "said"), [("1 / 0", "ZeroDivisionError: "), ("import sys; sys.exit('No.')", "No.\n")])
def test_it_ends_with_its_exit_code_and_what_it_said(environment: dict[str, str], code: str, said: str) -> None:
    done = shell(environment, f"import atexit; atexit.register(print, 'bye'); print('hello'); {code}")
    assert (done.returncode, done.stdout) == (1, "hello\nbye\n")
    assert said in done.stderr
    assert shell(environment, "print('next')").stdout == "next\n"


def test_a_signal_ends_it_alone(environment: dict[str, str]) -> None:
    done = shell(environment, "import os; print(1); os.kill(os.getpid(), 9)")
    assert (done.returncode, done.stdout, done.stderr) == (-9, "1\n", "")
    assert server().poll() is None


def test_it_is_killed_when_it_takes_too_long(environment: dict[str, str]) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        shell(environment, "import time; time.sleep(900)", seconds=0.01)


def test_it_finds_what_a_fresh_one_finds(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_TESTS", "1")
    given = environment | {"FLAVOUR": "amber", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", FOUND]
    fresh = subprocess.run(
        command, cwd=ROOT, env=given, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    assert shell(given, FOUND).stdout == fresh.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc what is open")
def test_it_inherits_no_file(environment: dict[str, str]) -> None:
    read, write = os.pipe()
    os.set_inheritable(write, True)
    try:
        assert shell(environment, FILES).stdout == ""
    finally:
        os.close(read)
        os.close(write)
