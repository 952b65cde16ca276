"""Files and rows after five hundred creates, deletes, restores and purges in any order."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from generations import reconcile
from generations.models import Image, Person, StoredFile
from generations.models.storage import mark_storage
from tests.support.cast import make_batch, make_cast, make_image, make_png, make_reference
from tests.support.storage import store_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_storage(settings: Settings, tmp_path: Path) -> None:
    store_in(tmp_path, settings)


def age(images: object, days: int = 31) -> None:
    images.update(deleted_at=timezone.now() - timedelta(days=days))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_no_row_is_left_without_file_and_no_file_without_row(seed: int) -> None:
    dice, ana = random.Random(seed), make_cast().ana
    mark_storage()
    copies = [make_png() for _ in range(4)]
    generation = make_batch(ana).generations.get()
    for step in range(500):
        kept = list(Image.objects.kept().values_list("pk", flat=True))
        deleted = list(Image.objects.exclude(deleted_at=None).values_list("pk", flat=True))
        match dice.choices(("create", "reference", "copy", "delete", "restore", "purge"), (6, 2, 2, 6, 2, 1))[0]:
            case "create":
                make_image(generation, position=step + 1)
            case "reference":
                make_reference(generation.batch)
            case "copy":
                shared(ana, dice.choice(copies))
            case "delete" if kept:
                Image.objects.filter(pk__in=dice.sample(kept, min(3, len(kept)))).delete_by(ana)
            case "restore" if deleted:
                Image.objects.filter(pk=dice.choice(deleted)).restore()
            case "purge" if deleted:
                age(Image.objects.filter(pk__in=dice.sample(deleted, min(4, len(deleted)))))
                Image.objects.purge()
    assert Image.objects.exists()
    assert [str(finding) for finding in reconcile.findings() if finding.what not in ("young", "thumbnail")] == []
    named = {file for row in Image.objects.all() for file in (row.file_id, row.clean_file_id) if file}
    assert set(StoredFile.objects.values_list("pk", flat=True)) == named
    assert set(reconcile.walk()) == {path for row in StoredFile.objects.all() for path in row.paths()}


def shared(person: Person, data: bytes) -> Image:
    """A reference whose bytes others have too."""
    file = StoredFile.put(data, "image/png")
    return Image.objects.create(person=person, file=file, clean_file=file, width=96, height=64, placeholder=b"")


def test_the_copies_of_a_picture_go_with_it() -> None:
    image = make_image(person=make_cast().ana)
    for name in ("clean_file", "labelled_file", "marked_file"):
        image.keep_copy(name, make_png())
    assert StoredFile.objects.count() == 4
    age(Image.objects.filter(pk=image.pk))
    assert Image.objects.purge() == 1
    assert not StoredFile.objects.exists() and not [*reconcile.walk()]


def test_the_last_row_of_some_bytes_takes_the_file_along() -> None:
    ana = make_cast().ana
    first, second = shared(ana, data := make_png()), shared(ana, data)
    age(Image.objects.filter(pk=first.pk))
    assert Image.objects.purge() == 1
    assert second.file.bytes() == data
    age(Image.objects.filter(pk=second.pk))
    call_command("purge", verbosity=0)
    assert not StoredFile.objects.exists()


def test_what_was_restored_meanwhile_is_not_purged() -> None:
    image = shared(make_cast().ana, make_png())
    age(Image.objects.filter(pk=image.pk))
    Image.objects.update(deleted_at=None)
    assert not image.purge()
    assert image.file.bytes()


def test_expired_sessions_go_with_the_trash() -> None:
    for key, days in (("over", -1), ("lasting", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=days))
    call_command("purge", verbosity=0)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["lasting"]
