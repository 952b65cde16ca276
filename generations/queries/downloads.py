"""What an archive packs."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from generations.models import Gallery, Image

ROWS_AT_ONCE = 500


def images_to_pack(images: QuerySet[Image]) -> Iterator[Image]:
    """These pictures, whose reading was allowed, with all an archive says of them; the oldest first. They come one by
    one, since each brings its prompt."""
    rows = images.select_related("file", "batch", "person", "model", "generation__batch").order_by("pk")
    return rows.iterator(ROWS_AT_ONCE)


def images_to_copy(images: QuerySet[Image], gallery: Gallery | None) -> list[Image]:
    """These pictures with all a copy needs; in the gallery's order, else the oldest first."""
    chosen = Image.objects.filter(pk__in=images.order_by().values("pk"))
    ordered = gallery.in_order(chosen) if gallery else chosen.order_by("pk")
    files = ordered.select_related("file", "clean_file", "labelled_file", "batch", "person", "model")
    return list(files.select_related("generation__batch", "generation__model"))
