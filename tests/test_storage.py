"""What a nearly full disk does to paid calls: none is made that could not be kept."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from generations import tasks, upkeep
from generations.checks import storage_is_there
from generations.errors import NotStored
from generations.models import Generation, StoredFile, storage
from generations.models.storage import Missing
from generations.reconcile import findings
from tests.support.cast import make_image, make_person
from tests.support.orders import ask, fresh, make_model_at
from tests.support.scripted import Wire

pytestmark = pytest.mark.django_db(transaction=True)

Usage = namedtuple("Usage", "total used free")
GB = 1024**3


@pytest.fixture
def generation(notified: list[int]) -> Generation:
    return ask("a hill", make_model_at())


def test_a_nearly_full_disk_stops_calls_before_they_are_made(
    generation: Generation,
    wire: Wire,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.MIN_FREE_BYTES = GB
    total, free = 10 * GB, GB - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(total, total - free, free))
    tasks.generate(generation.pk)
    assert fresh(generation).state == "queued"
    assert wire.calls.total() == 0
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(total, total - free - 1, free + 1))
    tasks.generate(generation.pk)
    assert fresh(generation).state == "succeeded"


@pytest.mark.parametrize(
    "ask",
    [
        lambda: storage.read("files/ab/abcd"),
        lambda: storage.opened("files/ab/abcd"),
        lambda: storage.write("files/ab/abcd", b""),
        lambda: storage.remove("files/ab/abcd"),
        storage.is_marked,
        storage.mark_storage,
        lambda: list(findings()),
    ],
)
def test_a_bucket_that_is_away_is_a_storage_that_failed(away: None, ask: Callable[[], object]) -> None:
    with pytest.raises(NotStored, match=r"EndpointConnectionError: .*bucket\.example") as refused:
        ask()
    assert not isinstance(refused.value, Missing)


def test_a_file_that_is_not_there_is_told_apart() -> None:
    with pytest.raises(Missing):
        storage.read("files/ab/abcd")


def test_a_bucket_that_is_away_is_no_missing_volume(away: None) -> None:
    assert storage_is_there(None, ["default"]) == []


def test_a_file_that_a_bucket_does_not_let_go_of_keeps_its_row(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    make_image(person=make_person("ana"), deleted_at=timezone.now() - timedelta(days=31))
    request.getfixturevalue("away")
    upkeep.purge()
    assert "a file stays until the next clean-up: files/" in caplog.text
    assert StoredFile.objects.exists()
