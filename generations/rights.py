"""Who may do what. Each verb is one rule, which gives both the Q for a list and the predicate for one row.

A rule is a condition on a row and a viewer, and the scope a share link or a token needs for it:

    may_cancel.q(viewer)              what of a list the viewer may cancel
    may_cancel.allows(viewer, batch)  whether the viewer may cancel this one

Both are worked out from the same condition, so that a page offers an action exactly when its POST is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from generations.models import (
    Batch,
    BatchReference,
    Gallery,
    GalleryItem,
    GalleryMember,
    Image,
    Membership,
    Person,
    ProviderModel,
    ShareLink,
    Team,
    Verdict,
)
from generations.models.image import is_in_trash
from generations.models.review_policy import Gate, ReviewPolicy

Role = Membership.Role
NOTHING = Q(pk__in=[])
Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


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
        return bool(self.person and (self.person.is_staff or self.person.is_superuser))

    @property
    def is_superuser(self) -> bool:
        """Whether nothing of the installation is closed to them."""
        return bool(self.person and self.person.is_superuser)

    @cached_property
    def runs_providers(self) -> bool:
        """Whether they say which addresses this server calls: staff with the permission to change providers."""
        return self.is_staff and self.user.has_perm("generations.change_provider")

    @cached_property
    def _roles(self) -> dict[int, str]:
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
    def roles(self) -> dict[int, str]:
        """The teams that the person is in, by number, each with the role there."""
        return self._roles

    @property
    def teams_led(self) -> list[int]:
        """The numbers of the teams that the person leads."""
        return [team for team, role in self._roles.items() if role == Role.LEAD]

    @property
    def may_manage_people(self) -> bool:
        """Whether there is a team for them to manage, or all of them."""
        return self.is_staff or bool(self.teams_led)

    @property
    def may_run_queue(self) -> bool:
        """Whether there is a queue for them to run: that of a team, or all of it."""
        return self.is_staff or bool(self.teams_led)

    @property
    def may_read_record(self) -> bool:
        """Whether there is anything in the record for them."""
        return self.is_staff or bool(self.teams_led)

    @property
    def keeps_record(self) -> bool:
        """Whether they place holds, say how long things are kept, and have the record proved."""
        return self.is_staff and Scope.MANAGE in self.scopes

    @property
    def is_guest(self) -> bool:
        """Whether the person is in no team and only named in galleries, or came for one. They see those, what they made
        themselves, and nothing else; who came as a guest is one when the last of them is gone, too."""
        if self.person is None or self.is_staff or self._roles:
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
        return team is not None and self._roles.get(team) in roles

    @property
    def reviews(self) -> bool:
        """Whether there are pictures that the person may review: those of a team, for staff of every team."""
        return self.is_staff or bool({Role.REVIEWER, Role.LEAD} & set(self._roles.values()))

    @cached_property
    def _policies(self) -> dict[int, Team]:
        return {
            team.pk: team for team in Team.objects.only("review", "review_approvals", "review_gates", "has_four_eyes")
        }

    @property
    def policies(self) -> Collection[Team]:
        """How all teams review."""
        return self._policies.values()

    @property
    def asks_for_second_approvals(self) -> bool:
        """Whether any team asks for two."""
        return any(team.review_approvals > 1 for team in self.policies)

    def policy(self, team: int | None) -> Team | None:
        """How a team reviews; one query for all questions of a viewer."""
        return self._policies.get(team) if team else None

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


# ── conditions: what holds of a row for a viewer ──


@dataclass(frozen=True)
class Condition:
    """`q` gives it as a filter, True for all rows and False for none; its text leads from the filtered rows to the row
    it is about, such as "batch__". `holds` says it of one row. Combined with & and |."""

    q: Callable[[Viewer, str], Q | bool]
    holds: Callable[[Viewer, models.Model], bool]

    def __and__(self, other: Condition) -> Condition:
        def q(viewer: Viewer, prefix: str) -> Q | bool:
            one, two = self.q(viewer, prefix), other.q(viewer, prefix)
            if isinstance(one, bool) or isinstance(two, bool):
                return two if one is True else one if two is True else False
            return one & two

        return Condition(q, lambda viewer, row: self.holds(viewer, row) and other.holds(viewer, row))

    def __or__(self, other: Condition) -> Condition:
        def q(viewer: Viewer, prefix: str) -> Q | bool:
            one, two = self.q(viewer, prefix), other.q(viewer, prefix)
            if isinstance(one, bool) or isinstance(two, bool):
                return two if one is False else one if two is False else True
            return one | two

        return Condition(q, lambda viewer, row: self.holds(viewer, row) or other.holds(viewer, row))

    def __invert__(self) -> Condition:
        def q(viewer: Viewer, prefix: str) -> Q | bool:
            found = self.q(viewer, prefix)
            return ~found if isinstance(found, Q) else not found

        return Condition(q, lambda viewer, row: not self.holds(viewer, row))


def mine(column: str = "person") -> Condition:
    """The person named by this column is the viewer."""
    return Condition(
        lambda viewer, prefix: Q(**{f"{prefix}{column}": viewer.person}) if viewer.person else False,
        lambda viewer, row: viewer.person is not None and getattr(row, f"{column}_id") == viewer.person.pk,
    )


def of_others() -> Condition:
    """The row's person is not the viewer."""
    return Condition(
        lambda viewer, prefix: ~Q(**{f"{prefix}person": viewer.person}) if viewer.person else True,
        lambda viewer, row: not mine().holds(viewer, row),
    )


