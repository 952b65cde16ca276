"""Invitations: a link that works once, for seven days."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from generations import mailing
from generations.models import Invitation, Mail, Membership, Person
from generations.models.invitation import DAYS_OPEN
from generations.models.inviting import invite
from generations.models.key import now
from generations.models.pasted_addresses import Address
from generations.models.roles import take_role
from tests.support.cast import Cast, make_cast, make_team
from tests.support.clock import Clock
from tests.support.threads import at_once

DAY = 24 * 3600
WEI = Address("wei@design.example", "Wei Zhang")


def test_who_signed_on_with_the_address_is_in_every_team_that_waits(cast: Cast) -> None:
    [found] = invite(cast.design, [WEI], cast.lea, role="reviewer")
    invite(make_team("Editorial"), [WEI], cast.sam, role="lead")
    assert found.invitation
    person = found.invitation.accept("Wei", None)
    assert person and set(person.membership_set.values_list("team__name", "role")) == {
        ("Design", "reviewer"),
        ("Editorial", "lead"),
    }


def test_who_leaves_a_team_leaves_no_way_back(cast: Cast) -> None:
    invite(cast.design, [WEI], cast.lea, role="lead")
    [kept] = invite(cast.design, [Address("noor@x.example")], cast.sam, role="member")
    Membership.objects.create(person=cast.sam, team=cast.design, role="lead")
    take_role(Membership.objects.get(person=cast.lea, team=cast.design), cast.sam)
    assert [*Invitation.objects.open()] == [kept.invitation]


def test_who_has_a_link_is_in_its_team_alone_and_it_works_no_more(cast: Cast) -> None:
    [found] = invite(cast.design, [WEI], cast.lea, role="reviewer")
    invite(make_team("Editorial"), [WEI], cast.sam, role="lead")
    assert found.invitation
    person = found.invitation.accept("Wei  Zhang", "a darkroom lamp")
    assert person and person.check_password("a darkroom lamp")
    assert (str(person), person.email, person.username) == ("Wei Zhang", WEI.email, WEI.email)
    assert [*person.membership_set.values_list("team__name", "role")] == [("Design", "reviewer")]
    assert found.invitation.accept("Wei", "a darkroom lamp") is None
    assert [each.team.name for each in Invitation.objects.open()] == ["Editorial"]
    assert Person.objects.filter(email=WEI.email).count() == 1


def test_a_link_ends_after_seven_days_and_comes_back_as_another(cast: Cast, clock: Clock) -> None:
    [found] = invite(cast.design, [WEI], cast.lea, role="member")
    invitation = found.invitation
    assert invitation and Invitation.objects.open().with_token(invitation.token).exists()
    first = invitation.token
    assert invitation.send_again(cast.lea)
    invitation.refresh_from_db()
    assert invitation.token == first, "a link that is open stays as it is"
    clock.move(DAYS_OPEN * DAY + 1)
    assert invitation.accept("Wei", "a darkroom lamp") is None
    Invitation.objects.update(expires_at=invitation.sent_at)
    invitation.refresh_from_db()
    assert invitation.send_again(cast.sam)
    invitation.refresh_from_db()
    assert not Invitation.objects.with_token(first).exists()
    assert Invitation.objects.open().with_token(invitation.token).exists()


def test_a_revoked_link_is_nothing_and_stays_so(cast: Cast) -> None:
    [found] = invite(cast.design, [WEI], cast.lea, role="member")
    invitation = found.invitation
    assert invitation and invitation.end()
    assert not invitation.end() and not invitation.send_again(cast.lea)
    assert invitation.accept("Wei", "a darkroom lamp") is None
    [once_more] = invite(cast.design, [WEI], cast.lea, role="member")
    assert once_more.outcome == "new" and once_more.invitation != invitation


def test_neither_the_row_nor_its_mail_holds_the_token(cast: Cast, settings: LazySettings) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    [found] = invite(cast.design, [WEI], cast.lea, role="member", words="We start on Monday.")
    assert found.invitation
    token, mail = found.invitation.token, Mail.objects.get()
    rows = [*Invitation.objects.values(), *Mail.objects.values()]
    assert token not in str(rows)
    body = mailing.message_of(mail).body
    assert f"/join/{token}" in body and "We start on Monday." in body and mail.to == WEI.email
    found.invitation.end()
    with pytest.raises(Invitation.DoesNotExist):
        mailing.message_of(mail)


def test_what_ended_long_ago_goes_with_its_address(cast: Cast, clock: Clock) -> None:
    invite(cast.design, [WEI], cast.lea, role="member")
    assert Invitation.objects.purge() == 0
    Invitation.objects.update(expires_at=now(days=-31))
    assert Invitation.objects.purge() == 1


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_makes_the_account(transactional_db: None) -> None:
    cast = make_cast()
    [one] = invite(cast.design, [WEI], cast.lea, role="member")
    [two] = invite(make_team("Editorial"), [WEI], cast.sam, role="member")
    acts = [lambda each=each: each.invitation.accept("Wei", "a darkroom lamp") for each in (one, two, one)]
    results = at_once(*acts)
    assert [isinstance(result, Person) for result in results].count(True) == 1 and results.count(None) == 2
    assert Person.objects.filter(email=WEI.email).count() == 1
