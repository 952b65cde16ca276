"""Verdicts: one a picture, the last one counts, and each is taken back by its own key alone."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from generations import rights
from generations.models import Image, Membership, Review
from generations.models.review import MAX_NOTE
from generations.rights import Viewer
from tests.support.cast import Cast, make_done, make_image, make_person, make_team
from tests.support.clock import Clock
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]
APPROVED, REJECTED = Review.State


def test_the_last_verdict_counts(cast: Cast, clock: Clock) -> None:
    image = make_done(cast.ana).images.get()
    Review.objects.give(cast.lea, image, APPROVED)
    first = Review.objects.get()
    clock.move(60)
    Review.objects.give(cast.ben, image, REJECTED, "The sun is missing.")
    last = Review.objects.get()
    assert (last.reviewer, last.state, last.note) == (cast.ben, REJECTED, "The sun is missing.")
    assert (last.pk, last.key != first.key, last.decided_at > first.decided_at) == (first.pk, True, True)


def test_taking_back_never_takes_a_later_verdict(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    early = Review.objects.give(cast.lea, image, APPROVED)
    late = Review.objects.give(cast.lea, image, REJECTED)
    assert not Review.objects.take_back(cast.lea, image, early)
    assert not Review.objects.take_back(cast.ben, image, late)
    assert Review.objects.take_back(cast.lea, image, late)
    assert Review.objects.take_back(cast.lea, image, early)
    assert not Review.objects.exists()


def test_taking_back_brings_the_verdict_before_it_again(cast: Cast, clock: Clock) -> None:
    image = make_done(cast.ana).images.get()
    Review.objects.give(cast.ben, image, APPROVED, "The one for the cover.")
    said = Review.objects.values("reviewer", "state", "note").get()
    decided = Review.objects.get().decided_at
    clock.move(60)
    late = Review.objects.give(cast.lea, image, REJECTED)
    assert Review.objects.take_back(cast.lea, image, late)
    assert Review.objects.values("reviewer", "state", "note").get() == said
    assert abs(Review.objects.get().decided_at - decided) < timedelta(seconds=1)
    assert not Review.objects.take_back(cast.lea, image, late)


def test_the_same_verdict_again_keeps_its_note_and_its_way_back(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    first = Review.objects.give(cast.lea, image, REJECTED, "The sun is missing.")
    for note in ("", " The  sun is missing."):
        assert Review.objects.give(cast.lea, image, REJECTED, note) == first
    assert Review.objects.get().note == "The sun is missing."
    assert Review.objects.take_back(cast.lea, image, first)
    assert not Review.objects.exists()
    Review.objects.give(cast.lea, image, REJECTED)
    Review.objects.give(cast.lea, image, REJECTED, "The sun is missing.")
    assert Review.objects.get().note == "The sun is missing.", "a note is added afterwards"


def test_of_two_verdicts_at_once_the_second_replaces_the_first(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    keys = at_once(*(partial(Review.objects.give, who, image, APPROVED) for who in (cast.ben, cast.lea)))
    last = Review.objects.get()
    assert {last.key, last.replaced["key"]} == set(keys)


@pytest.mark.parametrize(
    ("note", "kept"),
    [("  Too\r\n\tdark ", "Too dark"), ("cafe\u0301", "café"), ("x" * 999, "x" * MAX_NOTE), ("夕阳 🦊", "夕阳 🦊")],
)
def test_a_note_is_one_clean_line(cast: Cast, note: str, kept: str) -> None:
    Review.objects.give(cast.lea, make_done(cast.ana).images.get(), REJECTED, note)
    assert Review.objects.get().note == kept


def test_reviewers_and_leads_review_what_their_team_sees_and_staff_review_all(cast: Cast) -> None:
    role, print_shop = Membership.Role, make_team("Posters")
    reviewer = make_person("rio", cast.design, role=role.REVIEWER)
    elsewhere = make_person("eli", print_shop, role=role.LEAD)
    shown = make_done(cast.ana).images.get()
    private = make_done(cast.lea, visibility="private").images.get()
    make_image(person=cast.lea)
    Image.objects.filter(pk=make_done(cast.ana).images.get().pk).delete_by(cast.ana)
    for judge in (reviewer, cast.lea):
        assert list(rights.review_image.of(Viewer(judge), Image.objects.all())) == [shown]
    assert set(rights.review_image.of(Viewer(cast.sam), Image.objects.all())) == {shown, private}
    for other in (cast.ana, cast.cy, elsewhere):
        assert not rights.review_image.of(Viewer(other), Image.objects.all()).exists()


def test_a_verdict_goes_into_the_trash_and_back_and_ends_with_its_picture(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    Review.objects.give(cast.lea, image, APPROVED)
    one = Image.objects.filter(pk=image.pk)
    one.delete_by(cast.ana)
    one.restore()
    assert one.get().mark == "is-approved"
    one.update(deleted_at=timezone.now() - timedelta(days=99))
    assert Image.objects.purge() == 1
    assert not Review.objects.exists()
