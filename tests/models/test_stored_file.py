"""Storing some bytes while the last other row of the same bytes is purged: whoever comes first, no row is without its
file, and nothing that was stored is lost."""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from django.db import connection
from pytest_django import Settings

from generations.answer_pictures import store_picture
from generations.imaging.thumbnail import thumbnails
from generations.models import Attempt, Batch, Image, Person, StoredFile, stored_file
from generations.models.attempt import ROW_LIMIT
from generations.models.key import now
from generations.models.storage import remove, walk
from generations.models.stored_file import retry_on_integrity_error
from generations.protocol.exchange import Exchange
from generations.uploads import store_reference
from tests.support.cast import make_png
from tests.support.orders import ask, get_or_make_person, make_model_at
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
BYTES = make_png(400, 300)
LONG_AGO = now(days=-400)


@pytest.fixture(autouse=True)
def empty_storage(notified: list[int]) -> None:
    for path in list(walk()):  # of other tests, whose rows are gone
        remove(path)


def make_picture(person: Person) -> Image:
    """A picture of these bytes."""

    def store() -> Image:
        file = StoredFile.put(BYTES, "image/png", thumbnails(BYTES).by_side)
        return Image.objects.create(person=person, file=file, width=400, height=300, placeholder=b"")

    return retry_on_integrity_error(store)


def purge(image: Image) -> None:
    """It lay in the trash long enough."""
    Image.objects.filter(pk=image.pk).update(deleted_at=LONG_AGO)
    image.purge()


def elsewhere(act: Callable[[], object]) -> None:
    """Do it on another connection, and wait for it."""
    [result] = at_once(act)
    assert not isinstance(result, Exception), result


def nothing_is_missing() -> None:
    """Every row has its files, every file its row, and every reference its row."""
    assert {path for row in StoredFile.objects.all() for path in row.paths()} == set(walk())
    named = {*Image.objects.values_list("file", flat=True), *Image.objects.values_list("clean_file", flat=True)}
    answers = set(Attempt.objects.values_list("answer_file", flat=True))
    assert (named | answers) - {None} == set(StoredFile.objects.values_list("pk", flat=True))


def drawn(person: Person) -> object:
    return store_picture(ask_held(person), 1, BYTES, "")


def ask_held(person: Person) -> object:
    """A claimed generation of theirs."""
    generation = ask("a hill", make_model_at(f"http://{Batch.objects.count()}.example/v1"), person)
    type(generation).objects.filter(pk=generation.pk).update(state="running", claim="mine")
    generation.refresh_from_db()
    return generation


def kept(person: Person) -> object:
    attempt = Attempt.objects.create(generation=ask_held(person), n=1, url="", request=b"{}")
    attempt.keep(Exchange("POST", "", body=BYTES + bytes(ROW_LIMIT)))
    return attempt


def kept_before(person: Person) -> StoredFile:
    """A file of the same bytes as the answer's, which nothing refers to."""
    return StoredFile.put(BYTES + bytes(ROW_LIMIT), "application/octet-stream")


def test_a_file_knows_its_size_and_checksums() -> None:
    file = StoredFile.put(BYTES, "image/png")
    kept = StoredFile.objects.get()
    assert (kept.sha256, kept.size, kept.crc32) == (hashlib.sha256(BYTES).hexdigest(), len(BYTES), zlib.crc32(BYTES))
    assert (kept, kept.crc32) == (file, file.crc32)


STORERS = {
    "a picture": (drawn, lambda person: partial(purge, make_picture(person))),
    "a reference": (partial(store_reference, data=BYTES), lambda person: partial(purge, make_picture(person))),
    "an answer": (kept, lambda person: kept_before(person).drop_if_unused),
}


@pytest.mark.parametrize("moment", ["files were written", "row was found"])
@pytest.mark.parametrize("what", STORERS)
def test_what_is_purged_between_two_steps_of_storing_is_stored_anew(
    what: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = get_or_make_person()
    store, the_other = STORERS[what]
    pending = [the_other(person)]
    owner, name = (stored_file, "write_all") if moment == "files were written" else (StoredFile, "put")
    step = getattr(owner, name)

    def then_purged(*args: object, **options: object) -> object:
        result = step(*args, **options)
        if pending:
            elsewhere(pending.pop())
        return result

    monkeypatch.setattr(owner, name, then_purged)
    store(person)
    assert not pending
    nothing_is_missing()


def test_a_bucket_which_cannot_rename_loses_nothing_either(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STORAGE_BUCKET = "pictures"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    test_what_is_purged_between_two_steps_of_storing_is_stored_anew("a picture", "files were written", monkeypatch)
    purge(Image.objects.get())
    assert list(walk()) == []


def test_what_is_stored_between_the_check_and_the_removal_has_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    person = get_or_make_person()
    image, take_away = make_picture(person), stored_file.take_away
    storing = threading.Thread(target=stored_and_closed, args=(person,))

    def late(path: str) -> str:
        if not storing.ident:
            storing.start()
            storing.join(0.5)  # it ends, or waits for this removal
        return take_away(path)

    monkeypatch.setattr(stored_file, "take_away", late)
    purge(image)
    storing.join()
    assert Image.objects.count() == 1
    nothing_is_missing()


def stored_and_closed(person: Person) -> None:
    try:
        make_picture(person)
    finally:
        connection.close()


@pytest.mark.slow
def test_a_storm_of_storing_and_purging_leaves_no_row_without_its_files() -> None:
    people = [get_or_make_person(f"person {number}") for number in range(4)]

    def store_and_purge(person: Person) -> None:
        for _ in range(10):
            purge(make_picture(person))
        make_picture(person)

    assert at_once(*(partial(store_and_purge, person) for person in people)) == [None] * 4
    assert Image.objects.count() == 4
    nothing_is_missing()
    for image in Image.objects.all():
        assert image.file.bytes() == BYTES
        with suppress(StoredFile.DoesNotExist):
            purge(image)
    assert list(walk()) == []
