"""What a share link shows of its gallery, and what its visitor marked and wrote there."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from generations import rights
from generations.models import Client, Comment, Gallery, GalleryItem, Image, Person, ShareLink, Verdict, Visitor
from generations.models.comment import CommentQuerySet
from generations.models.image import ImageQuerySet
from generations.queries.galleries import near
from generations.viewer import Viewer


def shared_images(viewer: Viewer, gallery: Gallery) -> ImageQuerySet:
    """The pictures that the viewer's link shows, in the gallery's order."""
    return gallery.in_order(near(gallery, Image.objects.filter(rights.shown_of(viewer, gallery))))


def numbers_shown(viewer: Viewer, gallery: Gallery) -> list[int]:
    """The numbers of the same pictures, in the same order; two queries. A page counts, numbers and marks them by this
    list: to ask the database for each of these reads the gallery as often."""
    return list(shared_images(viewer, gallery).values_list("pk", flat=True))


def with_facts(images: Collection[int]) -> dict[int, Image]:
    """These pictures with what a client may be shown of them, and what says whether their files are given, by their
    numbers."""
    shown = ("key", "width", "height", "placeholder", "alt", "team", "batch__prompt", "batch__team", "verdict__state")
    names = (f"person__{name}" for name in Person.NAMES)
    return Image.objects.select_related("batch", "person", "verdict").only(*shown, *names).in_bulk(list(images))


def with_sizes(images: Collection[int]) -> dict[int, Image]:
    """The same with what a thumbnail needs, which is drawn for many."""
    return Image.objects.only("key", "width", "height").in_bulk(list(images))


def number_of(key: str) -> int | None:
    """The number of the picture with this key."""
    return Image.objects.filter(key=key).values_list("pk", flat=True).first()


# ── what its visitor did ──


def marks_of(visitor: Visitor) -> dict[int, str]:
    """The visitor's marks, by the numbers of the pictures, shown or not; one query."""
    return dict(visitor.choices.order_by().values_list("image", "kind"))


def remarks_shown(link: ShareLink, visitor: Visitor | None) -> CommentQuerySet:
    """What a visitor reads: their own remarks with the answers to them, and where the link shows comments those of its
    other visitors too. What the team says among itself is no client's to read."""
    begun = Q(visitor=visitor) if visitor else Q(pk__in=[])
    if link.shows_comments:
        begun |= Q(link=link, visitor__isnull=False)
    roots = Comment.objects.filter(begun, parent=None)
    return Comment.objects.filter(Q(pk__in=roots.values("pk")) | Q(parent__in=roots.values("pk")))


def remark_counts(link: ShareLink, visitor: Visitor | None, images: Collection[int]) -> dict[int, int]:
    """How many comments the visitor reads on each of these pictures; one query."""
    said = remarks_shown(link, visitor).kept().filter(image__in=images).order_by()
    return dict(said.values_list("image").annotate(count=Count("pk")))


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
