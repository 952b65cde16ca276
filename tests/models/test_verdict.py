"""Verdicts are rows: the last one that stands counts, and each is withdrawn by its own key alone."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from generations import rights
from generations.models import Image, Membership, Verdict
from generations.models.verdict import MAX_NOTE
from generations.viewer import Viewer
from tests.support.cast import Cast, make_cast, make_done, make_image, make_person, make_team
from tests.support.clock import Clock
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]
APPROVED, REJECTED, CHANGES = Verdict.DECISIONS


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def verdict_on(image: Image) -> Verdict | None:
    return Image.objects.select_related("verdict").get(pk=image.pk).verdict


def test_the_last_verdict_counts_and_the_one_before_it_stays_as_it_was(cast: Cast, clock: Clock) -> None:
    image = make_done(cast.ana).images.get()
    Verdict.objects.give(cast.lea, image, APPROVED)
    first = verdict_on(image)
    clock.move(60)
    Verdict.objects.give(cast.ben, image, REJECTED, "The sun is missing.")
    last = verdict_on(image)
    assert (last.reviewer, last.state, last.note) == (cast.ben, REJECTED, "The sun is missing.")
    assert (last.key != first.key, last.decided_at > first.decided_at) == (True, True)
    assert Verdict.objects.values().first() == {name: first.__dict__[name] for name in Verdict.objects.values().first()}


def test_withdrawing_never_withdraws_a_later_verdict(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    early = Verdict.objects.give(cast.lea, image, APPROVED)
    late = Verdict.objects.give(cast.lea, image, REJECTED)
    assert not Verdict.objects.withdraw(cast.lea, image, early)
    assert not Verdict.objects.withdraw(cast.ben, image, late)
    assert Verdict.objects.withdraw(cast.lea, image, late)
    assert Verdict.objects.withdraw(cast.lea, image, early)
    assert verdict_on(image) is None


def test_a_withdrawal_is_a_row_and_the_verdict_before_counts_again(cast: Cast, clock: Clock) -> None:
    image = make_done(cast.ana).images.get()
    Verdict.objects.give(cast.ben, image, APPROVED, "The one for the cover.")
    first = verdict_on(image)
    clock.move(60)
    late = Verdict.objects.give(cast.lea, image, REJECTED)
    assert Verdict.objects.withdraw(cast.lea, image, late)
    assert verdict_on(image) == first
    assert not Verdict.objects.withdraw(cast.lea, image, late)
    said = list(Verdict.objects.values_list("reviewer__username", "state", "withdraws__key"))
    assert said == [("ben", "approved", None), ("lea", "rejected", None), ("lea", "withdrawn", late)]
    assert list(Verdict.objects.standing()) == [first]


def test_three_verdicts_are_withdrawn_one_by_one(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    given = [(who, Verdict.objects.give(who, image, state)) for who, state in zip(
        (cast.ben, cast.lea, cast.sam), (APPROVED, REJECTED, APPROVED), strict=True
    )]  # fmt: skip
    for place in (2, 1, 0):
        assert verdict_on(image).key == given[place][1]
        assert Verdict.objects.withdraw(*[given[place][0], image, given[place][1]])
    assert verdict_on(image) is None
    Verdict.objects.give(cast.ben, image, REJECTED)
    assert verdict_on(image).state == REJECTED


def test_the_same_verdict_again_keeps_its_note_and_its_way_back(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    first = Verdict.objects.give(cast.lea, image, REJECTED, "The sun is missing.")
    for note in ("", " The  sun is missing."):
        assert Verdict.objects.give(cast.lea, image, REJECTED, note) == first
    assert Verdict.objects.get().note == "The sun is missing."
    assert Verdict.objects.withdraw(cast.lea, image, first)
    assert verdict_on(image) is None
    Verdict.objects.give(cast.lea, image, REJECTED)
    Verdict.objects.give(cast.lea, image, REJECTED, "The sun is missing.")
    assert verdict_on(image).note == "The sun is missing.", "a note is added afterwards"


def test_of_two_verdicts_at_once_the_second_replaces_the_first(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    keys = at_once(*(partial(Verdict.objects.give, who, image, APPROVED) for who in (cast.ben, cast.lea)))
    assert set(Verdict.objects.values_list("key", flat=True)) == set(keys)
    assert verdict_on(image) == Verdict.objects.last()


def test_of_two_withdrawals_at_once_one_is_made(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    key = Verdict.objects.give(cast.lea, image, APPROVED)
    assert sorted(at_once(*[partial(Verdict.objects.withdraw, cast.lea, image, key)] * 2)) == [False, True]
    assert verdict_on(image) is None and Verdict.objects.count() == 2


def test_a_verdict_is_never_changed(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    Verdict.objects.give(cast.lea, image, APPROVED)
    verdict = verdict_on(image)
    verdict.state = REJECTED
    with pytest.raises(TypeError, match="never changed"):
        verdict.save()


@pytest.mark.parametrize(
    ("note", "kept"),
    [("  Too\r\n\tdark ", "Too dark"), ("cafe\u0301", "café"), ("x" * 999, "x" * MAX_NOTE), ("夕阳 🦊", "夕阳 🦊")],
)
def test_a_note_is_one_clean_line(cast: Cast, note: str, kept: str) -> None:
    Verdict.objects.give(cast.lea, make_done(cast.ana).images.get(), REJECTED, note)
    assert Verdict.objects.get().note == kept


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
    Verdict.objects.give(cast.ben, image, REJECTED)
    Verdict.objects.withdraw(cast.lea, image, Verdict.objects.give(cast.lea, image, REJECTED))
    Verdict.objects.give(cast.lea, image, APPROVED)
    one = Image.objects.filter(pk=image.pk)
    one.delete_by(cast.ana)
    one.restore()
    assert one.get().mark == "is-approved"
    one.update(deleted_at=timezone.now() - timedelta(days=99))
    assert Image.objects.purge() == 1
    assert not Verdict.objects.exists()
