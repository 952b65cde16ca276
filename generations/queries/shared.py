"""What a share link shows of its gallery."""

from __future__ import annotations

from django.db.models import QuerySet

from generations import rights
from generations.models import Gallery, Image
from generations.models.image import ImageQuerySet
from generations.rights import Viewer


def shared_images(viewer: Viewer, gallery: Gallery) -> ImageQuerySet:
    """The pictures that the viewer's link shows, in the gallery's order."""
    return gallery.in_order(rights.see_shared.of(viewer, Image.objects.all()))


def keys_of(images: ImageQuerySet) -> QuerySet[Image, str]:
    return images.values_list("key", flat=True)


def with_facts(images: list[str]) -> dict[str, Image]:
    """These pictures with what a client may be shown of them, by their keys."""
    found = Image.objects.filter(key__in=images).select_related("batch", "person", "file")
    return {image.key: image for image in found}
