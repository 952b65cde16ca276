"""What lies in a person's trash."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from generations import rights
from generations.models import Gallery, Image
from generations.models.image import ImageQuerySet
from generations.rights import Viewer


def trash_of(viewer: Viewer) -> ImageQuerySet:
    """The viewer's deleted pictures, by whomever they were deleted, the last deleted first."""
    return rights.see_trash.of(viewer, Image.objects.order_by("-deleted_at", "-pk"))


def galleries_in_trash(viewer: Viewer) -> list[Gallery]:
    """Deleted galleries of the viewer's, and those they deleted, as far as they may bring them back."""
    own = Gallery.objects.filter(Q(person=viewer.person) | Q(deleted_by=viewer.person))
    return list(rights.restore_gallery.of(viewer, own).order_by("-deleted_at", "-pk"))


def trash_to_restore(viewer: Viewer) -> ImageQuerySet:
    """Deleted pictures that the viewer may bring back, in no order: their own, and what they may take down."""
    return rights.restore_image.of(viewer, Image.objects.order_by())


def trash_to_show(viewer: Viewer, images: Sequence[Image]) -> list[Image]:
    """These pictures of the viewer's trash with all a tile shows, the last deleted first."""
    found = trash_of(viewer).filter(pk__in=[image.pk for image in images])
    return list(found.for_tiles(viewer.person))
