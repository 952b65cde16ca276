"""Inviting people by their addresses: what comes of each, and the links that are sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from generations.models.audit_entry import Subject, record
from generations.models.email_address import lowered
from generations.models.gallery import Gallery
from generations.models.invitation import Invitation, record_all_of, send
from generations.models.pasted_addresses import Address
from generations.models.team import Membership, Person, Team


class Outcome(StrEnum):
    """What comes of an address: a new invitation; one that is sent again; an account that joins at once, or is in the
    team already; one that is deactivated; no address at all."""

    NEW = "new"
    AGAIN = "again"
    JOINS = "joins"
    MEMBER = "member"
    INACTIVE = "inactive"
    WRONG = "wrong"


@dataclass(frozen=True)
class Found:
    """An address and what comes of it, with the account or the invitation that there is."""

    address: Address
    outcome: Outcome
    person: Person | None = None
    invitation: Invitation | None = None


def look_up(team: Team, addresses: Sequence[Address]) -> list[Found]:
    """What would come of inviting these addresses to a team; three queries for any number."""
    emails = [address.email for address in addresses]
    known = Person.objects.filter(email__lowered__in=emails)
    people = {lowered(person.email): person for person in known}
    members = set(Membership.objects.filter(team=team, person__in=people.values()).values_list("person", flat=True))
    waiting = {
        row.email: row
        for row in Invitation.objects.waiting().filter(team=team, email__in=emails).select_related("team")
    }
    found = []
    for address in addresses:
        person, invitation = people.get(address.email), waiting.get(address.email)
        is_there = person is not None and person.pk in members
        found.append(found_of(address, person, invitation, is_there=is_there))
    return found


def found_of(address: Address, person: Person | None, invitation: Invitation | None, *, is_there: bool) -> Found:
    """What comes of an address that this account and this invitation have. `is_there`: whoever has it is in the team or
    the gallery already."""
    if not address.is_valid:
        outcome = Outcome.WRONG
    elif person and not person.is_active:
        outcome = Outcome.INACTIVE
    elif is_there:
        outcome = Outcome.MEMBER
    elif person:
        outcome = Outcome.JOINS
    else:
        outcome = Outcome.AGAIN if invitation else Outcome.NEW
    return Found(address, outcome, person, invitation)


@transaction.atomic
def invite(team: Team, addresses: Sequence[Address], by: Person, *, role: str, words: str = "") -> list[Found]:
    """Ask these people into a team: who has an account joins at once, who was invited before gets the link again, the
    others a new one. Two at once wait for each other at the team's row. What came of each, with its invitation."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    found = look_up(team, addresses)
    joining = [each.person for each in found if each.outcome == Outcome.JOINS and each.person]
    for person in joining:
        join(person, team, role, by)
    return ask(found, team, by, role=role, words=words)


def ask(found: Sequence[Found], place: Team | Gallery, by: Person, *, role: str, words: str) -> list[Found]:
    """Send a link to who was found new, and again to who waits for theirs; what was found, each with its invitation."""
    into = {"team": place} if isinstance(place, Team) else {"gallery": place}
    new = [
        Invitation(email=each.address.email, name=each.address.name, role=role, words=words, by=by, **into)
        for each in found
        if each.outcome == Outcome.NEW
    ]
    again = _to_renew(found, role, words)
    send([*new, *again], by)
    record_all_of("invited", new, by=by.pk)
    record_all_of("invited_again", again, by=by.pk)
    by_email = {row.email: row for row in [*new, *again]}
    return [Found(each.address, each.outcome, each.person, by_email.get(each.address.email)) for each in found]


@transaction.atomic
def join(person: Person, team: Team, role: str, by: Person) -> bool:
    """Put a person with an account into a team; False if they are in it."""
    _membership, is_new = Membership.objects.get_or_create(person=person, team=team, defaults={"role": role})
    if is_new:
        record("gave_role", Subject.of(person, team.pk), by=by.pk, after={"team": team.key, "role": role})
    return is_new


def _to_renew(found: Iterable[Found], role: str, words: str) -> list[Invitation]:
    """Those that wait already, as they are sent again; they are not saved yet. They are locked and asked once more: one
    that was accepted or revoked at this moment stays so."""
    addresses = {
        each.invitation.pk: each.address for each in found if each.outcome == Outcome.AGAIN and each.invitation
    }
    waiting = Invitation.objects.waiting().filter(pk__in=addresses).order_by("pk")
    again = list(waiting.select_for_update(of=("self",)).select_related("team", "gallery"))
    for row in again:
        row.role, row.words, row.name = role, words or row.words, row.name or addresses[row.pk].name
    return again
