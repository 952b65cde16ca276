"""What two do to the same rows at the same moment: the second finds what the first did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from time import sleep
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from generations.models import AuditEntry, Client, Gallery, Generation, Image, Notification, Provider, RetentionRule
from generations.models.offer import add_provider
from tests.support.cast import make_batch, make_cast, make_done, make_gallery
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]
BEFORE = timedelta(days=5)


def meanwhile(act: Callable[[], Any], then: Callable[[], Any]) -> list[Any]:
    """Both: the second begins while the first has acted and its transaction is open."""
    acted = Event()

    def first() -> Any:
        with transaction.atomic():
            result = act()
            acted.set()
            sleep(0.4)
            return result

    def second() -> Any:
        acted.wait()
        return then()

    return at_once(first, second)


def deleted_image() -> Image:
    RetentionRule.objects.create(kind="trash", days=1, team=None)
    return make_done(make_cast().ana).images.get()


def deleted_gallery() -> Gallery:
    RetentionRule.objects.create(kind="trash", days=1, team=None)
    return make_gallery(make_cast().ana)


def deleted_client() -> Client:
    cast = make_cast()
    return Client.make(cast.design, cast.ana, "Aldea")


@pytest.mark.parametrize("make", [deleted_image, deleted_gallery, deleted_client])
def test_what_is_restored_while_the_trash_is_emptied_stays(
    transactional_db: None, make: Callable[[], Any], settings: Any
) -> None:
    row = make()
    rows = type(row).objects.filter(pk=row.pk)
    if isinstance(row, Client):
        settings.TRASH_DAYS = 1
    rows.update(deleted_at=timezone.now() - BEFORE)
    restore = rows.restore if isinstance(row, Image) else row.restore
    assert meanwhile(restore, type(row).objects.purge) == [1, 0]
    assert rows.get().deleted_at is None and not AuditEntry.objects.filter(verb__startswith="purged").exists()


def test_what_a_worker_claims_meanwhile_is_not_taken_back(transactional_db: None) -> None:
    generation = make_batch(make_cast().ana).generations.get()
    rows = Generation.objects.filter(pk=generation.pk)
    assert meanwhile(lambda: rows.update(state="running", claims=1), generation.take_back) == [1, False]
    assert rows.exists()


def test_a_picture_that_two_delete_or_restore_is_recorded_and_told_once(transactional_db: None) -> None:
    cast = make_cast()
    made = make_done(cast.ana, pictures=2).images
    one, both = Image.objects.filter(pk=made.earliest("pk").pk), Image.objects.filter(batch=made.earliest("pk").batch)
    deleted = meanwhile(lambda: one.delete_by(cast.lea), lambda: both.delete_by(cast.lea))
    assert [count for _key, count in deleted] == [1, 1]
    assert AuditEntry.objects.filter(verb="took_down").count() == 2
    assert Notification.objects.get(kind="taken_down").count == 2
    assert meanwhile(one.restore, both.restore) == [1, 1]
    assert AuditEntry.objects.filter(verb="restored_picture").count() == 2


def test_a_form_sent_twice_is_one_provider(transactional_db: None) -> None:
    address = "http://127.0.0.1:9/v1"
    added = meanwhile(lambda: add_provider(address, "sk-1", "One"), lambda: add_provider(address, "sk-1", "Two"))
    assert added == [Provider.objects.get(base_url=address)] * 2