def same_person(column: str, other: str) -> Condition:
    """Both columns name the same person, or the first nobody."""
    return Condition(
        lambda viewer, prefix: Q(**{f"{prefix}{column}": F(f"{prefix}{other}")}) | Q(**{f"{prefix}{column}": None}),
        lambda viewer, row: getattr(row, f"{column}_id") in (None, getattr(row, f"{other}_id")),
    )


def in_team(*roles: str) -> Condition:
    """The viewer has one of these roles in the row's team, or any role."""
    wanted = roles or tuple(Role.values)
    return Condition(
        lambda viewer, prefix: Q(**{f"{prefix}team__in": viewer.teams(wanted)}) if viewer.person else False,
        lambda viewer, row: viewer.is_in(_value(row, "team"), wanted),
    )


def _value(row: models.Model, column: str) -> Any:
    """A column's value; of a foreign key its number, so that no row is fetched."""
    return getattr(row, f"{column}_id") if hasattr(row, f"{column}_id") else getattr(row, column)


def in_team_that(holds: Callable[[Team], bool]) -> Condition:
    """The row is of a team that reviews in this way. Where no team does, the rows are not asked for theirs."""

    def q(viewer: Viewer, prefix: str) -> Q | bool:
        teams = [team.pk for team in viewer.policies if holds(team)]
        return Q(**{f"{prefix}team__in": teams}) if teams else False

    return Condition(q, lambda viewer, row: (team := viewer.policy(_value(row, "team"))) is not None and holds(team))


def waits_for_approval(gate: str) -> Condition:
    """The row is a picture that this gate holds back: its batch's team asks for an approval there, and it has none. Of
    a private picture its batch still names the team."""

    def is_gated(team: Team) -> bool:
        return team.review == ReviewPolicy.Review.REQUIRED and gate in team.review_gates

    def q(viewer: Viewer, prefix: str) -> Q | bool:
        """A picture repeats the team it is shown to: the batch is looked up of a private one alone, and the verdict of
        those that may wait. Thousands are counted by this, and joins would look both up for each."""
        gated = [team.pk for team in viewer.policies if is_gated(team)]
        batches = Batch.objects.filter(pk=OuterRef(f"{prefix}batch"), team__in=gated)
        approved = Verdict.objects.filter(pk=OuterRef(f"{prefix}verdict"), state=Verdict.State.APPROVED)
        in_gated = Q(**{f"{prefix}team__in": gated}) | (Q(**{f"{prefix}team__isnull": True}) & Q(Exists(batches)))
        return in_gated & ~Q(Exists(approved)) if gated else False

    return Condition(q, (through("batch", in_team_that(is_gated)) & ~APPROVED).holds)


def held_back_by_links(prefix: str = "") -> Q:
    """As a filter: the pictures that no share link shows before they are approved."""
    found = waits_for_approval(Gate.LINKS).q(Viewer(), prefix)
    return found if isinstance(found, Q) else NOTHING


def having(column: str, value: str) -> Condition:
    """The column has this value."""
    return Condition(
        lambda viewer, prefix: Q(**{f"{prefix}{column}": value}), lambda viewer, row: getattr(row, column) == value
    )


def empty(column: str, *, is_empty: bool = True) -> Condition:
    """The column is null, or is not."""
    return Condition(
        lambda viewer, prefix: Q(**{f"{prefix}{column}__isnull": is_empty}),
        lambda viewer, row: (_value(row, column) is None) is is_empty,
    )


