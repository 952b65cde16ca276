"""What the visitors of a gallery's share links chose and wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from generations.models import Choice, Comment, Gallery, Visitor

MAX_VISITORS = 200
"""Named on a page at most, those who did something last."""
ROWS_AT_ONCE = 500


def has_visitors(gallery: Gallery) -> bool:
    """Whether anybody did anything by its links."""
    return Visitor.objects.filter(link__gallery=gallery).exists()


def visitors_of(gallery: Gallery) -> list[Visitor]:
    """Who came by its links, the last active first."""
    found = Visitor.objects.filter(link__gallery=gallery).select_related("link")
    return list(found.order_by("-active_at", "-pk")[:MAX_VISITORS])


def visitors_with_counts(gallery: Gallery) -> list[Visitor]:
    """The same with `hearts`, `rejects` and `remarks`, how many of its pictures they chose and rejected and how often
    they commented; one query."""
    held = Choice.objects.filter(
        visitor=OuterRef("pk"),
        image__deleted_at=None,
        image__gallery_items__gallery=gallery,
        image__gallery_items__removed_at=None,
    )
    said = Comment.objects.kept().filter(visitor=OuterRef("pk"))
    found = Visitor.objects.filter(link__gallery=gallery).select_related("link", "link__client")
    return list(
        found.annotate(
            hearts=_amount(held.filter(kind=Choice.Kind.HEART)),
            rejects=_amount(held.filter(kind=Choice.Kind.REJECT)),
            remarks=_amount(said),
        ).order_by("-active_at", "-pk")[:MAX_VISITORS]
    )


def _amount(rows: QuerySet[Choice] | QuerySet[Comment]) -> Coalesce:
    counted = rows.order_by().values("visitor").annotate(amount=Count("pk")).values("amount")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def choices_on(gallery: Gallery, images: Sequence[int], only: str = "") -> list[Choice]:
    """The marks on these pictures by all its visitors, or the one with this key; in the order of their coming."""
    marks = Choice.objects.filter(visitor__link__gallery=gallery, image__in=images)
    if only:
        marks = marks.filter(visitor__key=only)
    return list(marks.select_related("visitor").order_by("visitor", "pk"))


def remarks_on(gallery: Gallery, images: Sequence[int], only: str = "") -> list[Comment]:
    """What its visitors wrote about these pictures, oldest first."""
    said = Comment.objects.kept().filter(visitor__link__gallery=gallery, image__in=images)
    if only:
        said = said.filter(visitor__key=only)
    return list(said.select_related("visitor", "image").order_by("pk"))


def everything_of(gallery: Gallery) -> tuple[list[Visitor], Iterator[Choice], Iterator[Comment]]:
    """All visitors of a gallery, their marks and their comments, each visitor's together."""
    visitors = Visitor.objects.filter(link__gallery=gallery).select_related("link").order_by("pk")
    marks = Choice.objects.filter(visitor__link__gallery=gallery).select_related("visitor__link", "image")
    said = Comment.objects.kept().filter(visitor__link__gallery=gallery).select_related("visitor__link", "image")
    return (
        list(visitors),
        marks.order_by("visitor", "pk").iterator(ROWS_AT_ONCE),
        said.order_by("visitor", "pk").iterator(ROWS_AT_ONCE),
    )
