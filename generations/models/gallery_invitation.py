"""Inviting people into one gallery by their addresses.

Whom the inviter knows is named at once, as by the list of names beside it, which tells no more. To anybody else's
address goes an invitation, whether or not it has an account: what the inviter is told, and the row that waits, are the
same for both, so that nobody learns by it who has an account here. They join by accepting it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models, transaction

from generations.models.email_address import lowered
from generations.models.gallery import Gallery
from generations.models.invitation import Invitation
from generations.models.inviting import Found, Outcome, ask, found_of
from generations.models.pasted_addresses import Address
from generations.models.team import Membership, Person


def look_up_for_gallery(gallery: Gallery, addresses: Sequence[Address], known: models.QuerySet[Person]) -> list[Found]:
    """What would come of inviting these addresses, by somebody who knows these people; five queries for any number.

    Who came by an earlier invitation from here and is still there is told as there: the inviter saw them come."""
    emails = [address.email for address in addresses]
    persons = known.filter(email__lowered__in=emails)
    people = {lowered(person.email): person for person in persons}
    here = people_here(gallery)
    came = Invitation.objects.filter(gallery=gallery, email__in=emails, accepted_at__isnull=False)
    joined = {email for email, person in came.values_list("email", "person") if person in here}
    waits = Invitation.objects.waiting().filter(gallery=gallery, email__in=emails).select_related("gallery", "team")
    waiting = {row.email: row for row in waits}
    found = []
    for address in addresses:
        person, invitation = people.get(address.email), waiting.get(address.email)
        is_there = person.pk in here if person else address.email in joined
        found.append(found_of(address, person, invitation, is_there=is_there))
    return found


def people_here(gallery: Gallery) -> set[int]:
    """The numbers of those who see it: by name, by its team, and whose it is."""
    team = Membership.objects.filter(team=gallery.team_id).values_list("person", flat=True) if gallery.team_id else ()
    return {gallery.person_id, *team, *gallery.members.values_list("person", flat=True)}


@transaction.atomic
def invite_to_gallery(
    gallery: Gallery,
    addresses: Sequence[Address],
    by: Person,
    *,
    known: models.QuerySet[Person],
    role: str,
    words: str = "",
) -> list[Found]:
    """Ask these people into a gallery: whom `by` knows is named at once, the others get a link, who was invited before
    gets it again. Two at once wait for each other at the gallery's row. What came of each, with its invitation."""
    Gallery.objects.select_for_update(no_key=True).get(pk=gallery.pk)
    found = look_up_for_gallery(gallery, addresses, known)
    for each in found:
        if each.outcome == Outcome.JOINS and each.person:
            gallery.set_member(each.person, role, by)
    return ask(found, gallery, by, role=role, words=words)