def named_in_gallery(*roles: str) -> Condition:
    """The row is a gallery in which the viewer is named with one of these roles."""

    def q(viewer: Viewer, prefix: str) -> Q | bool:
        named = GalleryMember.objects.filter(person=viewer.person, role__in=roles)
        return Q(**{f"{prefix}pk__in": named.values("gallery")}) if viewer.person else False

    return Condition(q, lambda viewer, row: viewer.gallery_roles.get(row.pk) in roles)


def by_team_role(*roles: str) -> Condition:
    """The row is a gallery whose team gives the viewer one of these roles, and in which the viewer is not named."""

    def q(viewer: Viewer, prefix: str) -> Q | bool:
        named = GalleryMember.objects.filter(person=viewer.person)
        led = in_team(*roles).q(viewer, prefix)
        return led & ~Q(**{f"{prefix}pk__in": named.values("gallery")}) if isinstance(led, Q) else led

    def holds(viewer: Viewer, row: models.Model) -> bool:
        return row.pk not in viewer.gallery_roles and in_team(*roles).holds(viewer, row)

    return Condition(q, holds)


def through(column: str, condition: Condition) -> Condition:
    """The condition holds of the row that this column names."""
    return Condition(
        lambda viewer, prefix: condition.q(viewer, f"{prefix}{column}__"),
        lambda viewer, row: (other := getattr(row, column)) is not None and condition.holds(viewer, other),
    )


def itself() -> Condition:
    """The row is the viewer."""
    return Condition(
        lambda viewer, prefix: Q(**{f"{prefix}pk": viewer.person.pk}) if viewer.person else False,
        lambda viewer, row: row == viewer.person,
    )


def not_above() -> Condition:
    """The row is a person who is no superuser, unless the viewer is one."""
    return Condition(
        lambda viewer, prefix: viewer.is_superuser or Q(**{f"{prefix}is_superuser": False}),
        lambda viewer, row: viewer.is_superuser or not _value(row, "is_superuser"),
    )


def shares_a_team() -> Condition:
    """The row is a person who is in a team of the viewer's."""
    return Condition(
        lambda viewer, prefix: Q(**{f"{prefix}teams__in": viewer.teams(Role.values)}) if viewer.person else False,
        lambda viewer, row: Membership.objects.filter(person=row.pk, team__in=viewer.teams(Role.values)).exists(),
    )


def lies_in_gallery(rule: Callable[[], Rule]) -> Condition:
    """The row is a picture in a gallery of which this rule holds; one that stands further down."""

    def q(viewer: Viewer, prefix: str) -> Q:
        galleries = rule().of(viewer, Gallery.objects.all()).values("pk")
        items = GalleryItem.objects.filter(removed_at=None, gallery__in=galleries)
        return Q(**{f"{prefix}pk__in": items.values("image")})

    return Condition(q, lambda viewer, row: Image.objects.filter(q(viewer, ""), pk=row.pk).exists())


def _in_linked_gallery(viewer: Viewer, prefix: str) -> Q | bool:
    if viewer.link is None:
        return False
    items = GalleryItem.objects.filter(removed_at=None, gallery=viewer.link.gallery, gallery__deleted_at=None)
    return Q(**{f"{prefix}pk__in": items.values("image")})


def _is_in_linked_gallery(viewer: Viewer, row: models.Model) -> bool:
    here = _in_linked_gallery(viewer, "")
    return isinstance(here, Q) and Image.objects.filter(here, pk=row.pk).exists()


def passes_link() -> Condition:
    """The viewer is a share link, which shows the picture where it lies in the link's gallery: it is approved, or the
    link does not ask for it and its team neither."""

    def passing(viewer: Viewer) -> Condition:
        return APPROVED if viewer.link and viewer.link.approved_only else ~waits_for_approval(Gate.LINKS)

    return Condition(
        lambda viewer, prefix: passing(viewer).q(viewer, prefix) if viewer.link else False,
        lambda viewer, row: viewer.link is not None and passing(viewer).holds(viewer, row),
    )


def link_has(right: str) -> Condition:
    """The viewer is a share link that says so."""

    def holds(viewer: Viewer) -> bool:
        return viewer.link is not None and bool(getattr(viewer.link, right))

    return Condition(lambda viewer, prefix: holds(viewer), lambda viewer, row: holds(viewer))


def _is_used_in_what_is_seen(viewer: Viewer, prefix: str) -> Q:
    batches = see_batch.of(viewer, Batch.objects.all()).values("pk")
    return Q(**{f"{prefix}pk__in": BatchReference.objects.filter(batch__in=batches).values("image")})


def _is_used(viewer: Viewer, row: models.Model) -> bool:
    return Image.objects.filter(_is_used_in_what_is_seen(viewer, ""), pk=row.pk).exists()


