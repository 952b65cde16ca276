"""What the poller of a page asks: versions first, and only where one changed what changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from generations import rights
from generations.models import Batch, Generation, Image, Person, ProviderModel, Worker
from generations.queries.strips import queue_position
from generations.queries.studio import batches_in_feed
from generations.viewer import Viewer


class Watched(TypedDict):
    """What a page must know of a generation to see whether it changed. `before` counts those ahead in its line."""

    key: str
    version: int
    state: str
    kind: str
    run_at: datetime
    claim_until: datetime | None
    cancel_asked_at: datetime | None
    batch_id: int
    before: int
    pictures: int
    has_worker: bool
    is_paused: bool


def batches_since(viewer: Viewer, whose: str, number: int, limit: int) -> list[int]:
    """Numbers of the feed's batches that are newer than this one, oldest first."""
    batches = batches_in_feed(viewer, whose)
    return list(batches.filter(pk__gt=number).order_by("pk").values_list("pk", flat=True)[:limit])


def versions_of(viewer: Viewer, keys: Sequence[str]) -> dict[str, int]:
    """The versions of those of these generations whose worker is heard: the cheapest look at whether anything
    changed."""
    heard = rights.see_generation.of(viewer, Generation.objects.alive()).filter(key__in=keys)
    return dict(heard.order_by().values_list("key", "version"))


def generations_to_watch(viewer: Viewer, keys: Sequence[str]) -> list[Watched]:
    """What a page must know to see whether any of these generations changed, in one query."""
    pictures = (
        Image.objects.kept()
        .asked_for()
        .filter(generation=OuterRef("pk"))
        .order_by()
        .values("generation")
        .annotate(n=Count("pk"))
    )
    return list(
        rights.see_generation.of(viewer, Generation.objects.all())
        .filter(key__in=keys)
        .annotate(
            before=queue_position(),
            pictures=Coalesce(Subquery(pictures.values("n"), output_field=IntegerField()), 0),
            has_worker=Exists(Worker.objects.taking_work()),
            is_paused=Exists(ProviderModel.objects.paused().filter(pk=OuterRef("model"))),
        )
        .values(
            "key",
            "version",
            "state",
            "kind",
            "run_at",
            "claim_until",
            "cancel_asked_at",
            "batch_id",
            "before",
            "pictures",
            "has_worker",
            "is_paused",
        )
        .order_by()
    )


def unfinished_counts(person: Person) -> dict[str, int]:
    """How many generations of the person are "queued" and how many "running"; a state without any is left out."""
    return dict(_unfinished_of(person).values_list("state").annotate(Count("pk")))


def unfinished_keys(person: Person, limit: int) -> list[str]:
    """The generations of the person that are not over."""
    return list(_unfinished_of(person).values_list("key", flat=True)[:limit])


def _unfinished_of(person: Person) -> QuerySet[Generation]:
    # Asked so that it begins with the few that are unfinished; SQLite would begin with all the person's batches.
    theirs = Batch.objects.filter(pk=OuterRef("batch"), person=person)
    return Generation.objects.unfinished().filter(Exists(theirs)).order_by()
