"""Prompts that were refused, and those that failed, in the teams that somebody reviews."""

from __future__ import annotations

from collections import Counter, defaultdict
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
        return self.within(found if self.all else found.filter(kind__in=REFUSED))

    def within(self, generations: QuerySet[Generation]) -> QuerySet[Generation]:
        """Those of the team and the person that are asked for."""
        if self.team:
            generations = generations.filter(batch__team__key=self.team)
        if self.by:
            generations = generations.filter(batch__person__username=self.by)
        return generations


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
    """What was refused of one person in a team: how much in all, in each of the last weeks, the kind that it was most
    often, and how much they sent."""

    membership: Membership
    count: int
    sent: int
    weeks: tuple[int, ...]
    most_often: str


@dataclass(frozen=True)
class Totals:
    """Of all that are wanted: how many were refused of how many sent, how many nobody marked as seen, and by person and
    team, the most first."""

    count: int
    sent: int
    unseen: int
    tallies: list[Tally]


def totals(viewer: Viewer, wanted: RefusalFilter) -> Totals:
    """Four queries for any number."""
    pair = ("batch__person", "batch__team")
    week_of = TruncWeek("finished_at", output_field=DateField())
    rows = wanted.generations(viewer).order_by().values_list(*pair, week_of, "kind")
    monday = localdate() - timedelta(days=localdate().weekday())
    weeks = [monday - timedelta(weeks=ago) for ago in reversed(range(WEEKS))]
    whole: Counter[tuple[int, int]] = Counter()
    by_week: Counter[tuple[int, int, date]] = Counter()
    kinds: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    unseen = 0
    for person, team, week, kind, count, seen in rows.annotate(count=Count("pk"), seen=Count("refusal_seen")):
        whole[person, team] += count
        by_week[person, team, week] += count
        kinds[person, team][kind] += count
        unseen += count - seen
    sent = _sent(viewer, wanted)
    memberships = Membership.objects.filter(
        person__in={person for person, _team in whole}, team__in={team for _person, team in whole}
    ).select_related("person", "team")
    found = [
        Tally(
            membership,
            whole[of],
            sent[of],
            tuple(by_week[*of, week] for week in weeks),
            kinds[of].most_common(1)[0][0],
        )
        for membership in memberships
        if (of := (membership.person_id, membership.team_id)) in whole
    ]
    found.sort(key=lambda tally: (-tally.count, tally.membership.pk))
    return Totals(whole.total(), sent.total(), unseen, found)


def _sent(viewer: Viewer, wanted: RefusalFilter) -> Counter[tuple[int, int]]:
    """How many were sent lately, whatever became of them, by person and team. Their batches are found first, by the
    day: SQLite would begin with every batch of each person."""
    batches = Batch.objects.filter(created_at__gt=now(days=-DAYS)).values("pk")
    lately = rights.see_refused_generation.of(viewer, Generation.objects.filter(batch__in=batches))
    rows = wanted.within(lately).order_by().values_list("batch__person", "batch__team")
    return Counter({(person, team): count for person, team, count in rows.annotate(count=Count("pk"))})


def people_and_teams(viewer: Viewer) -> tuple[list[Person], list[Team]]:
    """Who and what the filters offer: those of the viewer's teams of whom something failed."""
    found = RefusalFilter(all="1").generations(viewer).order_by()
    people = Person.objects.filter(pk__in=found.values("batch__person")).order_by("first_name", "username")
    return list(people), list(Team.objects.filter(pk__in=found.values("batch__team")).order_by("name"))
