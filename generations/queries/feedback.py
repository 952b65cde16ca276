"""What the visitors of a gallery's share links chose and wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q

from generations.models import Choice, Comment, Gallery, Image, Person, Visitor
from generations.models.image import is_in_trash
from generations.queries.galleries import lying_in

MAX_VISITORS = 200
"""Named on a page at most, those who did something last."""
ROWS_AT_ONCE = 500
OF_VISITOR = ("key", "name", "note", "active_at", "finished_at", "reopened_at")
OF_LINK = ("label", "expires_at", "revoked_at", "closed_at", "gallery__deleted_at")


def has_visitors(gallery: Gallery, *, or_deleted: bool = False) -> bool:
    """Whether anybody did anything by its links; for who can restore them, also those who were deleted."""
    wanted = Q(deleted_at=None) | is_in_trash() if or_deleted else Q(deleted_at=None)
    return Visitor.objects.filter(wanted, link__gallery=gallery).exists()


def deleted_visitors(gallery: Gallery) -> list[Visitor]:
    """Those who were deleted and can be restored, the last deleted first."""
    found = Visitor.objects.filter(is_in_trash(), link__gallery=gallery).select_related("link", "deleted_by")
    found = found.only("key", "name", "deleted_at", "link__label", *(f"deleted_by__{name}" for name in Person.NAMES))
    return list(found.order_by("-deleted_at", "-pk")[:MAX_VISITORS])


def visitors_of(gallery: Gallery) -> dict[str, str]:
    """The keys of those who came by its links with their names, the last active first."""
    found = Visitor.objects.kept().filter(link__gallery=gallery).order_by("-active_at", "-pk")
    return dict(found.values_list("key", "name")[:MAX_VISITORS])


@dataclass(frozen=True)
class Amounts:
    """How many of a gallery's pictures a visitor chose and rejected, and how often they commented on one."""

    hearts: int
    rejects: int
    remarks: int


def visitors_with_counts(gallery: Gallery) -> list[tuple[Visitor, Amounts]]:
    """The same with what each did; four queries."""
    found = Visitor.objects.kept().filter(link__gallery=gallery).select_related("link__gallery")
    found = found.only(*OF_VISITOR, *(f"link__{name}" for name in OF_LINK))
    visitors = list(found.order_by("-active_at", "-pk")[:MAX_VISITORS])
    lying = lying_in(gallery)
    # Asked in the count, so that the database walks the marks: as a condition it would walk all that lies there.
    lying_here = Count("pk", filter=Q(image__in=lying.values("image")))
    given = Choice.objects.filter(visitor__in=visitors).order_by().values_list("visitor", "kind")
    marked = {(visitor, kind): amount for visitor, kind, amount in given.annotate(amount=lying_here)}
    said = Comment.objects.kept().filter(Exists(lying.filter(image=OuterRef("image"))), visitor__in=visitors)
    remarks = dict(said.order_by().values_list("visitor").annotate(amount=Count("pk")))
    heart, reject = Choice.Kind.HEART, Choice.Kind.REJECT
    return [
        (one, Amounts(marked.get((one.pk, heart), 0), marked.get((one.pk, reject), 0), remarks.get(one.pk, 0)))
        for one in visitors
    ]


def pictures_talked_about(images: Sequence[int]) -> dict[int, Image]:
    """These pictures by their numbers, with what is shown beside their marks; their reading was allowed."""
    shown = ("key", "width", "height", "placeholder", "verdict__state")
    return Image.objects.select_related("verdict").only(*shown).in_bulk(images)


def choices_on(gallery: Gallery, images: Sequence[int], only: str = "") -> list[tuple[int, str, str]]:
    """The marks on these pictures by all its visitors, or the one with this key, in the order of their coming: the
    number of the picture, the kind, the visitor's name."""
    marks = Choice.objects.kept().filter(visitor__link__gallery=gallery, image__in=images)
    if only:
        marks = marks.filter(visitor__key=only)
    return list(marks.order_by("visitor", "pk").values_list("image", "kind", "visitor__name"))


class Remark(NamedTuple):
    """A comment on the picture of this number, with the name of the visitor who wrote it."""

    image: int
    key: str
    name: str
    text: str
    created_at: datetime
    resolved_at: datetime | None


def remarks_on(gallery: Gallery, images: Sequence[int], only: str = "") -> list[Remark]:
    """What its visitors wrote about these pictures, oldest first."""
    said = Comment.objects.kept().filter(visitor__link__gallery=gallery, image__in=images)
    if only:
        said = said.filter(visitor__key=only)
    rows = said.order_by("pk").values_list("image", "key", "visitor__name", "text", "created_at", "resolved_at")
    return [Remark(*row) for row in rows]


def everything_of(gallery: Gallery) -> tuple[list[Visitor], Iterator[Choice], Iterator[Comment]]:
    """All visitors of a gallery, their marks and their comments, each visitor's together."""
    visitors = Visitor.objects.kept().filter(link__gallery=gallery).select_related("link").order_by("pk")
    marks = Choice.objects.kept().filter(visitor__link__gallery=gallery).select_related("visitor__link", "image")
    said = Comment.objects.kept().filter(visitor__link__gallery=gallery).select_related("visitor__link", "image")
    return (
        list(visitors),
        marks.order_by("visitor", "pk").iterator(ROWS_AT_ONCE),
        said.order_by("visitor", "pk").iterator(ROWS_AT_ONCE),
    )
