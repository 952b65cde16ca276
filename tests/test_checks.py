"""What a worker refuses to start on, by the command an operator types and by the worker itself."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from pytest_django import Settings

from generations import checks
from generations.management.commands import up
from generations.models import StoredFile
from generations.models.storage import MARKER, mark_storage
from tests.support.installation import ROOT, Installation
from tests.support.servers import redis_server
from tests.support.services import require
from tests.support.storage import store_in

pytestmark = pytest.mark.slow


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    installation = Installation(tmp_path)
    installation.prepare()
    return installation


@pytest.fixture
def storage(settings: Settings, tmp_path: Path) -> Path:
    store_in(tmp_path, settings)
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

    vendor, settings_dict = "sqlite", {"NAME": ":memory:"}

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


def test_a_data_folder_that_others_may_enter_is_a_warning(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    for mode, wanted in ((0o700, []), (0o750, ["generations.W001"]), (0o755, ["generations.W001"])):
        tmp_path.chmod(mode)
        warnings = [warning for warning in checks.nobody_else_reads_the_data(None) if str(tmp_path) in warning.msg]
        assert [warning.id for warning in warnings] == wanted
        assert all(f"Run chmod 700 {tmp_path}" in warning.hint for warning in warnings)


def test_a_database_elsewhere_that_others_may_read_is_a_warning(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "elsewhere.sqlite3"
    database.touch(0o600)
    monkeypatch.setattr(checks, "connection", Mock(vendor="sqlite", settings_dict={"NAME": str(database)}))
    assert checks.nobody_else_reads_the_data(None) == []
    database.chmod(0o644)
    [warning] = checks.nobody_else_reads_the_data(None)
    assert warning.hint.startswith(f"Run chmod 600 {database}")


def test_up_closes_the_env_file_that_others_may_read(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BASE_DIR, settings.DATA_DIR = tmp_path, tmp_path / "data"
    settings.DATA_DIR.mkdir(0o700)
    secrets = tmp_path / ".env"
    secrets.touch()
    secrets.chmod(0o644)
    assert f"Run chmod 600 {secrets}" in next(w.hint for w in checks.nobody_else_reads_the_data(None))
    monkeypatch.setattr(up.Command, "handle", lambda *_, **__: None)
    call_command("up")
    assert secrets.stat().st_mode & 0o777 == 0o600
    assert checks.nobody_else_reads_the_data(None) == []


def test_up_closes_a_folder_of_its_own_and_no_other(installation: Installation) -> None:
    def prepared() -> tuple[int, int, bool]:
        done = installation.manage("up", "--prepare-only")
        assert done.returncode == 0, done.stderr
        modes = [path.stat().st_mode & 0o777 for path in (installation.folder, installation.database)]
        return modes[0], modes[1], "Other accounts of this machine may read" in done.stderr

    def loosen() -> None:
        installation.folder.chmod(0o755)
        for path in installation.folder.glob("imageweb.sqlite3*"):
            path.chmod(0o644)

    loosen()
    assert installation.manage("check").stderr.count("chmod 700") == 1
    assert prepared() == (0o700, 0o600, False)
    loosen()
    (installation.folder / "holiday.jpg").touch()
    assert prepared() == (0o755, 0o600, True)


def test_what_a_worker_checks_loads_no_page(installation: Installation) -> None:
    code = "import sys; from generations.checks import refuse_to_work; refuse_to_work(); print(sorted(sys.modules))"
    loaded = installation.python(code)
    assert "'generations.checks'" in loaded and "generations.urls" not in loaded and "generations.views" not in loaded


def test_a_command_looks_at_the_data_and_loads_no_page(installation: Installation) -> None:
    installation.folder.chmod(0o755)
    purge = "from django.core.management import execute_from_command_line as run; run(['manage.py', 'purge'])"
    done = installation.manage("shell", "--no-imports", "--command", f"{purge}; import sys; print(sorted(sys.modules))")
    assert "chmod 700" in done.stderr and "0 pictures removed" in done.stdout
    assert "'generations.models'" in done.stdout and "generations.urls" not in done.stdout


@pytest.mark.service
def test_no_worker_starts_on_an_empty_volume(installation: Installation) -> None:
    installation.python("from generations.models import StoredFile; StoredFile.put(b'bytes', 'image/png')")
    (installation.folder / "files" / MARKER).unlink()
    ended = worker(installation)
    assert ended.returncode == 1
    assert "A volume is probably missing: mount it." in ended.stderr


@pytest.mark.service
def test_no_worker_starts_with_another_secret_key_and_the_health_check_names_it(installation: Installation) -> None:
    asked = "from django.test import Client; print(Client().get('/healthz/ready', SERVER_NAME='localhost').json())"
    ended = worker(installation, SECRET_KEY="another" * 3)
    assert ended.returncode == 1
    assert "The SECRET_KEY here is not the one the web server was last prepared with." in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Its SECRET_KEY is not the web server" in installation.python(asked)
    key = (installation.folder / "secret_key").read_text()
    rotated = installation.manage("check", "--database", "default", SECRET_KEY="new" * 6, SECRET_KEY_FALLBACKS=key)
    assert rotated.returncode == 0, rotated.stderr


@pytest.mark.service
def test_no_worker_starts_on_a_redis_that_evicts(installation: Installation) -> None:
    require("redis")
    with redis_server("allkeys-lru") as broker:
        ended = worker(installation, REDIS_URL=broker.url)
    assert ended.returncode == 1
    assert "Redis has maxmemory-policy allkeys-lru" in ended.stderr