def _lies_in_trash(viewer: Viewer, row: Any) -> bool:
    deleted_at: datetime | None = row.deleted_at
    return deleted_at is not None and deleted_at > datetime.now(UTC) - timedelta(days=settings.TRASH_DAYS)


def _is_approved(viewer: Viewer, row: Any) -> bool:
    return row.verdict is not None and row.verdict.state == Verdict.State.APPROVED


APPROVED = Condition(lambda viewer, prefix: Q(**{f"{prefix}verdict__state": Verdict.State.APPROVED}), _is_approved)


def of_led_team() -> Condition:
    """The row is an entry of the record about a team that the viewer leads."""
    led = (Role.LEAD,)
    return Condition(
        lambda viewer, prefix: Q(**{f"{prefix}team_id__in": viewer.teams(led)}) if viewer.person else False,
        lambda viewer, row: viewer.is_in(_value(row, "team"), led),
    )


STAFF = Condition(lambda viewer, prefix: viewer.is_staff, lambda viewer, row: viewer.is_staff)
SUPERUSER = Condition(lambda viewer, prefix: viewer.is_superuser, lambda viewer, row: viewer.is_superuser)
RUNS_PROVIDERS = Condition(lambda viewer, prefix: viewer.runs_providers, lambda viewer, row: viewer.runs_providers)
IN_TRASH = Condition(lambda viewer, prefix: is_in_trash(prefix), _lies_in_trash)
TAKEN_DOWN = Condition(
    lambda viewer, prefix: (
        Q(**{f"{prefix}deleted_by__isnull": False}) & ~Q(**{f"{prefix}deleted_by": F(f"{prefix}person")})
    ),
    lambda viewer, row: _value(row, "deleted_by") not in (None, _value(row, "person")),
)
IN_A_GALLERY = lies_in_gallery(lambda: see_gallery)
IN_A_MANAGED_GALLERY = lies_in_gallery(lambda: manage_gallery)
BY_LINK = Condition(_in_linked_gallery, _is_in_linked_gallery) & passes_link()
NO_GUEST = Condition(lambda viewer, prefix: not viewer.is_guest, lambda viewer, row: not viewer.is_guest)
BY_PERSON = Condition(lambda viewer, prefix: viewer.person is not None, lambda viewer, row: viewer.person is not None)
BY_TOKEN = Condition(lambda viewer, prefix: viewer.token is not None, lambda viewer, row: viewer.token is not None)
KEPT, DRAWN, BROUGHT = empty("deleted_at"), empty("batch", is_empty=False), empty("batch")


# ── rules: one for each verb ──


@dataclass(frozen=True)
class Rule:
    """A verb's condition, and the scope that a share link or a token needs for it."""

    condition: Condition
    scope: Scope

    def q(self, viewer: Viewer, prefix: str = "") -> Q:
        """As a filter; `prefix` leads from the filtered rows to the rows it is about."""
        if self.scope not in viewer.scopes:
            return NOTHING
        found = self.condition.q(viewer, prefix)
        return found if isinstance(found, Q) else Q() if found else NOTHING

    def allows(self, viewer: Viewer, row: models.Model) -> bool:
        """Whether the viewer may do it to this row."""
        return self.scope in viewer.scopes and self.condition.holds(viewer, row)

    def of(self, viewer: Viewer, rows: Rows, prefix: str = "") -> Rows:
        """Those of these rows to which the viewer may do it."""
        return rows.filter(self.q(viewer, prefix))


