"""Real workers, a real Redis and a provider over HTTP, while this or that of them dies, hangs or forgets.

On the database of the tests; `tests/test_postgres.py` runs them on PostgreSQL.
"""

from __future__ import annotations

import hashlib
import os
import runpy
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import override_settings

from generations import notify, tasks
from generations.models import Attempt, Generation, StoredFile, Worker
from generations.models.storage import remove, walk
from tests.support.orders import ask, fresh, get_or_make_person, make_model_at
from tests.support.ports import closed_port
from tests.support.servers import RedisServer, redis_server
from tests.support.services import require
from tests.support.threads import at_once
from tests.support.upstream import Reply, Upstream, drawn, held, linked, running_upstream, sha256_of
from tests.support.worker import PATIENCE, ROOT, WorkerProcess, running_worker, surroundings, wait_for

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

HURRIED, DYING = "tests.support.hurried", "tests.support.dying"


@pytest.fixture(scope="module")
def redis_process() -> Iterator[RedisServer]:
    require("redis")
    with redis_server() as server:
        yield server


@pytest.fixture
def redis(redis_process: RedisServer, monkeypatch: pytest.MonkeyPatch) -> RedisServer:
    """An empty Redis, which this process notifies."""
    redis_process.client.flushall()
    monkeypatch.setattr(notify, "send", publisher_at(redis_process.url))
    monkeypatch.setattr(notify, "publish_again_at", 0.0)
    return redis_process


@pytest.fixture(autouse=True)
def no_files() -> None:
    for path in list(walk()):
        remove(path)


def publisher_at(url: str) -> Callable[[int], object]:
    """What publishes to another broker, with the settings an installation has."""
    with override_settings(REDIS_URL=url):
        there = runpy.run_path(str(ROOT / "imageweb" / "celery.py"))["app"]
    tasks.app.set_current()
    return lambda pk: there.send_task("generations.generate", (pk,))


def slow(seconds: float) -> Callable[[str, int], Reply]:
    return lambda prompt, n: drawn(prompt, n, wait=seconds)


def all_ended(seconds: float = PATIENCE) -> bool:
    return wait_for(lambda: not Generation.objects.unfinished().exists(), seconds)


def called(upstream: Upstream, prompt: str) -> bool:
    return wait_for(lambda: upstream.calls[prompt])


def silence_passes() -> None:
    """The first message was sent so long ago that another may follow."""
    Generation.objects.filter(state="queued").update(notify_at=None)


def freeze_without_a_lock(worker: WorkerProcess) -> None:
    """Freeze it where it does not hold SQLite's one lock, which would stop everybody."""
    worker.freeze()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                worker.thaw()
                freeze_without_a_lock(worker)


def outcome(generation: Generation) -> tuple[str, str, str]:
    row = fresh(generation)
    return row.state, row.kind, row.charged


# ── the whole way ──


def test_a_picture_comes_from_the_form_to_the_file(redis: RedisServer) -> None:
    with running_upstream() as upstream, running_worker(REDIS_URL=redis.url):
        before = redis.client.dbsize()
        asked = [ask(f"{number} hills", make_model_at(f"{upstream.url}?{number}")) for number in range(8)]
        assert all_ended()
    for number, generation in enumerate(asked):
        assert outcome(generation) == ("succeeded", "", "yes")
        file = generation.images.get().file
        assert hashlib.sha256(file.bytes()).hexdigest() == file.sha256 == sha256_of(f"{number} hills")
        assert upstream.calls[f"{number} hills"] == 1
    assert abs(redis.client.dbsize() - before) <= 2
    assert not any(b"hills" in redis.client.dump(key) for key in redis.client.scan_iter())


# ── death at each step ──

STEPS = {
    "after the claim": ("succeeded", "", "yes", 1),
    "after the attempt": ("failed", "lost", "maybe", 0),
    "within the call": ("failed", "lost", "maybe", 1),
    "after the answer": ("succeeded", "", "yes", 1),
    "after the first file": ("succeeded", "", "yes", 1),
    "before the end": ("succeeded", "", "yes", 1),
}


