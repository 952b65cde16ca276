"""What somebody and their teams made and spent this month; six queries for any number of models and teams."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from generations.models import Generation, Image, Person, ProviderModel, Team
from generations.queries.people import begin_of_month


@dataclass
class Used:
    """Pictures that came, generations that failed, and their cost as far as it is known; `unknown` counts the
    generations of which it is not."""

    pictures: int = 0
    failed: int = 0
    spent: Decimal = Decimal()
    unknown: int = 0


def used_by_model(person: Person) -> list[tuple[ProviderModel, Used]]:
    """The person's own, by model, the dearest first."""
    found = _used(Q(batch__person=person), "model")
    models = ProviderModel.objects.filter(pk__in=found).told_apart()
    return sorted(
        ((model, found[model.pk]) for model in models),
        key=lambda row: (-row[1].spent, -row[1].pictures, row[0].name, row[0].pk),
    )


def used_by_teams(teams: list[int]) -> list[tuple[Team, Used]]:
    """Everybody's in these teams, by team and its name, with what is not shown to the team."""
    found = _used(Q(batch__team__in=teams), "batch__team") if teams else {}
    return [(team, found.get(team.pk, Used())) for team in Team.objects.filter(pk__in=teams).order_by("name", "pk")]


def _used(whose: Q, by: str) -> dict[int, Used]:
    """Two queries. What ended this month counts, as on the page of people."""
    since, found = begin_of_month(), defaultdict[int, Used](Used)
    ended = Generation.objects.filter(whose, finished_at__gte=since).order_by()
    rows = ended.values_list(by).annotate(
        failed=Count("pk", filter=Q(state="failed")),
        spent=Sum("cost"),
        unknown=Count("pk", filter=Q(cost=None)),
    )
    for pk, failed, spent, unknown in rows:
        found[pk] = Used(0, failed, spent or Decimal(), unknown)
    drawn = Image.objects.filter(whose, generation__isnull=False, created_at__gte=since).asked_for().order_by()
    of_image = "generation__model" if by == "model" else by
    for pk, pictures in drawn.values_list(of_image).annotate(count=Count("pk")):
        found[pk].pictures = pictures
    return found
