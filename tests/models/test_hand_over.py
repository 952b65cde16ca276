"""Who leaves: nothing of theirs starts any more, nothing is orphaned, and it can be undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from generations import rights
from generations.errors import InvalidRequest
from generations.models import AuditEntry, Batch, Gallery, Generation, HandOver, Hold, Image, Person, ShareLink, Worker
from generations.models import Client as Customer
from generations.models.hand_over import HeirLeft, activate, deactivate, given_on_to, hand_over, heir_of
from generations.models.key import now
from generations.models.queue import claim_next, renew
from generations.queries.people import hand_overs
from generations.submit import Order, submit
from generations.viewer import Viewer
from tests.support.cast import Cast, change, make_batch, make_cast, make_done, make_gallery
from tests.support.threads import at_once

SignIn = Callable[..., Client]


def run(batch: Batch, token: str) -> Generation:
    generation = batch.generations.get()
    change(generation, state="running", started_at=now(), claim=token, claim_until=now(seconds=60))
    return generation


def test_of_a_leaver_with_8_queued_and_3_running_calls_none_starts_afterwards(cast: Cast) -> None:
    queued = [make_batch(cast.ana).generations.get() for _ in range(8)]
    running = [run(make_batch(cast.ana), f"claim-{number}") for number in range(3)]
    others = make_batch(cast.ben).generations.get()
    assert deactivate(cast.ana, cast.sam)
    states = Generation.objects.filter(pk__in=[row.pk for row in queued]).values_list("state", flat=True)
    assert set(states) == {"cancelled"}
    assert all(renew([row.claim])[row.claim] for row in running), "their workers close the calls at the next beat"
    worker = Worker.objects.create(name="one", slots=4)
    claimed = claim_next(worker)
    assert claimed == others and claim_next(worker) is None
    for row in running:
        row.refresh_from_db()
        assert row.cancelled(), "as its worker says when the call is closed"
    assert not Generation.objects.unfinished().filter(batch__person=cast.ana).exists()
    with pytest.raises(InvalidRequest):
        submit(Order(cast.ana, "One more", (cast.model,), team=cast.design))


def test_sessions_end_at_once_and_those_of_others_go_on(cast: Cast, signed_in: SignIn) -> None:
    leaver, other = signed_in(cast.ana), signed_in(cast.ben)
    deactivate(cast.ana, cast.sam)
    assert (leaver.get("/").status_code, other.get("/").status_code) == (302, 200)
    assert Session.objects.count() == 1
    activate(cast.ana, cast.sam)
    assert leaver.get("/").status_code == 302, "who comes back signs in again"


def test_the_heir_gets_what_was_private_and_it_comes_back(cast: Cast) -> None:
    private = make_done(cast.ana, visibility="private", prompt="A secret lake")
    shown = make_done(cast.ana)
    gallery = make_gallery(cast.ana, team=None, images=[private.images.get()])
    link = ShareLink.make(gallery, cast.ana)
    customer = Customer.make(cast.design, cast.ana, "Aldea")
    heir = Viewer(cast.cy)
    assert deactivate(cast.ana, cast.sam, heir=cast.cy)
    for row in (private, shown, gallery, link, customer):
        row.refresh_from_db()
    assert rights.see_batch.allows(heir, private) and not rights.see_batch.allows(heir, shown)
    assert (private.person, shown.visibility) == (cast.ana, "team"), "the maker's name stays"
    assert gallery.person == link.person == customer.person == cast.cy
    assert rights.manage_gallery.allows(heir, gallery) and link.is_open
    given = HandOver.objects.get()
    assert given.gallery and given.gallery.title == "Ana" and given.batches == 1
    assert rights.read_image.allows(Viewer(cast.cy), private.images.get())

    assert activate(cast.ana, cast.sam)
    for row in (private, gallery, link, customer):
        row.refresh_from_db()
    assert private.visibility == "private" and not rights.see_batch.allows(Viewer(cast.cy), private)
    assert gallery.person == link.person == customer.person == cast.ana
    assert not Gallery.objects.kept().filter(person=cast.cy).exists()


def test_what_the_heir_gave_on_stays_where_it_is(cast: Cast) -> None:
    gallery = make_gallery(cast.ana)
    hand_over(cast.ana, cast.ben, cast.sam)
    Gallery.objects.filter(pk=gallery.pk).update(person=cast.lea)
    HandOver.objects.get().take_back()
    gallery.refresh_from_db()
    assert gallery.person == cast.lea


def test_links_end_where_they_are_not_kept(cast: Cast) -> None:
    link = ShareLink.make(make_gallery(cast.ana), cast.ana)
    others = ShareLink.make(make_gallery(cast.ben), cast.ben)
    deactivate(cast.ana, cast.sam, heir=cast.ben, keeps_links=False)
    link.refresh_from_db()
    assert not link.is_open and others.is_open


def test_nothing_of_a_leaver_is_orphaned(cast: Cast) -> None:
    """Without an heir administrators see it, and it can be handed over later."""
    private = make_done(cast.ana, visibility="private")
    deactivate(cast.ana, cast.sam)
    private.refresh_from_db()
    assert rights.see_batch.allows(Viewer(cast.sam), private)
    hand_over(cast.ana, cast.ben, cast.sam)
    private.refresh_from_db()
    assert rights.see_batch.allows(Viewer(cast.ben), private)
    assert Image.objects.get(batch=private).person == cast.ana


def test_a_gallery_under_a_hold_on_its_person_stays_under_it(cast: Cast) -> None:
    gallery = make_gallery(cast.ana)
    Hold(name="Aldea", reason="File 25/114", person=cast.ana).place(cast.sam)
    hand_over(cast.ana, cast.ben, cast.sam)
    gallery.refresh_from_db()
    assert gallery.person == cast.ana and gallery.is_held


def test_the_administration_ends_an_account_by_the_same_verb(cast: Cast, signed_in: SignIn) -> None:
    waiting, session = make_batch(cast.ben).generations.get(), signed_in(cast.ben)
    path = f"/admin/generations/person/{cast.ben.pk}/change/"
    form = signed_in(cast.sam).get(path).context["adminform"].form
    said = {name: value for name, value in form.initial.items() if value not in (None, False) and name != "is_active"}
    dates = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    formset = {f"membership_set-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    answer = signed_in(cast.sam).post(path, {**said, **dates, **formset, "groups": [], "user_permissions": []})
    assert answer.status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == "cancelled" and session.get("/").status_code == 302
    assert AuditEntry.objects.filter(verb="deactivated").count() == 1


def test_twice_is_once(cast: Cast) -> None:
    make_done(cast.ana, visibility="private")
    assert deactivate(cast.ana, cast.sam, heir=cast.ben)
    assert not deactivate(cast.ana, cast.sam, heir=cast.lea)
    assert HandOver.objects.count() == 1
    assert activate(cast.ana, cast.sam) and not activate(cast.ana, cast.sam)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_what_is_sent_while_somebody_leaves_is_cancelled_too(transactional_db: None) -> None:
    cast = make_cast()
    orders = [Order(cast.ana, f"Prompt {number}", (cast.model,), team=cast.design) for number in range(4)]
    acts = [lambda order=order: submit(order) for order in orders]
    results = at_once(*acts[:2], lambda: deactivate(cast.ana, cast.sam), *acts[2:])
    assert results[2] is True
    assert all(isinstance(result, Batch | InvalidRequest) for result in results[:2] + results[3:])
    assert not Generation.objects.unfinished().exists()


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_who_hand_over_at_once_one_gives_all_and_the_other_says_nothing_was_left(transactional_db: None) -> None:
    cast = make_cast()
    make_done(cast.ana, visibility="private")
    make_gallery(cast.ana)
    ways = [lambda: hand_over(cast.ana, cast.ben, cast.sam), lambda: hand_over(cast.ana, cast.lea, cast.sam)]
    given = sorted(at_once(*ways), key=lambda each: each.is_empty)
    assert [each.is_empty for each in given] == [False, True]
    assert heir_of(cast.ana) == given[0].heir == hand_overs([cast.ana.pk])[cast.ana.pk].heir
    assert {gallery.person for gallery in Gallery.objects.all()} == {given[0].heir}


def owners() -> set[Person]:
    return {row.person for kind in (Gallery, ShareLink, Customer) for row in kind.objects.select_related("person")}


def give_work(cast: Cast, person: Person) -> None:
    ShareLink.make(make_gallery(person), person)
    Customer.make(cast.design, person, f"Customer of {person}")
    make_done(person, visibility="private")


def test_work_goes_on_to_who_has_the_heirs(cast: Cast) -> None:
    give_work(cast, cast.ana)
    make_gallery(cast.ben)
    deactivate(cast.ben, cast.sam, heir=cast.lea)
    deactivate(cast.ana, cast.sam, heir=cast.ben)
    assert owners() == {cast.lea} and heir_of(cast.ana) == cast.lea


def test_an_heir_that_has_left_is_nobodys_heir(cast: Cast) -> None:
    give_work(cast, cast.ana)
    deactivate(cast.ben, cast.sam)
    with pytest.raises(HeirLeft, match="Ben has left meanwhile"):
        deactivate(cast.ana, cast.sam, heir=cast.ben)
    cast.ana.refresh_from_db()
    assert cast.ana.is_active and owners() == {cast.ana} and not HandOver.objects.exists()


def test_what_somebody_had_from_others_is_given_on_where_no_heir_is_named(cast: Cast) -> None:
    give_work(cast, cast.ana)
    own = make_gallery(cast.ben, title="Own")
    deactivate(cast.ana, cast.sam, heir=cast.ben)
    deactivate(cast.ben, cast.sam)
    assert {row.person for row in Gallery.objects.exclude(pk=own.pk)} == {cast.sam}
    assert owners() == {cast.ben, cast.sam}, "what was their own stays, as was chosen"
    activate(cast.ben, cast.sam)
    assert owners() == {cast.ben}


@pytest.mark.parametrize("next_heir", ["nobody", "lea"])
@pytest.mark.parametrize("first", ["ana", "ben"])
def test_it_comes_back_from_who_has_it_after_the_heir_left_too(cast: Cast, next_heir: str, first: str) -> None:
    give_work(cast, cast.ana)
    private = make_done(cast.ana, visibility="private")
    own = make_gallery(cast.ben, title="Own")
    given_away = make_gallery(cast.ana, title="Given away")
    deactivate(cast.ana, cast.sam, heir=cast.ben)
    Gallery.objects.filter(pk=given_away.pk).update(person=cast.cy)
    deactivate(cast.ben, cast.sam, heir=None if next_heir == "nobody" else cast.lea)
    holder = cast.sam if next_heir == "nobody" else cast.lea
    assert hand_overs([cast.ana.pk])[cast.ana.pk].holder == holder
    for person in sorted([cast.ana, cast.ben], key=lambda person: person.username != first):
        activate(person, cast.sam)
    for row in (private, own, given_away):
        row.refresh_from_db()
    assert {row.person for row in ShareLink.objects.all()} | {row.person for row in Customer.objects.all()} == {
        cast.ana
    }
    kept = Gallery.objects.kept()
    assert {row.person for row in kept.exclude(pk__in=[own.pk, given_away.pk])} == {cast.ana}
    assert (own.person, given_away.person, private.visibility) == (cast.ben, cast.cy, "private")


def test_what_somebody_had_from_others_is_no_hand_over_of_their_own(cast: Cast) -> None:
    give_work(cast, cast.ana)
    give_work(cast, cast.ben)
    deactivate(cast.ana, cast.sam, heir=cast.ben)
    deactivate(cast.ben, cast.sam)
    assert heir_of(cast.ben) is None and not hand_overs([cast.ben.pk])
    assert given_on_to(cast.ben) == cast.sam
    assert not hand_over(cast.ben, cast.lea, cast.sam).is_empty
    assert heir_of(cast.ben) == cast.lea == Gallery.objects.filter(links__person=cast.lea).get().person


def test_what_somebody_under_a_hold_had_from_others_stays_under_it(cast: Cast) -> None:
    gallery = make_gallery(cast.ana)
    link = ShareLink.make(gallery, cast.ana)
    deactivate(cast.ana, cast.sam, heir=cast.ben)
    Hold(name="Aldea", reason="File 25/114", person=cast.ben).place(cast.sam)
    deactivate(cast.ben, cast.sam)
    gallery.refresh_from_db()
    link.refresh_from_db()
    assert gallery.is_held and (gallery.person, link.person) == (cast.ben, cast.sam)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ends", ["one heir after the other", "each the heir of the other", "no heir", "a ring"])
def test_nothing_ends_with_an_account_that_ends_at_the_same_moment(transactional_db: None, ends: str) -> None:
    cast = make_cast()
    ana, ben, cy, sam = cast.ana, cast.ben, cast.cy, cast.sam
    heirs = {
        "one heir after the other": [(ana, ben), (ben, cy)],
        "each the heir of the other": [(ana, ben), (ben, ana)],
        "no heir": [(ana, ben), (ben, None)],
        "a ring": [(ana, ben), (ben, cy), (cy, ana)],
    }[ends]
    for person, heir in heirs:
        if heir:
            give_work(cast, person)
    acts = [lambda pair=pair: deactivate(pair[0], sam, heir=pair[1]) for pair in heirs]
    results = at_once(*acts, lambda: hand_over(cast.lea, ben, sam))
    assert all(result is True or isinstance(result, HeirLeft) for result in results[:-1]), results
    assert True in results and isinstance(results[-1], HandOver | HeirLeft), results
    assert all(owner.is_active for owner in owners()), results
    left = Batch.objects.filter(person__is_active=False, visibility=Batch.Visibility.PRIVATE)
    assert not left.exists(), "what was private is in a gallery of somebody who is there"
