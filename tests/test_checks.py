"""What a worker refuses to start on, by the command an operator types and by the worker itself."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from generations import checks
from generations.models import StoredFile
from generations.models.stored_file import MARKER, mark_storage
from tests.management.installation import ROOT, Installation
from tests.servers import redis_server
from tests.services import require


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    installation = Installation(tmp_path)
    installation.prepare()
    return installation


@pytest.fixture
def storage(settings: Settings, tmp_path: Path) -> Path:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path, "base_url": None},
        },
    }
    return tmp_path


def found(databases: list[str] | None) -> list[str]:
    return [error.id for error in run_checks(databases=databases) if error.id.startswith("generations.")]


def worker(installation: Installation, **environment: str) -> subprocess.CompletedProcess[str]:
    """A worker that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "celery", "-A", "imageweb.celery", "worker"],
        cwd=ROOT,
        env=installation.environment | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_a_storage_without_its_marker_is_an_error_once_pictures_are_known(storage: Path, db: None) -> None:
    assert found(["default"]) == []
    mark_storage()
    StoredFile.put(b"bytes", "image/png")
    assert found(["default"]) == []
    (storage / MARKER).unlink()
    assert found(["default"]) == ["generations.E001"]
    assert found(None) == []


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_a_redis_that_evicts_is_an_error(
    storage: Path, db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    settings.REDIS_URL = "redis://broker.example"
    monkeypatch.setattr(checks, "eviction_policy", lambda url: policy)
    assert found(["default"]) == ["generations.E002"]
    monkeypatch.setattr(checks, "eviction_policy", lambda url: "noeviction")
    assert found(["default"]) == []


def test_a_redis_that_is_away_is_no_error(storage: Path, db: None, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    assert found(["default"]) == []


class Elsewhere:
    """A database that cannot keep a write-ahead log, as on a network share: one in memory."""

    vendor = "sqlite"

    def cursor(self) -> closing[sqlite3.Cursor]:
        return closing(sqlite3.connect(":memory:").cursor())


def test_a_sqlite_without_wal_is_an_error(storage: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(checks, "connection", Elsewhere())
        assert found(["default"]) == ["generations.E003"]
    assert found(["default"]) == []


def test_an_unprepared_database_is_no_error(installation: Installation) -> None:
    for path in installation.folder.glob("imageweb.sqlite3*"):
        path.unlink()
    (installation.folder / "files" / MARKER).unlink()
    assert installation.manage("check", "--database", "default").returncode == 0


@pytest.mark.service
def test_no_worker_starts_on_an_empty_volume(installation: Installation) -> None:
    installation.python("from generations.models import StoredFile; StoredFile.put(b'bytes', 'image/png')")
    (installation.folder / "files" / MARKER).unlink()
    ended = worker(installation)
    assert ended.returncode == 1
    assert "A volume is probably missing: mount it." in ended.stderr


@pytest.mark.service
def test_no_worker_starts_on_a_redis_that_evicts(installation: Installation) -> None:
    require("redis")
    with redis_server("allkeys-lru") as broker:
        ended = worker(installation, REDIS_URL=broker.url)
    assert ended.returncode == 1
    assert "Redis has maxmemory-policy allkeys-lru" in ended.stderr
