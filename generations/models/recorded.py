"""What the record says of a row that is changed column by column, as the administration does."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import models

from generations.models.audit_entry import Subject, Values, record
from generations.models.gallery import Gallery
from generations.models.price import Price
from generations.models.provider import Provider
from generations.models.provider_model import ProviderModel
from generations.models.retention_rule import RetentionRule
from generations.models.team import Membership, Person, Team

SAID: dict[type[models.Model], tuple[str, ...]] = {
    Person: ("is_active", "is_staff", "is_superuser"),
    Membership: ("role",),
    Provider: (
        "base_url",
        "is_enabled",
        "running_limit",
        "minute_limit",
        "connect_timeout",
        "write_timeout",
        "idle_timeout",
        "total_timeout",
        "retry_unclear",
        "request_limit",
        "compresses",
    ),
    ProviderModel: ("is_enabled", "rank", "max_n", "max_references", "max_reference_side", "placement", "roles"),
    RetentionRule: ("kind", "days"),
    Price: ("amount", "size", "quality"),
}
"""Columns whose values an entry has. Of others that changed it has the name alone."""
VERBS: dict[type[models.Model], tuple[str, str, str]] = {
    Person: ("added_person", "changed_person", "removed_person"),
    Team: ("added_team", "changed_team", "removed_team"),
    Membership: ("gave_role", "changed_role", "took_role"),
    Provider: ("added_provider", "changed_provider", "removed_provider"),
    RetentionRule: ("set_retention", "set_retention", "unset_retention"),
    ProviderModel: ("added_model", "changed_model", "removed_model"),
}
"""The verbs of a row that is made, changed and deleted."""


def values_of(row: models.Model, names: Iterable[str] | None = None) -> dict[str, Any]:
    """The columns of a row that an entry may say, or those of them with these names."""
    said = SAID.get(type(row), ())
    return {name: _plain(getattr(row, name)) for name in said if names is None or name in names}


def record_made(row: models.Model) -> None:
    """Add the entry of a row that was made by hand."""
    if isinstance(row, Price):
        record("set_price", Subject.of(row.model), after=values_of(row))
    elif type(row) in VERBS:
        record(VERBS[type(row)][0], subject_of(row), after=_within(row, values_of(row)))


def record_changed(row: models.Model, names: Iterable[str], before: Values) -> None:
    """Add the entry of a row of which these columns were changed by hand; `before` are the values they had."""
    names = sorted(names)
    if type(row) not in VERBS or not names:
        return
    verb = VERBS[type(row)][1]
    if isinstance(row, Person) and "is_active" in names:
        verb = "activated" if row.is_active else "deactivated"
    after = values_of(row, names) | {"changed": names}
    record(verb, subject_of(row), before=_within(row, before), after=_within(row, after))


def record_removed(row: models.Model) -> None:
    """Add the entry of a row that is about to be deleted by hand."""
    if isinstance(row, Gallery):
        record("purged_gallery", row)
    elif type(row) in VERBS:
        record(VERBS[type(row)][2], subject_of(row), before=_within(row, values_of(row)))


def subject_of(row: models.Model) -> Subject:
    """What the entry is about: of a membership its person, for who leads its team to read."""
    if isinstance(row, Membership):
        return Subject("person", str(row.person_id), row.team_id)
    return Subject.of(row, row.pk if isinstance(row, Team) else None)


def _within(row: models.Model, values: Values) -> Values:
    """With the team that a role is in."""
    return {**values, "team": row.team.key} if isinstance(row, Membership) else values


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
