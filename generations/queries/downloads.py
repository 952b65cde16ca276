"""What an archive packs."""

from __future__ import annotations

from django.db.models import QuerySet

from generations.models import Image


def sizes_to_pack(images: QuerySet[Image]) -> QuerySet[Image, tuple[int, int]]:
    """Row and bytes of each of these pictures, whose reading was allowed; the oldest first."""
    return images.order_by("pk").values_list("pk", "file__size")


def images_to_pack(images: QuerySet[Image]) -> list[Image]:
    """These pictures, whose reading was allowed, with all an archive says of them; the oldest first."""
    return list(images.select_related("file", "batch", "person", "model", "generation__batch").order_by("pk"))
