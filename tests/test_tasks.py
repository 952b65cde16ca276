"""Messages and heartbeats: what a message leads to, and what a broker that is away costs."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import InterfaceError
from kombu.exceptions import OperationalError

from generations import notify, tasks, worker
from generations.models import Generation, Worker
from generations.models.generation import UNCLAIMED_SECONDS
from imageweb.celery import app
from tests.support.clock import Clock
from tests.support.orders import ask, fresh, make_model_at
from tests.support.scripted import Wire

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker process of its own; the threads it started have ended before its rows go."""
    monkeypatch.setattr(worker, "process", Worker(name="one", slots=8))
    monkeypatch.setattr(notify, "publish_again_at", 0.0)
    before = set(threading.enumerate())
    worker.process.heartbeat()
    yield
    for thread in set(threading.enumerate()) - before:
        if not thread.name.startswith("storage"):  # these wait for the next call of the storage
            thread.join()


def test_one_message_runs_all_that_wait(wire: Wire, notified: list[int]) -> None:
    model = make_model_at()
    asked = [ask(f"{number} hills", model) for number in range(3)]
    tasks.generate(asked[1].pk)
    assert Generation.objects.filter(state="succeeded").count() == 3


def test_a_message_delivered_four_times_buys_once(wire: Wire, notified: list[int]) -> None:
    generation = ask("a hill", make_model_at())
    for _ in range(4):
        tasks.generate(generation.pk)
    assert wire.calls["a hill"] == 1


def test_a_message_for_nothing_does_nothing(wire: Wire) -> None:
    tasks.generate(4711)
    assert not wire.calls


def test_a_message_of_another_release_still_counts(wire: Wire, notified: list[int]) -> None:
    """A newer one adds what this one does not know; the name and the id are for ever."""
    generation = ask("a hill", make_model_at())
    app.tasks["generations.generate"](generation.pk, asked_by="a page", priority=5)
    assert fresh(generation).state == "succeeded"


def test_a_message_that_never_arrives_is_sent_again(wire: Wire, clock: Clock, notified: list[int]) -> None:
    generation = ask("a hill", make_model_at())
    notified.clear()  # lost
    notify.notify(worker.sweep())
    assert not notified
    clock.move(16)
    notify.notify(worker.sweep())
    assert notified == [generation.pk]
    clock.move(16)
    notify.notify(worker.sweep())
    assert notified == [generation.pk]  # 30 s this time


def test_what_waits_long_is_run_without_a_message(wire: Wire, clock: Clock, notified: list[int]) -> None:
    generation = ask("a hill", make_model_at())
    worker.run_unclaimed()
    assert not [thread for thread in threading.enumerate() if thread.name == "overdue"]
    clock.move(UNCLAIMED_SECONDS + 1)
    worker.run_unclaimed()
    for thread in threading.enumerate():
        if thread.name == "overdue":
            thread.join(120)
    assert fresh(generation).state == "succeeded"


def test_a_broker_that_is_away_is_left_alone_for_a_while(notified: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [ask(f"{number} hills", make_model_at(f"http://{number}.example/v1")) for number in range(3)]
    tries: list[int] = []

    def refuses(pk: int) -> None:
        tries.append(pk)
        raise OperationalError("away")

    monkeypatch.setattr(notify, "send", refuses)
    notify.notify(asked)
    notify.notify(asked)
    assert tries == [asked[0].pk]
    monkeypatch.setattr(notify, "publish_again_at", time.monotonic())
    monkeypatch.setattr(notify, "send", tries.append)
    notify.notify(asked)
    assert tries[1:] == [generation.pk for generation in asked]


def test_a_worker_that_is_stopping_claims_nothing(
    wire: Wire, notified: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask("a hill", make_model_at())
    worker.stopping.set()
    try:
        tasks.generate(generation.pk)
    finally:
        worker.stopping.clear()
    assert fresh(generation).state == "queued"


def test_a_full_disk_stops_claims_before_they_cost(
    wire: Wire, notified: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask("a hill", make_model_at())
    monkeypatch.setattr(worker, "has_room", lambda: False)
    tasks.generate(generation.pk)
    assert (fresh(generation).state, wire.calls["a hill"]) == ("queued", 0)


def test_a_stopped_worker_is_not_counted_as_beating() -> None:
    assert Worker.objects.taking_work().count() == 1
    worker.process.stop()
    assert Worker.objects.taking_work().count() == 0


def test_a_silent_worker_is_not_counted_as_beating(clock: Clock) -> None:
    clock.move(61)
    assert Worker.objects.taking_work().count() == 0


def test_a_database_that_is_away_does_not_stop_the_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    heart, tries = worker.Heartbeat(), []

    def beats_the_third_time(remark: str) -> None:
        tries.append(remark)
        if len(tries) < 3:
            raise InterfaceError("connection already closed")
        heart.finished.set()

    monkeypatch.setattr(heart.finished, "wait", lambda seconds: heart.finished.is_set())
    monkeypatch.setattr(worker.process, "heartbeat", beats_the_third_time)
    heart.run()
    assert len(tries) == 3


def test_a_worker_whose_heart_breaks_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(remark: str) -> None:
        raise ZeroDivisionError

    signals: list[tuple[int, int]] = []
    monkeypatch.setattr(worker.os, "kill", lambda *sent: signals.append(sent))
    monkeypatch.setattr(worker.process, "heartbeat", breaks)
    with pytest.raises(ZeroDivisionError):
        worker.Heartbeat().run()
    assert signals == [(os.getpid(), signal.SIGTERM)]


def test_the_broker_holds_nothing_but_ids() -> None:
    conf = app.conf
    assert conf.result_backend is None
    assert conf.task_ignore_result
    assert not conf.task_acks_late
    assert not conf.task_publish_retry
    assert not conf.worker_enable_remote_control
    assert conf.accept_content == ["json"]
    assert set(app.tasks) - {name for name in app.tasks if name.startswith("celery.")} == {"generations.generate"}
