"""What the page of a picture shows beside it."""

from __future__ import annotations

from django.db.models import Prefetch

from generations import rights
from generations.models import Batch, Image
from generations.rights import Viewer

MAX_LINEAGE = 200


def lineage_of(viewer: Viewer, batch: Batch) -> list[Batch]:
    """The batches of one line that the viewer may see, with their pictures, oldest first; three queries."""
    images = Prefetch(
        "images", Image.objects.kept().select_related("verdict").order_by("generation__position", "position")
    )
    line = rights.see_batch.of(viewer, Batch.objects.in_lineage_of(batch)).select_related("parent__verdict")
    return list(line.prefetch_related(images)[:MAX_LINEAGE])


def references_to_see(viewer: Viewer, batch: Batch) -> list[Image]:
    """What was sent with a batch that the viewer may not see itself, as far as they may see it."""
    return list(rights.see_image.of(viewer, Image.objects.filter(batchreference__batch=batch).as_sent()))


def tags_of(image: Image) -> list[str]:
    """The tags of a picture whose reading was allowed."""
    return list(image.tags.values_list("name", flat=True))


def use_count(image: Image) -> int:
    """How many batches were made from this picture."""
    return image.batchreference_set.values("batch").distinct().count()
