"""`manage.py restore`: nothing is touched before all is known to be whole, nothing is deleted, nothing bought again."""

import hashlib
import io
import json
import os
import random
import shutil
import socketserver
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from generations.backup.box import unpack
from generations.backup.database import postgresql
from generations.backup.manifest import BackupFailed
from generations.management.commands import restore
from generations.management.commands.restore import checked
from tests.support.bucket import Bucket, bucket_server
from tests.support.installation import Installation
from tests.support.ports import closed_port
from tests.support.servers import PostgresServer, postgres_server
from tests.support.services import require
from tests.support.worker import wait_for

pytestmark = pytest.mark.slow

COUNTS = "generations_batch", "generations_image", "generations_attempt", "generations_storedfile"


@pytest.fixture(scope="module")
def hill(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with one picture."""
    installation = Installation(tmp_path_factory.mktemp("hill"))
    installation.prepare()
    installation.draw("a hill")
    return installation


@pytest.fixture(scope="module")
def hill_backup(hill: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return back_up(hill, tmp_path_factory.mktemp("backup") / "backup")


@pytest.fixture(scope="module")
def hill_and_lake(hill: Installation, hill_backup: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The same a picture later."""
    installation = copied(hill, tmp_path_factory.mktemp("later") / "data")
    installation.draw("a lake")
    return installation


@pytest.fixture
def path(hill_backup: Path, tmp_path: Path) -> Path:
    """The backup with one picture, to do with as the test likes."""
    return Path(shutil.copytree(hill_backup, tmp_path / "backup"))


@pytest.fixture
def drawn(hill_and_lake: Installation, tmp_path: Path) -> Installation:
    """The installation with two pictures, likewise."""
    return copied(hill_and_lake, tmp_path / "data")


def copied(installation: Installation, folder: Path) -> Installation:
    shutil.copytree(installation.folder, folder)
    return Installation(folder)


def counts(installation: Installation) -> list[int]:
    return [installation.rows(table) for table in COUNTS]


def back_up(installation: Installation, path: Path, *options: str) -> Path:
    done = installation.manage("backup", str(path), *options)
    assert done.returncode == 0, done.stderr
    return path


def found(installation: Installation, words: str) -> list[str]:
    """The prompts of the pictures a search finds, newest first."""
    return json.loads(installation.python(SEARCH.format(words=words)))


def refusal(installation: Installation, path: Path, *options: str) -> str:
    """Why it restores nothing."""
    done = installation.manage("restore", str(path), *(options or ("--yes",)))
    assert done.returncode == 1, done.stdout
    return done.stderr


@pytest.mark.parametrize("options", [[], ["--archive"]])
def test_an_empty_machine_becomes_the_installation_again(
    drawn: Installation, tmp_path: Path, options: list[str]
) -> None:
    whole = back_up(drawn, tmp_path / "whole", *options)
    other = Installation(tmp_path / "other", SECRET_KEY=(drawn.folder / "secret_key").read_text())
    done = other.manage("restore", str(whole), "--yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("It is restored. Start it with `manage.py up`.\n")
    assert counts(other) == counts(drawn)
    assert other.originals() == drawn.originals()
    with closing(sqlite3.connect(other.database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        last = "SELECT verb, actor_kind, actor_key FROM generations_auditentry ORDER BY number DESC LIMIT 1"
        assert database.execute(last).fetchone() == ("restored_backup", "command", "restore")
    assert other.manage("verify_record").returncode == 0
    assert not list(other.folder.glob(".restoring-*"))
    other.draw("a hill in the fog")
    assert found(other, "hill") == ["a hill in the fog", "a hill"] and found(other, "lake") == ["a lake"]


def test_an_older_database_over_newer_files_deletes_nothing_and_says_which(
    drawn: Installation, hill: Installation, path: Path
) -> None:
    before, older = counts(hill), hill.originals()
    newer = drawn.originals() - older
    for file in drawn.folder.joinpath("files").rglob("*"):
        os.utime(file, (1, 1))
    done = drawn.manage("restore", str(path), "--yes")
    assert done.returncode == 0, done.stderr
    assert counts(drawn) == before
    assert drawn.originals() == older | newer
    reported = {line.split()[1].rstrip(":") for line in done.stdout.splitlines() if line.startswith("orphan")}
    stored = {str(file.relative_to(drawn.folder / "files")) for file in drawn.folder.joinpath("files").rglob("*")}
    assert reported == {file for file in stored if Path(file).name in newer}


def test_the_previous_database_is_kept_whole_and_no_side_file_outlives_it(drawn: Installation, path: Path) -> None:
    (drawn.folder / "imageweb.sqlite3-shm").write_bytes(b"stale")
    (drawn.folder / "imageweb.sqlite3-wal").write_bytes(b"stale")
    assert drawn.manage("restore", str(path), "--yes").returncode == 0
    (kept,) = drawn.folder.glob("imageweb.sqlite3.before-*[0-9]")
    with closing(sqlite3.connect(kept)) as database:
        assert database.execute("SELECT count(*) FROM generations_batch").fetchone() == (2,)
    assert counts(drawn)[0] == 1


def test_a_flipped_byte_is_found_before_anything_changes(drawn: Installation, path: Path) -> None:
    (name,) = {file for file in json.loads((path / "manifest.json").read_bytes())["files"] if file.startswith("files/")}
    data = bytearray((path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (path / name).write_bytes(data)
    before = counts(drawn)
    assert f"{name} has changed since the backup was made." in refusal(drawn, path)
    assert counts(drawn) == before
    assert not list(drawn.folder.glob("*.before-*"))


def test_a_damaged_picture_is_healed_from_the_backup(drawn: Installation, hill: Installation, path: Path) -> None:
    (name,) = hill.originals()
    original = drawn.folder / "files/files" / name[:2] / name
    original.write_bytes(bytes(original.stat().st_size))
    assert drawn.manage("verify_storage").returncode == 1
    assert drawn.manage("restore", str(path), "--yes").returncode == 0
    assert drawn.manage("verify_storage").returncode == 0


def test_what_was_queued_is_not_bought_again(drawn: Installation, tmp_path: Path) -> None:
    drawn.python(QUEUE)
    older = back_up(drawn, tmp_path / "older")
    done = drawn.manage("restore", str(older), "--yes")
    assert done.returncode == 0, done.stderr
    assert "may have been sent after the backup: 1." in done.stdout
    with closing(sqlite3.connect(drawn.database)) as database:
        states = database.execute("SELECT state, kind, charged FROM generations_generation ORDER BY id").fetchall()
    assert states == [("succeeded", "", "yes"), ("succeeded", "", "yes"), ("failed", "never_started", "maybe")]


def test_who_was_erased_since_the_backup_is_erased_again(drawn: Installation, tmp_path: Path) -> None:
    path = back_up(drawn, tmp_path / "before")
    done = drawn.manage("erase_person", "mei", "--yes")
    assert done.returncode == 0, done.stderr
    done = drawn.manage("restore", str(path), "--yes")
    assert done.returncode == 0, done.stderr
    assert "Erased again, as before this backup was restored" in done.stdout
    with closing(sqlite3.connect(drawn.database)) as database:
        assert database.execute("SELECT count(*) FROM generations_batch").fetchone() == (0,)
        [(name, email, is_active)] = database.execute(
            "SELECT first_name, email, is_active FROM generations_person WHERE erased_at IS NOT NULL"
        ).fetchall()
    assert (name, "mei" in email, is_active) == ("", False, 0)
    assert drawn.manage("verify_record").returncode == 0


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with bucket_server() as bucket:
        yield bucket


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_bucket_that_fails_is_said_in_a_sentence_that_is_true(
    hill_backup: Path, bucket: Bucket, tmp_path: Path, moment: str
) -> None:
    installation = Installation(tmp_path / "data", **bucket.environment)
    if moment == "before":
        installation.environment["STORAGE_ENDPOINT"] = f"http://127.0.0.1:{closed_port()}"
    else:
        bucket.fault, bucket.objects["erasures/ab.json"] = "refused", b"{}"
    said = refusal(installation, hill_backup)
    assert "Traceback" not in said
    assert ("the database is as it was" in said) == (moment == "before")
    assert ("It is restored, but the storage of pictures did not answer" in said) == (moment == "after")
    assert moment == "before" or installation.rows("generations_image") == 1


def test_a_bucket_that_gives_no_file_ends_a_backup_in_a_sentence(
    hill_backup: Path, bucket: Bucket, tmp_path: Path
) -> None:
    installation = Installation(tmp_path / "data", **bucket.environment)
    restored = installation.manage("restore", str(hill_backup), "--yes")
    assert restored.returncode == 0, restored.stderr
    bucket.fault = "refused"
    done = installation.manage("backup", str(tmp_path / "another"))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert done.stderr.startswith("CommandError: The storage of pictures does not answer.")


def test_a_key_sealed_with_another_secret_is_named(drawn: Installation, tmp_path: Path) -> None:
    drawn.python(GATEWAY)
    path = back_up(drawn, tmp_path / "sealed")
    other = Installation(tmp_path / "other")
    done = other.manage("restore", str(path), "--yes")
    assert done.returncode == 0, done.stderr
    assert "The keys of Gateway were sealed with another SECRET_KEY." in done.stdout


def test_everybody_signs_in_again(drawn: Installation, tmp_path: Path) -> None:
    drawn.python(SIGN_IN)
    path = back_up(drawn, tmp_path / "signed-in")
    older = json.loads((path / "manifest.json").read_bytes())
    with closing(sqlite3.connect(path / "database.sqlite3")) as copy, copy:  # as it was made before
        copy.execute("INSERT INTO django_session VALUES ('somebody', '', '2999-01-01')")
    digest = hashlib.sha256((path / "database.sqlite3").read_bytes()).hexdigest()
    older["files"]["database.sqlite3"] = digest
    (path / "manifest.json").write_text(json.dumps(older))
    done = drawn.manage("restore", str(path), "--yes")
    assert done.returncode == 0, done.stderr
    assert "Everybody signs in again." in done.stdout
    assert drawn.rows("django_session") == 0


def test_without_a_yes_nothing_is_changed(drawn: Installation, path: Path) -> None:
    assert "Nothing was changed." in refusal(drawn, path, "--verbosity=1")
    assert counts(drawn)[0] == 2


def test_a_beating_worker_stops_it(drawn: Installation, path: Path) -> None:
    drawn.python("from generations.models import Worker; Worker(name='w1', slots=4).heartbeat()")
    assert "A worker is running (w1)." in refusal(drawn, path)


def test_an_answering_web_server_stops_it(drawn: Installation, path: Path) -> None:
    with socketserver.TCPServer(("127.0.0.1", drawn.port), Healthy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert f"The web server answers on port {drawn.port}." in refusal(drawn, path)
        server.shutdown()


def test_another_process_in_the_database_stops_it(drawn: Installation, path: Path) -> None:
    reader = subprocess.Popen([sys.executable, "-c", READER, str(drawn.database)], stdout=-1, stdin=-1, text=True)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    try:
        assert "Another process has" in refusal(drawn, path)
    finally:
        reader.communicate()
    assert drawn.manage("restore", str(path), "--yes").returncode == 0


def test_a_damaged_database_can_be_replaced(drawn: Installation, path: Path) -> None:
    drawn.database.write_bytes(b"no database at all" * 1000)
    done = drawn.manage("restore", str(path), "--yes")
    assert done.returncode == 0, done.stderr
    assert counts(drawn)[0] == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 2}, "This backup has format 2"),
        ({"database": "database.pgdump"}, "names paths that are not a backup's"),
        ({"migrations": ["0001_initial", "9999_later"]}, "is of a newer version"),
        ({"files": {"../../etc/passwd": "0" * 64}}, "such as ../../etc/passwd"),
        ({"files": 3}, "is not the manifest of a backup"),
    ],
)
@pytest.mark.skipif(settings.DATABASES["default"]["ENGINE"].endswith("postgresql"), reason="the backup is of SQLite")
def test_a_manifest_this_version_cannot_take_is_refused(path: Path, change: dict, sentence: str) -> None:
    said = json.loads((path / "manifest.json").read_bytes())
    assert checked(path).migrations == said["migrations"]
    (path / "manifest.json").write_text(json.dumps(said | change))
    with pytest.raises(BackupFailed, match=sentence):
        checked(path)


def test_a_backup_that_did_not_finish_is_refused(path: Path) -> None:
    (path / "manifest.json").unlink()
    with pytest.raises(BackupFailed, match="did not finish"):
        checked(path)


def test_an_archive_with_a_foreign_path_is_refused(tmp_path: Path) -> None:
    (tmp_path / "payload").write_bytes(b"payload")
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        tar.add(tmp_path / "payload", "../escaped")
    with pytest.raises(BackupFailed, match="no part of a backup"):
        unpack(tmp_path / "evil.tar", tmp_path / "folder")
    assert not (tmp_path / "escaped").exists()


@pytest.mark.parametrize("target", ["nowhere", "manifest.json", "/etc/passwd"])
def test_an_archive_with_a_link_is_refused(tmp_path: Path, target: str) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        link = tarfile.TarInfo("manifest.json")
        link.type, link.linkname = tarfile.SYMTYPE, target
        tar.addfile(link)
    with pytest.raises(BackupFailed, match="no part of a backup"):
        unpack(tmp_path / "evil.tar", tmp_path / "folder")


def test_an_archive_that_breaks_off_is_refused(tmp_path: Path) -> None:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as tar:
        member = tarfile.TarInfo("manifest.json")
        member.size = 100_000
        tar.addfile(member, io.BytesIO(random.Random(1).randbytes(100_000)))
    (tmp_path / "cut.tar").write_bytes(whole.getvalue()[:50_000])
    with pytest.raises(BackupFailed, match="cannot be unpacked"):
        unpack(tmp_path / "cut.tar", tmp_path / "folder")


@pytest.mark.long
@pytest.mark.service
def test_postgresql_comes_back_to_the_row_and_newer_tables_go(tmp_path: Path) -> None:
    require("postgres")
    with postgres_server() as server:
        installation = Installation(tmp_path / "data", DATABASE_URL=server.url)
        installation.prepare()
        installation.draw("a hill")
        installation.python(SIGN_IN)
        path = back_up(installation, tmp_path / "backup")
        said = json.loads((path / "manifest.json").read_bytes())["counts"]
        installation.draw("a lake")
        installation.python(NEWER_TABLE)
        done = installation.manage("restore", str(path), "--yes")
        assert done.returncode == 0, done.stderr
        said["generations_auditentry"] += 1  # that it was restored
        assert json.loads(installation.python(COUNT)) == said
        assert found(installation, "hill") == ["a hill"] and found(installation, "lake") == []
        assert list((tmp_path / "data").glob("database.before-*.pgdump"))
        assert wait_for(lambda: not sessions(server))
        with psycopg.connect(server.url.replace("postgres:", "postgresql:")):
            assert "1 other sessions are open on the database." in refusal(installation, path)


@pytest.mark.long
@pytest.mark.service
def test_an_extension_of_the_superuser_stays_and_a_missing_one_is_named(tmp_path: Path) -> None:
    require("postgres")
    with postgres_server() as server:
        address = server.url.replace("postgres:", "postgresql:", 1)
        with psycopg.connect(address, autocommit=True) as database:
            database.execute("CREATE ROLE app LOGIN; GRANT ALL ON SCHEMA public TO app")
            database.execute("CREATE EXTENSION pg_trgm")
        installation = Installation(tmp_path / "data", DATABASE_URL=server.url.replace("postgres@", "app@"))
        installation.prepare()
        installation.draw("a hill")
        path = back_up(installation, tmp_path / "backup")
        installation.draw("a lake")
        done = installation.manage("restore", str(path), "--yes")
        assert done.returncode == 0, done.stderr
        assert found(installation, "hill") == ["a hill"] and found(installation, "lake") == []
        assert wait_for(lambda: not sessions(server))
        with psycopg.connect(address, autocommit=True) as database:
            database.execute("DROP EXTENSION pg_trgm CASCADE")
        assert wait_for(lambda: not sessions(server))
        assert "run CREATE EXTENSION pg_trgm, then restore again." in refusal(installation, path)
        assert found(installation, "hill") == ["a hill"]


def sessions(server: PostgresServer) -> int:
    """How many are open on its database: one that ended is there a moment longer."""
    with psycopg.connect(host="127.0.0.1", port=server.port, user="postgres", dbname="template1") as elsewhere:
        told = elsewhere.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = 'postgres'").fetchone()
        return told[0] if told else 0


def test_a_session_that_was_just_closed_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = [2, 1, 0]
    monkeypatch.setattr(restore, "other_sessions", lambda: looks.pop(0))
    monkeypatch.setattr(restore, "PATIENCE", 60)
    monkeypatch.setattr(connection, "close_pool", lambda: None, raising=False)
    restore.refuse_open_postgresql()
    assert looks == []


def test_no_password_is_ever_an_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[list[str], dict[str, str]]] = []

    def run(words: list[str], env: dict[str, str], **_: object) -> subprocess.CompletedProcess[str]:
        seen.append((words, env))
        return subprocess.CompletedProcess(words, 0, stdout="")

    monkeypatch.setattr(subprocess, "run", run)
    at = {"HOST": "db", "PORT": 5433, "USER": "u", "NAME": "n", "PASSWORD": "pa ss", "OPTIONS": {"sslmode": "require"}}
    for name, value in at.items():
        monkeypatch.setitem(connection.settings_dict, name, value)
    postgresql("pg_dump", "--format=custom")
    ((words, environment),) = seen
    assert words == ["pg_dump", "--format=custom"]
    wanted = {"PGPASSWORD": "pa ss", "PGHOST": "db", "PGPORT": "5433", "PGSSLMODE": "require", "PGDATABASE": "n"}
    assert environment.items() >= wanted.items()


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


QUEUE = """
from generations.models import Person, ProviderModel
from generations.submit import Order, submit
person = Person.objects.get()
submit(Order(person=person, prompt="a dune", models=(ProviderModel.objects.get(name="flux"),)))
"""

SIGN_IN = """
from datetime import UTC, datetime
from django.contrib.sessions.models import Session
Session.objects.create(session_key="signed-in", session_data="x", expire_date=datetime(2999, 1, 1, tzinfo=UTC))
"""

GATEWAY = """
from generations.models import Provider
provider = Provider(name="Gateway", base_url="https://gateway.example/v1")
provider.set_secret("sk-of-the-gateway")
provider.save()
"""

READER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("SELECT count(*) FROM generations_batch").fetchone()
print("reading", flush=True)
sys.stdin.read()
"""

SEARCH = """
import json
from generations.queries.search import Search
from generations.models import Person
from generations.rights import Viewer
pictures = Search(words={words!r}).images(Viewer(Person.objects.get())).newest_first()
print(json.dumps([picture.batch.prompt for picture in pictures]))
"""

NEWER_TABLE = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE generations_later (id serial, batch_id bigint REFERENCES generations_batch (id))")
"""

COUNT = """
import json
from django.db import connection
with connection.cursor() as cursor:
    counts = {}
    for table in connection.introspection.table_names(cursor):
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        counts[table] = cursor.fetchone()[0]
print(json.dumps(counts))
"""