_named = tuple(GalleryMember.Role.values)
_contributing = (GalleryMember.Role.CONTRIBUTE, GalleryMember.Role.MANAGE)
_gallery_around = mine() | named_in_gallery(*_named) | in_team()
see_gallery: Rule = Rule(KEPT & (STAFF | _gallery_around), Scope.SEE)
"""One's own, those one is named in, those of one's teams; for staff all."""
gallery_around = Rule(KEPT & _gallery_around, Scope.SEE)
"""As `see_gallery`, for staff too only what they are part of."""
fill_gallery = Rule(
    KEPT & empty("archived_at") & (STAFF | mine() | named_in_gallery(*_contributing) | by_team_role()), Scope.GENERATE
)
"""Put pictures in, take them out, order them, unless it is archived: a team's people, unless a name says otherwise."""
manage_gallery: Rule = Rule(
    KEPT & (STAFF | mine() | named_in_gallery(GalleryMember.Role.MANAGE) | by_team_role(Role.LEAD)), Scope.MANAGE
)
"""Change what it is called and who is in it, archive, delete and share it: its person, who leads its team, staff."""
read_feedback = Rule(see_gallery.condition & (NO_GUEST | mine() | named_in_gallery(*_contributing)), Scope.SEE)
"""Read what clients chose and wrote by its share links: who sees it, but for a guest who only looks. They may be one
client's, and learn nothing of another here."""
manage_link = Rule(through("gallery", manage_gallery.condition), Scope.MANAGE)
"""Copy a share link again, and end it."""
reopen_visitor = Rule(KEPT & through("link", manage_link.condition), Scope.MANAGE)
"""Let a visitor of a share link change again what they sent: who manages the link."""
delete_visitor = Rule((KEPT | IN_TRASH) & through("link", manage_link.condition), Scope.MANAGE)
"""Take a visitor out of sight with all they chose and wrote. A second click finds it done."""
restore_visitor = delete_visitor
"""Bring them back, as long as what was deleted is kept."""
see_client = Rule(KEPT & (STAFF | in_team()), Scope.SEE)
"""Know of a client, and share a gallery of one's own with it: the people of its team."""
manage_client = Rule(KEPT & (STAFF | mine() | in_team(Role.LEAD)), Scope.MANAGE)
"""Copy a client's address, change its look and contacts, put it away: who made it, who leads its team, staff."""
restore_client = Rule(IN_TRASH & (STAFF | mine() | in_team(Role.LEAD)), Scope.MANAGE)
restore_gallery = Rule(IN_TRASH & (STAFF | mine() | mine("deleted_by")), Scope.MANAGE)

_shown_to_team = having("visibility", Batch.Visibility.TEAM)
_own_or_led = mine() | (_shown_to_team & in_team(Role.LEAD))

_shown_in_gallery = having("visibility", Batch.Visibility.GALLERY) & through("gallery", see_gallery.condition)

see_batch = Rule(STAFF | mine() | (_shown_to_team & in_team()) | _shown_in_gallery, Scope.SEE)
"""One's own, those shown to a team of one's own or in a gallery that one sees, for staff all."""
batch_around = Rule(mine() | (_shown_to_team & in_team()), Scope.SEE)
"""As `see_batch`, for staff too only their own and their teams': what lists show until one asks for everybody's."""
cancel_batch = Rule(STAFF | _own_or_led, Scope.GENERATE)
"""Its person, who leads the team it is shown to, staff."""

private_batch = Rule(STAFF & of_others() & having("visibility", Batch.Visibility.PRIVATE), Scope.SEE)
"""What staff see although it is private to somebody: that they opened it is recorded."""
own_batch = Rule(mine(), Scope.SEE)
remove_batch = Rule(mine(), Scope.MANAGE)
"""Take what failed out of the feed, and put it back: its person."""
show_batch = Rule(cancel_batch.condition, Scope.MANAGE)
"""Change who sees it: its person, who leads the team it is shown to, staff."""
undo_audience = Rule(mine() & (STAFF | through("batch", mine()) | in_team(Role.LEAD)), Scope.MANAGE)
"""Undo one's own change of it, as long as one could make it once more."""

see_generation = Rule(through("batch", see_batch.condition), Scope.SEE)
generation_around = Rule(through("batch", batch_around.condition), Scope.SEE)
cancel_generation = Rule(through("batch", cancel_batch.condition), Scope.GENERATE)
retry_batch = Rule(STAFF | mine(), Scope.GENERATE)
retry_generation = Rule(through("batch", retry_batch.condition), Scope.GENERATE)
"""Send it again, read its kept answer again, save its request: its person and staff."""

