"""Prompts that were refused, and those that failed, in the teams that somebody reviews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, DateField, QuerySet
from django.db.models.functions import TruncWeek
from django.utils.timezone import localdate

from generations import rights
from generations.models import Batch, Generation, Membership, Person, Team
from generations.models.batch_end import REFUSED
from generations.models.key import now, query_of
from generations.queries.search import fits
from generations.viewer import Viewer

DAYS = 30
WEEKS = 4
SHOWN = 40
MAX_IN_TAB = 100


@dataclass(frozen=True)
class RefusalFilter:
    """Which of them: of a team, of a person; refusals alone, or with `all` failures too; `seen` also those marked."""

    team: str = ""
    by: str = ""
    all: str = ""
    seen: str = ""

    NAMES = ("team", "by", "all", "seen")

    @classmethod
    def read(cls, said: dict[str, str]) -> RefusalFilter:
        return cls(**{name: text for name in cls.NAMES if (text := said.get(name, "")) and fits(text)})

    def query(self, **more: str) -> str:
        said = {name: getattr(self, name) for name in self.NAMES} | more
        return query_of(said)

    def generations(self, viewer: Viewer) -> QuerySet[Generation]:
        """Of the last DAYS, in no order."""
        found = rights.see_refused_generation.of(viewer, Generation.objects.filter(finished_at__gt=now(days=-DAYS)))
        found = found.filter(state="failed")
        if not self.all:
            found = found.filter(kind__in=REFUSED)
        if self.team:
            found = found.filter(batch__team__key=self.team)
        if self.by:
            found = found.filter(batch__person__username=self.by)
        return found


def latest(viewer: Viewer, wanted: RefusalFilter) -> list[Generation]:
    """The newest first, without those that were marked as seen unless they are asked for."""
    found = wanted.generations(viewer)
    if not wanted.seen:
        found = found.filter(refusal_seen=None)
    related = found.select_related("batch__person", "batch__team", "model", "refusal_seen__person")
    return list(related.order_by("-finished_at", "-pk")[:SHOWN])


def count_unseen(viewer: Viewer) -> int:
    """For a tab, at most MAX_IN_TAB."""
    unseen = RefusalFilter().generations(viewer).filter(refusal_seen=None)
    return unseen.order_by("pk").values("pk")[:MAX_IN_TAB].count()


@dataclass(frozen=True)
class Tally:
    """What was refused of one person in a team: how much in all, in each of the last weeks, and how much they sent."""

    membership: Membership
    count: int
    sent: int
    weeks: tuple[int, ...]


def tallies(viewer: Viewer, wanted: RefusalFilter) -> list[Tally]:
    """By person and team, the most first; four queries for any number."""
    pair = ("batch__person", "batch__team")
    week_of = TruncWeek("finished_at", output_field=DateField())
    rows = wanted.generations(viewer).order_by().values_list(*pair, week_of)
    monday = localdate() - timedelta(days=localdate().weekday())
    weeks = [monday - timedelta(weeks=ago) for ago in reversed(range(WEEKS))]
    counted = list(rows.annotate(count=Count("pk")))
    totals: Counter[tuple[int, int]] = Counter()
    by_week: Counter[tuple[int, int, date]] = Counter()
    for person, team, week, count in counted:
        totals[person, team] += count
        by_week[person, team, week] += count
    sent = _sent(list({person for person, _team in totals}))
    memberships = Membership.objects.filter(
        person__in={person for person, _team in totals}, team__in={team for _person, team in totals}
    ).select_related("person", "team")
    found = [
        Tally(
            membership,
            totals[membership.person_id, membership.team_id],
            sent[membership.person_id, membership.team_id],
            tuple(by_week[membership.person_id, membership.team_id, week] for week in weeks),
        )
        for membership in memberships
        if totals[membership.person_id, membership.team_id]
    ]
    return sorted(found, key=lambda tally: (-tally.count, tally.membership.pk))


def _sent(people: Sequence[int]) -> Counter[tuple[int, int]]:
    lately = Generation.objects.filter(created_at__gt=now(days=-DAYS), batch__person__in=people)
    rows = lately.filter(batch__visibility=Batch.Visibility.TEAM).order_by().values_list("batch__person", "batch__team")
    return Counter({(person, team): count for person, team, count in rows.annotate(count=Count("pk"))})


def people_and_teams(viewer: Viewer) -> tuple[list[Person], list[Team]]:
    """Who and what the filters offer: those of the viewer's teams of whom something failed."""
    found = RefusalFilter(all="1").generations(viewer).order_by()
    people = Person.objects.filter(pk__in=found.values("batch__person")).order_by("first_name", "username")
    return list(people), list(Team.objects.filter(pk__in=found.values("batch__team")).order_by("name"))
