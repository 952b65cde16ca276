"""What the list of galleries shows, and the pictures and people of one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber

from generations import rights
from generations.models import (
    Batch,
    Gallery,
    GalleryItem,
    GalleryMember,
    Image,
    Membership,
    Person,
    ProviderModel,
    ShareLink,
    Tag,
)
from generations.models.folded import casefold
from generations.models.gallery import COVER, ORDERS, GalleryQuerySet
from generations.models.image import ImageQuerySet
from generations.queries.marks import by_visitors
from generations.queries.search import Search
from generations.rights import Rows
from generations.viewer import Viewer

TEAM, MINE, SHARED, ARCHIVED = "team", "mine", "shared", "archived"
MAX_CHOICES = 60


def galleries_found(viewer: Viewer, show: str = TEAM, words: str = "") -> GalleryQuerySet:
    """Those around the viewer, their own, those they manage that are shared by an open link, or those put away, whose
    title holds the words; the last changed first."""
    galleries = (
        Gallery.objects.all() if show == SHARED else Gallery.objects.filter(archived_at__isnull=show != ARCHIVED)
    )
    found = rights.gallery_around.of(viewer, galleries)
    if show == MINE:
        found = found.filter(person=viewer.user)
    if show == SHARED:
        shared = ShareLink.objects.open().values("gallery")
        found = rights.manage_gallery.of(viewer, found.filter(pk__in=shared))
    return with_words(found, words).order_by("-changed_at", "-pk")


def galleries_to_fill(viewer: Viewer, words: str = "", without: str = "") -> list[Gallery]:
    """Those around the viewer into which they may put pictures, without the one they are in: where they sent a prompt
    last first, then the last changed."""
    others = Gallery.objects.filter(archived_at=None).exclude(key=without)
    open_ones = rights.fill_gallery.of(viewer, others)
    around = rights.gallery_around.of(viewer, open_ones)
    mine = Batch.objects.of(viewer.user).filter(gallery=OuterRef("pk")).newest_first()
    used = F("last_used").desc(nulls_last=True)
    found = with_words(around, words).annotate(last_used=Subquery(mine.values("pk")[:1]))
    return list(found.order_by(used, "-changed_at", "-pk")[:MAX_CHOICES])


def galleries_with(viewer: Viewer, images: QuerySet[Image]) -> list[Gallery]:
    """Those in which any of these pictures lies, as far as the viewer sees them; one query."""
    items = GalleryItem.objects.filter(removed_at=None, image__in=images.order_by().values("pk"))
    return list(rights.see_gallery.of(viewer, Gallery.objects.filter(pk__in=items.values("gallery"))).order_by("title"))


def only_gallery(viewer: Viewer) -> Gallery | None:
    """The gallery of somebody who sees one alone; None for none and for several."""
    found = list(rights.gallery_around.of(viewer, Gallery.objects.order_by())[:2])
    return found[0] if len(found) == 1 else None


def with_words(galleries: GalleryQuerySet, words: str) -> GalleryQuerySet:
    """Those whose title holds all the words, whatever their case. They are few enough to be read."""
    wanted = casefold(words).split()
    if not wanted:
        return galleries
    titles = galleries.order_by().values_list("pk", "title")
    return galleries.filter(pk__in=[pk for pk, title in titles if all(word in casefold(title) for word in wanted)])


def albums(numbers: Sequence[int]) -> list[tuple[Gallery, int, list[int]]]:
    """These galleries, each with how many pictures it has and the numbers of those on its cover, in this order: the one
    that was chosen, as long as it lies there, else the newest; one query."""
    held = GalleryItem.objects.filter(gallery=OuterRef("pk"), removed_at=None, image__deleted_at=None)
    amount = held.order_by().values("gallery").annotate(amount=Count("pk")).values("amount")
    newest = held.order_by("-pk").values("image")
    covers = {f"cover_{n}": Subquery(newest[n : n + 1]) for n in range(COVER)}
    amounts = Coalesce(Subquery(amount, output_field=IntegerField()), 0)
    chosen = Subquery(held.filter(image=OuterRef("cover")).values("image")[:1])
    rows = Gallery.objects.filter(pk__in=numbers).select_related("person", "team")
    rows = rows.annotate(amount=amounts, chosen=chosen, **covers)
    by_number = {}
    for row in rows:
        latest = [pk for name in covers if (pk := getattr(row, name)) is not None]
        by_number[row.pk] = (row, row.amount, [row.chosen] if row.chosen else latest)
    return [by_number[number] for number in numbers if number in by_number]


def covers_of(numbers: Sequence[int]) -> dict[int, Image]:
    """These pictures, as far as nobody deleted them, with what a cover shows; one query."""
    shown = Image.objects.kept().filter(pk__in=numbers).only("key", "width", "height")
    return {image.pk: image for image in shown}


def people_around(galleries: Sequence[Gallery]) -> dict[int, list[Person]]:
    """Who sees each of these galleries, by its number: its person, those named, its team's; two queries for all."""
    names = [f"person__{name}" for name in Person.NAMES]
    named = GalleryMember.objects.filter(gallery__in=galleries, person__is_active=True).order_by("pk")
    of_teams = Membership.objects.filter(team__in={gallery.team_id for gallery in galleries} - {None})
    of_teams = of_teams.filter(person__is_active=True).order_by("pk")
    teams: dict[int | None, list[Person]] = {}
    for membership in of_teams.select_related("person").only("team", *names):
        teams.setdefault(membership.team_id, []).append(membership.person)
    people: dict[int, list[Person]] = {gallery.pk: [gallery.person] for gallery in galleries}
    for member in named.select_related("person").only("gallery", *names):
        people[member.gallery_id].append(member.person)
    for gallery in galleries:
        people[gallery.pk] = list(dict.fromkeys([*people[gallery.pk], *teams.get(gallery.team_id, [])]))
    return people