_of_led_team = Condition(
    lambda viewer, prefix: Q(**{f"{prefix}pk__in": viewer.teams((Role.LEAD,))}) if viewer.person else False,
    lambda viewer, row: viewer.is_in(row.pk, (Role.LEAD,)),
)
manage_team = Rule(STAFF | _of_led_team, Scope.MANAGE)
"""Invite people to a team and name it: who leads it, and staff."""
manage_membership = Rule(STAFF | in_team(Role.LEAD), Scope.MANAGE)
"""Change somebody's role in a team, or take them out of it: who leads it, and staff."""
_into_team = empty("team", is_empty=False) & through("team", manage_team.condition)
invite_to_gallery = Rule(manage_gallery.condition & NO_GUEST, Scope.MANAGE)
"""Ask people from outside into a gallery: who manages it and is no guest, or guests would bring guests."""
_into_gallery = empty("gallery", is_empty=False) & through("gallery", invite_to_gallery.condition)
manage_invitation = Rule(_into_team | _into_gallery, Scope.MANAGE)
"""Copy the link of an invitation, send it again, revoke it: who manages the team or the gallery it is for."""
manage_group_role = Rule(STAFF, Scope.MANAGE)
"""Say which group of single sign-on gives which role in which team: staff."""
run_person = Rule(STAFF, Scope.MANAGE)
"""See an account as a whole and end its sessions: staff."""
end_person = Rule(STAFF & ~itself() & not_above(), Scope.MANAGE)
"""Deactivate an account and hand its work over, activate it, change how it signs in: staff, nobody their own, and a
superuser’s a superuser alone."""
promote_person = Rule(SUPERUSER & ~itself(), Scope.MANAGE)
"""Make an account an administrator, or no longer: superusers, nobody their own."""
manage_team_review = Rule(STAFF | _of_led_team, Scope.MANAGE)
"""Say how a team reviews: who leads it, and staff."""
_refused_by = STAFF | (_shown_to_team & in_team(Role.REVIEWER, Role.LEAD))
see_refused_generation = Rule(through("batch", _refused_by), Scope.REVIEW)
"""Among the prompts that were refused or failed, those of the teams one reviews."""
pause_membership = Rule((STAFF | in_team(Role.LEAD)) & of_others(), Scope.MANAGE)
"""Take no more prompts of somebody for a team: who leads it, and staff; nobody of their own."""
write_to_membership = Rule((STAFF | in_team(Role.REVIEWER, Role.LEAD)) & of_others(), Scope.REVIEW)
"""Write somebody a note about their refused prompts: who reviews in a team of theirs, and staff."""

see_queued_generation = Rule(through("batch", STAFF | (_shown_to_team & in_team(Role.LEAD))), Scope.MANAGE)
"""Have it in the queue: who leads the team it is shown to; staff all."""

erase_person = Rule(STAFF & ~itself() & not_above(), Scope.MANAGE)
"""Erase somebody for good: staff, nobody their own account, and a superuser’s a superuser alone."""
export_person = Rule(STAFF | itself(), Scope.MANAGE)
"""Have everything about somebody as a ZIP: the person, and staff."""
manage_hold = Rule(STAFF, Scope.MANAGE)
"""Place and release legal holds, and know of them: staff."""
manage_retention = Rule(STAFF, Scope.MANAGE)
"""Say how long things are kept, and have what is due removed: staff."""
read_entry = Rule(STAFF | of_led_team(), Scope.MANAGE)
"""Read an entry of the record: who leads the team it is about; staff all of them."""
know_person = Rule(STAFF | itself() | shares_a_team(), Scope.SEE)
"""Be told how somebody is called: oneself, who shares a team, for staff everybody."""

