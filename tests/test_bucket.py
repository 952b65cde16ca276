"""Pictures in a bucket: each comes by one GET to a spool, and what goes wrong on the way is a storage that is away."""

from __future__ import annotations

import io
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime

import boto3.exceptions
import botocore.exceptions
import pytest
import s3transfer.exceptions
import urllib3.exceptions
from django.core.files.storage import storages
from django.test import Client
from pytest_django import Settings

from generations.errors import NotStored
from generations.models.storage import Missing, opened, storage_errors
from generations.models.stored_file import original_path
from generations.web.archive import Archive, Member
from imageweb.logs import request_id
from tests.support.bucket import Bucket, bucket_server, lie_in
from tests.support.cast import Cast, make_done

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db
LARGE = 100 * 2**20
FAULTS = ["cut", "silent", "refused"]


@pytest.fixture
def bucket(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with bucket_server() as bucket:
        lie_in(bucket, settings, monkeypatch)
        yield bucket


def test_an_original_is_fetched_once_and_before_its_first_byte_is_sent(
    bucket: Bucket, cast: Cast, signed_in: SignIn
) -> None:
    image = make_done(cast.ana).images.get()
    bucket.fetched.clear()
    answer = signed_in(cast.ana).get(f"/i/{image.key}/original")
    assert bucket.fetched == [original_path(image.file_id)]
    data = bucket.objects.pop(original_path(image.file_id))
    assert (b"".join(answer.streaming_content), answer["Content-Length"]) == (data, str(len(data)))
    assert bucket.fetched == [original_path(image.file_id)]


@pytest.mark.parametrize("condition", ["the same", "another", ""])
def test_a_part_of_an_original_is_sent_alone_out_of_a_bucket_too(
    bucket: Bucket, cast: Cast, signed_in: SignIn, condition: str
) -> None:
    image = make_done(cast.ana).images.get()
    data = bucket.objects[original_path(image.file_id)]
    known = {"the same": {"If-Range": f'"{image.file_id}"'}, "another": {"If-Range": '"another"'}, "": {}}[condition]
    answer = signed_in(cast.ana).get(f"/i/{image.key}/original", headers={"Range": "bytes=3-20", **known})
    expected = (200, data) if condition == "another" else (206, data[3:21])
    assert (answer.status_code, b"".join(answer.streaming_content)) == expected


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fetch_that_fails_is_a_storage_that_is_away(
    bucket: Bucket, cast: Cast, signed_in: SignIn, fault: str
) -> None:
    image = make_done(cast.ana).images.get()
    bucket.fault = fault
    assert signed_in(cast.ana).get(f"/i/{image.key}/original").status_code == 503
    for act in (image.file.bytes, lambda: opened(original_path(image.file_id))):
        with pytest.raises(NotStored) as away:
            act()
        assert not isinstance(away.value, Missing)


@pytest.mark.parametrize(
    "error",
    [s3transfer.exceptions.RetriesExceededError(OSError()), boto3.exceptions.RetriesExceededError(OSError())]
    + [kind() for name, kind in vars(s3transfer.exceptions).items() if name.endswith("FailedError")]
    + [
        boto3.exceptions.S3UploadFailedError(),
        botocore.exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ]
    + [urllib3.exceptions.ProtocolError("cut")],
    ids=lambda error: f"{type(error).__module__}.{type(error).__name__}",
)
def test_whatever_the_libraries_of_a_bucket_raise_is_a_storage_that_is_away(bucket: Bucket, error: Exception) -> None:
    assert storages["tested"]
    with pytest.raises(NotStored, match=type(error).__name__), storage_errors("files/ab/abcd"):
        raise error


def test_a_file_that_is_not_there_is_missing(bucket: Bucket) -> None:
    with pytest.raises(Missing):
        opened("files/ab/abcd")


def test_a_large_original_goes_through_a_spool_on_the_disk(bucket: Bucket) -> None:
    path = original_path("ab" * 32)
    bucket.objects[path] = bytes(LARGE)
    storages["tested"].max_memory_size = 2**20
    tracemalloc.start()
    try:
        with opened(path) as file:
            size = sum(len(piece) for piece in iter(lambda: file.read(2**20), b""))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == LARGE and most < LARGE // 4
    assert bucket.fetched == [path]


def test_an_archive_that_is_sent_when_its_request_is_over_still_belongs_to_it() -> None:
    asked_by: list[str] = []

    def member(name: str) -> Member:
        def opens() -> io.BytesIO:
            asked_by.append(request_id.get())
            return io.BytesIO(b"a")

        return Member(name, 1, datetime(2026, 1, 1), lambda: zlib.crc32(b"a"), opens)

    token = request_id.set("e-123456")
    archive = Archive([member("one"), member("two")])
    request_id.reset(token)
    assert len(b"".join(archive)) == archive.length
    assert asked_by == ["e-123456"] * 2, "so that a silent bucket keeps it as long as it keeps a page"
