"""Facet counts of the library, or of a gallery."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from generations import access
from generations.presenters.facets import figures_of
from generations.queries.search import Search
from generations.request import PageRequest
from generations.web.methods import require_safe


@require_safe
def facets(request: PageRequest) -> HttpResponse:
    """The counts beside the filters, requested after the page has loaded."""
    search, key = Search.read(request.GET), request.GET.get("gallery", "")
    gallery = access.gallery_to_see(request.viewer, key) if key else None
    if gallery is None and not request.viewer.has_library:
        raise Http404
    figures = figures_of(request.viewer, search, gallery)
    return render(request, "library/facets.html", {"search": search, "figures": figures})
