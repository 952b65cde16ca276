"""`manage.py healthcheck`: a container's own worker, heard lately and still there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from generations import worker
from generations.models import Worker
from generations.models.worker import WorkerQuerySet
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_a_worker_that_beats_here_is_well_also_while_it_stops() -> None:
    worker.process.heartbeat()
    call_command("healthcheck")
    Worker.objects.update(is_stopping=True)
    call_command("healthcheck")


def test_one_that_was_not_heard_for_a_minute_is_not(clock: Clock) -> None:
    worker.process.heartbeat()
    clock.move(61)
    with pytest.raises(CommandError, match="heard within a minute"):
        call_command("healthcheck")


@pytest.mark.parametrize("host", ["elsewhere", f"{socket.gethostname()}x", ""])
def test_the_workers_of_others_say_nothing(host: str) -> None:
    Worker(name=f"{host}:{os.getpid()}:1", slots=1).heartbeat()
    with pytest.raises(CommandError):
        call_command("healthcheck")


def test_one_that_is_gone_is_not_well_although_it_was_heard() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    Worker(name=f"{socket.gethostname()}:{gone.pid}:1", slots=1).heartbeat()
    with pytest.raises(CommandError):
        call_command("healthcheck")


def test_a_database_that_is_away_ends_it_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> object:
        raise DatabaseError

    monkeypatch.setattr(WorkerQuerySet, "alive", away)
    with pytest.raises(CommandError, match="The database does not answer"):
        call_command("healthcheck")
