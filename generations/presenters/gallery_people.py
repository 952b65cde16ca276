"""Who sees a gallery and who is invited into it, for who manages it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import rights
from generations.models import Gallery, GalleryMember, Membership, Person, Team
from generations.models.inviting import Found, Outcome
from generations.presenters.invitations import InvitationRow
from generations.queries.gallery_people import invitations_to, members_of, people_to_name, team_of
from generations.translation import listed, sentences
from generations.viewer import Viewer


@dataclass(frozen=True)
class GalleryPeople:
    """The page of a gallery's people."""

    viewer: Viewer
    gallery: Gallery

    @property
    def here(self) -> str:
        """Its own address, to come back to."""
        return reverse("gallery_people", args=[self.gallery.key])

    @property
    def sends_mail(self) -> bool:
        return bool(settings.EMAIL_URL)

    @cached_property
    def members(self) -> list[GalleryMember]:
        return members_of(self.gallery)

    @cached_property
    def team(self) -> list[Membership]:
        return team_of(self.gallery)

    @cached_property
    def others(self) -> list[Person]:
        """Whom the viewer knows and could name."""
        return people_to_name(self.viewer, self.gallery)

    @cached_property
    def teams(self) -> list[Team]:
        """One's own teams, and the one that sees it now."""
        own = list(self.viewer.user.teams.order_by("membership__pk"))
        return own if self.gallery.team is None or self.gallery.team in own else [self.gallery.team, *own]

    @property
    def roles(self) -> list[tuple[str, str]]:
        return [(role.value, str(role.label)) for role in GalleryMember.Role]

    @property
    def may_invite(self) -> bool:
        """Whether the viewer may ask people from outside into it."""
        return rights.invite_to_gallery.allows(self.viewer, self.gallery)

    @cached_property
    def invitations(self) -> list[InvitationRow]:
        return [InvitationRow(row) for row in invitations_to(self.gallery)]

    @property
    def links(self) -> list[InvitationRow]:
        """Those whose link works and may be copied, to be copied all at once."""
        return [row for row in self.invitations if row.address]


def asked_sentence(found: Sequence[Found]) -> str:
    """What was done, for the message on the page. Of who is invited it says the same, whether or not they have an
    account."""
    asked = sum(each.outcome in (Outcome.NEW, Outcome.AGAIN) for each in found)
    named = [str(each.person) for each in found if each.outcome == Outcome.JOINS]
    there = [each.address.email for each in found if each.outcome == Outcome.MEMBER]
    closed = [each.address.email for each in found if each.outcome == Outcome.INACTIVE]
    invited = ngettext("%(number)s person is invited.", "%(number)s people are invited.", asked)
    added = ngettext("%(names)s sees the gallery now.", "%(names)s see the gallery now.", len(named))
    known = ngettext("%(names)s is here already.", "%(names)s are here already.", len(there))
    ended = ngettext("%(names)s is deactivated.", "%(names)s are deactivated.", len(closed))
    return sentences(
        [
            invited % {"number": asked} if asked else "",
            added % {"names": listed(named)} if named else "",
            known % {"names": listed(there)} if there else "",
            ended % {"names": listed(closed)} if closed else "",
        ]
    ) or _("Nobody new was found.")
