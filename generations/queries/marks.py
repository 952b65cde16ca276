"""What visitors of a gallery's share links marked and wrote about, as filters of its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from generations.models import Choice, Comment, Gallery, Visitor
from generations.queries.search import ANYBODY, Search


def by_visitors(gallery: Gallery, search: Search, column: str = "pk") -> Q:
    """As a filter of rows whose column names a picture: those that visitors of the gallery's share links chose,
    rejected and commented on, as far as the search asks for it."""
    found = Q()
    if search.chosen:
        found &= Q(**{f"{column}__in": _marked(gallery, Choice.Kind.HEART, search.chosen)})
    if search.rejected:
        found &= Q(**{f"{column}__in": _marked(gallery, Choice.Kind.REJECT, search.rejected)})
    if search.remarked:
        said = Comment.objects.kept().filter(visitor__in=_among(gallery, search.remarked))
        found &= Q(**{f"{column}__in": said.order_by().values("image")})
    return found


def _marked(gallery: Gallery, kind: str, visitors: Sequence[str]) -> QuerySet[Choice, Any]:
    return Choice.objects.filter(kind=kind, visitor__in=_among(gallery, visitors)).values("image")


def _among(gallery: Gallery, visitors: Sequence[str]) -> QuerySet[Visitor, Any]:
    found = Visitor.objects.kept().filter(link__gallery=gallery).order_by()
    return (found if ANYBODY in visitors else found.filter(key__in=visitors)).values("pk")
