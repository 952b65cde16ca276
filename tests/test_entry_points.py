"""What starts a process says in one sentence what keeps it from starting: a wrong setting, an unprepared database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError
from psycopg_pool import PoolTimeout

from imageweb import command_line
from tests.support.servers import postgres_server
from tests.support.services import require
from tests.test_settings import ROOT, manage

pytestmark = pytest.mark.slow
UNPREPARED = "The database is not prepared. Run `manage.py up` once.\n"
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


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "eighty", "PORT is 'eighty'; write a whole number."),
        ("DATABASE_URL", "sqlite:////nowhere/x", "The database of DATABASE_URL cannot be reached: unable to open"),
        ("DATABASE_URL", "postgres://a:secret@127.0.0.1:1/x", "cannot be reached: connection failed: "),
    ],
)
def test_a_wrong_value_stops_the_start_with_a_sentence(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    started = manage(tmp_path, "migrate", **{name: value})
    assert started.returncode == 1
    [line] = started.stderr.splitlines()
    assert sentence in line
    assert ":secret@" not in line


COMMANDS = [
    ["remove_second_factor", "mei"],
    ["generate", "cat"],
    ["purge"],
    ["backup", "{folder}/backup"],
    ["sweep"],
    ["reseal"],
    ["verify_record"],
    ["erase_person", "mei", "--yes"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_on_a_database_that_is_not_prepared_says_so(tmp_path: Path, command: list[str]) -> None:
    ended = manage(tmp_path, *(word.format(folder=tmp_path) for word in command))
    assert (ended.returncode, ended.stderr) == (1, UNPREPARED)


def test_neither_is_a_postgresql_prepared_by_itself(tmp_path: Path) -> None:
    require("postgres")
    with postgres_server() as server:
        ended = manage(tmp_path, "purge", DATABASE_URL=server.url)
        wrong = manage(tmp_path, "purge", DATABASE_URL=f"{server.url}?connect_timeout=abc")
    assert (ended.returncode, ended.stderr) == (1, UNPREPARED)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)
    assert wrong.stderr.startswith("The database of DATABASE_URL cannot be reached: ")


def test_a_database_that_comes_up_while_it_is_waited_for_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(arguments: list[str]) -> None:
        raise OperationalError("couldn't get a connection after 5.00 sec") from PoolTimeout()

    monkeypatch.setattr(command_line, "execute_from_command_line", wait)
    monkeypatch.setattr(command_line, "why_unreachable", lambda: "")
    with pytest.raises(SystemExit, match="answered too late"):
        command_line.run(["manage.py", "up"])
    with pytest.raises(OperationalError):
        command_line.run(["manage.py", "up", "--traceback"])
