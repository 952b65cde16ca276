"""Inviting several people at once by their addresses: what comes of each."""

from __future__ import annotations

import pytest

from generations.models import Invitation, Membership
from generations.models.inviting import invite
from generations.models.pasted_addresses import Address, addresses_in
from tests.support.cast import Cast, make_cast
from tests.support.threads import at_once

WEI = Address("wei@design.example", "Wei Zhang")


def test_one_paste_tells_of_each_address(cast: Cast) -> None:
    cast.ben.is_active = False
    cast.ben.save()
    first, *_ = invite(cast.design, [WEI], cast.lea, role="member")
    text = f"wei@design.example new@x.example {cast.ana.email} {cast.ben.email} {cast.cy.email} ola@harbour"
    found = invite(cast.design, addresses_in(text), cast.lea, role="reviewer")
    assert [each.outcome for each in found] == ["again", "new", "member", "inactive", "joins", "wrong"]
    assert first.invitation and found[0].invitation == first.invitation
    assert Membership.objects.get(person=cast.cy, team=cast.design).role == "reviewer"
    assert Membership.objects.get(person=cast.ana).role == "member"
    assert Invitation.objects.count() == 2


def test_ten_times_as_many_addresses_are_looked_up_by_as_many_queries(cast: Cast, queries_of: object) -> None:
    def ask(count: int) -> int:
        wrong = [Address(f"x{number}") for number in range(count)]
        return queries_of(lambda: invite(cast.design, wrong, cast.lea, role="member"))  # type: ignore[operator]

    assert ask(3) == ask(30)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_who_invite_at_once_one_makes_the_link(transactional_db: None) -> None:
    cast = make_cast()
    acts = [lambda by=by: invite(cast.design, [WEI], by, role="member") for by in (cast.lea, cast.sam)]
    assert sorted(found.outcome for [found] in at_once(*acts)) == ["again", "new"]
    assert Invitation.objects.count() == 1
