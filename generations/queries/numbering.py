"""How pictures are called by number, in lists that show no frames."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Prefetch

from generations.models import Batch, Generation, Image
from generations.models.numbering import draft_number, heading, numbers_of


def headings_of(batches: Iterable[Batch | None]) -> dict[int, str]:
    """ "No. 12, picture 2" of each picture and draft in these batches, by its number in the database; two queries for
    any number."""
    wanted = {batch.pk: batch for batch in batches if batch is not None}
    if not wanted:
        return {}
    rows = Generation.objects.filter(batch__in=wanted).only("batch", "model", "position", "retry_of", "state", "n")
    of_batches: dict[int, list[Generation]] = {number: [] for number in wanted}
    drafts: dict[int, list[Image]] = {}
    for generation in rows.prefetch_related(*_parts()):
        drafts[generation.pk] = [image for image in generation.every_image if image.is_surplus]
        generation.every_image = [image for image in generation.every_image if not image.is_surplus]
        of_batches[generation.batch_id].append(generation)
    found: dict[int, str] = {}
    for number, generations in of_batches.items():
        batch, numbers = wanted[number], numbers_of(generations)
        for generation in generations:
            for image in generation.every_image:
                found[image.pk] = heading(batch, numbers[generation.pk, image.position])
            for image in drafts[generation.pk]:
                found[image.pk] = heading(batch, draft_number(image, generation), is_draft=True)
    return found


def _parts() -> tuple[str | Prefetch, ...]:
    images = Image.objects.only("position", "generation", "is_surplus")
    return (Prefetch("images", images, to_attr="every_image"),)
