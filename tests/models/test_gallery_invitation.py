"""Invitations into one gallery: who is told of them, who joins by them, and what ends them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction

from generations import mailing, rights
from generations.models import Gallery, GalleryMember, Invitation, Mail, Membership, Notification, Person
from generations.models.erasure import erase
from generations.models.gallery_invitation import invite_to_gallery
from generations.models.gallery_member import manages_gallery
from generations.models.group_role import apply_groups, set_group_role
from generations.models.hand_over import deactivate, hand_over
from generations.models.inviting import Found, invite
from generations.models.key import now
from generations.models.pasted_addresses import Address
from generations.models.roles import give_role, set_administrator, take_role
from generations.models.single_sign_on import Identity, admit
from generations.notification_text import readable
from generations.viewer import Viewer
from tests.support.cast import PASSWORD, Cast, make_cast, make_gallery, make_person, make_team
from tests.support.threads import at_once

NEW = Address("wei@harbour.example", "Wei Zhang")
CY = Address("cy@design.example")


def ask(gallery: Gallery, by: Person, *addresses: Address, role: str = "view") -> list[Found]:
    known = rights.know_person.of(Viewer(by), Person.objects.all()).distinct()
    return invite_to_gallery(gallery, addresses, by, known=known, role=role, words="Have a look.")


def invited(gallery: Gallery, by: Person, address: Address = NEW, role: str = "view") -> Invitation:
    [found] = ask(gallery, by, address, role=role)
    assert found.invitation
    return found.invitation


def test_who_has_an_account_is_invited_as_who_has_none(cast: Cast, settings: LazySettings) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    Person.objects.filter(pk=cast.cy.pk).update(language="zh-hans")
    closed = make_person("dee", make_team("Closed"))
    Person.objects.filter(pk=closed.pk).update(is_active=False)
    gallery = make_gallery(cast.ana)
    found = ask(gallery, cast.ana, NEW, CY, Address(closed.email))
    assert [(each.outcome, each.person) for each in found] == [("new", None)] * 3
    rows = Invitation.objects.filter(gallery=gallery)
    assert {(row.role, row.by, row.person, row.is_open) for row in rows} == {("view", cast.ana, None, True)}
    assert {mail.to for mail in Mail.objects.all()} == {NEW.email, CY.email}
    assert Mail.objects.get(to=CY.email).language == "zh-hans"
    assert [told.person for told in Notification.objects.filter(kind="asked_to_gallery")] == [cast.cy]
    assert [each.outcome for each in ask(gallery, cast.ana, NEW, CY)] == ["again", "again"]
    assert not gallery.members.exists()


def test_whom_one_knows_is_named_at_once_and_keeps_a_role(cast: Cast) -> None:
    gallery, named = make_gallery(cast.ana, team=None), make_gallery(cast.ana, "Named", team=None)
    named.set_member(cast.ben, "manage", cast.ana)
    addresses = [Address(person.email) for person in (cast.ana, cast.ben, cast.lea)]
    assert [each.outcome for each in ask(gallery, cast.ana, *addresses)] == ["member", "joins", "joins"]
    assert [each.outcome for each in ask(named, cast.ana, *addresses)] == ["member", "member", "joins"]
    assert named.members.get(person=cast.ben).role == "manage"
    assert {each.outcome for each in ask(make_gallery(cast.ana), cast.ana, *addresses)} == {"member"}
    assert not Invitation.objects.exists()


def test_ten_times_as_many_addresses_are_looked_up_by_as_many_queries(
    cast: Cast, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    gallery = make_gallery(cast.ana)

    def count(number: int) -> int:
        return queries_of(lambda: ask(gallery, cast.ana, *(Address(f"x{each}") for each in range(number))))

    assert count(3) == count(30)


def test_who_is_new_becomes_a_guest_of_that_gallery_alone(cast: Cast) -> None:
    gallery, other = make_gallery(cast.ana), make_gallery(cast.ana, "Other")
    invitation, second = invited(gallery, cast.ana, role="contribute"), invited(other, cast.ana)
    invite(make_team("Editorial"), [NEW], cast.sam, role="lead")
    person = invitation.accept("Wei Zhang", PASSWORD)
    assert person and person.check_password(PASSWORD) and not person.membership_set.exists()
    assert [*person.gallery_memberships.values_list("gallery", "role", "added_by")] == [
        (gallery.pk, "contribute", cast.ana.pk)
    ]
    assert invitation.accept("Wei", PASSWORD) is None and second.accept("Wei", PASSWORD) is None
    assert not invitation.accept_as(person), "it works once"
    assert Viewer(person).is_guest
    assert second.accept_as(person) and other.members.get().person == person
    assert Notification.objects.filter(person=person, kind="invited").count() == 0, "they know what they accepted"
    assert [each.outcome for each in ask(gallery, cast.lea, NEW)] == ["member"], "whom one saw come is there"


def test_an_account_accepts_if_the_invitation_is_for_its_address(cast: Cast) -> None:
    gallery = make_gallery(cast.ana)
    invitation = invited(gallery, cast.ana, CY)
    told = readable(Viewer(cast.cy), [Notification.objects.get(kind="asked_to_gallery")])[0]
    assert (told.address, str(told.text)) == (
        invitation.get_absolute_url(),
        "Ana invites you to the gallery Spring campaign.",
    )
    assert not invitation.accept_as(cast.ben) and not gallery.members.exists()
    assert invitation.accept_as(cast.cy) and gallery.members.get().role == "view"
    told = readable(Viewer(cast.cy), [told.row])[0]
    assert told.address == gallery.get_absolute_url(), "from then on it leads there"
    assert not Viewer(cast.cy).is_guest and not invitation.accept_as(cast.cy)
    team = invite(cast.design, [Address("gia@x.example")], cast.lea, role="lead")[0].invitation
    gia = make_person("gia")
    Person.objects.filter(pk=gia.pk).update(email="gia@x.example")
    gia.refresh_from_db()
    assert team and team.accept_as(gia) and gia.membership_set.get().role == "lead"


@pytest.mark.parametrize(("has", "given", "gets"), [("view", "contribute", "contribute"), ("manage", "view", "manage")])
def test_nobody_loses_by_accepting(cast: Cast, has: str, given: str, gets: str) -> None:
    gallery = make_gallery(cast.ana)
    invitation = invited(gallery, cast.ana, CY, role=given)
    gallery.set_member(cast.cy, has, cast.ana)
    assert invitation.accept_as(cast.cy) and gallery.members.get().role == gets


def test_who_is_in_the_team_by_then_keeps_its_role(cast: Cast) -> None:
    gallery = make_gallery(cast.ana)
    invitation = invited(gallery, cast.ana, CY)
    Membership.objects.create(person=cast.cy, team=cast.design)
    assert invitation.accept_as(cast.cy) and not gallery.members.exists()


def test_who_signed_on_with_the_address_joins_all_that_waits(cast: Cast) -> None:
    galleries = [make_gallery(cast.ana, title) for title in ("One", "Two")]
    for gallery in galleries:
        invited(gallery, cast.ana)
    person = admit(Identity("u1", NEW.email, is_verified=True, name="Wei", groups=None)).user
    assert set(person.gallery_memberships.values_list("gallery", flat=True)) == {each.pk for each in galleries}
    assert person.came_as_guest and not Invitation.objects.waiting().exists()


def test_an_invitation_is_into_a_team_or_a_gallery(cast: Cast) -> None:
    gallery, common = make_gallery(cast.ana), {"email": "a@x.example", "expires_at": now(days=1)}
    for wrong in (
        {},
        {"team": cast.design, "gallery": gallery},
        {"team": cast.design, "role": "view"},
        {"gallery": gallery, "role": "manage"},
        {"gallery": gallery, "role": "lead"},
    ):
        row = Invitation(**common, **wrong)
        row.renew_token()
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


# ── what ends it, and what does not ──

FORMER: dict[str, Callable[[Cast, Gallery], object]] = {
    "is named no longer": lambda cast, gallery: gallery.drop_member(cast.cy),
    "only looks": lambda cast, gallery: gallery.set_member(cast.cy, "view", cast.ana),
    "leaves": lambda cast, gallery: deactivate(cast.cy, cast.sam),
    "is erased": lambda cast, gallery: erase(cast.cy, cast.sam),
}


@pytest.mark.parametrize("what", FORMER)
def test_who_manages_no_more_leaves_no_way_in(cast: Cast, what: str) -> None:
    gallery = make_gallery(cast.ana)
    gallery.set_member(cast.cy, "manage", cast.ana)
    invitation, kept = invited(gallery, cast.cy), invited(gallery, cast.ana, Address("kept@x.example"))
    FORMER[what](cast, gallery)
    assert invitation.accept("Wei", PASSWORD) is None
    assert [*Invitation.objects.open()] == [kept]


LEADS: dict[str, Callable[[Cast, Gallery], object]] = {
    "leaves the team": lambda cast, gallery: take_role(cast.lea.membership_set.get(), cast.sam),
    "leads it no more": lambda cast, gallery: give_role(cast.lea.membership_set.get(), "member", cast.sam),
    "by a group": lambda cast, gallery: (
        set_group_role("judges", cast.design, "lead", cast.sam),
        cast.lea.membership_set.update(from_group=True),
        apply_groups(cast.lea, []),
    ),
    "the gallery goes": lambda cast, gallery: gallery.show_to(None),
    "is named": lambda cast, gallery: gallery.set_member(cast.lea, "contribute", cast.ana),
}


@pytest.mark.parametrize("what", LEADS)
def test_who_led_the_team_leaves_no_way_in(cast: Cast, what: str) -> None:
    Membership.objects.create(person=cast.sam, team=cast.design, role="lead")
    gallery = make_gallery(cast.ana)
    invited(gallery, cast.lea)
    kept = invited(make_gallery(cast.lea, "Own"), cast.lea)
    LEADS[what](cast, gallery)
    assert [*Invitation.objects.open()] == [kept]


def test_who_administrates_no_more_leaves_no_way_in(cast: Cast) -> None:
    invited(make_gallery(cast.ana), cast.sam)
    set_administrator(cast.lea, True, cast.sam)
    set_administrator(cast.sam, False, cast.sam)
    assert not Invitation.objects.waiting().exists()


def test_who_is_named_no_longer_does_not_come_back_by_a_second_link(cast: Cast) -> None:
    gallery = make_gallery(cast.ana)
    invitation = invited(gallery, cast.ana, CY)
    gallery.set_member(cast.cy, "view", cast.ana)
    gallery.drop_member(cast.cy)
    assert not invitation.accept_as(cast.cy)


def test_a_gallery_in_the_trash_lets_nobody_in_until_it_is_restored(cast: Cast) -> None:
    gallery = make_gallery(cast.ana)
    invitation = invited(gallery, cast.ana)
    gallery.delete_by(cast.ana)
    assert invitation.accept("Wei", PASSWORD) is None and not invitation.send_again(cast.lea)
    gallery.restore()
    gallery.archive()
    assert invitation.accept("Wei", PASSWORD) is not None, "one sees what is archived"
    second = invited(gallery, cast.ana, Address("b@x.example"))
    gallery.delete_by(cast.ana)
    Gallery.objects.update(deleted_at=now(days=-400))
    assert Gallery.objects.all().purge() == 1
    assert not Invitation.objects.filter(pk=second.pk).exists()


def test_a_gallery_that_is_handed_over_keeps_what_others_sent(cast: Cast) -> None:
    gallery = make_gallery(cast.ben)
    own, others = invited(gallery, cast.ben), invited(gallery, cast.lea, Address("b@x.example"))
    hand_over(cast.ben, cast.ana, cast.sam)
    gallery.refresh_from_db()
    assert gallery.person == cast.ana and own in Invitation.objects.open()
    deactivate(cast.ben, cast.sam, heir=cast.ana)
    assert [*Invitation.objects.open()] == [others]


def test_a_team_that_goes_takes_its_own_invitations_alone(cast: Cast) -> None:
    team = make_team("Short")
    gallery = make_gallery(cast.ana, team=team)
    kept = invited(gallery, cast.ana)
    invite(team, [NEW], cast.sam, role="member")
    gallery.show_to(None)
    team.delete()
    assert [*Invitation.objects.open()] == [kept]


def test_an_erased_person_is_invited_nowhere(cast: Cast) -> None:
    invited(make_gallery(cast.ana), cast.ana, CY)
    erase(cast.cy, cast.sam)
    assert not Invitation.objects.exists()


def test_who_manages_is_the_same_asked_of_rows(cast: Cast) -> None:
    galleries = [make_gallery(cast.ana), make_gallery(cast.ana, team=None), make_gallery(cast.lea)]
    for gallery, role in zip(galleries, GalleryMember.Role.values, strict=True):
        gallery.set_member(cast.cy, role, cast.ana)
        gallery.set_member(cast.ben, "manage", cast.ana)
    galleries[0].set_member(cast.lea, "view", cast.ana)
    found = set()
    for person in Person.objects.all():
        for gallery in galleries:
            row = Invitation.objects.create(
                email=f"{person.pk}@x.example",
                gallery=gallery,
                role="view",
                by=person,
                expires_at=now(),
                token_hash=f"{person.pk}-{gallery.pk}",
            )
            if rights.manage_gallery.allows(Viewer(person), gallery):
                found.add(row.pk)
    assert found == set(Invitation.objects.filter(manages_gallery("by", "gallery")).values_list("pk", flat=True))
    assert 0 < len(found) < Invitation.objects.count()


def test_neither_the_row_nor_its_mail_holds_the_token(cast: Cast, settings: LazySettings) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    gallery = make_gallery(cast.ana)
    invitation = invited(gallery, cast.ana)
    mail = Mail.objects.get()
    assert invitation.token not in str([*Invitation.objects.values(), *Mail.objects.values()])
    body = mailing.message_of(mail).body
    assert f"/join/{invitation.token}" in body and "Have a look." in body and "Spring campaign" in body
    gallery.delete_by(cast.ana)
    with pytest.raises(Invitation.DoesNotExist):
        mailing.message_of(mail)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_joins(transactional_db: None) -> None:
    cast = make_cast()
    invitation = invited(make_gallery(cast.ana), cast.ana)
    results = at_once(*(lambda: invitation.accept("Wei", PASSWORD) for _each in range(3)))
    assert [isinstance(result, Person) for result in results].count(True) == 1 and results.count(None) == 2
    assert Person.objects.filter(email=NEW.email).count() == GalleryMember.objects.count() == 1


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_an_account_that_accepts_twice_at_once_is_named_once(transactional_db: None) -> None:
    cast = make_cast()
    invitation = invited(make_gallery(cast.ana), cast.ana, CY)
    assert sorted(at_once(*(lambda: invitation.accept_as(cast.cy) for _each in range(3)))) == [False, False, True]
    assert GalleryMember.objects.count() == 1


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_what_is_accepted_while_it_is_revoked_is_one_of_both(transactional_db: None) -> None:
    cast = make_cast()
    for number in range(4):
        address = Address(f"wei{number}@harbour.example")
        gallery = make_gallery(cast.ana, f"Number {number}")
        invitation = invited(gallery, cast.ana, address)
        person, is_ended = at_once(lambda it=invitation: it.accept("Wei", PASSWORD), invitation.end)
        assert (person is not None) is not is_ended
        assert gallery.members.exists() is (person is not None) is Person.objects.filter(email=address.email).exists()
        invitation.refresh_from_db()
        assert (invitation.accepted_at is None) is not (invitation.ended_at is None)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_who_invite_at_once_one_makes_the_link(transactional_db: None) -> None:
    cast = make_cast()
    gallery = make_gallery(cast.ana)
    acts = [lambda by=by: ask(gallery, by, NEW) for by in (cast.ana, cast.lea)]
    assert sorted(found.outcome for [found] in at_once(*acts)) == ["again", "new"]
    assert Invitation.objects.count() == 1


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_an_invitation_is_accepted_or_declined_and_its_sender_hears_of_one() -> None:
    cast = make_cast()
    gallery = make_gallery(cast.ana)
    invitation = invited(gallery, cast.ana, CY)
    results = at_once(invitation.decline, lambda: invitation.accept_as(cast.cy))
    assert sorted(results) == [False, True]
    kind = "declined_gallery" if results[0] else "joined_gallery"
    assert [told.kind for told in cast.ana.notifications.all()] == [kind]
    assert gallery.members.exists() == results[1]
