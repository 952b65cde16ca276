"""What models and providers said, searched for by staff: the newest calls first, a stretch of them at a time."""

from __future__ import annotations

from django.db.models import Max, Q

from generations import rights
from generations.models import Attempt
from generations.queries.search import MAX_WORDS, phrases
from generations.viewer import Viewer

A_PAGE = 50
STRETCH = 50_000
"""Calls that one page reads: their words have no index, so that a page costs no more than that, however many there
are."""


def responses_saying(viewer: Viewer, words: str, before: int | None) -> tuple[list[Attempt], int | None]:
    """Calls whose answer's words, or what their failure says, hold all these phrases, the newest first; and where the
    next page begins, None at the end. Each is read behind `before`."""
    wanted = phrases(words)[:MAX_WORDS]
    top = before if before is not None else (Attempt.objects.aggregate(most=Max("pk"))["most"] or 0) + 1
    if not wanted or top <= 1:
        return [], None
    floor = max(0, top - STRETCH)
    rows = Attempt.objects.filter(pk__lt=top, pk__gte=floor, cleared_at=None)
    for phrase in wanted:
        rows = rows.filter(Q(text__icontains=phrase) | Q(detail__icontains=phrase))
    related = ("generation__batch__person", "generation__model__provider")
    seen = rights.see_generation.of(viewer, rows, "generation__").select_related(*related)
    found = list(seen.defer("request", "answer", "headers", "request_headers").order_by("-pk")[: A_PAGE + 1])
    if len(found) > A_PAGE:
        return found[:A_PAGE], found[A_PAGE - 1].pk
    return found, floor or None
