"""What the studio shows: the feed, today's failures, and what the composer offers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from generations import rights
from generations.models import Batch, Generation, Person
from generations.models.batch import BatchQuerySet
from generations.queries.strips import for_strips
from generations.rights import Viewer


def feed_for(viewer: Viewer, whose: str) -> BatchQuerySet:
    """The batches of a feed with all a strip shows, newest first."""
    return for_strips(batches_in_feed(viewer, whose)).newest_first()


def batches_in_feed(viewer: Viewer, whose: str) -> BatchQuerySet:
    """The person's own batches, or with "team" their teams' too."""
    rule = rights.batch_around if whose == "team" else rights.own_batch
    return rule.of(viewer, Batch.objects.all())


def batches_to_show(viewer: Viewer, numbers: Iterable[int]) -> list[Batch]:
    """These batches with all a strip shows, oldest first."""
    return list(for_strips(rights.see_batch.of(viewer, Batch.objects.filter(pk__in=set(numbers)))).order_by("pk"))


def failed_today(person: Person) -> list[Generation]:
    """The person's own failures of today that were not tried again, with what an order needs; without what a model
    declined."""
    failed = _failed_today(person).select_related("batch__person", "batch__team", "model__provider")
    return list(failed.prefetch_related("batch__generations"))


@dataclass(frozen=True)
class FailedToday:
    """How many batches hold failures of today that were not tried again, and what another try costs by the prices they
    were sent at; None where one of these is not known."""

    batches: int = 0
    cost: Decimal | None = None


def count_failed_today(person: Person) -> FailedToday:
    """What `failed_today` gives, counted; one query."""
    found = (
        _failed_today(person)
        .order_by()
        .aggregate(
            batches=Count("batch", distinct=True),
            cost=Sum(F("price") * F("n")),
            unpriced=Count("pk", filter=Q(price=None)),
        )
    )
    return FailedToday(found["batches"], None if found["unpriced"] else found["cost"])


def _failed_today(person: Person) -> QuerySet[Generation]:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    failed = Generation.objects.filter(batch__person=person, state="failed", finished_at__gte=midnight, retries=None)
    return failed.exclude(kind="declined").order_by("pk")
