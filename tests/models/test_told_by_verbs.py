"""Each kind of notification comes from the verb that makes it true, and from nothing else."""

from __future__ import annotations

import pytest
from django.db.models import Q
from django.utils.translation import override

from generations.errors import Declined, InternalFault, KeyRefused, NotConnected, RateLimited
from generations.models import Comment, Generation, Image, Notification, Person, Verdict
from generations.models.key import now
from generations.models.team import AWAY_SECONDS
from generations.translation import translated
from tests.support.cast import (
    Cast,
    change,
    make_attempt,
    make_batch,
    make_cast,
    make_done,
    make_gallery,
    make_generation,
    make_provider,
)
from tests.support.clock import Clock
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db
APPROVED, REJECTED, CHANGES = Verdict.DECISIONS


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def told(person: Person) -> list[tuple[str, int, str]]:
    rows = person.notifications.order_by("pk")
    return [(row.kind, row.count, row.shown_detail) for row in rows]


def running(generation: Generation) -> Generation:
    change(generation, state="running", claim="c")
    return Generation.objects.select_related("batch", "model__provider").get(pk=generation.pk)


def test_a_verdict_on_my_picture_and_its_undo(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    Verdict.objects.give(cast.ana, image, APPROVED)
    assert told(cast.ana) == []
    Verdict.objects.give(cast.lea, image, APPROVED)
    Verdict.objects.give(cast.lea, image, APPROVED)
    assert told(cast.ana) == [("approved", 1, "")]
    key = Verdict.objects.give(cast.lea, image, REJECTED, "A logo.")
    assert told(cast.ana) == [("rejected", 1, "A logo.")]
    assert Verdict.objects.withdraw(cast.lea, image, key)
    assert told(cast.ana) == []


@pytest.mark.parametrize(
    ("reason", "note", "read"),
    [
        ("Quality", "", "质量"),
        ("Quality", "A logo.", "质量 · A logo."),
        ("Too cold", "A logo.", "Too cold · A logo."),
        ("", "Quality", "Quality"),
    ],
)
def test_a_ready_reason_is_read_in_the_language_of_who_reads_it(cast: Cast, reason: str, note: str, read: str) -> None:
    image = make_done(cast.ana).images.get()
    Verdict.objects.give(cast.lea, image, REJECTED, note, reason)
    with override("zh-hans"):
        assert told(cast.ana) == [("rejected", 1, read)]
    assert read == note or told(cast.ana) == [("rejected", 1, " · ".join(filter(None, [reason, note])))]


def test_named_in_a_gallery_but_not_again_for_another_role(cast: Cast) -> None:
    gallery = make_gallery(cast.ana)
    gallery.set_member(cast.cy, "contribute", cast.ana)
    gallery.set_member(cast.cy, "manage", cast.ana)
    gallery.set_member(cast.ana, "manage", cast.ana)
    assert told(cast.cy) == [("invited", 1, "You can view it and add pictures.")]
    assert told(cast.ana) == []


def test_taken_down_by_another_and_put_back(cast: Cast) -> None:
    images = Image.objects.filter(pk__in=[make_done(cast.ana).images.get().pk for _ in range(2)])
    mine = Image.objects.filter(pk__in=[make_done(cast.lea).images.get().pk])
    Image.objects.filter(Q(pk__in=images) | Q(pk__in=mine)).delete_by(cast.lea, "Not licensed.")
    images.delete_by(cast.ben, "Once more.")
    assert (told(cast.ana), told(cast.lea)) == ([("taken_down", 2, "Not licensed.")], [])
    images.restore()
    assert told(cast.ana) == []
    Image.objects.filter(pk=images[0].pk).delete_by(cast.lea, "Not licensed.")
    assert told(cast.ana) == [("taken_down", 1, "Not licensed.")]


def test_staff_hear_once_of_a_pause_that_does_not_end_by_waiting(cast: Cast) -> None:
    provider = make_provider("Gateway", "https://gateway.example/v1")
    provider.pause(RateLimited(), seconds=5)
    assert told(cast.sam) == []
    provider.answered()
    for _ in range(2):
        provider.pause(KeyRefused(), seconds=600, probe=True)
        provider.pause(NotConnected(), seconds=60, probe=True)
    cast.model.provider.pause(KeyRefused(), seconds=600, probe=True)  # the sandbox, by a mark in somebody's prompt
    assert told(cast.sam) == []
    provider.refresh_from_db()
    provider.answered()
    provider.pause(KeyRefused(), seconds=600, probe=True)
    provider.pause(KeyRefused(), seconds=600, probe=True)
    assert told(cast.sam) == [("provider_paused", 1, translated(KeyRefused.sentence))]
    assert told(cast.ana) == []


@pytest.mark.parametrize("is_here", [True, False])
def test_a_batch_that_ended_is_told_to_who_was_away(cast: Cast, clock: Clock, is_here: bool) -> None:
    cast.ana.looks()
    clock.move(0 if is_here else AWAY_SECONDS + 1)
    batch = make_batch(cast.ana)
    last = make_generation(batch, position=2)
    assert running(batch.generations.first()).succeed()
    assert told(cast.ana) == []
    assert running(last).fail(InternalFault(charged="no"))
    assert told(cast.ana) == ([] if is_here else [("finished", 1, "")])


def test_what_failed_is_told_with_the_reason_and_what_was_cancelled_is_not(cast: Cast) -> None:
    error = InternalFault(charged="no")
    running(make_batch(cast.ana).generations.get()).fail(error)
    assert told(cast.ana) == [("failed", 1, translated(error.sentence))]
    stopped = make_batch(cast.ana).generations.get()
    change(stopped, cancel_asked_at=now())
    assert running(stopped).cancelled()
    running(make_batch(cast.ana).generations.get()).fail(error)
    assert told(cast.ana) == [("failed", 2, "")]


def reading_again(generation: Generation) -> Generation:
    """As a worker has it that reads its kept answer again."""
    make_attempt(generation, kind="no_image", charged="yes", answered_at=now(days=-9))
    change(generation, state="failed", kind="no_image", finished_at=now(days=-9))
    assert generation.read_again()
    return running(generation)


def test_an_old_answer_that_is_read_again_accuses_nobody(cast: Cast) -> None:
    for _each in range(3):
        assert reading_again(make_batch(cast.ana).generations.get()).fail(Declined("No real people."))
    assert not Notification.objects.exists(), "neither its person nor the reviewers"
    assert running(make_batch(cast.ana).generations.get()).fail(Declined("No real people."))
    assert [told(cast.lea), [kind for kind, _, _ in told(cast.ana)]] == [[], ["failed"]], "one within this hour"


def test_pictures_found_by_reading_again_are_told_and_other_calls_do_not_wait_for_it(cast: Cast) -> None:
    found = make_batch(cast.ana)
    assert reading_again(found.generations.get()).succeed()
    assert told(cast.ana) == [("finished", 1, "")]
    Notification.objects.all().delete()
    batch = make_batch(cast.ana)
    called, read = batch.generations.get(), reading_again(make_generation(batch, position=2))
    assert running(called).succeed()
    assert told(cast.ana) == [("finished", 1, "")]
    assert read.fail(InternalFault(charged="no"))
    assert told(cast.ana) == [("finished", 1, "")]


def test_a_page_in_sight_writes_once_in_a_while(cast: Cast, django_assert_num_queries: object) -> None:
    cast.ana.looks()
    ana = Person.objects.get(pk=cast.ana.pk)
    with django_assert_num_queries(0):
        ana.looks()


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
def test_of_two_that_end_at_once_one_is_the_last(cast: Cast) -> None:
    batch = make_batch(cast.ana)
    both = [running(batch.generations.first()), running(make_generation(batch, position=2))]
    assert at_once(*(each.succeed for each in both)) == [True, True]
    assert Notification.objects.filter(kind="finished", count=1).count() == 1


def test_a_comment_tells_whom_it_mentions_whom_it_answers_and_whose_picture_it_is(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    everybody = Person.objects.filter(pk__in=[cast.ana.pk, cast.ben.pk, cast.lea.pk])

    def told() -> list[tuple[str, str]]:
        rows = Notification.objects.order_by("pk").values_list("person__username", "kind")
        found = list(rows)
        Notification.objects.all().delete()
        return found

    first, _ = Comment.write(image, cast.ben, "Too dark.", among=everybody)
    assert told() == [("ana", "commented")]
    answer, _ = Comment.write(image, cast.ana, "@lea, what do you say?", among=everybody, parent=first)
    assert told() == [("lea", "mentioned"), ("ben", "answered")]
    answer.edit("@lea and @ben, what do you say?", among=everybody)
    assert told() == [("ben", "mentioned")]
    Comment.write(image, cast.ana, "Once more.", among=everybody, key=answer.key)
    assert told() == []
    Comment.write(image, cast.lea, "Fine.", among=everybody.exclude(pk=cast.ben.pk), parent=first)
    assert told() == [("ana", "answered")], "who may no longer see it is told nothing"
