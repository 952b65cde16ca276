"""What the studio shows: the feed, today's failures, and what the composer offers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from generations import rights
from generations.errors import BY_KIND
from generations.models import Batch, Generation, Person
from generations.models.batch import BatchQuerySet
from generations.queries.strips import for_strips
from generations.viewer import Viewer

HELPED = [kind for kind, error in BY_KIND.items() if error.helps_again]
"""Kinds of failure where the same request may fare better."""


def feed_for(viewer: Viewer, whose: str) -> BatchQuerySet:
    """The batches of a feed with all a strip shows, newest first."""
    return for_strips(batches_in_feed(viewer, whose)).newest_first()


def batches_in_feed(viewer: Viewer, whose: str) -> BatchQuerySet:
    """The person's own batches, or with "team" their teams' too."""
    rule = rights.batch_around if whose == "team" else rights.own_batch
    return rule.of(viewer, Batch.objects.listed())


def batches_to_show(viewer: Viewer, numbers: Iterable[int]) -> list[Batch]:
    """These batches with all a strip shows, oldest first."""
    return list(for_strips(rights.see_batch.of(viewer, Batch.objects.filter(pk__in=set(numbers)))).order_by("pk"))


def failed_today(person: Person, *, surely_free: bool = False) -> list[Generation]:
    """The person's own failures of today that another try may help and that were not tried again, with what an order
    needs; with `surely_free` without those that may have been charged."""
    failed = _failed_today(person).select_related("batch__person", "batch__team", "model__provider")
    if surely_free:
        failed = failed.filter(charged="no")
    return list(failed.prefetch_related("batch__generations"))


@dataclass(frozen=True)
class FailedToday:
    """How many pictures of today failed, were not tried again, and may come with another try; of how many batches; what
    that costs by the prices they were sent at, None where one of these is not known. `uncertain` of these pictures may
    have been charged already."""

    batches: int = 0
    pictures: int = 0
    uncertain: int = 0
    cost: Decimal | None = None
    free_cost: Decimal | None = None
    """What the others cost."""

    @property
    def surely_free(self) -> int:
        """The pictures that were surely not charged."""
        return self.pictures - self.uncertain


def count_failed_today(person: Person) -> FailedToday:
    """What `failed_today` gives, counted; one query."""
    return counted(_failed_today(person))


def counted(failed: QuerySet[Generation]) -> FailedToday:
    """Generations that failed, counted; one query."""
    found = failed.order_by().aggregate(
        batches=Count("batch", distinct=True),
        pictures=Coalesce(Sum("n"), 0),
        uncertain=Coalesce(Sum("n", filter=~Q(charged="no")), 0),
        cost=Sum(F("price") * F("n")),
        free_cost=Sum(F("price") * F("n"), filter=Q(charged="no")),
        unpriced=Count("pk", filter=Q(price=None)),
    )
    if found.pop("unpriced"):
        found |= {"cost": None, "free_cost": None}
    return FailedToday(**found)


def _failed_today(person: Person) -> QuerySet[Generation]:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    mine = Generation.objects.filter(batch__person=person, batch__removed_at=None, retries=None)
    return mine.filter(state="failed", finished_at__gte=midnight, kind__in=HELPED).order_by("pk")
