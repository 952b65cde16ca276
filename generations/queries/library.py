"""What the library lists, counts and offers as filters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from django.db.models import Case, Exists, F, OuterRef, Value, When

from generations import rights
from generations.models import Batch, Favourite, Generation, Image, Person, ProviderModel, Tag
from generations.models.image import ImageQuerySet
from generations.queries.search import SHAPES, STATES, Search
from generations.viewer import Viewer

MAX_OF_NUMBER = 8
ImageCounted = tuple[str, str, str, str | None, str | None, int]
"""Whose it is, its model's key, its shape, its review, "1" with the person's heart, its number."""


def images_found(viewer: Viewer, search: Search) -> ImageQuerySet:
    """What a search finds for this viewer, newest first."""
    return search.images(viewer).newest_first()


def numbered(viewer: Viewer, number: int) -> tuple[Batch | None, list[Image]]:
    """The batch of this number, if the viewer may see it, and those of its pictures that they may, the first few."""
    images = rights.see_drawn.of(viewer, Image.objects.filter(batch=number)).order_by(
        "generation__position", "position"
    )
    batch = rights.see_batch.of(viewer, Batch.objects.filter(pk=number)).first()
    return batch, list(images.for_tiles(viewer.person)[:MAX_OF_NUMBER])


def images_to_count(
    viewer: Viewer, search: Search, most: int, among: ImageQuerySet | None = None
) -> list[ImageCounted] | None:
    """What a search finds for this viewer, or among these pictures, in no order; None when there is more."""
    shape = Case(*(When(condition, then=Value(name)) for name, condition in SHAPES.items()))
    review = Case(
        When(verdict__isnull=False, then=F("verdict__state")), When(team__isnull=False, then=Value("awaiting"))
    )
    hearts = Favourite.objects.filter(person=viewer.person, image=OuterRef("pk"))
    heart = Case(When(Exists(hearts), then=Value("1")))
    found = (search.images(viewer) if among is None else search.among(among, viewer)).order_by()
    rows = list(found.values_list("person__username", "model__key", shape, review, heart, "pk")[: most + 1])
    return rows if len(rows) <= most else None


def generations_to_count(viewer: Viewer, search: Search, most: int) -> list[tuple[str, str, str, int]] | None:
    """The same of generations without a picture: whose, of which model, in which state, its number."""
    state = Case(*(When(condition, then=Value(name)) for name, condition in STATES.items()))
    found = search.generations(viewer).order_by().values_list("batch__person__username", "model__key", state, "pk")
    rows = list(found[: most + 1])
    return rows if len(rows) <= most else None


def tags_to_count(names: Sequence[str], images: Collection[int], most: int) -> Counter[str] | None:
    """How many of these pictures, whose reading was allowed, carry each name; None when it is too much to look."""
    near = Tag.objects.filter(name__in=names, image__gte=min(images, default=0), image__lte=max(images, default=0))
    rows = list(near.order_by().values_list("name", "image")[: most + 1])
    return Counter(name for name, image in rows if image in images) if len(rows) <= most else None


def images_to_show(viewer: Viewer, numbers: Sequence[int]) -> list[Image]:
    """These pictures with all a tile shows, newest first; their reading was allowed."""
    return list(Image.objects.filter(pk__in=numbers).for_tiles(viewer.person).newest_first())


def generations_to_show(numbers: Sequence[int]) -> list[Generation]:
    """These generations with all a tile shows, newest first; their reading was allowed."""
    return list(Generation.objects.filter(pk__in=numbers).select_related("batch__person").order_by("-pk"))


def images_chosen(viewer: Viewer, keys: Sequence[str]) -> ImageQuerySet:
    """Those of the named pictures that are shown to the viewer."""
    return rights.see_drawn.of(viewer, Image.objects.filter(key__in=list(keys)))


def models_that_drew() -> list[ProviderModel]:
    """Models of which there is a picture, by name, with what a filter shows of them."""
    drew = Exists(Image.objects.filter(model=OuterRef("pk")))
    found = ProviderModel.objects.filter(drew).select_related("provider").order_by("name", "pk")
    return list(found.only("key", "name", "provider__name"))


def people_to_offer(viewer: Viewer, search: Search) -> list[Person]:
    """The person, then everybody who shares a team with them, or for staff who ask for everybody's all who drew."""
    person = viewer.user
    around = Person.objects.filter(teams__in=person.teams.values("pk")).distinct()
    others = (
        Person.objects.filter(Exists(Batch.objects.filter(person=OuterRef("pk"))))
        if viewer.is_staff and search.is_everybodys
        else around
    )
    return [person, *others.exclude(pk=person.pk).order_by("first_name", "last_name", "username")]


def tags_to_offer(viewer: Viewer, search: Search) -> list[str]:
    """The names used most of late on the pictures the search looks among."""
    return search.rule.of(viewer, Tag.objects.all(), "image__").of_late()


def names_of_people(viewer: Viewer, names: Sequence[str]) -> list[tuple[str, str]]:
    """User names with how people are called, of those the viewer knows: themselves, their teams, and for staff all."""
    named = rights.know_person.of(viewer, Person.objects.filter(username__in=names)).distinct()
    return [(other.username, str(other)) for other in named] if names else []
