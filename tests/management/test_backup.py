"""`manage.py backup`: whole while others write, sparing with secrets, and honest about what it could not have."""

import hashlib
import io
import json
import sqlite3
import tarfile
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from generations.backup.box import Folder
from generations.backup.database import postgresql
from generations.models import AuditEntry, Image, Person, StoredFile
from generations.models.stored_file import original_path

pytestmark = pytest.mark.django_db(transaction=True)

NEEDS_SQLITE = pytest.mark.skipif(
    settings.DATABASES["default"]["ENGINE"].endswith("postgresql"), reason="looks into the copy with sqlite3"
)


def back_up(path: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("backup", str(path), *options, stdout=out)
    return out.getvalue()


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_bytes())


@NEEDS_SQLITE
def test_it_holds_database_files_and_a_hash_of_each(picture: Image, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    assert back_up(folder).startswith("Backed up the database and 3 files to ")
    said = manifest(folder)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there == {"manifest.json", *said["files"]}
    assert {said["files"][path] for path in said["files"]} == {
        hashlib.sha256((folder / path).read_bytes()).hexdigest() for path in said["files"]
    }
    assert {original_path(picture.file_id), *picture.file.paths(), "database.sqlite3"} == set(said["files"])
    assert said["counts"]["generations_image"] == 1
    assert AuditEntry.objects.get(verb="backed_up").after == {"made_at": said["made_at"], "files": 3, "whole": True}
    with closing(sqlite3.connect(folder / "database.sqlite3")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT key FROM generations_image").fetchall() == [(picture.key,)]


def test_the_secret_key_stays_out_and_it_says_so(picture: Image, tmp_path: Path) -> None:
    assert "SECRET_KEY is not in it" in back_up(tmp_path / "backup")
    secret = settings.SECRET_KEY.encode()
    assert all(secret not in path.read_bytes() for path in tmp_path.joinpath("backup").rglob("*") if path.is_file())


def test_nobody_is_signed_in_by_a_backup(person: Person, tmp_path: Path) -> None:
    keys = [sign_in(person, n) for n in range(40)]
    back_up(tmp_path / "backup")
    back_up(tmp_path / "backup.tar", "--archive")
    assert manifest(tmp_path / "backup")["counts"]["django_session"] == 0
    assert Session.objects.count() == len(keys)
    if connection.vendor == "postgresql":
        dumped = str(tmp_path / "backup" / "database.pgdump")
        assert "django_session" in postgresql("pg_restore", "--list", dumped)
        kept = postgresql("pg_restore", "--data-only", "--file=-", dumped)
        assert person.username in kept and not any(key in kept for key in keys)
        return
    for path in (tmp_path / "backup" / "database.sqlite3", tmp_path / "backup.tar"):
        data = path.read_bytes()
        assert person.email.encode() in data
        assert not any(key.encode() in data for key in keys)
        assert b"a secret of the session" not in data


def sign_in(person: Person, number: int) -> str:
    """The key of a session that lasts, as long as some are."""
    data = f"{number} a secret of the session of {person.pk} " * (1 + 40 * number)
    key = f"session{number:025d}"
    Session.objects.create(session_key=key, session_data=data, expire_date=timezone.now() + timedelta(days=9))
    return key


def test_only_its_owner_may_look_in(picture: Image, tmp_path: Path) -> None:
    back_up(tmp_path / "folder")
    back_up(tmp_path / "one.tar", "--archive")
    assert [(tmp_path / name).stat().st_mode & 0o077 for name in ("folder", "one.tar")] == [0, 0]


def test_an_archive_holds_the_same_with_the_manifest_last(picture: Image, tmp_path: Path) -> None:
    back_up(tmp_path / "backup")
    back_up(tmp_path / "backup.tar", "--archive")
    with tarfile.open(tmp_path / "backup.tar") as tar:
        assert tar.getnames() == [*manifest(tmp_path / "backup")["files"], "manifest.json"]
        original = tar.extractfile(original_path(picture.file_id))
        assert original is not None
        assert original.read() == picture.file.bytes()


@pytest.mark.parametrize("options", [(), ("--archive",)])
def test_a_place_that_is_taken_is_refused(db: None, tmp_path: Path, options: tuple[str, ...]) -> None:
    taken = tmp_path / "taken"
    if options:
        taken.write_bytes(b"precious")
    else:
        taken.mkdir()
        (taken / "precious").touch()
    with pytest.raises(CommandError, match="Choose a new"):
        back_up(taken, *options)
    assert taken.read_bytes() == b"precious" if options else [path.name for path in taken.iterdir()] == ["precious"]


def test_a_missing_or_damaged_file_is_named_and_the_rest_is_kept(picture: Image, storage: Path, tmp_path: Path) -> None:
    missing = StoredFile.put(b"missing", "application/octet-stream")
    damaged = StoredFile.put(b"damaged", "application/octet-stream")
    (storage / original_path(missing.pk)).unlink()
    (storage / original_path(damaged.pk)).write_bytes(b"DAMAGED")
    with pytest.raises(CommandError) as failure:
        back_up(tmp_path / "backup")
    assert f"{original_path(missing.pk)} is missing." in str(failure.value)
    assert f"{original_path(damaged.pk)} is damaged" in str(failure.value)
    files = manifest(tmp_path / "backup")["files"]
    assert files[original_path(damaged.pk)] == hashlib.sha256(b"DAMAGED").hexdigest()
    assert original_path(picture.file_id) in files


def test_a_file_dropped_after_the_dump_is_no_trouble(
    storage: Path, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = StoredFile.put(b"an answer that is folded meanwhile", "application/octet-stream")
    paths_of = StoredFile.paths

    def drop_first(row: StoredFile) -> list[str]:
        if (live := StoredFile.objects.filter(pk=row.pk)).exists():
            live.delete()
            (storage / original_path(row.pk)).unlink()
        return paths_of(row)

    monkeypatch.setattr(StoredFile, "paths", drop_first)
    back_up(tmp_path / "backup")
    assert original_path(spool.pk) not in manifest(tmp_path / "backup")["files"]


def test_a_dump_taken_under_write_load_is_one_moment(picture: Image, tmp_path: Path) -> None:
    """Each writer adds a person and a file in that order; no dump may show a file without its person."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            Person.objects.create(username=f"p{number}", email=f"p{number}@example.com")
            StoredFile.put(f"{number}".encode(), "text/plain")
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for turn in range(3):
            back_up(tmp_path / f"backup-{turn}")
    finally:
        stop.set()
        writer.join()
    for turn in range(3):
        said = manifest(tmp_path / f"backup-{turn}")
        originals = [path for path in said["files"] if path.startswith("files/")]
        assert len(originals) == said["counts"]["generations_storedfile"]
        assert 0 <= said["counts"]["generations_person"] - 1 - (len(originals) - 1) <= 1


def test_a_full_disk_ends_with_a_sentence_and_no_manifest(
    picture: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Folder, "add", full)
    with pytest.raises(CommandError, match="No space left on device"):
        back_up(tmp_path / "backup")
    assert not (tmp_path / "backup" / "manifest.json").exists()
