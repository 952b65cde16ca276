"""How many pictures each choice beside the library's sheet would show.

Of a list of which any choice will do, each has as many as if it alone were chosen there: every other filter counts, its
own list does not. Tags must all be there, so that a tag has as many as when it is chosen too. Where there is too much
to count within the time of a page, there is no figure."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from generations.presenters.facets import figures_of
from generations.queries.search import Search
from generations.request import PageRequest


@require_safe
def facets(request: PageRequest) -> HttpResponse:
    """The figures beside the library's filters, which ask for them once the page stands there."""
    search = Search.read(request.GET)
    return render(request, "library/facets.html", {"search": search, "figures": figures_of(request.viewer, search)})
