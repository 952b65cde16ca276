"""What the status page lists beside the checks: workers, providers, what is under way and what went wrong lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from generations.models import Attempt, Generation, Provider, ProviderModel, Worker

LATELY = timedelta(hours=24)
MAX_LISTED = 8
MAX_WORKERS = 24


@dataclass(frozen=True)
class Now:
    """How much waits, runs and ended within an hour; `oldest` is when the first that waits for a worker was due."""

    waiting: int
    running: int
    slots: int
    oldest: datetime | None
    done: int
    failed: int


def now_at_work(workers: Iterable[Worker]) -> Now:
    """Three queries."""
    unfinished = Generation.objects.unfinished().aggregate(
        waiting=Count("pk", filter=Q(state="queued")), running=Count("pk", filter=Q(state="running"))
    )
    due = Generation.objects.due().aggregate(oldest=Min("run_at"))
    calls = calls_within(timedelta(hours=1)).aggregate(
        done=Count("pk", filter=Q(kind="")), failed=Count("pk", filter=~Q(kind=""))
    )
    return Now(**unfinished, **due, **calls, slots=sum(worker.slots for worker in workers))


def calls_within(age: timedelta) -> QuerySet[Attempt]:
    """Calls that were answered, or broke, within this time."""
    return Attempt.objects.filter(answered_at__gte=timezone.now() - age).order_by()


def workers_heard() -> list[Worker]:
    """Those heard within a minute, each with how many calls it runs as `busy`, the oldest first; two queries."""
    workers = list(Worker.objects.alive().filter(slots__gt=0).order_by("started_at", "pk")[:MAX_WORKERS])
    running = Generation.objects.running().filter(claimed_by__in=[worker.name for worker in workers]).order_by()
    busy = dict(running.values_list("claimed_by").annotate(count=Count("pk")))
    for worker in workers:
        worker.busy = busy.get(worker.name, 0)
    return workers


@dataclass(frozen=True)
class ProviderNow:
    """A provider, its last generation that succeeded, and its calls of the last hour."""

    provider: Provider
    last: Generation | None
    calls: int
    failed: int


def providers_now() -> list[ProviderNow]:
    """Those that are enabled, by name; four queries for any number."""
    found = list(Provider.objects.filter(is_enabled=True).order_by("name"))
    # One look into the index of each model; of a provider as a whole there is none.
    last = Generation.objects.filter(model=OuterRef("pk"), state="succeeded").order_by("-pk").values("pk")[:1]
    models = ProviderModel.objects.filter(provider__in=found).annotate(last=Subquery(last)).order_by()
    numbers: dict[int, int] = {}
    for provider, number in models.values_list("provider", "last"):
        numbers[provider] = max(numbers.get(provider, 0), number or 0)
    done = Generation.objects.in_bulk([number for number in numbers.values() if number])
    calls, failed = Counter[int](), Counter[int]()
    # Grouped here: SQLite would begin with every generation of each provider.
    for provider, kind in calls_within(timedelta(hours=1)).values_list("generation__model__provider", "kind"):
        calls[provider] += 1
        failed[provider] += bool(kind)
    return [ProviderNow(each, done.get(numbers.get(each.pk, 0)), calls[each.pk], failed[each.pk]) for each in found]


@dataclass(frozen=True)
class Trouble:
    """Calls of a provider that failed for one reason: how many within a day, and when the last did."""

    provider: str
    kind: str
    count: int
    last: datetime


def troubles() -> list[Trouble]:
    """The latest first; one query."""
    rows = calls_within(LATELY).exclude(kind="").values_list("generation__model__provider__name", "kind", "answered_at")
    counts, last = Counter[tuple[str, str]](), dict[tuple[str, str], datetime]()
    for provider, kind, at in rows.iterator(2000):  # grouped here, as above
        assert at is not None, "it was answered lately"
        counts[provider, kind] += 1
        last[provider, kind] = max(at, last.get((provider, kind), at))
    latest = sorted(counts, key=last.__getitem__, reverse=True)[:MAX_LISTED]
    return [Trouble(*each, counts[each], last[each]) for each in latest]
