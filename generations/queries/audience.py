"""What is changed when somebody changes who sees their batches."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Q

from generations import rights
from generations.models import Batch, GalleryItem, Image, Person, Team
from generations.models.batch import BatchQuerySet
from generations.models.image import ImageQuerySet
from generations.viewer import Viewer


def batches_of(images: ImageQuerySet) -> BatchQuerySet:
    """The batches of these pictures, whose seeing was allowed."""
    return Batch.objects.filter(pk__in=images.order_by().values("batch"))


def batches_to_show(viewer: Viewer, batches: BatchQuerySet) -> list[Batch]:
    """Those of which the viewer may change who sees them."""
    return list(rights.show_batch.of(viewer, batches).select_related("person", "team", "gallery").order_by("pk"))


def made_from(viewer: Viewer, batches: Collection[Batch]) -> list[Batch]:
    """What was made from their pictures, from the pictures of that, and so on, as far as the viewer may change who sees
    it; two queries for all."""
    roots = {batch.lineage_root_id or batch.pk for batch in batches}
    line = Batch.objects.filter(Q(lineage_root__in=roots) | Q(pk__in=roots), parent__batch__isnull=False)
    known = {batch.pk for batch in batches}
    derived: set[int] = set()
    for number, source in line.order_by("pk").values_list("pk", "parent__batch"):  # a batch is younger than its source
        if source in known | derived and number not in known:
            derived.add(number)
    return batches_to_show(viewer, Batch.objects.filter(pk__in=derived)) if derived else []


def teams_around(viewer: Viewer, authors: Iterable[Person]) -> list[Team]:
    """The teams that could see it: the viewer's own, for staff those of the authors."""
    people = list(authors) if viewer.is_staff else [viewer.user]
    return list(Team.objects.filter(membership__person__in=people).distinct().order_by("name", "pk"))


def members_among(team: Team, people: Collection[int]) -> set[int]:
    """Those of these people who are in the team."""
    return set(team.people.filter(pk__in=people).values_list("pk", flat=True))


def in_other_galleries(batches: Collection[int]) -> int:
    """How many pictures of these batches lie in galleries."""
    images = Image.objects.kept().filter(batch__in=batches).order_by().values("pk")
    items = GalleryItem.objects.filter(removed_at=None, gallery__deleted_at=None, image__in=images)
    return items.values("image").distinct().count()
