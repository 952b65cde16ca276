"""What strips show: batches with their generations and pictures, and what is told of those that are not over."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from statistics import median

from django.db.models import Count, F, IntegerField, OuterRef, Prefetch, Q, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce

from generations import rights
from generations.models import Batch, Generation, Image, Person, Provider, ProviderModel
from generations.models.batch import BatchQuerySet
from generations.viewer import Viewer

SAMPLE_SIZE = 20


def for_strips(batches: BatchQuerySet) -> BatchQuerySet:
    """These batches with everything a strip shows, in a fixed number of queries."""
    return batches.select_related("person", "team", "gallery").prefetch_related(*_parts())


def loaded(batches: Iterable[Batch]) -> list[Batch]:
    """These rows with everything a strip shows, as far as they have it not: a fixed number of queries."""
    rows = list(batches)
    prefetch_related_objects(rows, *_parts())
    return rows


def _parts() -> tuple[str | Prefetch, ...]:
    return (
        Prefetch("generations__model", ProviderModel.objects.told_apart()),
        Prefetch("references", Image.objects.as_sent()),
        Prefetch("generations__images", Image.objects.asked_for().select_related("verdict"), to_attr="every_image"),
    )


def favourites_among(person: Person | None, images: Iterable[Image]) -> set[int]:
    """Those of these pictures that carry the person's heart; no query without pictures."""
    numbers = [image.pk for image in images]
    if person is None or not numbers:
        return set()
    return set(person.favourites.filter(image__in=numbers).values_list("image", flat=True))


def draft_counts(generations: Iterable[Generation]) -> dict[int, int]:
    """How many drafts that nobody deleted each of these has, by its number; one query, none without any to ask for."""
    numbers = [generation.pk for generation in generations if generation.state in ("succeeded", "failed")]
    if not numbers:
        return {}
    drafts = Image.objects.kept().filter(generation__in=numbers, is_surplus=True).order_by()
    return dict(drafts.values("generation").annotate(count=Count("pk")).values_list("generation", "count"))


def retried_elsewhere(generations: Iterable[Generation]) -> dict[int, Batch]:
    """The batches in which generations that stopped were tried again, by their number: earlier releases made a batch of
    its own of a retry. One query, none without any that stopped."""
    stopped = {each.pk: each.batch_id for each in generations if each.state in ("failed", "cancelled")}
    if not stopped:
        return {}
    retries = Generation.objects.filter(retry_of__in=stopped).select_related("batch").order_by("pk")
    tried = ((each.retry_of_id or 0, each.batch) for each in retries)
    return {number: batch for number, batch in tried if batch.pk != stopped[number]}


def models_to_try(viewer: Viewer) -> list[ProviderModel]:
    """What is offered to the viewer and may be called now, the one that drew last first; one query."""
    drew = Generation.objects.filter(model=OuterRef("pk"), state="succeeded").order_by("-pk").values("finished_at")
    offered = rights.use_model.of(viewer, ProviderModel.objects.offered())
    callable_now = offered.filter(provider__in=Provider.objects.open())
    by_success = callable_now.annotate(drew_at=Subquery(drew[:1])).order_by(
        F("drew_at").desc(nulls_last=True), *callable_now.query.order_by
    )
    return list(by_success)


def calls_before(generations: Iterable[Generation]) -> dict[int, int]:
    """How often each of these was called, by its number; no query without any."""
    numbers = [generation.pk for generation in generations]
    called = Generation.objects.filter(pk__in=numbers).annotate(calls=Count("attempts")).order_by()
    return dict(called.values_list("pk", "calls")) if numbers else {}


def median_seconds_of(generations: Iterable[Generation]) -> dict[int, float]:
    """How long the models of those that are not over usually take, by the model's number."""
    models = {generation.model_id for generation in generations if not generation.is_final}
    return median_seconds(models)


def queue_positions(generations: Iterable[Generation]) -> dict[str, int]:
    """For each queued generation how many wait before it at the same provider, by key; one query for all."""
    queued = [generation.pk for generation in generations if generation.state == "queued"]
    if not queued:
        return {}
    rows = Generation.objects.filter(pk__in=queued).annotate(before=queue_position()).order_by()
    return dict(rows.values_list("key", "before"))


def queue_position() -> Coalesce:
    ahead = Generation.objects.filter(
        state="queued", model__provider=OuterRef("model__provider"), pk__lt=OuterRef("pk")
    ).order_by()
    counted = ahead.values("state").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def median_seconds(models: Iterable[int]) -> dict[int, float]:
    """For each of these models, by number, the median time of its last SAMPLE_SIZE successes; none for one that never
    drew. Two queries for all of them, none without any."""
    wanted = set(models)
    if not wanted:
        return {}
    last = Generation.objects.filter(model=OuterRef("pk"), state="succeeded").order_by("-pk").values("pk")
    begin = ProviderModel.objects.filter(pk__in=wanted).annotate(
        since=Coalesce(Subquery(last[SAMPLE_SIZE - 1 : SAMPLE_SIZE]), 0)
    )
    each = [Q(model=pk, pk__gte=since) for pk, since in begin.order_by().values_list("pk", "since")]
    if not each:
        return {}
    runs = Generation.objects.filter(reduce(or_, each), state="succeeded", started_at__isnull=False).order_by()
    took: dict[int, list[float]] = {}
    for pk, started, finished in runs.values_list("model", "started_at", "finished_at"):
        if started and finished:
            took.setdefault(pk, []).append((finished - started).total_seconds())
    return {pk: median(times) for pk, times in took.items()}