# ── one gallery ──


def pictures_found(gallery: Gallery, search: Search, viewer: Viewer, as_of: datetime | None = None) -> ImageQuerySet:
    """Those of its pictures that a search finds, in its order; with `as_of` without what came later."""
    held = pictures_in(gallery, as_of) if as_of else pictures_near(gallery)
    found = search.of_pictures().among(held, viewer)
    if rights.read_feedback.allows(viewer, gallery):
        found = found.filter(by_visitors(gallery, search))
    return found.order_by(*ORDERS[Gallery.Order(gallery.order)])


def numbers_found(gallery: Gallery, search: Search, viewer: Viewer) -> QuerySet[Any, int]:
    """The same by number alone, which is all that pages need of them. Who asks for visitors' marks alone reads no
    picture: what lies in the gallery and what was marked tell it."""
    if replace(search.of_pictures(), chosen=(), rejected=(), remarked=()):
        return pictures_found(gallery, search, viewer).values_list("pk", flat=True)
    items = lying_in(gallery)
    if rights.read_feedback.allows(viewer, gallery):
        items = items.filter(by_visitors(gallery, search, "image"))
    return items.order_by(*item_order(gallery)).values_list("image", flat=True)


def lying_in(gallery: Gallery) -> QuerySet[GalleryItem]:
    """The places of the pictures of a gallery that nobody deleted. They are told by what lies in the trash, of which
    there is less, and so read from indexes alone. Its ends are asked for at once."""
    deleted = near(gallery, Image.objects.filter(deleted_at__isnull=False))
    return gallery.items.filter(removed_at=None).exclude(image__in=deleted.values("pk"))


def item_order(gallery: Gallery) -> list[str]:
    """The gallery's order, as columns of its items."""
    return [name.replace("gallery_items__", "") for name in ORDERS[Gallery.Order(gallery.order)]]


def beside(viewer: Viewer, key: str, image: Image, search: Search) -> tuple[str, str]:
    """Keys of the pictures before and after one among those that a search finds in the gallery of this key, in its
    order; "" at an end, and where it does not lie or is not seen. However many there are, each is the first of a walk
    along the gallery's index, on which every picture is asked for itself: a list of what the search finds would be made
    for each walk."""
    gallery = rights.see_gallery.of(viewer, Gallery.objects.filter(key=key)).first()
    if gallery is None:
        return "", ""
    items = gallery.items.filter(removed_at=None, image__deleted_at=None)
    if wanted := search.of_pictures():
        items = items.filter(Exists(wanted.among(Image.objects.filter(pk=OuterRef("image")), viewer)))
        if rights.read_feedback.allows(viewer, gallery):
            items = items.filter(by_visitors(gallery, wanted, "image"))
    here = items.filter(image=image).first()
    return keys_around(gallery, items, here) if here else ("", "")


def keys_around(gallery: Gallery, items: QuerySet[GalleryItem], here: GalleryItem) -> tuple[str, str]:
    """Keys of the pictures before and after this one among some items of the gallery, in its order."""
    ahead, behind = around(gallery, here)
    keys = items.order_by(*item_order(gallery)).values_list("image__key", flat=True)
    return keys.filter(ahead).last() or "", keys.filter(behind).first() or ""


