"""What the groups of single sign-on give: each group a role in a team."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import Subject, record
from generations.models.invitation import Invitation
from generations.models.key import new_key
from generations.models.team import Membership, Person, Team

MAX_GROUP = 200
ORDER = [Membership.Role.MEMBER, Membership.Role.REVIEWER, Membership.Role.LEAD]
"""From what may least to what may most."""


class GroupRole(models.Model):
    """Who is in this group at the sign-on provider has this role in this team."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    group = models.CharField(_("group"), max_length=MAX_GROUP)
    team = models.ForeignKey(Team, verbose_name=_("team"), on_delete=models.CASCADE, related_name="group_roles")
    role = models.CharField(
        _("role"), max_length=8, choices=Membership.Role, default=Membership.Role.MEMBER, db_default="member"
    )

    class Meta:
        verbose_name = _("role of a group")
        verbose_name_plural = _("roles of groups")
        ordering = ["group", "pk"]
        constraints = [models.UniqueConstraint(fields=["group", "team"], name="one_role_a_group_and_team")]

    def __str__(self) -> str:
        return self.group

    @transaction.atomic
    def remove(self, by: Person) -> bool:
        """Have the group give nothing in this team; False if it is so. Who has the role keeps it until they sign in."""
        if not GroupRole.objects.filter(pk=self.pk).delete()[0]:
            return False
        said = {"group": self.group, "role": str(self.role)}
        record("removed_group_role", Subject.of(self.team, self.team_id), by=by.pk, before=said)
        return True


@transaction.atomic
def set_group_role(group: str, team: Team, role: str, by: Person) -> bool:
    """Have a group give a role in a team, from everybody's next sign-in on; False if it does."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    before = GroupRole.objects.filter(group=group, team=team).first()
    if before is not None and before.role == role:
        return False
    GroupRole.objects.update_or_create(group=group, team=team, defaults={"role": role})
    had = {"group": group, "role": str(before.role)} if before else None
    record("set_group_role", Subject.of(team, team.pk), by=by.pk, before=had, after={"group": group, "role": role})
    return True


def roles_of(groups: Iterable[str]) -> dict[int, str]:
    """By team, the role that may most of those that these groups give."""
    found: dict[int, str] = {}
    for team, role in GroupRole.objects.filter(group__in=list(groups)).values_list("team", "role"):
        found[team] = max(found.get(team, role), role, key=lambda each: ORDER.index(Membership.Role(each)))
    return found


@transaction.atomic
def apply_groups(person: Person, groups: Iterable[str]) -> int:
    """Give a person the roles that their groups give, and take those that no group gives any more; how many changed.

    What was given or changed by hand stays as it is, and so does the last lead of a team."""
    wanted = roles_of(groups)
    teams = {*wanted, *Membership.objects.filter(person=person, from_group=True).values_list("team", flat=True)}
    changed = 0
    for team in Team.objects.select_for_update(no_key=True).filter(pk__in=teams).order_by("pk"):
        row = Membership.objects.filter(person=person, team=team).first()
        if row is not None and not row.from_group:
            continue
        had, role = (row.role if row else ""), wanted.get(team.pk, "")
        if had == role or (row is not None and is_last_lead(row)):
            continue
        if row is None:
            Membership.objects.create(person=person, team=team, role=role, from_group=True)
        elif role:
            Membership.objects.filter(pk=row.pk).update(role=role)
        else:
            row.delete()
        if had == Membership.Role.LEAD:
            Invitation.objects.end_those_of(person, team)
        Invitation.objects.filter(gallery__team=team).end_of_former_managers()
        said = {"team": team.key}
        before, after = {**said, "role": had} if had else None, {**said, "role": role} if role else None
        record("changed_by_group", Subject("person", str(person.pk), team.pk), by=person.pk, before=before, after=after)
        changed += 1
    return changed


def is_last_lead(row: Membership) -> bool:
    """Whether the others of a team would be without a lead."""
    others = Membership.objects.filter(team=row.team_id, person__is_active=True).exclude(pk=row.pk)
    is_lead = row.role == Membership.Role.LEAD
    return is_lead and others.exists() and not others.filter(role=Membership.Role.LEAD).exists()
