"""What lies in a person's trash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q

from generations import rights
from generations.models import Gallery, Image, RetentionRule
from generations.models.image import ImageQuerySet
from generations.viewer import Viewer


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
    """These pictures of the viewer's trash with all a tile shows and the team that says how long they are kept, the
    last deleted first."""
    found = trash_of(viewer).filter(pk__in=[image.pk for image in images])
    return list(found.for_tiles(viewer.person).with_team_of_batch())


def days_in_trash(teams: Iterable[int | None]) -> int:
    """How many days the trash keeps what is of these teams; of several the fewest."""
    days = RetentionRule.objects.trash_days()
    return min((days.get(team, days[None]) for team in teams), default=days[None])


def days_of_deletion(deletion: str) -> int:
    """How many days the pictures of one deletion can be had back."""
    teams = Image.objects.filter(deletion=deletion).order_by().values_list("batch__team", flat=True).distinct()
    return days_in_trash(teams if deletion else ())


def days_of_trash(viewer: Viewer) -> int:
    """The fewest days for which anything is kept that the viewer deletes: of their own, or of their teams."""
    return days_in_trash([None, *viewer.roles])
