"""`manage.py move_database`: from SQLite into PostgreSQL, each row of every table, or nothing at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from generations.models.storage import MARKER
from tests.support.installation import Installation
from tests.support.servers import PostgresServer, postgres_server
from tests.support.services import require

pytestmark = [pytest.mark.slow, pytest.mark.service]

RELEASE = Path(__file__).with_name("releases") / "0.1.0.sql"
LOOK = """
import hashlib, json
from django.apps import apps
from django.core import serializers
found = {}
for model in apps.get_models(include_auto_created=True):
    rows = serializers.serialize("python", model._base_manager.order_by("pk"))
    found[model._meta.label] = sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)
print(json.dumps(found))
"""
PROCEED = """
from generations.models import Person, Batch
print(Person.objects.create(username="new", email="new@example.com").pk, Batch.objects.latest("pk").number)
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    require("postgres")
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The world of an earlier release, which has rows in every table and state, brought to this one."""
    installation = Installation(tmp_path_factory.mktemp("release"))
    (installation.folder / "files").mkdir()
    (installation.folder / "files" / MARKER).touch()
    with closing(sqlite3.connect(installation.database)) as database:
        database.executescript(RELEASE.read_text(encoding="utf-8"))
    done = installation.manage("migrate")
    assert done.returncode == 0, done.stderr
    return installation


@pytest.fixture
def address(postgres: PostgresServer, request: pytest.FixtureRequest) -> str:
    """An empty database of the test's own."""
    name = f"db{abs(hash(request.node.name))}"
    with psycopg.connect(postgres.url.replace("postgres:", "postgresql:", 1), autocommit=True) as database:
        database.execute(f"CREATE DATABASE {name}")
    return postgres.url.removesuffix("postgres") + name


def test_every_row_of_every_table_comes_over(release: Installation, address: str) -> None:
    before = release.python(LOOK)
    moved = release.manage("move_database", str(release.database), DATABASE_URL=address)
    assert moved.returncode == 0, moved.stderr
    assert "each compared." in moved.stdout
    assert release.python(LOOK) == before, "it stays as it is"
    assert release.python(LOOK, DATABASE_URL=address) == before
    with closing(sqlite3.connect(release.database)) as database:
        newest = database.execute("SELECT max(id) FROM generations_person").fetchone()[0]
    assert release.python(PROCEED, DATABASE_URL=address).split()[0] == str(newest + 1)
    with psycopg.connect(address.replace("postgres:", "postgresql:", 1)) as database:
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            database.execute("TRUNCATE generations_auditentry")
    again = release.manage("move_database", str(release.database), DATABASE_URL=address)
    assert again.returncode == 1 and "in use already" in again.stderr


def test_what_postgresql_cannot_hold_moves_nothing(release: Installation, address: str, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt.sqlite3"
    with closing(sqlite3.connect(release.database)) as whole, closing(sqlite3.connect(spoilt)) as copy:
        whole.backup(copy)
        copy.execute("UPDATE generations_batch SET prompt = 'a' || char(0) WHERE id = 1")
        assert copy.total_changes == 1
        copy.commit()
    moved = release.manage("move_database", str(spoilt), DATABASE_URL=address)
    assert moved.returncode == 1
    assert "PostgreSQL refuses what SQLite holds" in moved.stderr and "Nothing was moved." in moved.stderr
    with psycopg.connect(address.replace("postgres:", "postgresql:", 1)) as database:
        assert database.execute("SELECT count(*) FROM generations_person").fetchone() == (0,)
    assert release.manage("move_database", str(release.database), DATABASE_URL=address).returncode == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("CREATE TABLE precious (id integer)", "Nobody knows the table precious"),
        ("DELETE FROM django_migrations WHERE name = '0001_initial'", "is of another version"),
        ("DROP TABLE django_migrations", "is of another version"),
    ],
)
def test_what_would_be_lost_is_refused(
    release: Installation, address: str, tmp_path: Path, change: str, says: str
) -> None:
    other = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(release.database)) as whole, closing(sqlite3.connect(other)) as copy:
        whole.backup(copy)
        copy.execute(change)
        copy.commit()
    assert says in release.manage("move_database", str(other), DATABASE_URL=address).stderr


def test_what_cannot_be_meant_is_refused(release: Installation, address: str, tmp_path: Path) -> None:
    assert "Set DATABASE_URL" in release.manage("move_database", str(release.database)).stderr
    assert "There is no" in release.manage("move_database", str(tmp_path / "none"), DATABASE_URL=address).stderr
    (tmp_path / "noise").write_bytes(b"no database" * 1000)
    refused = release.manage("move_database", str(tmp_path / "noise"), DATABASE_URL=address)
    assert "is no database of this installation" in refused.stderr and "Traceback" not in refused.stderr
