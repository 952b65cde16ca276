"""What an archive packs."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from generations.models import Image

ROWS_AT_ONCE = 500


def images_to_pack(images: QuerySet[Image]) -> Iterator[Image]:
    """These pictures, whose reading was allowed, with all an archive says of them; the oldest first. They come one by
    one, since each brings its prompt."""
    rows = images.select_related("file", "batch", "person", "model", "generation__batch").order_by("pk")
    return rows.iterator(ROWS_AT_ONCE)
