"""What a Prometheus scrapes, read from the database at each scrape: right with any number of web servers and workers.

A scrape costs a fixed number of queries. What only grows comes from the tallies that workers keep; what is now is
counted over what is unfinished, which is little however much there was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from shutil import disk_usage

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Case, Count, Value, When
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from generations.models import AuditEntry, Generation
from generations.models.retry import trying_again
from generations.models.tally import (
    BUCKET,
    BUCKETS,
    CALLS,
    FAILURES,
    MORE,
    PICTURES,
    SECONDS,
    STOCK,
    Key,
    all_tallies,
)
from generations.queries.health.check import State, seconds_since
from generations.queries.health.run import run_checks
from generations.queries.status import providers_now, workers_heard
from imageweb import __version__

OF_MODEL = ("provider", "model")
SEVERITY = {State.OK: 0, State.OFF: 0, State.WARN: 1, State.FAIL: 2}


class Installation(Collector):
    """Collects everything; a part that cannot be had is left out, and the checks say why."""

    def describe(self) -> Iterable[Metric]:
        """Nothing: a collector that is registered would be asked at once."""
        return []

    def collect(self) -> Iterator[Metric]:
        for part in (build, checks, disk, queue, workers, providers, backup, tallied):
            yield from self._part(part)

    def _part(self, part: Callable[[], Iterator[Metric]]) -> list[Metric]:
        try:
            return list(part())
        except (DatabaseError, OSError):
            return []


def registry() -> CollectorRegistry:
    """What the client library renders: this installation and nothing of this process."""
    found = CollectorRegistry(auto_describe=False)
    found.register(Installation())
    return found


def build() -> Iterator[Metric]:
    metric = GaugeMetricFamily("imageweb_build_info", "Always 1; the release is a label.", labels=["version"])
    metric.add_metric([__version__], 1)
    yield metric


def checks() -> Iterator[Metric]:
    metric = GaugeMetricFamily(
        "imageweb_check_problem",
        "The checks of the status page: 0 is well, 1 needs attention, 2 does not work.",
        labels=["check"],
    )
    for check in sorted(run_checks(), key=lambda check: check.name):
        metric.add_metric([check.name], SEVERITY[check.state])
    yield metric


def disk() -> Iterator[Metric]:
    free = disk_usage(settings.DATA_DIR).free
    yield GaugeMetricFamily("imageweb_free_bytes", "Free space on the disk of DATA_DIR.", value=free)


def queue() -> Iterator[Metric]:
    """Two queries over what is unfinished."""
    metric = GaugeMetricFamily(
        "imageweb_generations",
        "Generations that are not over: queued, running, or queued to be tried again.",
        labels=["provider", "model", "state"],
    )
    state = Case(
        When(state="running", then=Value("running")),
        When(trying_again(), then=Value("trying_again")),
        default=Value("queued"),
    )
    rows = Generation.objects.unfinished().annotate(shown=state).order_by()
    for *labels, count in (
        rows.values_list("model__provider__name", "model__name", "shown")
        .annotate(count=Count("pk"))
        .order_by("model__provider__name", "model__name", "shown")
    ):
        metric.add_metric(labels, count)
    yield metric
    oldest = Generation.objects.due().order_by("run_at").values_list("run_at", flat=True).first()
    age = max(0.0, seconds_since(oldest)) if oldest else 0
    yield GaugeMetricFamily(
        "imageweb_oldest_waiting_seconds", "How long the first waits that a worker could start.", value=age
    )


def workers() -> Iterator[Metric]:
    found = [worker for worker in workers_heard() if not worker.is_stopping]
    yield GaugeMetricFamily("imageweb_workers", "Workers heard within a minute that take work.", value=len(found))
    yield GaugeMetricFamily(
        "imageweb_worker_slots", "Calls they make at once.", value=sum(worker.slots for worker in found)
    )


def providers() -> Iterator[Metric]:
    paused = GaugeMetricFamily("imageweb_provider_paused", "1 while nothing is sent to it.", labels=["provider"])
    by_hand = GaugeMetricFamily(
        "imageweb_provider_paused_by_hand", "1 while an administrator has paused it.", labels=["provider"]
    )
    last = GaugeMetricFamily(
        "imageweb_provider_last_success_timestamp_seconds",
        "When its last generation succeeded; nothing before the first.",
        labels=["provider"],
    )
    for each in providers_now():
        paused.add_metric([each.provider.name], int(each.provider.is_paused))
        by_hand.add_metric([each.provider.name], int(each.provider.is_paused_by_hand))
        if each.last and each.last.finished_at:
            last.add_metric([each.provider.name], each.last.finished_at.timestamp())
    yield paused
    yield by_hand
    yield last


def backup() -> Iterator[Metric]:
    metric = GaugeMetricFamily(
        "imageweb_backup_timestamp_seconds", "When the last backup was made; nothing without one.", labels=[]
    )
    at = AuditEntry.objects.filter(verb="backed_up").order_by("-number").values_list("at", flat=True).first()
    if at is not None:
        metric.add_metric([], min(at, timezone.now()).timestamp())
    yield metric


def tallied() -> Iterator[Metric]:
    """One query."""
    tallies = all_tallies()
    calls = CounterMetricFamily(
        "imageweb_calls", "Calls to providers that are over, by outcome.", labels=[*OF_MODEL, "outcome"]
    )
    pictures = CounterMetricFamily("imageweb_pictures_drawn", "Pictures that came of them.", labels=OF_MODEL)
    failures = CounterMetricFamily("imageweb_sign_in_failures", "Wrong passwords.", labels=["door"])
    stock = {
        "pictures": ("imageweb_pictures_kept", "Drawn pictures that nobody deleted."),
        "bytes": ("imageweb_stored_bytes", "Originals, references and long answers in the storage."),
    }
    seconds: dict[tuple[str, str], dict[str, float]] = {}
    for key, amount in tallies.items():
        if key.name == CALLS:
            calls.add_metric([key.provider, key.model, key.label], amount)
        elif key.name == PICTURES:
            pictures.add_metric([key.provider, key.model], amount)
        elif key.name == FAILURES:
            failures.add_metric([key.label], amount)
        elif key.name == BUCKET:
            seconds.setdefault((key.provider, key.model), {})[key.label] = amount
        elif key.name == STOCK:
            yield GaugeMetricFamily(*stock[key.label], value=amount)
    yield calls
    yield pictures
    yield failures
    yield _histogram(seconds, tallies)


def _histogram(seconds: dict[tuple[str, str], dict[str, float]], tallies: dict[Key, float]) -> Metric:
    metric = HistogramMetricFamily(
        "imageweb_call_seconds", "How long calls took that were answered or broke.", labels=OF_MODEL
    )
    for (provider, model), counts in seconds.items():
        buckets, total = [], 0.0
        for bound in (*map(str, BUCKETS), MORE):
            total += counts.get(bound, 0)
            buckets.append((bound, total))
        metric.add_metric([provider, model], buckets, sum_value=tallies.get(Key(SECONDS, provider, model), 0))
    return metric
