"""Pausing and resuming many rows in one act: each is paused as if alone, and all of them or none.

The rows are locked before the first is changed, in the order of their numbers: each leaves an entry in the record, and
whoever changes one of them alone locks it before the record."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from generations.models.hand_pause import pause_by_hand, resume_by_hand
from generations.models.provider import Provider
from generations.models.refusal import pause_sending, resume_sending
from generations.models.team import Membership, Person


@transaction.atomic
def pause_all(providers: Sequence[Provider], memberships: Sequence[Membership], by: Person, reason: str = "") -> int:
    """Send nothing more to these providers, and take no more prompts of these people for these teams; how many that is
    news for. `reason` is read by everybody whom it stops."""
    rows, people = _locked(providers, memberships)
    return sum(pause_by_hand(row, by, reason) for row in rows) + sum(pause_sending(row, by, reason) for row in people)


@transaction.atomic
def resume_all(providers: Sequence[Provider], memberships: Sequence[Membership], by: Person) -> int:
    """Call them, and take their prompts, again; how many that is news for. A model that was paused alone stays so."""
    rows, people = _locked(providers, memberships)
    paused = [row for row in rows if row.is_paused_by_hand]
    for row in paused:
        resume_by_hand(row)
    return len(paused) + sum(resume_sending(row, by) for row in people)


def _locked(
    providers: Sequence[Provider], memberships: Sequence[Membership]
) -> tuple[list[Provider], list[Membership]]:
    rows = Provider.objects.filter(pk__in=[row.pk for row in providers]).order_by("pk")
    people = Membership.objects.filter(pk__in=[row.pk for row in memberships]).order_by("pk")
    return (
        list(rows.select_for_update(no_key=True)),
        list(people.select_related("person", "team").select_for_update(of=("self",), no_key=True)),
    )
