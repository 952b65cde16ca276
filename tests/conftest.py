"""What every test shares: a database that threads and other processes can open too."""

import faulthandler
import fcntl
import gc
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings as project
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.commands import flush as django_flush
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from pytest_django import DjangoDbBlocker, Settings

from generations import notify
from generations.models import AuditEntry, Provider, RecordHead, key, storage
from generations.sandbox import app, order
from generations.sandbox.draw import draw
from tests.support.cast import Cast, make_cast
from tests.support.clock import Clock
from tests.support.environment import STDERR
from tests.support.reading import sign_in
from tests.support.scripted import Wire

# How long an example takes, or to think of one, says something about the machine and nothing about us.
hypothesis.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("patient")
COSTS = {"long": 40, "service": 2, "slow": 2}
"""Seconds that a test with this mark takes, roughly."""
WRITTEN_BY_MIGRATING = {ContentType._meta.db_table, Permission._meta.db_table}
MIGRATED = Path(os.environ["TESTS_FOLDER"], "migrated.sqlite3")
# Argon2 takes its time on purpose; here nobody guesses.
project.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Static files under their own names: nothing was collected.
project.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


def without_request(record: logging.LogRecord) -> bool:
    """A captured record is kept until its test ends, and with it a request with its whole body."""
    record.__dict__.pop("request", None)
    return True


logging.getLogger("django.request").addFilter(without_request)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deals the files to the workers of a run, each of which begins with its share of the list: the heaviest first,
    always to who has least, so that all have something to do to the end."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.location[0], []).append(item)
    weights = {name: weight_of(file) for name, file in files.items()}
    shares: list[list[str]] = [[] for _ in range(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))]
    for name in sorted(files, key=weights.__getitem__, reverse=True):
        min(shares, key=lambda share: sum(map(weights.__getitem__, share))).append(name)
    items[:] = [item for share in shares for name in share for item in files[name]]


def weight_of(items: list[pytest.Item]) -> float:
    """What they cost, roughly, in seconds."""
    return sum(next((cost for name, cost in COSTS.items() if item.get_closest_marker(name)), 0.05) for item in items)


def pytest_collection_finish() -> None:
    """What is loaded and collected by now stays to the end: to walk it again and again takes a sixth of a run. A page
    makes thousands of objects that go by themselves, so garbage is looked for less often."""
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """What hung and hangs again as it is cleared away ends its process; another takes over what is left to run."""
    faulthandler.dump_traceback_later(300, exit=True, file=STDERR)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """On PostgreSQL a database for each process of a parallel run; on SQLite a file in the process's own folder."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(Path(project.DATA_DIR, "tests.sqlite3"))


@pytest.fixture(scope="session")
def turn_to_migrate() -> Iterator[IO[str]]:
    """A lock that one process of a run holds at a time."""
    with Path(os.environ["TESTS_FOLDER"], "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


@pytest.fixture(scope="session")
def django_db_keepdb(
    request: pytest.FixtureRequest, django_db_modify_db_settings: None, turn_to_migrate: IO[str]
) -> bool:
    """Migrations take seconds: on SQLite the first process of a run goes through them, the others copy what it has."""
    if connection.vendor != "sqlite" or not MIGRATED.exists():
        return bool(request.config.getvalue("reuse_db"))
    shutil.copyfile(MIGRATED, connection.settings_dict["TEST"]["NAME"])
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker, turn_to_migrate: IO[str]) -> None:
    if connection.vendor == "sqlite" and not MIGRATED.exists():
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(MIGRATED)])
    fcntl.flock(turn_to_migrate, fcntl.LOCK_UN)


@pytest.fixture(scope="session", autouse=True)
def flush() -> Iterator[None]:
    """On PostgreSQL tables are emptied by DELETE: they are nearly empty, and TRUNCATE makes new files for each. On
    SQLite the record's triggers are told first that all of it may go. What migrating writes, which no test changes, is
    kept instead of written anew. For every connection: a browser's tests have one of their own."""
    kind = type(connection.ops)
    whole = emptied if connection.vendor == "postgresql" else with_the_record(kind.sql_flush)

    def of_tests(ops: Any, style: object, tables: list[str], **options: object) -> list[str]:
        return whole(ops, style, [table for table in tables if table not in WRITTEN_BY_MIGRATING], **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "sql_flush", of_tests)
        patch.setattr(django_flush, "emit_post_migrate_signal", lambda *args, **options: None)
        yield


def with_the_record(whole: Callable[..., list[str]]) -> Callable[..., list[str]]:
    def sql_flush(ops: Any, style: object, tables: list[str], **options: object) -> list[str]:
        most = f"UPDATE {RecordHead._meta.db_table} SET pruned_to = {2**62}"
        return [most, f"DELETE FROM {AuditEntry._meta.db_table}", *whole(ops, style, tables, **options)]

    return sql_flush


def emptied(ops: Any, style: object, tables: list[str], **options: object) -> list[str]:
    """What empties these tables, whatever refers to whatever, and counts their rows anew."""
    rows = [f"DELETE FROM {ops.quote_name(table)};" for table in tables]
    keys = ops.connection.introspection.sequence_list() if options.get("reset_sequences") else []
    anew = ops.sequence_reset_by_name_sql(style, keys)
    return ["SET session_replication_role = replica;", *rows, "SET session_replication_role = DEFAULT;", *anew]


@pytest.fixture(scope="session", autouse=True)
def drawn_once() -> Iterator[None]:
    """The sandbox keeps its last drawings: one is a function of its recipe, as the tests of drawing itself say."""
    kept = lru_cache(maxsize=32)(draw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "draw", kept)
        patch.setattr(app, "draw", kept)
        yield


@pytest.fixture(autouse=True)
def nothing_of_another_test() -> None:
    """The signed head of the last proof is of a record that went with the test before. So is a download that it began
    and did not read to its end: who has the same number now would wait for it until garbage is looked for."""
    Path(project.DATA_DIR, "record", "head.json").unlink(missing_ok=True)
    shutil.rmtree(Path(project.DATA_DIR, "downloads"), ignore_errors=True)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The database's clock, to be moved by hand."""
    clock = Clock()
    monkeypatch.setattr(key, "Now", clock.now)
    return clock


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Every provider, answering in memory."""
    wire = Wire()
    monkeypatch.setattr(Provider, "client", lambda provider: wire)
    return wire


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Pictures lie in a bucket, which does not answer."""

    def away(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://bucket.example")

    import_module("imageweb.bucket")  # as it is loaded where one is set
    for name in ("open", "save", "exists", "size", "delete"):
        monkeypatch.setattr(storage.default_storage, name, away)
    settings.STORAGE_BUCKET = "pictures"


@pytest.fixture
def notified(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids a worker was notified of; none comes by itself."""
    notified: list[int] = []
    monkeypatch.setattr(notify, "send", notified.append)
    return notified


@pytest.fixture
def queries_of() -> Callable[[Callable[[], object]], int]:
    """How many queries a call makes."""

    def count(call: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as captured:
            call()
        return len(captured)

    return count


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """A client in which this person is signed in; with htmx=True it asks as htmx does."""
    return sign_in
