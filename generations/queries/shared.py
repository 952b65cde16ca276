"""What a share link shows of its gallery, and what its visitor marked and wrote there."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber

from generations import rights
from generations.models import Client, Comment, Gallery, GalleryItem, Image, ShareLink, Verdict, Visitor
from generations.models.comment import CommentQuerySet
from generations.models.image import ImageQuerySet
from generations.queries.galleries import around, item_order, keys_around, near
from generations.viewer import Viewer

MAX_NOTED = 48
"""Pictures of one mark that are drawn beside the button that sends them."""


def shared_images(viewer: Viewer, gallery: Gallery) -> ImageQuerySet:
    """The pictures that the viewer's link shows, in the gallery's order."""
    return gallery.in_order(near(gallery, Image.objects.filter(rights.shown_of(viewer, gallery))))


def shown_items(viewer: Viewer, gallery: Gallery) -> QuerySet[GalleryItem]:
    """The places of the same pictures."""
    return gallery.items.filter(rights.shown_of(viewer, gallery, "image__"), removed_at=None)


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
    items = shown_items(viewer, gallery)
    here = items.get(image=image)
    counted = items.aggregate(count=Count("pk"), ahead=Count("pk", filter=around(gallery, here)[0]))
    return Place(counted["ahead"] + 1, counted["count"], *keys_around(gallery, items, here))


def with_facts(images: list[str]) -> dict[str, Image]:
    """These pictures with what a client may be shown of them, by their keys."""
    found = Image.objects.filter(key__in=images).select_related("batch", "person", "file", "verdict")
    return {image.key: image for image in found}


def with_sizes(images: list[str]) -> dict[str, Image]:
    """The same with what a thumbnail needs, which is drawn for many."""
    return {image.key: image for image in Image.objects.filter(key__in=images).only("key", "width", "height")}


# ── what its visitor did ──


def marked_by(visitor: Visitor, shown: ImageQuerySet) -> tuple[dict[str, int], dict[str, list[str]]]:
    """How many of the pictures that are shown have each of the visitor's marks, by the kind of mark, and the keys of
    the first of them; one query."""
    order = [str(name) for name in shown.query.order_by]
    kind = F("choices__kind")
    place, amount = Window(RowNumber(), partition_by=kind, order_by=order), Window(Count("*"), partition_by=kind)
    marked = shown.filter(choices__visitor=visitor).annotate(kind=kind, place=place, amount=amount)
    counts: dict[str, int] = {}
    first: dict[str, list[str]] = {}
    rows = marked.filter(place__lte=MAX_NOTED).order_by("kind", "place")
    for kind_of_mark, key, of in rows.values_list("kind", "key", "amount"):
        counts[kind_of_mark] = of
        first.setdefault(kind_of_mark, []).append(key)
    return counts, first


def marks_on(visitor: Visitor, keys: Collection[str]) -> dict[str, str]:
    """The visitor's marks on these pictures, by their keys; one query."""
    return dict(visitor.choices.filter(image__key__in=keys).order_by().values_list("image__key", "kind"))


def with_mark(visitor: Visitor, kind: str, images: ImageQuerySet) -> ImageQuerySet:
    """Those of these pictures with this mark of the visitor's; "": without any."""
    if not kind:
        return images.exclude(pk__in=visitor.choices.order_by().values("image"))
    return images.filter(pk__in=visitor.choices.filter(kind=kind).order_by().values("image"))


def numbers_of(viewer: Viewer, gallery: Gallery, keys: Collection[str]) -> dict[str, int]:
    """The numbers of some of the pictures that the viewer's link shows, by their keys, the first ones first; two
    queries, which read as far as the last of them.

    They are counted before any is left out: a filter beside the count would go before it."""
    order = item_order(gallery)
    wanted = list(gallery.items.filter(removed_at=None, image__key__in=keys).order_by(*order))
    if not wanted:
        return {}
    ahead, _behind = around(gallery, wanted[-1])  # read with the others: PostgreSQL would walk to one from the end
    items = shown_items(viewer, gallery).filter(ahead | Q(pk=wanted[-1].pk))
    numbered = items.annotate(number=Window(RowNumber(), order_by=order))
    found = numbered.filter(Q(image__key__in=keys) | Q(number__lt=1)).order_by("number")
    return dict(found.values_list("image__key", "number"))


def remarks_shown(link: ShareLink, visitor: Visitor | None) -> CommentQuerySet:
    """What a visitor reads: their own remarks with the answers to them, and where the link shows comments those of its
    other visitors too. What the team says among itself is no client's to read."""
    begun = Q(visitor=visitor) if visitor else Q(pk__in=[])
    if link.shows_comments:
        begun |= Q(link=link, visitor__isnull=False)
    roots = Comment.objects.filter(begun, parent=None)
    return Comment.objects.filter(Q(pk__in=roots.values("pk")) | Q(parent__in=roots.values("pk")))


def remark_counts(link: ShareLink, visitor: Visitor | None, keys: list[str]) -> dict[str, int]:
    """How many comments the visitor reads on each of these pictures; one query."""
    said = remarks_shown(link, visitor).kept().filter(image__key__in=keys).order_by()
    return dict(said.values_list("image__key").annotate(count=Count("pk")))


def thread_on(link: ShareLink, visitor: Visitor | None, image: Image) -> list[Comment]:
    """The comments that the visitor reads on a picture, each thread together, oldest first."""
    said = remarks_shown(link, visitor).kept().filter(image=image).select_related("author", "visitor")
    return sorted(said, key=lambda comment: (comment.parent_id or comment.pk, comment.pk))


def remarks_of(visitor: Visitor) -> list[Comment]:
    """What the visitor wrote, oldest first."""
    return list(Comment.objects.kept().filter(visitor=visitor).select_related("image").order_by("pk"))


# ── a client's page ──


def links_open_to(client: Client) -> list[tuple[ShareLink, int]]:
    """The client's links that are open, the newest first, each with the number of pictures it shows; one query. The
    numbers are those of `rights.see_shared`."""
    passing = ~rights.held_back_by_links("image__")
    shown = GalleryItem.objects.filter(
        (Q(gallery__links__approved_only=False) & passing) | Q(image__verdict__state=Verdict.State.APPROVED),
        gallery__links=OuterRef("pk"),
        removed_at=None,
        image__deleted_at=None,
        image__batch__isnull=False,
    )
    amount = shown.order_by().values(of=F("gallery")).annotate(amount=Count("pk")).values("amount")
    links = ShareLink.objects.open().filter(client=client).select_related("gallery")
    counted = links.annotate(amount=Coalesce(Subquery(amount, output_field=IntegerField()), 0))
    return [(link, link.amount) for link in counted.order_by("-pk")]
