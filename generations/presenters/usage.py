"""What somebody and their teams used this month, as the page of usage shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.utils import timezone

from generations.presenters.cost import Cost
from generations.queries.usage import Used, used_by_model, used_by_teams
from generations.viewer import Viewer


@dataclass(frozen=True)
class UsageRow:
    """A model or a team. `key` is the team's where its people can be opened, else ""."""

    name: str
    used: Used
    key: str = ""

    @property
    def cost(self) -> Cost:
        used = self.used
        is_free = bool(used.pictures) and not (used.spent or used.unknown)
        return Cost(used.spent, bool(used.unknown), is_free)


class UsagePage:
    """This month of one viewer."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer

    @property
    def month(self) -> date:
        return timezone.localdate()

    @cached_property
    def models(self) -> list[UsageRow]:
        """The viewer's own, by model."""
        return [UsageRow(model.told_name, used) for model, used in used_by_model(self.viewer.user)]

    @cached_property
    def teams(self) -> list[UsageRow]:
        """Everybody's, by each of the viewer's teams."""
        led = {*self.viewer.teams_led}
        rows = used_by_teams([*self.viewer.roles])
        return [
            UsageRow(team.name, used, team.key if team.pk in led or self.viewer.is_staff else "") for team, used in rows
        ]

    @cached_property
    def mine(self) -> Used:
        """All of the viewer's own together."""
        return _sum(row.used for row in self.models)

    @property
    def cost(self) -> Cost:
        return Cost(self.mine.spent, bool(self.mine.unknown))


def _sum(parts: Iterable[Used]) -> Used:
    total = Used(spent=Decimal())
    for part in parts:
        total.pictures += part.pictures
        total.failed += part.failed
        total.spent += part.spent
        total.unknown += part.unknown
    return total
