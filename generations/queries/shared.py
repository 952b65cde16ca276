"""What a share link shows of its gallery."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from generations import rights
from generations.models import Gallery, GalleryItem, Image
from generations.models.gallery import ORDERS
from generations.models.image import ImageQuerySet
from generations.rights import Viewer


def shared_images(viewer: Viewer, gallery: Gallery) -> ImageQuerySet:
    """The pictures that the viewer's link shows, in the gallery's order."""
    return gallery.in_order(rights.see_shared.of(viewer, Image.objects.all()))


def keys_of(images: ImageQuerySet) -> QuerySet[Image, str]:
    return images.values_list("key", flat=True)


class Place(NamedTuple):
    """Where a picture stands among those that a link shows: its number, how many there are, and the keys of its
    neighbours, "" at an end."""

    number: int
    of: int
    before: str
    after: str


def place_of(viewer: Viewer, gallery: Gallery, image: Image) -> Place:
    """In the gallery's order; four queries, however many pictures there are."""
    shown = rights.see_shared.of(viewer, Image.objects.all()).order_by().values("pk")
    items = gallery.items.filter(removed_at=None, image__in=shown)
    here = items.get(image=image)
    ahead, behind = _around(gallery, here)
    counted = items.aggregate(count=Count("pk"), ahead=Count("pk", filter=ahead))
    order = [name.replace("gallery_items__", "") for name in ORDERS[Gallery.Order(gallery.order)]]
    keys = items.order_by(*order).values_list("image__key", flat=True)
    before, after = keys.filter(ahead).last(), keys.filter(behind).first()
    return Place(counted["ahead"] + 1, counted["count"], before or "", after or "")


def _around(gallery: Gallery, item: GalleryItem) -> tuple[Q, Q]:
    """What stands before an item and what behind it."""
    younger, older = Q(pk__gt=item.pk), Q(pk__lt=item.pk)
    match Gallery.Order(gallery.order):
        case Gallery.Order.NEWEST:
            return younger, older
        case Gallery.Order.OLDEST:
            return older, younger
        case Gallery.Order.HAND:
            equal = Q(rank=item.rank)
            return Q(rank__lt=item.rank) | (equal & older), Q(rank__gt=item.rank) | (equal & younger)


def with_facts(images: list[str]) -> dict[str, Image]:
    """These pictures with what a client may be shown of them, by their keys."""
    found = Image.objects.filter(key__in=images).select_related("batch", "person", "file")
    return {image.key: image for image in found}
