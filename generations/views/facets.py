"""Facet counts of the library."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from generations.presenters.facets import figures_of
from generations.queries.search import Search
from generations.request import PageRequest


@require_safe
def facets(request: PageRequest) -> HttpResponse:
    """The counts beside the library's filters, requested after the page has loaded."""
    search = Search.read(request.GET)
    return render(request, "library/facets.html", {"search": search, "figures": figures_of(request.viewer, search)})
