"""Who sees a batch, changed by several at once: one change follows the other, and the pictures are where the last
says."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from django.db import connection, transaction

from generations.models import AudienceChange, Batch, Gallery, Image
from generations.models.batch import Audience
from generations.submit import audience_in
from tests.support.cast import make_batch, make_cast, make_done, make_gallery, make_generation, make_image, make_team
from tests.support.threads import at_once
from tests.support.worker import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]


def test_several_who_change_it_at_once_follow_one_another() -> None:
    cast = make_cast()
    galleries = [make_gallery(cast.ana, name) for name in ("One", "Two")]
    batches = [make_done(cast.ana).pk for _ in range(4)]
    audiences = [audience_in(gallery, cast.ana) for gallery in galleries]
    audiences += [Audience(cast.design, Batch.Visibility.PRIVATE), Audience(cast.design, Batch.Visibility.TEAM)]
    acts = [
        lambda audience=audience, numbers=numbers: AudienceChange.objects.make(cast.ana, numbers, lambda _: audience)
        for audience in audiences
        for numbers in (batches, batches[::-1])
    ]
    assert [result for result in at_once(*acts) if isinstance(result, Exception)] == []
    for batch in Batch.objects.filter(pk__in=batches):
        changes = list(batch.audience_changes.order_by("pk"))
        assert [change.before for change in changes[1:]] == [change.after for change in changes[:-1]]
        assert changes[-1].after == batch.audience
        is_for_team = batch.visibility == Batch.Visibility.TEAM
        assert set(batch.images.values_list("team", flat=True)) == {cast.design.pk if is_for_team else None}
        held = [gallery for gallery in galleries if gallery.items.filter(image__batch=batch, removed_at=None).exists()]
        assert held == ([batch.gallery] if batch.gallery else [])


def test_an_undo_that_is_pressed_twice_at_once_is_done_once() -> None:
    cast = make_cast()
    gallery, batch = make_gallery(cast.ana), make_done(cast.ana)
    target = audience_in(gallery, cast.ana)
    key, _count = AudienceChange.objects.make(cast.ana, [batch.pk], lambda _: target)
    undo = [lambda: len(AudienceChange.objects.filter(key=key).undo())] * 4
    assert [result for result in at_once(*undo) if isinstance(result, Exception)] == []
    batch.refresh_from_db()
    assert batch.audience == Audience(cast.design, Batch.Visibility.TEAM)
    assert AudienceChange.objects.get().undone_at is not None
    assert not gallery.items.filter(removed_at=None).exists()
    assert set(Image.objects.values_list("team", flat=True)) == {cast.design.pk}


@pytest.mark.parametrize("way", ["in", "back in", "out", "back out"])
def test_pictures_that_come_and_go_wait_for_a_change_that_holds_their_gallery(way: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs locks of single rows")
    cast = make_cast()
    gallery, images = make_gallery(cast.ana), make_done(cast.ana, pictures=2).images.order_by("pk")
    addition, _count = gallery.add(images, cast.ana) if way != "in" else ("", 0)
    removal = gallery.remove(images)[0] if way == "back in" else ""
    act = {
        "in": lambda: gallery.add(images, cast.ana),
        "back in": lambda: gallery.undo_removal(removal),
        "out": lambda: gallery.remove(images),
        "back out": lambda: gallery.undo_addition(addition),
    }[way]
    is_held = threading.Event()

    @transaction.atomic
    def change() -> None:
        """Its gallery first, and then what lies there, as a change of who sees a batch does."""
        Gallery.objects.select_for_update(no_key=True).get(pk=gallery.pk)
        is_held.set()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [own] = cursor.fetchone()
        assert wait_for(lambda: is_waited_for(own))
        images.update(team=None)
        gallery.items.update(person=cast.ana)

    def come_or_go() -> None:
        is_held.wait()
        act()

    assert at_once(change, come_or_go) == [None, None]
    assert gallery.items.filter(removed_at=None).count() == (2 if "in" in way else 0)


def is_waited_for(backend: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE %s = ANY(pg_blocking_pids(pid)))", [backend])
        return bool(cursor.fetchone()[0])


def test_what_comes_late_does_not_fill_an_archived_gallery() -> None:
    cast = make_cast()
    one, batch = make_gallery(cast.ana), make_done(cast.ana)
    show_to(batch, audience_in(one, cast.ana))
    show_to(batch, Audience(cast.design, Batch.Visibility.TEAM))
    late = make_image(batch.generations.get(), position=2)
    one.archive()
    AudienceChange.objects.filter(gallery=one).undo()
    batch.refresh_from_db()
    assert batch.gallery == one and not one.items.filter(image=late).exists()


def test_drafts_stay_out_of_the_gallery() -> None:
    cast = make_cast()
    one, two = make_gallery(cast.ana), make_gallery(cast.ana)
    batch = make_done(cast.ana)
    make_image(batch.generations.get(), position=2, is_surplus=True)
    asked_for = {batch.images.get(is_surplus=False).pk}

    def held() -> list[set[int]]:
        shown = [gallery.items.filter(removed_at=None) for gallery in (one, two)]
        return [set(items.values_list("image", flat=True)) for items in shown]

    show_to(batch, audience_in(one, cast.ana))
    assert held() == [asked_for, set()]
    show_to(batch, audience_in(two, cast.ana))
    make_image(batch.generations.get(), position=3, is_surplus=True)
    AudienceChange.objects.filter(new_gallery=two).undo()
    assert held() == [asked_for, set()]


def test_a_picture_that_comes_meanwhile_is_seen_by_whom_its_batch_is() -> None:
    cast = make_cast()
    batch = make_batch(cast.ana)
    for team in (make_team(name) for name in ("One", "Two", "Three")):
        generations = [make_generation(batch) for _ in range(3)]
        arrivals = [partial(make_image, generation) for generation in generations]
        results = at_once(partial(show_to, batch, Audience(team, Batch.Visibility.TEAM)), *arrivals)
        assert [result for result in results if isinstance(result, Exception)] == []
        assert set(Image.objects.values_list("team", flat=True)) == {team.pk}


def show_to(batch: Batch, audience: Audience) -> None:
    AudienceChange.objects.make(batch.person, [batch.pk], lambda _: audience)