_around = mine() | in_team()
image_around = Rule(KEPT & DRAWN & _around, Scope.SEE)
"""What a model drew for the viewer or what is shown to a team of theirs, also for staff. From one index, without a
join: the library pages through 100,000 of them."""
place_image = Rule(KEPT & DRAWN & _around, Scope.GENERATE)
"""Put it into a gallery, where others come to see it: one's own, or what a team of one's own sees already. What one
sees through a gallery alone is for those who put it there to show elsewhere."""
see_drawn = Rule(KEPT & DRAWN & (STAFF | _around | IN_A_GALLERY), Scope.SEE)
"""Also what lies in a gallery that one sees, whoever may see its batch."""
see_shared = Rule(KEPT & DRAWN & BY_LINK, Scope.SEE)
"""What a share link shows: the picture alone."""
_given_by_link = ~waits_for_approval(Gate.DOWNLOADS) & (
    ~link_has("gives_labelled") | ~waits_for_approval(Gate.LABELLED)
)
download_shared = Rule(see_shared.condition & _given_by_link, Scope.DOWNLOAD)
"""Have the file that a share link gives: where its team requires an approval for such files, clients wait for it."""
choose_shared = Rule(see_shared.condition, Scope.CHOOSE)
remark_shared = Rule(see_shared.condition, Scope.COMMENT)
"""Choose, and comment on, what a share link shows, where it allows that."""
see_image = Rule(
    KEPT & (STAFF | _around | IN_A_GALLERY | Condition(_is_used_in_what_is_seen, _is_used) | (DRAWN & BY_LINK)),
    Scope.SEE,
)
"""Also the references in batches that one may see, whoever brought or drew them: the picture alone."""
read_image = Rule(
    see_image.condition & (BROUGHT | see_drawn.condition | (BY_LINK & link_has("shows_prompts"))), Scope.SEE
)
"""Of those the ones whose words one may read too: what was drawn in private and then used as a reference is seen where
it is used, but what was asked for it stays its person's own."""
annotate_image = Rule(read_image.condition & BY_PERSON & (NO_GUEST | mine()), Scope.MANAGE)
"""Tag it and say what it shows, for everybody who sees it: who may read it, but for guests."""
_judge = STAFF | in_team(Role.REVIEWER, Role.LEAD)
_reviews = ~in_team_that(lambda team: team.review == ReviewPolicy.Review.OFF)
_has_four_eyes = in_team_that(lambda team: team.has_four_eyes)
review_image = Rule(KEPT & DRAWN & _judge & _reviews & (of_others() | ~_has_four_eyes), Scope.REVIEW)
"""Reviewers and leads of the team it is shown to, and staff; where the team reviews with four eyes, nobody their
own."""
await_review = Rule(review_image.condition & empty("team", is_empty=False) & empty("verdict"), Scope.REVIEW)
"""Of those what a team sees and nobody has decided yet."""
own_notification = Rule(mine(), Scope.SEE)
"""What one was told, nobody else reads."""
prove_image = Rule(KEPT & DRAWN & (STAFF | in_team(Role.LEAD)), Scope.MANAGE)
"""Make an evidence pack of it: who leads the team it is shown to, and staff."""
delete_image = Rule(KEPT & mine(), Scope.MANAGE)
take_down_image = Rule(KEPT & of_others() & (STAFF | in_team(Role.LEAD)), Scope.MANAGE)
"""Put somebody else's picture into their trash: who leads the team it is shown to, and staff."""
restore_image = Rule(
    IN_TRASH & (STAFF | (TAKEN_DOWN & in_team(Role.LEAD)) | (mine() & (mine("deleted_by") | empty("deleted_by")))),
    Scope.MANAGE,
)
"""One's own that one deleted; what was taken down comes back by who leads its team; staff restore anything."""
see_trash = Rule(IN_TRASH & mine(), Scope.SEE)
"""One's own that were deleted, by whomever."""
open_deleted = Rule(restore_image.condition | see_trash.condition, Scope.SEE)
_passes_api = ~BY_TOKEN | ~waits_for_approval(Gate.API)
see_original = Rule(
    (
        (read_image.condition & (see_drawn.condition | mine() | STAFF))
        | (download_shared.condition & link_has("gives_originals"))
        | open_deleted.condition
    )
    & _passes_api,
    Scope.DOWNLOAD,
)
"""Have the bytes with all they say; of a reference that somebody else brought only the copy without metadata. Where its
team requires an approval for the API, a token waits for it, whoever's it is."""

prove_original = Rule(BY_PERSON & (STAFF | see_original.condition), Scope.DOWNLOAD)
"""Have the original of a reference in an evidence pack: whom it is for anyway; staff, who see every exchange, also one
that is gone from the trash."""

download_image = Rule(
    BY_PERSON
    & (see_image.condition | open_deleted.condition)
    & (mine() | _judge | ~waits_for_approval(Gate.DOWNLOADS))
    & _passes_api,
    Scope.DOWNLOAD,
)
"""Of what one may see, have the file: where its team requires an approval before, its author and its reviewers do not
wait for it; a token waits, whoever's it is, where the API is among what requires one."""
label_image = Rule(download_image.condition & ~waits_for_approval(Gate.LABELLED), Scope.DOWNLOAD)
"""Have a labelled copy, with which a picture goes out: where its team requires an approval before, everybody waits."""

discuss_image = Rule(see_drawn.condition, Scope.COMMENT)
"""Write about it, and read what others wrote: everybody who sees it by their teams or in a gallery."""
_on_seen = through("image", see_drawn.condition)
_of_client = empty("author")
_open_to_guests = ~_of_client | through("gallery", read_feedback.condition)
_in_thread = empty("parent", is_empty=False)
_heard = NO_GUEST | (_open_to_guests & (~_in_thread | through("parent", _open_to_guests)))
hear_comment = Rule(BY_PERSON & _heard, Scope.SEE)
"""Of what is said about a picture one sees: all; a guest hears clients, and what answers them, where their feedback is
theirs to read."""
see_comment = Rule(KEPT & _on_seen & _heard, Scope.SEE)
edit_comment = Rule(KEPT & mine("author") & _on_seen, Scope.COMMENT)
"""One's own."""
_for_manager = _of_client & through("gallery", manage_gallery.condition)
"""What a client wrote in a gallery that the viewer manages. Others may put the picture into galleries of their own."""
_moderated_by = STAFF | through("image", in_team(Role.LEAD)) | _for_manager
delete_comment = Rule(KEPT & _on_seen & (mine("author") | _moderated_by), Scope.COMMENT)
"""One's own; also who leads the team the picture is shown to, and staff. What a client wrote, who manages the gallery
it was written in: nobody else is there for it."""
_taken_back = same_person("deleted_by", "author")
restore_comment = Rule(IN_TRASH & _on_seen & (mine("deleted_by") | (_moderated_by & ~_taken_back)), Scope.COMMENT)
"""What one deleted oneself; who moderates, also what another moderator deleted, and nothing that its author took
back."""
_picture_settled_by = STAFF | mine() | in_team(Role.LEAD)
_settled_by = (
    through("image", _picture_settled_by) | _for_manager | (~_of_client & through("image", IN_A_MANAGED_GALLERY))
)
resolve_comment = Rule(KEPT & empty("parent") & _on_seen & (mine("author") | _settled_by), Scope.COMMENT)
"""Close a thread, and open it again: who began it, whose picture it is, who leads the team it is shown to, staff; who
manages a gallery it lies in, but a client's only who manages the gallery it was written in."""


