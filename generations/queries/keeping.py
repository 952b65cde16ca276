"""How long things are kept, who was erased, and how the record was found."""

from __future__ import annotations

from generations import rights
from generations.models import Erasure, RecordHead, RetentionRule, Team
from generations.viewer import Viewer

MAX_SHOWN = 200


def rules_of(viewer: Viewer, team: Team | None) -> dict[str, int]:
    """The days of each kind that has a rule for this team, or for everybody."""
    rules = rights.manage_retention.of(viewer, RetentionRule.objects.filter(team=team))
    return dict(rules.values_list("kind", "days"))


def teams_with_rules(viewer: Viewer) -> set[int]:
    """The numbers of the teams that have rules of their own."""
    rules = rights.manage_retention.of(viewer, RetentionRule.objects.exclude(team=None))
    return set(rules.values_list("team", flat=True))


def teams_to_keep_for(viewer: Viewer) -> list[Team]:
    """All teams, for staff."""
    return list(Team.objects.order_by("name")) if viewer.keeps_record else []


def erasures() -> list[Erasure]:
    """The last, of each person the newest."""
    newest: dict[int, Erasure] = {}
    for erasure in Erasure.objects.select_related("person", "by").order_by("-pk")[:MAX_SHOWN]:
        newest.setdefault(erasure.person_id, erasure)
    return list(newest.values())


def record_head() -> RecordHead:
    """Where the record ends, and how it was found."""
    return RecordHead.objects.first() or RecordHead()
