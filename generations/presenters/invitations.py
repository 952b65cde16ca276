"""Who is invited, and what comes of the addresses that are pasted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations.models import Invitation
from generations.models.inviting import Found, Outcome
from generations.presenters.days import day_of
from generations.translation import sentences


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
