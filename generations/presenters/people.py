"""People, their roles and what they spent, as the pages of a team show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from generations import rights
from generations.models import HandOver, Membership, Person, Team
from generations.models.price import dollars
from generations.models.team import AWAY_SECONDS
from generations.presenters.days import day_of
from generations.presenters.invitations import InvitationRow
from generations.queries import people as queries
from generations.queries.people import Month
from generations.translation import listed
from generations.viewer import Viewer

Role = Membership.Role


def last_seen(person: Person) -> str:
    """When a page of theirs was last in sight: now, today with the time, else the day."""
    seen = person.seen_at or person.last_login
    if seen is None:
        return _("Not yet")
    if timezone.now() - seen < timedelta(seconds=AWAY_SECONDS):
        return _("Now")
    if timezone.localdate(seen) == timezone.localdate():
        return _("Today %(time)s") % {"time": date_format(timezone.localtime(seen), "TIME_FORMAT")}
    return day_of(seen)


def roles() -> list[tuple[str, str, str]]:
    """Each role with its name and what it may do."""
    may = {
        Role.MEMBER: _("Makes pictures and sees the team’s"),
        Role.REVIEWER: _("Also approves and rejects"),
        Role.LEAD: _("Also invites people and pauses sending"),
    }
    return [(role.value, str(role.label), may[role]) for role in Role]


@dataclass(frozen=True)
class PersonRow:
    """Somebody in the table: in one team by their membership, or among everybody."""

    viewer: Viewer
    person: Person
    month: Month
    membership: Membership | None = None
    hand_over: HandOver | None = None

    @property
    def id(self) -> str:
        """Tells its menus from those of the others."""
        return str(self.person.pk)

    @property
    def is_viewer(self) -> bool:
        return self.person == self.viewer.person

    @property
    def role(self) -> str:
        """Their role in the team; among everybody that of each team."""
        if self.membership is not None:
            return self.membership.get_role_display()
        roles = listed(f"{row.team}: {row.get_role_display()}" for row in self.person.membership_set.all())
        return roles or (_("Guest") if self.person.came_as_guest and not self.is_administrator else "")

    @property
    def is_administrator(self) -> bool:
        return self.person.is_administrator

    @property
    def seen(self) -> str:
        return last_seen(self.person)

    @property
    def spent(self) -> str:
        """What they spent this month; "" where nothing is known."""
        return "" if self.month.spent is None else dollars(self.month.spent)

    @property
    def is_paused(self) -> bool:
        """Whether their prompts are taken no more, in this team or in one of theirs."""
        rows = [self.membership] if self.membership else self.person.membership_set.all()
        return any(row.sending_paused_at for row in rows)

    @property
    def left(self) -> str:
        """The day they were deactivated; "" where it is not known."""
        return day_of(self.person.deactivated_at) if self.person.deactivated_at else ""

    @property
    def may_open(self) -> bool:
        return rights.run_person.allows(self.viewer, self.person)

    @property
    def may_end(self) -> bool:
        return rights.end_person.allows(self.viewer, self.person)

    @property
    def may_pause(self) -> bool:
        """Whether sending can be paused by the menu: in the team, or by staff in all of theirs."""
        if self.membership is not None:
            return rights.pause_membership.allows(self.viewer, self.membership)
        return self.may_end and bool(self.person.membership_set.all())


@dataclass(frozen=True)
class PeoplePage:
    """The people of a team, or everybody, for who manages them."""

    viewer: Viewer
    team: Team | None
    text: str = ""
    here: str = ""
    """Its own address, to come back to."""

    @property
    def sends_mail(self) -> bool:
        return bool(settings.EMAIL_URL)

    @cached_property
    def teams(self) -> list[Team]:
        return queries.teams_to_manage(self.viewer)

    @property
    def may_see_everybody(self) -> bool:
        return self.viewer.is_staff

    @cached_property
    def everybody(self) -> int:
        return queries.everybody()

    @cached_property
    def rows(self) -> list[PersonRow]:
        return self._rows(is_active=True)

    @cached_property
    def former(self) -> list[PersonRow]:
        return self._rows(is_active=False)

    def _rows(self, *, is_active: bool) -> list[PersonRow]:
        found: list[tuple[Person, Membership | None]]
        if self.team is not None:
            rows = queries.members(self.team, self.text, is_active=is_active)
            found = [(row.person, row) for row in rows]
        else:
            found = [(person, None) for person in queries.people(self.text, is_active=is_active)]
        numbers = [person.pk for person, _row in found]
        months = queries.months_of(numbers, self.team) if is_active else {}
        given = {} if is_active else queries.hand_overs(numbers)
        return [
            PersonRow(self.viewer, person, months.get(person.pk, Month()), row, given.get(person.pk))
            for person, row in found
        ]

    @cached_property
    def invitations(self) -> list[InvitationRow]:
        teams = [self.team] if self.team else self.teams
        found = queries.invitations(teams, to_galleries=self.team is None and self.may_see_everybody)
        return [InvitationRow(row) for row in found]

    @property
    def links(self) -> list[InvitationRow]:
        """Those whose link works and may be copied, to be copied all at once."""
        return [row for row in self.invitations if row.address]

    @property
    def roles(self) -> list[tuple[str, str, str]]:
        return roles()

    @property
    def is_alone(self) -> bool:
        """Whether nobody but the viewer is here, and nobody was looked for."""
        return not self.text and all(row.is_viewer for row in self.rows) and not self.invitations
