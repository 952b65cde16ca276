"""What can hold of a row for a viewer: each condition both as a filter of a list and said of one row.

`rights` makes the rules of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from generations.models import (
    Batch,
    GalleryItem,
    GalleryMember,
    Image,
    Membership,
    Team,
    Verdict,
)
from generations.models.image import is_in_trash
from generations.models.review_policy import Gate, ReviewPolicy
from generations.viewer import Role, Viewer

NOTHING = Q(pk__in=[])


@dataclass(frozen=True)
class Condition:
    """`q` gives it as a filter, True for all rows and False for none; its text leads from the filtered rows to the row
    it is about, such as "batch__". `holds` says it of one row. Combined with & and |."""

    q: Callable[[Viewer, str], Q | bool]
    holds: Callable[[Viewer, models.Model], bool]

    def __and__(self, other: Condition) -> Condition:
        def q(viewer: Viewer, prefix: str) -> Q | bool:
            one = self.q(viewer, prefix)
            if isinstance(one, bool):
                return other.q(viewer, prefix) if one else False
            two = other.q(viewer, prefix)
            if isinstance(two, bool):
                return one if two else False
            return one & two

        return Condition(q, lambda viewer, row: self.holds(viewer, row) and other.holds(viewer, row))

    def __or__(self, other: Condition) -> Condition:
        def q(viewer: Viewer, prefix: str) -> Q | bool:
            one = self.q(viewer, prefix)
            if isinstance(one, bool):
                return True if one else other.q(viewer, prefix)
            two = other.q(viewer, prefix)
            if isinstance(two, bool):
                return True if two else one
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
        teams = [team.pk for team in viewer.policies.values() if holds(team)]
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
        gated = [team.pk for team in viewer.policies.values() if is_gated(team)]
        batches = Batch.objects.filter(pk=OuterRef(f"{prefix}batch"), team__in=gated)
        approved = Verdict.objects.filter(pk=OuterRef(f"{prefix}verdict"), state=Verdict.State.APPROVED)
        in_gated = Q(**{f"{prefix}team__in": gated}) | (Q(**{f"{prefix}team__isnull": True}) & Q(Exists(batches)))
        return in_gated & ~Q(Exists(approved)) if gated else False

    return Condition(q, (through("batch", in_team_that(is_gated)) & ~APPROVED).holds)


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


def _in_linked_gallery(viewer: Viewer, prefix: str) -> Q | bool:
    if viewer.link is None:
        return False
    items = GalleryItem.objects.filter(removed_at=None, gallery=viewer.link.gallery, gallery__deleted_at=None)
    return Q(**{f"{prefix}pk__in": items.values("image")})


def looked_for(q: Callable[[Viewer, str], Q | bool]) -> Condition:
    """The row is a picture that this filter finds: of one, too, the database is asked."""

    def holds(viewer: Viewer, row: models.Model) -> bool:
        here = q(viewer, "")
        return isinstance(here, Q) and Image.objects.filter(here, pk=row.pk).exists()

    return Condition(q, holds)


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


def _lies_in_trash(viewer: Viewer, row: Any) -> bool:
    deleted_at: datetime | None = row.deleted_at
    return deleted_at is not None and deleted_at > datetime.now(UTC) - timedelta(days=settings.TRASH_DAYS)


def _is_approved(viewer: Viewer, row: Any) -> bool:
    return row.verdict is not None and row.verdict.is_approval


APPROVED = Condition(lambda viewer, prefix: Q(**{f"{prefix}verdict__state": Verdict.State.APPROVED}), _is_approved)


def of_led_team() -> Condition:
    """The row, an entry of the record or what it is about, is of a team that the viewer leads."""
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
BY_LINK = looked_for(_in_linked_gallery) & passes_link()
NO_GUEST = Condition(lambda viewer, prefix: not viewer.is_guest, lambda viewer, row: not viewer.is_guest)
BY_PERSON = Condition(lambda viewer, prefix: viewer.person is not None, lambda viewer, row: viewer.person is not None)
BY_TOKEN = Condition(lambda viewer, prefix: viewer.token is not None, lambda viewer, row: viewer.token is not None)
KEPT, DRAWN, BROUGHT = empty("deleted_at"), empty("batch", is_empty=False), empty("batch")