def test_a_worker_killed_at_any_step_buys_nothing_twice_and_leaves_nothing_stuck(redis: RedisServer) -> None:
    within, gate, workers = "a hill (within the call)", threading.Event(), 0
    with running_upstream(lambda prompt, n: drawn(prompt, n, wait=gate if prompt == within else 0)) as upstream:
        model = make_model_at(upstream.url)
        asked = {step: ask(f"a hill ({step})", model) for step in STEPS}
        while Generation.objects.unfinished().exists() and workers <= len(STEPS):
            with running_worker(app=DYING, REDIS_URL=redis.url, WORKER_THREADS="1", HURRY="20") as worker:
                workers += 1

                def is_over(worker: WorkerProcess = worker) -> bool:
                    return not worker.is_alive or all_ended(0) or bool(upstream.calls[within] and not gate.is_set())

                assert wait_for(is_over)
                if upstream.calls[within] and not gate.is_set():
                    worker.kill()
                    gate.set()
    assert workers == len(STEPS) + 1
    for step, (state, kind, charged, calls) in STEPS.items():
        assert outcome(asked[step]) == (state, kind, charged), step
        assert upstream.calls[f"a hill ({step})"] == calls, step
    assert {path for row in StoredFile.objects.all() for path in row.paths()} == set(walk())


def test_a_worker_that_freezes_in_a_call_is_lost_and_its_answer_can_still_be_read(redis: RedisServer) -> None:
    gate = threading.Event()
    with running_upstream(held(gate)) as upstream, running_worker(app=HURRIED, REDIS_URL=redis.url) as frozen:
        generation = ask("a hill", make_model_at(upstream.url))
        assert called(upstream, "a hill")
        freeze_without_a_lock(frozen)
        gate.set()
        with running_worker(app=HURRIED, REDIS_URL=redis.url):
            assert all_ended()
            assert outcome(generation) == ("failed", "lost", "maybe")
            frozen.thaw()
            assert wait_for(lambda: Attempt.objects.get().has_answer)
            time.sleep(1)
            assert outcome(generation) == ("failed", "lost", "maybe")
            assert fresh(generation).read_again()
            assert all_ended()
    assert outcome(generation) == ("succeeded", "", "yes")
    assert upstream.calls["a hill"] == 1


def test_a_stopped_worker_finishes_its_calls_and_claims_nothing_new(redis: RedisServer) -> None:
    gate = threading.Event()
    with running_upstream(held(gate)) as upstream:
        model = make_model_at(upstream.url)
        for number in range(4):
            ask(f"{number} hills", model)
        with running_worker(app=HURRIED, REDIS_URL=redis.url, WORKER_THREADS="2") as worker:
            assert wait_for(lambda: sum(upstream.calls.values()) == 2)
            worker.terminate()
            assert wait_for(lambda: "Nothing new is claimed." in worker.log)
            gate.set()
            assert worker.wait(PATIENCE) == 0
    states = sorted(Generation.objects.values_list("state", flat=True))
    assert states == ["queued", "queued", "succeeded", "succeeded"]
    assert sum(upstream.calls.values()) == 2
    assert not Worker.objects.taking_work().exists()


# ── brokers that hang, forget and repeat ──


def test_a_broker_that_hangs_costs_one_request_one_short_wait(redis: RedisServer) -> None:
    model, person = make_model_at(), get_or_make_person()
    publish, waits = notify.send, []

    def counted(pk: int) -> object:
        waits.append(pk)
        return publish(pk)

    redis.freeze()
    thaw = threading.Timer(PATIENCE, redis.thaw)
    thaw.start()
    try:
        with patch.object(notify, "send", counted):
            asked = at_once(*(partial(ask, f"{number} hills", model, person) for number in range(20)))
            ask("20 hills", model, person)
        hangs = thaw.is_alive()
    finally:
        thaw.cancel()
        redis.thaw()
    assert [each for each in asked if isinstance(each, Exception)] == []
    assert Generation.objects.filter(state="queued").count() == 21
    assert len(waits) == 1
    assert hangs, "it was waited for until the broker answered again"


def test_nobody_waits_for_who_waits_for_the_broker(notified: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    model, person = make_model_at(), get_or_make_person()
    monkeypatch.setattr(notify, "LOCK_SECONDS", 0)
    with notify.publishing:
        generation = ask("a hill", model, person)
    assert notified == [] and fresh(generation).notify_at is None
    notify.notify([generation])
    assert notified == [generation.pk] and fresh(generation).notify_at is not None


def test_a_broker_that_is_not_there_costs_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "send", publisher_at(f"redis://127.0.0.1:{closed_port()}/0"))
    monkeypatch.setattr(notify, "publish_again_at", 0.0)
    generation = ask("a hill", make_model_at())
    assert fresh(generation).state == "queued"
    assert notify.publish_again_at > 0


