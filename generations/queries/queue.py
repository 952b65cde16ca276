"""What the queue page shows: lanes by model, and generations that wait, run, try again or failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from generations import rights
from generations.models import Attempt, Generation, ProviderModel
from generations.models.generation import GenerationQuerySet
from generations.models.retry import trying_again
from generations.queries.strips import calls_before, median_seconds, queue_positions
from generations.queries.studio import HELPED, FailedToday, counted
from generations.viewer import Viewer

KINDS = ("active", "again", "failed")
MAX_JOBS = 50
MAX_LANES = 60
FAILED_HOURS = 24


def queue_of(viewer: Viewer) -> GenerationQuerySet:
    """What is in the queue for the viewer, over or not."""
    return rights.see_queued_generation.of(viewer, Generation.objects.all())


@dataclass(frozen=True)
class Job:
    """A generation as the queue lists it: how often it was called, and how many wait before it at its provider."""

    generation: Generation
    calls: int
    before: int


def jobs(viewer: Viewer, kind: str) -> list[Job]:
    """At most MAX_JOBS of this kind: those that run first, then by their place; of those that failed the latest first.
    Three queries for any number."""
    rows = _of_kind(viewer, kind).select_related("batch__person", "model__provider", "cancel_asked_by")
    found = list(rows.defer("batch__words")[:MAX_JOBS])
    calls, before = calls_before(found), queue_positions(found)
    return [Job(each, calls.get(each.pk, 0), before.get(each.key, 0)) for each in found]


def _of_kind(viewer: Viewer, kind: str) -> QuerySet[Generation]:
    if kind == "failed":
        return failed_lately(viewer).order_by("-finished_at", "-pk")
    if kind == "again":
        return queue_of(viewer).trying_again().order_by("run_at", "pk")
    return queue_of(viewer).unfinished().order_by("-state", "pk")


def failed_lately(viewer: Viewer) -> QuerySet[Generation]:
    """What failed within a day and was not tried again."""
    since = timezone.now() - timedelta(hours=FAILED_HOURS)
    failed = queue_of(viewer).filter(state="failed", finished_at__gte=since)
    return failed.filter(batch__removed_at=None, retries=None)


def to_retry(viewer: Viewer, *, surely_free: bool = False) -> QuerySet[Generation]:
    """Of those what another try may help and the viewer may send again, oldest first."""
    failed = rights.retry_generation.of(viewer, failed_lately(viewer)).filter(kind__in=HELPED)
    return (failed.filter(charged="no") if surely_free else failed).order_by("pk")


def failed_to_retry(viewer: Viewer, *, surely_free: bool = False) -> list[Generation]:
    """With what an order needs."""
    rows = to_retry(viewer, surely_free=surely_free).select_related("batch__person", "batch__team", "model__provider")
    return list(rows.prefetch_related("batch__generations"))


def count_to_retry(viewer: Viewer) -> FailedToday:
    """How many pictures that is, and what they cost; one query."""
    return counted(to_retry(viewer))


@dataclass(frozen=True)
class Counts:
    """How much of each kind there is; `oldest` is when the first was due that waits for a worker."""

    waiting: int
    running: int
    again: int
    failed: int
    oldest: datetime | None


def counts(viewer: Viewer) -> Counts:
    """Three queries."""
    unfinished = (
        queue_of(viewer)
        .unfinished()
        .aggregate(
            waiting=Count("pk", filter=Q(state="queued")),
            running=Count("pk", filter=Q(state="running")),
            again=Count("pk", filter=trying_again()),
        )
    )
    due = queue_of(viewer).due().aggregate(oldest=Min("run_at"))
    return Counts(**unfinished, **due, failed=failed_lately(viewer).count())


@dataclass(frozen=True)
class Lane:
    """A model's part of the queue. `median` is how long it usually takes, `done` and `failed` are calls of an hour."""

    model: ProviderModel
    waiting: int
    running: int
    median: float | None
    done: int
    failed: int


def lanes(viewer: Viewer) -> list[Lane]:
    """Models that have something to do, were called within an hour or are paused; eight queries at most."""
    # Grouped here, in the order of the index by state, and looked at for rights apart where there are few: SQLite would
    # begin with every generation of each model, or every batch of a team.
    waiting, running = Counter[int](), Counter[int]()
    for model, state in queue_of(viewer).unfinished().order_by("-state").values_list("model", "state"):
        (running if state == "running" else waiting)[model] += 1
    since = timezone.now() - timedelta(hours=1)
    called = list(
        Attempt.objects.filter(answered_at__gte=since).order_by().values_list("generation", "generation__model", "kind")
    )
    if not viewer.is_staff:
        seen = set(queue_of(viewer).filter(pk__in={pk for pk, *_rest in called}).values_list("pk", flat=True))
        called = [row for row in called if row[0] in seen]
    done, failed = Counter[int](), Counter[int]()
    for _pk, model, kind in called:
        (failed if kind else done)[model] += 1
    paused = rights.use_model.of(viewer, ProviderModel.objects.paused())
    paused = paused.filter(is_enabled=True, provider__is_enabled=True)
    wanted = Q(pk__in={*waiting, *running, *done, *failed}) | Q(pk__in=paused.values("pk"))
    models = list(
        ProviderModel.objects.filter(wanted).select_related("provider").order_by("provider__name", "rank", "name")
    )[:MAX_LANES]
    medians = median_seconds(model.pk for model in models)
    return [
        Lane(model, waiting[model.pk], running[model.pk], medians.get(model.pk), done[model.pk], failed[model.pk])
        for model in models
    ]


def running_by_provider() -> dict[int, int]:
    """How many calls run at each provider, whoever's they are; one query."""
    running = Generation.objects.running().order_by().values_list("model__provider")
    return dict(running.annotate(count=Count("pk")))