def _usable(viewer: Viewer, prefix: str) -> Q | bool:
    roles, teams = viewer.roles, ProviderModel.teams.through.objects
    chosen = Q(**{f"{prefix}pk__in": teams.values("providermodel")})
    mine = Q(**{f"{prefix}pk__in": teams.filter(team__in=roles).values("providermodel")})
    found = Q(**{f"{prefix}roles": ""}) & (~chosen | mine)
    for role in set(roles.values()):
        led = teams.filter(team__in=[team for team, own in roles.items() if own == role])
        led_here = Q(**{f"{prefix}pk__in": led.values("providermodel")})
        found |= Q(**{f"{prefix}roles__contains": role}) & (~chosen | led_here)
    return found if viewer.person else False


def _is_usable(viewer: Viewer, row: models.Model) -> bool:
    assert isinstance(row, ProviderModel), "as named"
    teams, wanted = {team.pk for team in row.teams.all()}, set(row.roles.split())
    mine = [role for team, role in viewer.roles.items() if not teams or team in teams]
    if wanted:
        return bool(wanted & set(mine))
    return viewer.person is not None and (not teams or bool(mine))


use_model = Rule(STAFF | Condition(_usable, _is_usable), Scope.GENERATE)
"""Have pictures drawn by it: everyone, or the teams and roles it is for; staff."""
manage_provider = Rule(RUNS_PROVIDERS, Scope.MANAGE)
"""Add, change, test and switch a provider and what it offers: staff who may change providers."""
manage_model = Rule(RUNS_PROVIDERS, Scope.MANAGE)


def shown_of(viewer: Viewer, gallery: Gallery, prefix: str = "") -> Q:
    """As a filter of the pictures in this gallery: those that the viewer's share link shows. It is `see_shared` for
    queries that read the gallery's items themselves, in their order and only as far as they must: asked once more which
    pictures lie there, the database would gather them all."""
    is_its = viewer.link is not None and viewer.link.gallery == gallery.pk and gallery.deleted_at is None
    return Rule(KEPT & DRAWN & passes_link(), Scope.SEE).q(viewer, prefix) if is_its else NOTHING


def gives_shown(viewer: Viewer, image: Image) -> bool:
    """Whether the viewer's share link gives the file of a picture that it is known to show. It is `download_shared` for
    pages, which show many."""
    return download_shared.scope in viewer.scopes and _given_by_link.holds(viewer, image)


def people_who_see(image: Image) -> Q:
    """As a filter of people: who may see this picture, which somebody drew and nobody deleted. It is `see_drawn` asked
    the other way round."""
    galleries = Gallery.objects.kept().filter(items__image=image, items__removed_at=None)
    return (
        Q(is_staff=True) | Q(is_superuser=True) | Q(pk=image.person_id) | _in_team(image.team_id) | people_of(galleries)
    )


def _in_team(team: int | None) -> Q:
    return Q(pk__in=Membership.objects.filter(team=team).values("person")) if team else NOTHING


def people_of(galleries: models.QuerySet[Gallery]) -> Q:
    """As a filter of people: whose these galleries are, who is named in them, and their teams."""
    teams = galleries.exclude(team=None).order_by().values("team")
    return (
        Q(pk__in=galleries.order_by().values("person"))
        | Q(pk__in=GalleryMember.objects.filter(gallery__in=galleries.order_by().values("pk")).values("person"))
        | Q(pk__in=Membership.objects.filter(team__in=teams).values("person"))
    )
