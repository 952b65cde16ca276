"""What the page of a picture shows beside it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Prefetch

from generations import rights
from generations.models import Batch, Image, Tag
from generations.models.image import ImageQuerySet
from generations.queries.studio import batches_in_feed
from generations.viewer import Viewer

MAX_LINEAGE = 200


def lineage_of(viewer: Viewer, batch: Batch) -> list[Batch]:
    """The batches of one line that the viewer may see, with their pictures, oldest first; three queries."""
    images = Prefetch(
        "images", Image.objects.kept().select_related("verdict").order_by("generation__position", "position")
    )
    line = rights.see_batch.of(viewer, Batch.objects.in_lineage_of(batch)).select_related("parent__verdict")
    return list(line.prefetch_related(images)[:MAX_LINEAGE])


def around(image: Image, found: ImageQuerySet) -> tuple[str, str]:
    """Keys of the pictures before and after one in a list with the newest first; "" at an end. Two queries."""
    newer = found.filter(pk__gt=image.pk).order_by("pk").values_list("key", flat=True)
    older = found.filter(pk__lt=image.pk).order_by("-pk").values_list("key", flat=True)
    return newer.first() or "", older.first() or ""


def around_in_feed(viewer: Viewer, batch: Batch, whose: str) -> tuple[str, str]:
    """Keys of the last picture of the strip above this batch's in a feed, and of the first of the one below; "" at an
    end, and for a batch that is not in this feed. Two queries."""
    feed = batches_in_feed(viewer, whose)
    if whose != "team" and batch.person_id != viewer.user.pk:
        return "", ""
    pictures = Image.objects.kept().filter(generation__isnull=False, batch__in=feed)
    above = pictures.filter(batch__gt=batch.pk).order_by("batch", "-generation__position", "-position")
    below = pictures.filter(batch__lt=batch.pk).order_by("-batch", "generation__position", "position")
    keys = [found.values_list("key", flat=True).first() or "" for found in (above, below)]
    return keys[0], keys[1]


def references_to_see(viewer: Viewer, batch: Batch) -> list[Image]:
    """What was sent with a batch that the viewer may not see itself, as far as they may see it."""
    return list(rights.see_image.of(viewer, Image.objects.filter(batchreference__batch=batch).as_sent()))


def tags_of(image: Image) -> list[str]:
    """The tags of a picture whose reading was allowed."""
    return list(image.tags.values_list("name", flat=True))


def tags_to_suggest(viewer: Viewer, taken: Sequence[str]) -> list[str]:
    """The tags that the library offers the viewer, without those a picture has."""
    offered = rights.image_around.of(viewer, Tag.objects.all(), "image__").of_late()
    return [name for name in offered if name not in taken]


def use_count(image: Image) -> int:
    """How many batches were made from this picture."""
    return image.batchreference_set.values("batch").distinct().count()