def around(gallery: Gallery, item: GalleryItem) -> tuple[Q, Q]:
    """What stands before an item in the gallery's order, and what behind it."""
    younger, older = Q(pk__gt=item.pk), Q(pk__lt=item.pk)
    match Gallery.Order(gallery.order):
        case Gallery.Order.NEWEST:
            return younger, older
        case Gallery.Order.OLDEST:
            return older, younger
        case Gallery.Order.HAND:
            # The first condition alone is one stretch of the index, which is walked from this end.
            return (
                Q(rank__lte=item.rank) & (Q(rank__lt=item.rank) | older),
                Q(rank__gte=item.rank) & (Q(rank__gt=item.rank) | younger),
            )


def pictures_in(gallery: Gallery, as_of: datetime | None = None) -> ImageQuerySet:
    """The pictures of a gallery that nobody deleted; whether it may be seen was asked before."""
    held = Q(gallery_items__gallery=gallery, gallery_items__removed_at=None)
    if as_of:
        held &= Q(gallery_items__added_at__lte=as_of)
    return Image.objects.kept().filter(held)


def pictures_to_show(viewer: Viewer, numbers: Sequence[int]) -> list[Image]:
    """These pictures with all a tile shows, in this order; their reading was allowed."""
    by_number = {image.pk: image for image in Image.objects.filter(pk__in=numbers).for_tiles(viewer.person)}
    return [by_number[number] for number in numbers if number in by_number]


def makers_in(gallery: Gallery) -> tuple[list[ProviderModel], list[Person]]:
    """The models and the people of its pictures, by name."""
    pairs = list(pictures_near(gallery).order_by().values_list("model", "person").distinct())
    models = ProviderModel.objects.filter(pk__in={model for model, _person in pairs}).order_by("name", "pk")
    models = models.select_related("provider").only("key", "name", "provider__name")
    people = Person.objects.filter(pk__in={person for _model, person in pairs}).only(*Person.NAMES)
    return list(models), list(people.order_by("first_name", "last_name", "username"))


def numbers_in(gallery: Gallery, images: Collection[int]) -> dict[int, int]:
    """The numbers of these pictures, as they count in the gallery's order; two queries."""
    if not images:
        return {}
    numbered = lying_in(gallery).annotate(number=Window(RowNumber(), order_by=item_order(gallery)))
    found = numbered.filter(Q(image__in=images) | Q(number__lt=1)).values_list("image", "number")
    return dict(found)


def tags_in(gallery: Gallery) -> list[str]:
    """The names used most of late on its pictures."""
    here = {"gallery_items__gallery": gallery, "gallery_items__removed_at": None, "deleted_at": None}
    on_them = Tag.objects.filter(**{f"image__{name}": value for name, value in here.items()})
    return near(gallery, on_them, "image").of_late()


def pictures_near(gallery: Gallery) -> ImageQuerySet:
    """Its pictures, as `near` finds them."""
    return near(gallery, pictures_in(gallery))


def near(gallery: Gallery, rows: Rows, column: str = "pk") -> Rows:
    """These pictures of a gallery, or rows whose column names one, between its oldest and its newest: a project's are
    drawn at one time, and PostgreSQL, which would else read every picture there is to find these, reads those of that
    time."""
    if gallery.ends is None:
        return rows.none()
    oldest, newest = gallery.ends
    return rows.filter(**{f"{column}__gte": oldest, f"{column}__lte": newest})


def item_at(gallery: Gallery, key: str) -> GalleryItem | None:
    """The place of a picture that lies in a gallery."""
    return _places(gallery).filter(image__key=key).first()


def item_behind(gallery: Gallery, item: GalleryItem) -> GalleryItem | None:
    """The next by hand."""
    return _places(gallery).filter(Q(rank__gt=item.rank) | Q(rank=item.rank, pk__gt=item.pk)).first()


def item_before(gallery: Gallery, item: GalleryItem) -> GalleryItem | None:
    """The one before it by hand."""
    return _places(gallery).filter(Q(rank__lt=item.rank) | Q(rank=item.rank, pk__lt=item.pk)).last()


def _places(gallery: Gallery) -> QuerySet[GalleryItem]:
    return gallery.items.filter(removed_at=None, image__deleted_at=None).order_by("rank", "pk")
