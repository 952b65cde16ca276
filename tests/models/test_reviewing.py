"""Reviewing as a team does it: many pictures in one act, two approvals, four eyes, nobody unknowingly over another."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations import rights
from generations.models import AudienceChange, Batch, Image, Look, Membership, Notification, Person, Team, Verdict
from generations.models.batch import Audience
from generations.models.verdict import Overtaken
from generations.queries.review import awaiting, in_tab
from generations.viewer import Viewer
from tests.support.cast import Cast, make_cast, make_done, make_person, make_team
from tests.support.clock import Clock
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]
APPROVED, REJECTED, CHANGES = Verdict.DECISIONS


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def rio(cast: Cast) -> Person:
    return make_person("rio", cast.design, role=Membership.Role.REVIEWER)


def states(images: list[Image]) -> list[str]:
    found = Image.objects.filter(pk__in=[image.pk for image in images]).order_by("pk")
    return [image.verdict.state if image.verdict else "" for image in found.select_related("verdict")]


def pictures(*people: Person) -> list[Image]:
    return [image for person in people for image in make_done(person, pictures=2).images.order_by("pk")]


def test_one_act_is_one_key_one_notification_an_author_and_one_undo(cast: Cast) -> None:
    images = pictures(cast.ana, cast.ben)
    earlier = Verdict.objects.give(cast.lea, images[0], APPROVED)
    decision = Verdict.objects.give_all(cast.lea, images, REJECTED, "Too dark.", "Quality")
    assert (decision.amount, states(images)) == (4, [REJECTED] * 4)
    told = Notification.objects.filter(kind=REJECTED).order_by("person__username")
    assert [(row.person, row.count, row.is_read) for row in told] == [(cast.ana, 2, False), (cast.ben, 2, False)]
    assert {verdict.shown_reason for verdict in Verdict.objects.filter(key=decision.key)} == {"Quality"}
    assert not Notification.objects.filter(kind=APPROVED).exists(), "the lead changed her mind"
    assert Verdict.objects.withdraw_all(cast.lea, images, decision.key) == images
    assert states(images) == [APPROVED, "", "", ""] and not Notification.objects.filter(kind=REJECTED).exists()
    assert Verdict.objects.withdraw_all(cast.lea, images, decision.key) == []
    assert Image.objects.get(pk=images[0].pk).verdict.key == earlier


def test_undo_of_many_leaves_what_others_decided_since(cast: Cast, rio: Person) -> None:
    images = pictures(cast.ana)
    decision = Verdict.objects.give_all(cast.lea, images, APPROVED)
    Verdict.objects.give(rio, images[0], REJECTED)
    assert Verdict.objects.withdraw_all(cast.lea, images, decision.key) == images[1:]
    assert states(images) == [REJECTED, ""]


def test_a_hundred_pictures_take_no_more_queries_than_two(cast: Cast) -> None:
    counts = []
    for amount in (1, 1, 12):  # the first may begin the record
        images = [image for _ in range(amount) for image in pictures(cast.ana)]
        with CaptureQueriesContext(connection) as queries:
            decision = Verdict.objects.give_all(cast.lea, images, APPROVED)
            Verdict.objects.withdraw_all(cast.lea, images, decision.key)
        counts.append(len(queries))
    assert counts[1] == counts[2]


def test_two_approvals_are_two_people_and_anything_else_ends_the_round(cast: Cast, rio: Person) -> None:
    Team.objects.filter(pk=cast.design.pk).update(review_approvals=2)
    [image, other] = pictures(cast.ana)
    Verdict.objects.give(cast.lea, image, APPROVED)
    Verdict.objects.give(cast.lea, image, APPROVED)
    assert states([image]) == [""] and not Notification.objects.exists(), "one reviewer is one approval"
    Verdict.objects.give(rio, image, APPROVED)
    assert states([image]) == [APPROVED] and Notification.objects.get().person == cast.ana
    Verdict.objects.give(cast.lea, image, CHANGES, "Lower the disc.")
    assert states([image]) == [CHANGES]
    Verdict.objects.give(rio, image, APPROVED)
    assert states([image]) == [""], "a new round begins"
    Verdict.objects.give(rio, other, APPROVED)
    cast.design.refresh_from_db()
    is_less = cast.design.set_review(review="advisory", approvals=1, has_four_eyes=False, gates="", reasons=[])
    assert is_less
    Verdict.objects.recount(cast.design)
    assert states([image, other]) == [APPROVED, APPROVED]


def test_with_four_eyes_nobody_reviews_their_own(cast: Cast) -> None:
    own, other = make_done(cast.lea).images.get(), make_done(cast.ana).images.get()
    for has_four_eyes, allowed in ((False, [own, other]), (True, [other])):
        Team.objects.filter(pk=cast.design.pk).update(has_four_eyes=has_four_eyes)
        viewer = Viewer(cast.lea)
        assert list(rights.review_image.of(viewer, Image.objects.order_by("pk"))) == allowed
        assert [image for image in (own, other) if rights.review_image.allows(viewer, image)] == allowed
    Team.objects.filter(pk=cast.design.pk).update(review="off")
    assert not rights.review_image.of(Viewer(cast.lea), Image.objects.all()).exists()


def test_nobody_decides_unknowingly_over_another(cast: Cast, rio: Person) -> None:
    image = pictures(cast.ana)[0]
    first = Verdict.objects.give(rio, image, REJECTED, reason="Brand or logo", over="")
    with pytest.raises(Overtaken) as overtaken:
        Verdict.objects.give(cast.lea, image, APPROVED, over="")
    assert (overtaken.value.verdict.key, states([image])) == (first, [REJECTED])
    Verdict.objects.give(rio, image, CHANGES, over="")  # one's own is no surprise
    second = Image.objects.get(pk=image.pk).verdict.key
    Verdict.objects.give(cast.lea, image, APPROVED, over=second)
    assert states([image]) == [APPROVED]


def test_of_two_reviewers_at_once_one_is_told_of_the_other(cast: Cast, rio: Person) -> None:
    image = pictures(cast.ana)[0]
    give = partial(Verdict.objects.give, over="")
    ends = at_once(partial(give, rio, image, REJECTED), partial(give, cast.lea, image, APPROVED))
    [lost] = [end for end in ends if isinstance(end, Overtaken)]
    [kept] = [end for end in ends if isinstance(end, str)]
    assert lost.verdict.key == kept == Image.objects.get(pk=image.pk).verdict.key
    assert Verdict.objects.count() == 1


def test_two_acts_over_the_same_pictures_at_once_leave_one_verdict_each(cast: Cast, rio: Person) -> None:
    images = pictures(cast.ana, cast.ben)
    at_once(
        partial(Verdict.objects.give_all, rio, images, REJECTED),
        partial(Verdict.objects.give_all, cast.lea, list(reversed(images)), APPROVED),
    )
    assert len(set(states(images))) == 1 and Verdict.objects.count() == 8


def test_who_looks_is_known_while_they_do(cast: Cast, rio: Person, clock: Clock) -> None:
    image, other = pictures(cast.ana)
    assert Look.at(rio, image) == []
    assert Look.at(cast.lea, image) == [rio]
    assert Look.at(rio, other) == []
    assert Look.at(cast.lea, image) == []
    Look.at(rio, image)
    clock.move(60)
    assert Look.at(cast.lea, image) == []


def test_of_two_acts_at_once_over_what_both_saw_undecided_one_counts(cast: Cast, rio: Person) -> None:
    images = list(make_done(cast.ana, pictures=6).images.order_by("pk"))
    seen = {image.key: "" for image in images}
    give = Verdict.objects.give_all
    first, second = at_once(
        lambda: give(cast.lea, images, APPROVED, over=seen), lambda: give(rio, images[::-1], REJECTED, over=seen)
    )
    assert sorted([first.amount, second.amount]) == [0, 6]
    late = first if first.amount == 0 else second
    assert {image.key for image, verdict in late.overtaken if verdict} == seen.keys()
    assert Verdict.objects.count() == 6


# ── what was approved elsewhere ──


def show(batch: Batch, team: Team | None, visibility: str = "team") -> str:
    return AudienceChange.objects.make(batch.person, [batch.pk], lambda _batch: Audience(team, visibility))[0]


def verdict_of(batch: Batch) -> str:
    image = batch.images.select_related("verdict").get()
    return image.verdict.state if image.verdict else ""


@pytest.mark.parametrize("by", ["ana", "cy"])
def test_an_approval_of_another_team_passes_no_gate_of_this_one(cast: Cast, by: str) -> None:
    """An author shows a picture to a team where they may approve it themselves, or a friend may, and then to another
    that asks for four eyes."""
    loose = make_team("Loose")
    Membership.objects.create(person=cast.ana, team=loose, role="reviewer")
    Membership.objects.create(person=cast.cy, team=loose, role="reviewer")
    Team.objects.filter(pk=cast.design.pk).update(review="required", has_four_eyes=True)
    batch = make_done(cast.ana, team=loose)
    Verdict.objects.give(getattr(cast, by), batch.images.get(), "approved")
    assert verdict_of(batch) == "approved"
    key = show(batch, cast.design)
    assert verdict_of(batch) == ""
    AudienceChange.objects.filter(key=key).undo()
    assert verdict_of(batch) == "approved"


def test_an_approval_stays_where_it_was_given(cast: Cast) -> None:
    batch = make_done(cast.ana)
    Verdict.objects.give(cast.lea, batch.images.get(), "approved")
    show(batch, cast.design, "private")
    show(batch, cast.design)
    assert verdict_of(batch) == "approved"
    Verdict.objects.give(cast.lea, batch.images.get(), "rejected")
    show(batch, None, "private")
    assert verdict_of(batch) == "rejected"


def test_an_authors_own_approval_is_none_of_two_under_four_eyes(cast: Cast) -> None:
    batch = make_done(cast.ana)
    Membership.objects.filter(person=cast.ana).update(role="reviewer")
    Verdict.objects.give(cast.ana, batch.images.get(), "approved")
    Team.objects.filter(pk=cast.design.pk).update(review="required", has_four_eyes=True, review_approvals=2)
    Verdict.objects.give(cast.lea, batch.images.get(), "approved")
    assert verdict_of(batch) == ""


@pytest.fixture
def elsewhere(cast: Cast, rio: Person) -> Batch:
    """Approved in a team that asks for little, then shown to one that asks for two; Rio reviews in both."""
    loose = make_team("Loose")
    for person in (cast.cy, rio):
        Membership.objects.create(person=person, team=loose, role="reviewer")
    Team.objects.filter(pk=cast.design.pk).update(review="required", has_four_eyes=True, review_approvals=2)
    batch = make_done(cast.ana, team=loose)
    Verdict.objects.give(cast.cy, batch.images.get(), "approved")
    show(batch, cast.design)
    return batch


def test_it_is_none_of_the_two_that_the_team_asks_for(cast: Cast, rio: Person, elsewhere: Batch) -> None:
    image = elsewhere.images.get()
    for give in (Verdict.objects.give, lambda person, image, state: Verdict.objects.give_all(person, [image], state)):
        give(rio, image, "approved")
        assert verdict_of(elsewhere) == ""
    late = Verdict.objects.give(cast.lea, image, "approved")
    assert verdict_of(elsewhere) == "approved"
    assert Verdict.objects.withdraw(cast.lea, image, late)
    assert verdict_of(elsewhere) == ""


def test_nor_does_it_count_after_a_withdrawal_or_under_other_rules(cast: Cast, rio: Person, elsewhere: Batch) -> None:
    key = Verdict.objects.give(rio, elsewhere.images.get(), "rejected")
    Verdict.objects.withdraw(rio, elsewhere.images.get(), key)
    assert verdict_of(elsewhere) == ""
    rules = {"review": "required", "approvals": 1, "has_four_eyes": False, "gates": "", "reasons": []}
    Verdict.objects.rule(Team.objects.get(pk=cast.design.pk), **rules)
    assert verdict_of(elsewhere) == ""


def test_who_approved_it_elsewhere_is_asked_anew(cast: Cast, rio: Person) -> None:
    loose = make_team("Loose")
    Membership.objects.create(person=rio, team=loose, role="reviewer")
    Team.objects.filter(pk=cast.design.pk).update(review_approvals=2)
    batch = make_done(cast.ana, team=loose)
    Verdict.objects.give(rio, batch.images.get(), "approved")
    show(batch, cast.design)
    image = batch.images.get()
    assert list(awaiting(Viewer(rio))) == [image] and not in_tab(Viewer(cast.lea), "second").exists()
    Verdict.objects.give(rio, image, "approved")
    assert not awaiting(Viewer(rio)).exists() and list(in_tab(Viewer(cast.lea), "second")) == [image]
    Verdict.objects.give(cast.lea, image, "approved")
    assert verdict_of(batch) == "approved"


def test_undo_brings_an_approval_back_whose_giver_reviews_no_more(cast: Cast) -> None:
    loose = make_team("Loose")
    Membership.objects.create(person=cast.cy, team=loose, role="reviewer")
    batch = make_done(cast.ana, team=loose)
    Verdict.objects.give(cast.cy, batch.images.get(), "approved")
    key = show(batch, cast.design)
    Membership.objects.filter(person=cast.cy).delete()
    AudienceChange.objects.filter(key=key).undo()
    assert verdict_of(batch) == "approved"


def test_what_was_private_waits_for_as_many_as_its_team_asks_for(cast: Cast) -> None:
    Team.objects.filter(pk=cast.design.pk).update(review="required", review_approvals=2)
    batch = make_done(cast.ana, visibility="private")
    Verdict.objects.give(cast.sam, batch.images.get(), "approved")
    show(batch, cast.design)
    assert verdict_of(batch) == ""
    Verdict.objects.give(cast.lea, batch.images.get(), "approved")
    assert verdict_of(batch) == "approved"


def test_an_approval_counts_where_it_was_seen_whatever_comes_between(cast: Cast) -> None:
    """It is shown to another team in the moment in which it is approved."""
    loose = make_team("Loose")
    for _round in range(4):
        batch = make_done(cast.ana, team=loose)
        seen = batch.images.get()
        ends = at_once(partial(Verdict.objects.give, cast.cy, seen, "approved"), partial(show, batch, cast.design))
        assert [end for end in ends if isinstance(end, Exception)] == []
        assert verdict_of(batch) == ""
        show(batch, loose)
        assert verdict_of(batch) == "approved"
