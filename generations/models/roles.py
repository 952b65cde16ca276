"""Who is in which team with which role, and who runs the installation."""

from __future__ import annotations

from django.db import transaction

from generations.models.administrators import keep_an_administrator
from generations.models.audit_entry import Subject, record
from generations.models.invitation import Invitation
from generations.models.refusal import pause_sending, resume_sending
from generations.models.team import Membership, Person, Team

Role = Membership.Role


class LastLead(Exception):
    """A team that has people would be left without a lead."""


@transaction.atomic
def give_role(membership: Membership, role: str, by: Person) -> bool:
    """Give somebody another role in a team; False if they have it. Raises LastLead."""
    row = _locked(membership)
    if row is None or row.role == role:
        return False
    _keep_a_lead(row)
    before, row.role, row.from_group = row.role, role, False
    row.save(update_fields=["role", "from_group"])
    if before == Membership.Role.LEAD:
        Invitation.objects.end_those_of(row.person, row.team)
    Invitation.objects.filter(gallery__team=row.team).end_of_former_managers()
    said = {"team": row.team.key}
    record("changed_role", _subject(row), by=by.pk, before={**said, "role": before}, after={**said, "role": role})
    return True


@transaction.atomic
def take_role(membership: Membership, by: Person) -> bool:
    """Take somebody out of a team; False if they are not in it. What they made there stays there. Raises LastLead."""
    row = _locked(membership)
    if row is None:
        return False
    _keep_a_lead(row)
    row.delete()
    Invitation.objects.end_those_of(row.person, row.team)
    Invitation.objects.filter(gallery__team=row.team).end_of_former_managers()
    record("took_role", _subject(row), by=by.pk, before={"team": row.team.key, "role": row.role})
    return True


@transaction.atomic
def set_administrator(person: Person, is_administrator: bool, by: Person) -> bool:
    """Let a person run the installation, or no longer; False if it is so. Raises LastAdministrator."""
    if not is_administrator:
        keep_an_administrator(person)
    before = Person.objects.select_for_update().get(pk=person.pk)
    if before.is_staff == before.is_superuser == is_administrator:
        return False
    said = {"is_staff": before.is_staff, "is_superuser": before.is_superuser}
    Person.objects.filter(pk=person.pk).update(is_staff=is_administrator, is_superuser=is_administrator)
    Invitation.objects.filter(by=person).end_of_former_managers()
    record("changed_person", person, by=by.pk, before=said, after=dict.fromkeys(said, is_administrator))
    return True


@transaction.atomic
def make_team(name: str, by: Person) -> Team:
    """A new team, with nobody in it. Raises IntegrityError for a name that is taken."""
    team = Team.objects.create(name=name)
    record("added_team", Subject.of(team, team.pk), by=by.pk)
    return team


@transaction.atomic
def rename_team(team: Team, name: str, by: Person) -> bool:
    """Call a team something else; False if it is called that. Raises IntegrityError for a name that is taken."""
    if not Team.objects.filter(pk=team.pk).exclude(name=name).update(name=name):
        return False
    record("changed_team", Subject.of(team, team.pk), by=by.pk, after={"changed": ["name"]})
    return True


@transaction.atomic
def pause_everywhere(person: Person, by: Person, *, is_paused: bool = True) -> int:
    """Take no more prompts of a person for any team, or take them again; for how many teams that is new."""
    mine = Membership.objects.filter(person=person).select_related("person", "team").order_by("pk")
    rows = list(mine.select_for_update(of=("self",), no_key=True))  # before the record, as who pauses one does
    return sum(pause_sending(row, by) if is_paused else resume_sending(row, by) for row in rows)


def _locked(membership: Membership) -> Membership | None:
    """It as it stands; whoever changes roles in the same team waits."""
    Team.objects.select_for_update(no_key=True).get(pk=membership.team_id)
    return Membership.objects.select_related("person", "team").filter(pk=membership.pk).first()


def _keep_a_lead(row: Membership) -> None:
    others = Membership.objects.filter(team=row.team, person__is_active=True).exclude(pk=row.pk)
    if row.role == Role.LEAD and others.exists() and not others.filter(role=Role.LEAD).exists():
        raise LastLead


def _subject(row: Membership) -> Subject:
    return Subject("person", str(row.person_id), row.team_id)