def test_a_flushed_broker_is_only_late(redis: RedisServer) -> None:
    with running_upstream() as upstream:
        model = make_model_at(upstream.url)
        for number in range(20):
            ask(f"{number} hills", model)
        redis.client.flushall()
        silence_passes()
        with running_worker(app=HURRIED, REDIS_URL=redis.url):
            assert all_ended()
    assert Generation.objects.filter(state="succeeded").count() == 20
    assert set(upstream.calls.values()) == {1}


def test_a_worker_outlives_a_broker_that_restarts(redis: RedisServer) -> None:
    gate = threading.Event()
    with running_upstream(held(gate)) as upstream:
        model = make_model_at(upstream.url)
        with running_worker(app=HURRIED, REDIS_URL=redis.url, WORKER_THREADS="2") as worker:
            first = ask("a hill", model)
            assert called(upstream, "a hill")
            redis.stop()
            redis.start()
            assert wait_for(lambda: redis.client.client_list(_type="normal")[1:])
            gate.set()
            assert all_ended()
            second = ask("a lake", model)
            assert all_ended()
            assert worker.is_alive
    assert outcome(first) == outcome(second) == ("succeeded", "", "yes")
    assert set(upstream.calls.values()) == {1}


def test_a_worker_without_its_broker_still_runs_what_waits(redis: RedisServer) -> None:
    with running_upstream() as upstream:
        model = make_model_at(upstream.url)
        with running_worker(app=HURRIED, REDIS_URL=redis.url):
            redis.stop()
            try:
                generations = [ask(prompt, model) for prompt in ("a hill", "a lake")]
                assert all_ended()
            finally:
                redis.start()
    assert [outcome(generation) for generation in generations] == [("succeeded", "", "yes")] * 2
    assert set(upstream.calls.values()) == {1}


def test_a_message_that_comes_again_and_again_buys_once(redis: RedisServer) -> None:
    """Late acknowledgement, a call longer than the broker's patience, and a connection that is cut under it."""
    late = {"REDIS_URL": redis.url, "LATE": "1", "WORKER_THREADS": "4"}
    with running_upstream(slow(6)) as upstream:
        with running_worker(app=HURRIED, **late), running_worker(app=HURRIED, **late):
            generation = ask("a hill", make_model_at(upstream.url))
            assert called(upstream, "a hill")
            redis.client.execute_command("CLIENT", "KILL", "TYPE", "normal")
            assert all_ended()
            time.sleep(2)
    assert outcome(generation) == ("succeeded", "", "yes")
    assert upstream.calls["a hill"] == 1


def test_the_broker_does_not_grow_with_what_is_done(redis: RedisServer) -> None:
    sizes = []
    with running_upstream() as upstream:
        model = make_model_at(upstream.url, running_limit=100)
        for turn in range(3):
            with running_worker(app=HURRIED, REDIS_URL=redis.url) as worker:
                for number in range(20):
                    ask(f"{turn} {number}", model)
                assert all_ended()
                worker.terminate()
                worker.wait(PATIENCE)
            sizes.append(redis.client.dbsize())
    assert Generation.objects.filter(state="succeeded").count() == 60
    assert max(sizes) - min(sizes) <= 5


def test_a_message_nobody_knows_stops_nobody(redis: RedisServer) -> None:
    with override_settings(REDIS_URL=redis.url):
        there = runpy.run_path(str(ROOT / "imageweb" / "celery.py"))["app"]
    tasks.app.set_current()
    there.send_task("generations.of_another_release", (1,), {"x": 2})
    there.send_task("generations.generate", (4711,), {"of_another_release": True})
    with running_upstream() as upstream, running_worker(app=HURRIED, REDIS_URL=redis.url) as worker:
        generation = ask("a hill", make_model_at(upstream.url))
        assert all_ended()
        assert worker.is_alive
    assert outcome(generation) == ("succeeded", "", "yes")


def test_the_file_broker_loses_nothing_to_a_killed_worker() -> None:
    gate = threading.Event()
    with running_upstream(held(gate)) as upstream:
        model = make_model_at(upstream.url)
        with running_worker(app=HURRIED, REDIS_URL="", WORKER_THREADS="2") as worker:
            for number in range(4):
                ask(f"{number} hills", model)
            assert wait_for(lambda: sum(upstream.calls.values()) == 2)
            worker.kill()
        gate.set()
        silence_passes()
        with running_worker(app=HURRIED, REDIS_URL="", WORKER_THREADS="2"):
            assert all_ended()
    kinds = sorted(Generation.objects.values_list("state", "kind"))
    assert kinds == [("failed", "lost")] * 2 + [("succeeded", "")] * 2
    assert set(upstream.calls.values()) == {1}


