"""People, their roles and what they spent, as the pages of a team show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import ClassVar

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import rights
from generations.models import HandOver, Invitation, Membership, Person, SignIn, Team
from generations.models.invitation import Found, Outcome
from generations.models.price import dollars
from generations.models.single_sign_on import link_of
from generations.models.team import AWAY_SECONDS
from generations.presenters.days import day_of
from generations.presenters.second_factor import SecondFactor
from generations.queries import people as queries
from generations.queries.people import Month
from generations.rights import Viewer
from generations.translation import listed, sentences

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
        return self.person.is_staff or self.person.is_superuser

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
class InvitationRow:
    """Somebody who is invited and not here yet."""

    invitation: Invitation

    @property
    def is_open(self) -> bool:
        return self.invitation.is_open

    @property
    def address(self) -> str:
        """The whole address of its link, to be passed on; "" once it has ended. One to a gallery is only mailed, where
        mail is sent."""
        is_given = self.is_open and not (self.invitation.gallery_id and settings.EMAIL_URL)
        return f"{settings.SITE_URL}{self.invitation.get_absolute_url()}" if is_given else ""

    @property
    def line(self) -> str:
        """Whose link it is, and the link, for a list of several."""
        return f"{self.invitation.email}  {self.address}"

    @property
    def state(self) -> str:
        if not self.is_open:
            return _("Ended on %(day)s") % {"day": day_of(self.invitation.expires_at)}
        return _("Works until %(day)s") % {"day": day_of(self.invitation.expires_at)}

    @property
    def what(self) -> str:
        """What they are invited to, and as what."""
        said = {"role": self.invitation.get_role_display(), "place": self.invitation.place}
        return (_("%(role)s: gallery “%(place)s”") if self.invitation.gallery else _("%(role)s in %(place)s")) % said

    @property
    def invited(self) -> str:
        """Who invited them and when."""
        said = {"name": self.invitation.by or _("Somebody"), "day": day_of(self.invitation.sent_at)}
        return _("invited by %(name)s, %(day)s") % said


@dataclass(frozen=True)
class FoundRow:
    """An address that was pasted, and what happens when it is invited."""

    takes_wrong: ClassVar[bool] = True
    """Whether the others are invited where one is no address."""

    found: Found

    @property
    def what(self) -> str:
        return {
            Outcome.NEW: _("New"),
            Outcome.AGAIN: _("Invited already"),
            Outcome.JOINS: _("Has an account"),
            Outcome.MEMBER: _("In the team already"),
            Outcome.INACTIVE: _("Deactivated"),
            Outcome.WRONG: _("Not an address"),
        }[self.found.outcome]

    @property
    def then(self) -> str:
        return {
            Outcome.NEW: "",
            Outcome.AGAIN: _("gets the link again"),
            Outcome.JOINS: _("joins the team at once"),
            Outcome.MEMBER: _("keeps the role; gets nothing"),
            Outcome.INACTIVE: _("an administrator can activate the account"),
            Outcome.WRONG: _("the end is missing, such as .com, or a sign is too much"),
        }[self.found.outcome]

    @property
    def look(self) -> str:
        looks = {Outcome.NEW: "done", Outcome.JOINS: "done", Outcome.AGAIN: "wait", Outcome.WRONG: "stop"}
        return looks.get(self.found.outcome, "off")


@dataclass(frozen=True)
class FoundForGallery(FoundRow):
    """The same for a gallery. Who is known by name alone is said to be so; of anybody else it says no more than that
    they get a link, whether or not they have an account."""

    takes_wrong: ClassVar[bool] = False

    @property
    def what(self) -> str:
        here = {Outcome.JOINS: _("Somebody you know"), Outcome.MEMBER: _("Sees the gallery already")}
        return here.get(self.found.outcome) or super().what

    @property
    def then(self) -> str:
        here = {Outcome.JOINS: _("sees the gallery at once"), Outcome.WRONG: _("correct it or remove it")}
        return here.get(self.found.outcome) or super().then


def counted(rows: Sequence[FoundRow]) -> int:
    """How many of them something happens to."""
    if any(row.found.outcome == Outcome.WRONG and not row.takes_wrong for row in rows):
        return 0
    return sum(row.found.outcome in (Outcome.NEW, Outcome.AGAIN, Outcome.JOINS) for row in rows)


def invited_sentence(found: Sequence[Found]) -> str:
    """What was done, for the message on the page."""
    asked = sum(each.outcome in (Outcome.NEW, Outcome.AGAIN) for each in found)
    joined = sum(each.outcome == Outcome.JOINS for each in found)
    if settings.EMAIL_URL:
        mailed = ngettext("%(number)s person gets an email.", "%(number)s people get an email.", asked)
    else:
        mailed = ngettext("%(number)s link is ready to be copied.", "%(number)s links are ready to be copied.", asked)
    joins = ngettext("%(number)s person joined.", "%(number)s people joined.", joined)
    parts = [mailed % {"number": asked} if asked else "", joins % {"number": joined} if joined else ""]
    return sentences(parts) or _("Nobody new was found.")


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


@dataclass(frozen=True)
class PersonPage:
    """One account, for an administrator."""

    viewer: Viewer
    person: Person

    @property
    def seen(self) -> str:
        return last_seen(self.person)

    @property
    def left(self) -> str:
        """The day they were deactivated; "" where it is not known."""
        return day_of(self.person.deactivated_at) if self.person.deactivated_at else ""

    @property
    def may_end(self) -> bool:
        return rights.end_person.allows(self.viewer, self.person)

    @property
    def may_promote(self) -> bool:
        return rights.promote_person.allows(self.viewer, self.person)

    @property
    def may_erase(self) -> bool:
        return rights.erase_person.allows(self.viewer, self.person)

    @cached_property
    def holds(self) -> str:
        """The legal holds on the person as a whole, by their names."""
        return listed(queries.holds_on(self.viewer, self.person))

    @property
    def is_administrator(self) -> bool:
        return self.person.is_staff or self.person.is_superuser

    @cached_property
    def memberships(self) -> list[Membership]:
        return list(self.person.membership_set.select_related("team").order_by("pk"))

    @property
    def is_paused(self) -> bool:
        """Whether their prompts are taken no more in one of their teams."""
        return any(row.sending_paused_at for row in self.memberships)

    @property
    def roles(self) -> list[tuple[str, str, str]]:
        return roles()

    @cached_property
    def teams(self) -> list[Team]:
        """Those they can be added to."""
        return list(queries.teams_to_join(self.person))

    @cached_property
    def heirs(self) -> list[Person]:
        return queries.heirs_of(self.person)

    @cached_property
    def hand_over(self) -> HandOver | None:
        return queries.hand_overs([self.person.pk]).get(self.person.pk)

    @cached_property
    def devices(self) -> list[SignIn]:
        return list(SignIn.objects.lasting().filter(person=self.person))

    @cached_property
    def second_factor(self) -> SecondFactor:
        return SecondFactor(self.person)

    @cached_property
    def single_sign_on(self) -> str:
        """The address they come in with by single sign-on; "" where nothing is linked."""
        link = link_of(self.person)
        return str(link.extra_data.get("email") or link.uid) if link else ""

    @cached_property
    def work(self) -> queries.Work:
        return queries.work_of(self.person)

    @cached_property
    def month(self) -> Month:
        return queries.months_of([self.person.pk], None)[self.person.pk]

    @property
    def spent(self) -> str:
        return "" if self.month.spent is None else dollars(self.month.spent)
