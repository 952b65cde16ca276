"""A search of what models and providers answered, for staff."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from generations.presenters.responses import ResponsesPage
from generations.queries.search import MAX_TEXT, fits
from generations.request import PageRequest
from generations.text import number_in
from generations.web.methods import require_safe
from generations.web.rendering import render_page

MAX_DIGITS = 18


@require_safe
def responses(request: PageRequest) -> HttpResponse:
    """The calls whose answers hold some words."""
    if not request.viewer.keeps_record:
        raise Http404
    words, before = request.GET.get("q", "")[:MAX_TEXT].strip(), number_in(request.GET.get("before", ""), MAX_DIGITS)
    sheet = ResponsesPage(request.viewer, words if fits(words) else "", before)
    return render_page(request, "record/responses.html", {"section": "record", "sheet": sheet})
