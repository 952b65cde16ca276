"""`manage.py verify_storage`: each way a storage and its rows can differ, found, and mended where nothing is lost."""

import io
import os
import time
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models import F
from pytest_django import DjangoAssertNumQueries, Settings

from generations import reconcile
from generations.imaging.thumbnail import thumbnails
from generations.models import Image, Person, StoredFile
from generations.models.storage import MARKER, mark_storage
from generations.models.stored_file import original_path, thumbnail_path
from tests.management.conftest import png
from tests.support.installation import Installation
from tests.support.ports import free_port

HOUR = 3600
DAY = 24 * HOUR


def verify(*options: str) -> tuple[str, str]:
    """What it prints, and the sentence it fails with ("" when all is well)."""
    out = io.StringIO()
    try:
        call_command("verify_storage", *options, stdout=out)
    except CommandError as error:
        assert error.returncode == 1
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def aged(path: Path, seconds: float, data: bytes = b"left behind") -> Path:
    """A file last written so long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(data)
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_a_sound_storage_passes(picture: Image) -> None:
    printed, failure = verify()
    assert failure == ""
    assert printed == "Rows looked at: 1.\n"


def test_one_deleted_one_flipped_and_one_added_file_are_three_findings(picture: Image, storage: Path) -> None:
    flipped = StoredFile.put(b"an answer of many bytes", "application/octet-stream")
    deleted = StoredFile.put(b"another answer", "application/octet-stream")
    (storage / original_path(deleted.pk)).unlink()
    target = storage / original_path(flipped.pk)
    target.write_bytes(b"An" + target.read_bytes()[2:])
    added = aged(storage / original_path("ab" * 32), 2 * HOUR)
    printed, failure = verify()
    assert failure == "Wrong: 1 changed, 1 missing, 1 orphan."
    assert {line.split()[0] for line in printed.splitlines()[:-1]} == {"changed", "missing", "orphan"}
    assert added.exists()


def test_a_row_older_than_the_column_gets_its_checksum(picture: Image) -> None:
    StoredFile.objects.update(crc32=None)
    assert verify() == ("Rows looked at: 1.\n", "")
    assert StoredFile.objects.get().crc32 == zlib.crc32(picture.file.bytes())


def test_no_damaged_file_gives_a_checksum(picture: Image, storage: Path) -> None:
    StoredFile.objects.update(crc32=None)
    (storage / original_path(picture.file_id)).write_bytes(bytes(picture.file.size))
    assert verify("--repair")[1] == "Wrong: 1 changed."
    assert StoredFile.objects.get().crc32 is None


def test_a_wrong_checksum_is_found_and_put_right(picture: Image) -> None:
    StoredFile.objects.update(crc32=F("crc32") + 1)
    assert verify()[1] == "Wrong: 1 checksum."
    assert verify("--repair")[1] == ""
    assert StoredFile.objects.get().crc32 == zlib.crc32(picture.file.bytes())
    assert verify() == ("Rows looked at: 1.\n", "")


def test_a_row_without_its_file_is_never_repaired_away(picture: Image, storage: Path) -> None:
    (storage / original_path(picture.file_id)).unlink()
    assert verify("--repair")[1] == "Wrong: 1 missing."
    assert StoredFile.objects.filter(pk=picture.file_id).exists()


def test_a_young_file_without_a_row_is_kept_and_no_fault(picture: Image, storage: Path) -> None:
    young = aged(storage / original_path("ab" * 32), 60)
    printed, failure = verify("--repair")
    assert failure == ""
    assert printed.startswith("young")
    assert young.exists()


@pytest.mark.parametrize(("age", "stays"), [(2 * HOUR, True), (2 * DAY, False)])
def test_repair_removes_an_orphan_only_after_a_day(picture: Image, storage: Path, age: float, stays: bool) -> None:
    orphan = aged(storage / original_path("ab" * 32), age)
    assert bool(verify("--repair")[1]) == stays
    assert orphan.exists() == stays


def test_a_thumbnail_of_an_unknown_side_is_an_orphan(picture: Image, storage: Path) -> None:
    aged(storage / thumbnail_path(picture.file_id, 999), 2 * DAY)
    assert verify()[1] == "Wrong: 1 orphan."
    assert verify("--repair")[1] == ""
    assert not (storage / thumbnail_path(picture.file_id, 999)).exists()


def test_a_lost_thumbnail_is_made_anew(picture: Image, storage: Path) -> None:
    lost = storage / thumbnail_path(picture.file_id, 320)
    before = lost.read_bytes()
    lost.unlink()
    assert verify()[1] == "Wrong: 1 thumbnail."
    assert verify("--repair")[1] == ""
    assert lost.read_bytes() == before
    assert verify()[1] == ""


def test_what_a_crash_left_behind_is_removed_after_a_day(picture: Image, storage: Path) -> None:
    young = aged(storage / "files/ab/.writing-abc", 60)
    old = aged(storage / "files/ab/.writing-def", 2 * DAY)
    dropped = aged(storage / f"{original_path('ab' * 32)}.dropping", 2 * DAY)
    assert verify()[1] == "Wrong: 2 stray."
    assert verify("--repair")[1] == ""
    assert [young.exists(), old.exists(), dropped.exists()] == [True, False, False]


def test_a_file_set_aside_by_a_removal_that_died_comes_back(picture: Image, storage: Path) -> None:
    original = storage / original_path(picture.file_id)
    aside = original.with_name(f"{original.name}.dropping")
    original.rename(aside)
    aged(aside, 2 * HOUR)
    assert verify()[1] == "Wrong: 1 missing, 1 stray."
    assert verify("--repair")[1] == ""
    assert original.exists()
    assert not aside.exists()


def test_files_of_others_are_reported_and_left_alone(picture: Image, storage: Path) -> None:
    foreign = aged(storage / "files/notes.txt", 2 * DAY)
    assert verify("--repair")[1] == "Wrong: 1 foreign."
    assert foreign.exists()


def test_a_missing_marker_is_found_and_put_back_only_beside_files(picture: Image, storage: Path) -> None:
    (storage / MARKER).unlink()
    assert verify()[1] == "Wrong: 1 marker."
    assert verify("--repair")[1] == ""
    assert (storage / MARKER).exists()


def test_repair_puts_no_marker_into_an_empty_storage(storage: Path, db: None) -> None:
    (storage / MARKER).unlink()
    assert verify("--repair")[1] == "Wrong: 1 marker."
    assert not (storage / MARKER).exists()


def test_a_thousand_files_cost_a_few_queries(
    picture: Image, storage: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(1000):
        aged(storage / original_path(f"{number:064x}"), 2 * HOUR)
    with django_assert_max_num_queries(8):
        assert verify()[1] == "Wrong: 1000 orphan."


def test_a_bucket_without_paths_and_renames_is_verified_and_repaired_too(
    settings: Settings, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STORAGE_BUCKET = "pictures"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    mark_storage()
    ladder = thumbnails(data := png(700, 500)).by_side
    picture = StoredFile.put(data, "image/png", ladder)
    missing = StoredFile.put(b"missing", "application/octet-stream")
    default_storage.delete(original_path(missing.pk))
    default_storage.delete(thumbnail_path(picture.pk, 640))
    default_storage.save(original_path("ab" * 32), ContentFile(b"nobody's"))
    monkeypatch.setattr(reconcile, "age_of", lambda path: timedelta(days=2))
    assert verify()[1] == "Wrong: 1 missing, 1 orphan, 1 thumbnail."
    assert verify("--repair")[1] == "Wrong: 1 missing."
    assert default_storage.exists(thumbnail_path(picture.pk, 640))
    assert not default_storage.exists(original_path("ab" * 32))


@pytest.mark.service
def test_writers_killed_again_and_again_leave_no_row_without_its_file(installation: Installation) -> None:
    installation.prepare()
    kills, kept = map(int, installation.python(KILLED_WRITERS).split())
    assert kills == 40
    assert kept >= kills
    verified = installation.manage("verify_storage")
    assert verified.returncode == 0, verified.stderr
    for path in installation.folder.joinpath("files").rglob("*"):
        os.utime(path, (1, 1))
    installation.manage("verify_storage", "--repair")
    assert len(installation.originals()) == installation.rows("generations_storedfile") == kept
    assert installation.manage("verify_storage").stdout == f"Rows looked at: {kept}.\n"


KILLED_WRITERS = """
import os, random, signal, time
from django.db import connection
from generations.models import StoredFile

kills = 0
for turn in range(40):
    connection.close()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        while True:
            StoredFile.put(os.urandom(200_000), "image/png", {320: os.urandom(5_000)})
            os.write(writer, b".")
    os.read(reader, 1)
    time.sleep(random.uniform(0, 0.05))
    os.kill(child, signal.SIGKILL)
    kills += os.WIFSIGNALED(os.waitpid(child, 0)[1])
print(kills, StoredFile.objects.count())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["up", "--prepare-only"], 0, "The bucket does not answer; pictures are missing until it does. "),
        (["verify_storage"], 1, "CommandError: The storage of pictures does not answer. "),
    ],
)
def test_a_bucket_that_does_not_answer_is_said_in_a_sentence(
    tmp_path: Path, command: list[str], code: int, said: str
) -> None:
    away = {"STORAGE_BUCKET": "pictures", "STORAGE_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    keys = {"STORAGE_ACCESS_KEY": "a", "STORAGE_SECRET_KEY": "b"}
    ended = Installation(tmp_path, **away, **keys).manage(*command)
    assert (ended.returncode, "Traceback" in ended.stderr) == (code, False)
    assert ended.stderr.startswith(said)
