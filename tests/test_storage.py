"""What a nearly full disk does to paid calls: none is made that could not be kept."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest
from botocore.exceptions import EndpointConnectionError
from pytest_django import Settings

from generations import tasks
from generations.errors import NotStored
from generations.models import Generation, stored_file
from tests.orders import a_model, ask, fresh
from tests.scripted import Wire

pytestmark = pytest.mark.django_db(transaction=True)

Usage = namedtuple("Usage", "total used free")
GB = 1024**3


@pytest.fixture
def generation(bells: list[int]) -> Generation:
    return ask("a hill", a_model())


@pytest.mark.parametrize(("total", "free"), [(500 * GB, GB - 1), (10 * GB, GB // 2 - 1)])
def test_a_nearly_full_disk_stops_calls_before_they_are_made(
    generation: Generation,
    wire: Wire,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    total: int,
    free: int,
) -> None:
    settings.MIN_FREE_BYTES = GB
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(total, total - free, free))
    tasks.generate(generation.pk)
    assert fresh(generation).state == "queued"
    assert wire.calls.total() == 0
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(total, total - free - 1, free + 1))
    tasks.generate(generation.pk)
    assert fresh(generation).state == "succeeded"


def test_a_bucket_that_is_away_is_a_storage_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://bucket.example")

    monkeypatch.setattr(stored_file.default_storage, "open", away)
    monkeypatch.setattr(stored_file, "_write_locally", away)
    with pytest.raises(NotStored, match="EndpointConnectionError"):
        stored_file.read("files/ab/abcd")
    with pytest.raises(NotStored, match=r"bucket\.example"):
        stored_file.write("files/ab/abcd", b"")
