"""`manage.py move_storage`: from files to a bucket and back, to the byte, through a kill, and never at a loss."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from generations.models.storage import MARKER
from tests.support.bucket import Bucket, bucket_server
from tests.support.installation import Installation, end

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with bucket_server() as bucket:
        yield bucket


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with three pictures."""
    installation = Installation(tmp_path_factory.mktemp("drawn") / "data")
    installation.prepare()
    installation.draw("a hill", 3)
    return installation


@pytest.fixture
def local(drawn: Installation, tmp_path: Path) -> Installation:
    return Installation(Path(shutil.copytree(drawn.folder, tmp_path / "data")))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below `files`, by its path in the storage."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_into_a_bucket_and_back_to_the_byte(local: Installation, bucket: Bucket) -> None:
    before = contents(local.folder / "files")
    assert len(before) > 6 and MARKER in before
    moved = local.manage("move_storage", "bucket", **bucket.environment)
    assert moved.returncode == 0, moved.stderr
    assert bucket.objects == before
    assert local.manage("verify_storage", **bucket.environment).returncode == 0
    assert local.manage("check", "--database", "default", **bucket.environment).returncode == 0
    refused = local.manage("check", "--database", "default")
    assert "does not carry the marker" in refused.stderr, "the old settings no longer start"

    shutil.rmtree(local.folder / "files")
    back = local.manage("move_storage", "files", **bucket.environment)
    assert back.returncode == 0, back.stderr
    assert contents(local.folder / "files") == before
    assert local.manage("verify_storage").returncode == 0


def test_a_killed_move_goes_on(local: Installation, bucket: Bucket) -> None:
    before = contents(local.folder / "files")
    bucket.stops_after = 3
    local.environment |= bucket.environment
    moving = local.start("move_storage", "bucket")
    assert bucket.is_stopped.wait(120)
    end(moving)
    assert len(bucket.objects) == 3 and MARKER not in bucket.objects
    bucket.stops_after = None
    again = local.manage("move_storage", "bucket")
    assert again.returncode == 0, again.stderr
    assert f"{len(before) - 1} files, {len(before) - 4} of them copied now." in again.stdout
    assert bucket.objects == before
    assert local.manage("move_storage", "bucket").returncode == 0, "what is done may be asked for again"
    assert bucket.objects == before


def test_bytes_that_changed_on_the_way_are_found_though_their_length_is_the_same(
    local: Installation, bucket: Bucket
) -> None:
    before = contents(local.folder / "files")
    assert local.manage("move_storage", "bucket", "--copy-only", **bucket.environment).returncode == 0
    assert MARKER not in bucket.objects
    for key in bucket.objects:
        bucket.objects[key] = bytes(len(bucket.objects[key]))
    assert local.manage("move_storage", "bucket", **bucket.environment).returncode == 0
    assert bucket.objects == before


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_loss_is_named_and_nothing_is_handed_over(local: Installation, bucket: Bucket, harm: str) -> None:
    original = next(path for path in (local.folder / "files" / "files").rglob("*") if path.is_file())
    original.unlink() if harm == "missing" else original.write_bytes(bytes(original.stat().st_size))
    moved = local.manage("move_storage", "bucket", **bucket.environment)
    assert moved.returncode == 1
    assert f"{original.name} is {harm}" in moved.stderr and "Nothing was handed over" in moved.stderr
    assert MARKER not in bucket.objects and (local.folder / "files" / MARKER).exists()


def test_what_cannot_be_meant_is_refused(local: Installation, bucket: Bucket) -> None:
    assert "Set STORAGE_BUCKET" in local.manage("move_storage", "bucket").stderr
    (local.folder / "files").rename(local.folder / "unmounted")
    assert "Is a volume missing?" in local.manage("move_storage", "bucket", **bucket.environment).stderr
    assert not bucket.objects
    away = {**bucket.environment, "STORAGE_ENDPOINT": "http://127.0.0.1:9"}
    assert "does not answer" in local.manage("move_storage", "bucket", **away).stderr