# ── providers ──


def test_a_cancel_hangs_up(redis: RedisServer) -> None:
    with running_upstream(held(threading.Event())) as upstream, running_worker(REDIS_URL=redis.url):
        generation = ask("a hill", make_model_at(upstream.url))
        assert called(upstream, "a hill")
        assert generation.cancel(get_or_make_person())
        assert wait_for(lambda: upstream.left["a hill"])
        assert all_ended()
    assert outcome(generation) == ("cancelled", "cancelled", "maybe")


def test_a_provider_that_hangs_up_after_charging_is_not_asked_again(redis: RedisServer) -> None:
    with running_upstream(lambda prompt, n: Reply(keep=-1)) as upstream:
        with running_worker(app=HURRIED, REDIS_URL=redis.url):
            hung_up = ask("a hill", make_model_at(upstream.url))
            nobody = ask("a lake", make_model_at(f"http://127.0.0.1:{closed_port()}/v1"))
            assert all_ended()
    assert outcome(hung_up) == ("failed", "cut", "maybe")
    assert upstream.charges["a hill"] == 1
    assert outcome(nobody) == ("failed", "not_connected", "no")
    assert 1 < nobody.attempts.count() <= 4


def test_a_provider_that_never_answers_slows_no_other(redis: RedisServer) -> None:
    with running_upstream(held(threading.Event())) as dead, running_upstream() as well:
        silent, quick = make_model_at(dead.url, running_limit=2), make_model_at(well.url)
        with running_worker(REDIS_URL=redis.url, WORKER_THREADS="6") as worker:
            for number in range(8):
                ask(f"{number} holes", silent)
            asked = [ask(f"{number} hills", quick) for number in range(12)]
            ids = [generation.pk for generation in asked]
            ended = Generation.objects.filter(pk__in=ids, state="succeeded")
            assert wait_for(lambda: ended.count() == 12 and sum(dead.calls.values()) == 2)
            worker.kill()


def test_a_picture_that_is_there_later_is_paid_once(redis: RedisServer) -> None:
    with running_upstream() as upstream:
        upstream.plan = lambda prompt, n: linked(upstream.picture_url("late", gone=2))
        with running_worker(app=HURRIED, REDIS_URL=redis.url):
            generation = ask("a hill", make_model_at(upstream.url))
            assert all_ended()
    assert outcome(generation) == ("succeeded", "", "yes")
    assert (upstream.calls["a hill"], upstream.fetches["late"]) == (1, 3)


# ── databases ──


def test_six_writers_lose_nothing() -> None:
    make_model_at("http://writers.example/v1", running_limit=1000)
    command = [sys.executable, "-m", "tests.support.writers", "10"]
    environment = {**os.environ, **surroundings(), "DJANGO_SETTINGS_MODULE": "imageweb.settings"}
    writers = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(6)]
    assert [writer.wait(600) for writer in writers] == [0] * 6
    assert Generation.objects.count() == 60
    assert set(Generation.objects.values_list("state", "claims", "attempts__n")) == {("succeeded", 1, 1)}


def open_transactions() -> set[tuple[int, datetime]]:
    """(process, start) of every transaction that is open right now but our own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, xact_start FROM pg_stat_activity WHERE datname = current_database()"
            " AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
        )
        return set(cursor.fetchall())


def connections() -> int:
    """How many connections to this database there are right now; those of a killed process end a little later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return cursor.fetchone()[0]


def test_forty_calls_hold_no_connection(redis: RedisServer) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections to run out of; tests/test_postgres.py runs this there")
    gate = threading.Event()
    with running_upstream(held(gate)) as upstream:
        model = make_model_at(upstream.url, running_limit=40)
        with running_worker(REDIS_URL=redis.url, WORKER_THREADS="40", DATABASE_POOL="10") as worker:
            for number in range(40):
                ask(f"{number} hills", model)
            assert wait_for(lambda: upstream.waiting == 40)
            before = open_transactions()
            assert wait_for(lambda: not before & open_transactions())
            assert wait_for(lambda: connections() <= 10 + 10)
            gate.set()
            assert all_ended()
            assert "PoolTimeout" not in worker.log
    assert Generation.objects.filter(state="succeeded").count() == 40
