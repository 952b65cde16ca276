"""Who looks or acts: a person who is signed in, a share link, or a person's token."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models

from generations.models import (
    GalleryMember,
    Image,
    Membership,
    Person,
    ShareLink,
    Team,
)

Role = Membership.Role


class Scope(StrEnum):
    """What a share link shows and allows, and what a token is for. A person has every scope."""

    SEE = "see"
    DOWNLOAD = "download"
    CHOOSE = "choose"
    COMMENT = "comment"
    GENERATE = "generate"
    REVIEW = "review"
    MANAGE = "manage"


@dataclass(frozen=True)
class LinkAccess:
    """A share link: an outside door to one gallery. It has no person, so it sees nothing by anybody's teams."""

    gallery: int
    scopes: frozenset[Scope] = frozenset({Scope.SEE})
    approved_only: bool = False
    shows_prompts: bool = False
    gives_originals: bool = False
    gives_labelled: bool = False

    @classmethod
    def of(cls, link: ShareLink) -> LinkAccess:
        """What a link that is open shows and allows."""
        given = {Scope.DOWNLOAD: link.download, Scope.CHOOSE: link.choosing, Scope.COMMENT: link.commenting}
        return cls(
            link.gallery_id,
            frozenset({Scope.SEE, *(scope for scope, is_given in given.items() if is_given)}),
            approved_only=link.approved_only,
            shows_prompts=link.shows_prompts,
            gives_originals=link.download == ShareLink.Download.ORIGINAL,
            gives_labelled=link.download == ShareLink.Download.LABELLED,
        )


@dataclass(frozen=True)
class TokenAccess:
    """An API token: it acts as its person, as far as its scopes go."""

    scopes: frozenset[Scope] = frozenset({Scope.SEE, Scope.GENERATE, Scope.DOWNLOAD})


@dataclass(frozen=True)
class Viewer:
    """Whoever looks or acts: a person who is signed in, a share link, or a person's token. Made once a request: it
    remembers the person's teams after the first look."""

    person: Person | None = None
    link: LinkAccess | None = None
    token: TokenAccess | None = None

    @classmethod
    def holding_roles(cls, person: Person) -> Viewer:
        """A person with their roles as they stand, which nobody ends or changes before the transaction is over."""
        list(person.membership_set.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        return cls(Person.objects.get(pk=person.pk))

    @property
    def user(self) -> Person:
        """The person. Raises TypeError for a share link, whose pages ask for nobody."""
        if self.person is None:
            raise TypeError("A share link has no person.")
        return self.person

    @property
    def scopes(self) -> frozenset[Scope]:
        access = self.link or self.token
        return access.scopes if access else frozenset(Scope)

    @property
    def is_staff(self) -> bool:
        """Whether this is somebody who runs the installation. A link never is."""
        return self.person is not None and self.person.is_administrator

    @property
    def is_superuser(self) -> bool:
        """Whether nothing of the installation is closed to them."""
        return bool(self.person and self.person.is_superuser)

    @cached_property
    def runs_providers(self) -> bool:
        """Whether they say which addresses this server calls: staff with the permission to change providers."""
        return self.is_staff and self.user.has_perm("generations.change_provider")

    @cached_property
    def roles(self) -> dict[int, str]:
        """The teams that the person is in, by number, each with the role there."""
        if self.person is None:
            return {}
        return dict(self.person.membership_set.order_by().values_list("team", "role"))

    @cached_property
    def gallery_roles(self) -> dict[int, str]:
        """The galleries in which the person is named, each with what they may do there."""
        if self.person is None:
            return {}
        named = self.person.gallery_memberships.filter(gallery__deleted_at=None)
        return dict(named.values_list("gallery", "role"))

    @property
    def teams_led(self) -> list[int]:
        """The numbers of the teams that the person leads."""
        return [team for team, role in self.roles.items() if role == Role.LEAD]

    @property
    def leads(self) -> bool:
        """Whether there is a team whose people, queue and record are theirs to see to, or all of them."""
        return self.is_staff or bool(self.teams_led)

    @property
    def keeps_record(self) -> bool:
        """Whether they place holds, say how long things are kept, and have the record proved."""
        return self.is_staff and Scope.MANAGE in self.scopes

    @property
    def is_guest(self) -> bool:
        """Whether the person is in no team and only named in galleries, or came for one. They see those, what they made
        themselves, and nothing else; who came as a guest is one when the last of them is gone, too."""
        if self.person is None or self.is_staff or self.roles:
            return False
        return self.person.came_as_guest or bool(self.gallery_roles)

    @property
    def may_generate(self) -> bool:
        """Whether the person may have pictures made: a guest only where a gallery lets them add some."""
        filling = {GalleryMember.Role.CONTRIBUTE, GalleryMember.Role.MANAGE}
        return self.person is not None and (not self.is_guest or bool(filling & set(self.gallery_roles.values())))

    @cached_property
    def has_library(self) -> bool:
        """Whether there are pictures for them beside their galleries: a guest's own, if they make some or made some."""
        return self.may_generate or (self.person is not None and Image.objects.filter(person=self.person).exists())

    def is_in(self, team: int | None, roles: Collection[str]) -> bool:
        """Whether the person has one of these roles in this team; one query for all questions of a viewer."""
        return team is not None and self.roles.get(team) in roles

    @property
    def reviews(self) -> bool:
        """Whether there are pictures that the person may review: those of a team, for staff of every team."""
        return self.is_staff or bool({Role.REVIEWER, Role.LEAD} & set(self.roles.values()))

    @cached_property
    def policies(self) -> dict[int, Team]:
        """How all teams review, by their number; one query for all questions of a viewer."""
        return Team.objects.only("review", "review_approvals", "review_gates", "has_four_eyes").in_bulk()

    @property
    def asks_for_second_approvals(self) -> bool:
        """Whether any team asks for two."""
        return any(team.review_approvals > 1 for team in self.policies.values())

    def policy(self, team: int | None) -> Team | None:
        """How a team reviews."""
        return self.policies.get(team) if team else None

    @property
    def needs_second_factor(self) -> bool:
        """Whether the installation asks them for a second factor."""
        asked = {
            "nobody": lambda: False,
            "staff": lambda: self.is_staff,
            "reviewers": lambda: self.reviews,
            "everyone": lambda: self.person is not None,
        }
        return asked[settings.REQUIRE_SECOND_FACTOR]()

    def teams(self, roles: Collection[str]) -> models.QuerySet[Membership, Any]:
        """The teams in which the person has one of these roles, as a subquery."""
        memberships = Membership.objects.filter(person=self.person)
        if len(roles) < len(Role):
            memberships = memberships.filter(role__in=roles)
        return memberships.values("team")
