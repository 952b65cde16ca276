"""What failed is asked for once more, in its batch and in its place."""

from __future__ import annotations

from django.db import transaction
from django.db.models import prefetch_related_objects

from generations.models import Batch, Generation, Person, ProviderModel
from generations.models.provider_model import prices_in_force
from generations.submit import Order, calls_for, check, check_active, check_sending, notify_later, queued


def failed_alike(generation: Generation) -> list[Generation]:
    """It and the others of its batch that ended the same way at the same model and were not tried again."""
    every = generation.batch.generations.all()
    retried = {other.retry_of_id for other in every}
    return [
        other
        for other in every
        if other.pk not in retried
        and (other.model_id, other.state, other.kind, other.charged, other.detail)
        == (generation.model_id, generation.state, generation.kind, generation.charged, generation.detail)
    ]


def retry(
    generation: Generation, person: Person, model: ProviderModel | None = None, *, wait: int = 0
) -> list[Generation]:
    """Ask its model or another once more for what did not come of all that failed alike, in the same batch and in their
    place; what was tried again already is left alone. It runs in `wait` seconds. Gives what was queued.

    Raises InvalidRequest as `submit` does."""
    with transaction.atomic():
        check_active(person)
        batch = Batch.objects.select_for_update(no_key=True).get(pk=generation.batch_id)
        failed = failed_alike(batch.generations.get(pk=generation.pk))
        failed = [each for each in failed if each.state in ("failed", "cancelled")]
        if not failed:
            return []
        check_sending(person, batch.team)
        drawer = model or generation.model
        check(_retry_order(batch, person, drawer, sum(_missing(each) for each in failed)))
        last = batch.generations.order_by("position").values_list("position", flat=True).last() or 0
        jobs = [(each, n) for each in failed for n in calls_for(drawer, _missing(each))]
        prefetch_related_objects([drawer], prices_in_force())
        made = Generation.objects.bulk_create(
            queued(batch, drawer, n, place, retry_of=each, wait=wait) for place, (each, n) in enumerate(jobs, last + 1)
        )
        Batch.objects.filter(pk=batch.pk).update(removed_at=None)
        if not wait:
            notify_later(*made)
    return made


def _missing(generation: Generation) -> int:
    """How many of its pictures did not come."""
    return max(1, generation.n - generation.images.filter(is_surplus=False).count())


def _retry_order(batch: Batch, person: Person, model: ProviderModel, count: int) -> Order:
    """What is asked for once more, to be checked: who sees it was settled when the batch was sent."""
    return Order(
        person=person,
        prompt=batch.prompt,
        models=(model,),
        count=min(count, 16),
        size=batch.size,
        references=tuple(batch.references.as_sent()),
        options=batch.options,
    )
