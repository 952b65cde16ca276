"""Commands of ours in a process that has imported other people's modules already, which takes half of a command's time.

    done = run(["migrate", "--check"], environment)

As `python manage.py migrate --check` with that environment and nothing else: the server is started with an environment
of its own, has imported nothing of ours and read no settings, and forks for each command. What is about the start
itself (its time, what it loads, how an interpreter is configured) starts a fresh one instead.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).resolve().parents[2]
IMPORTED = (
    "celery.app.base",
    "celery.fixups.django",
    "cryptography.fernet",
    "django.contrib.admin",
    "django.core.management.commands.shell",
    "django.db.backends.sqlite3.base",
    "httpx",
    "pydantic.fields",
    "rapidfuzz.process",
    "requests",
)
"""What every command imports and what does without settings."""
AT_START = {"PYTHONUNBUFFERED": "1"} | {
    name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
}
"""What an interpreter asks its environment for as it starts, the same for every installation."""
ONE_AT_A_TIME = Lock()


def run(arguments: list[str], environment: dict[str, str], seconds: float = 300) -> subprocess.CompletedProcess[str]:
    """Run `manage.py` with these to its end; what it wrote and its exit code, negative for a signal. Raises
    subprocess.TimeoutExpired after it was killed."""
    with ONE_AT_A_TIME, tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        pid = int(ask({"arguments": arguments, "environment": environment, "written": [str(out), str(err)]}))
        if not (code := ask({"pid": pid, "seconds": seconds})):
            raise subprocess.TimeoutExpired(arguments, seconds)
        return subprocess.CompletedProcess(["manage.py", *arguments], int(code), out.read_text(), err.read_text())


def ask(order: dict[str, object]) -> str:
    process = server()
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer, "The fork server is gone."
    return answer.strip()


@cache
def server() -> subprocess.Popen[str]:
    """This process's own; it ends when its input does."""
    command = [sys.executable, "-m", "tests.support.fork_server"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, env=AT_START, stdin=pipe, stdout=pipe, text=True)
    atexit.register(process.kill)
    return process


# ── in the server ──


def serve() -> list[str] | None:
    """Answer to the end of the input; in the child for a command, its arguments."""
    orders, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w", buffering=1)
    with open(os.devnull, "r+b") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(nothing.fileno(), 1)
    gc.freeze()
    for line in orders:
        order = json.loads(line)
        if "pid" in order:
            answers.write(f"{wait(order['pid'], order['seconds'])}\n")
        elif pid := os.fork():
            answers.write(f"{pid}\n")
        else:
            orders.close()
            answers.close()
            become(order["environment"], *order["written"])
            return order["arguments"]
    return None


def wait(pid: int, seconds: float) -> str:
    """Its exit code; "" when it was killed because it took longer."""
    until = time.monotonic() + seconds
    while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return ""
        time.sleep(0.01)
    return str(os.waitstatus_to_exitcode(ended[1]))


def become(environment: dict[str, str], out: str, err: str) -> None:
    """Have this environment and write there, as a process that was started so."""
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    for descriptor, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, descriptor)
        os.close(file)


if __name__ == "__main__":
    for name in IMPORTED:
        import_module(name)
    if (arguments := serve()) is not None:
        sys.argv[1:] = arguments
        runpy.run_path("manage.py", run_name="__main__")
