"""The library page, whose filters are all in the query string, and saved searches."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from generations import access
from generations.models import SavedSearch
from generations.models.saved_search import MAX_QUERY, MAX_SAVED, MAX_SEARCH_NAME
from generations.presenters.library import Margin, Shelf, library_address
from generations.presenters.paging import page_numbers
from generations.queries.search import Search
from generations.request import PageRequest
from generations.text import BadText, clean_text
from generations.translatable import Message
from generations.translation import translated
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.selection import MAX_TICKED, part_of


@require_safe
def library(request: PageRequest) -> HttpResponse:
    """A page of the search's results, or several in a row. HTMX gets the results alone, and for "Show more" only the
    new tiles. A search by the form is pushed to the browser's history without its empty fields."""
    if not request.viewer.has_library:
        raise Http404("a guest who makes no pictures has none")
    only = part_of(request)
    shelf = Shelf(request.viewer, Search.read(request.GET), page_numbers(request.GET.get("page", "")), only)
    margin = Margin(request.viewer, shelf.search)
    context = {"section": "library", "shelf": shelf, "margin": margin, "most_ticked": MAX_TICKED}
    partial = "more" if only else "anew"
    response = render_page(request, "library/library.html", context, partial=partial)
    if request.htmx.trigger == "search":
        response["HX-Push-Url"] = library_address(shelf.search)
    return response


@require_POST
def save_search(request: PageRequest) -> HttpResponse:
    """Save the search under a name, or rename it."""
    search = Search.parse(request.POST.get("query", ""))
    try:
        name = clean_text(request.POST.get("name", ""), MAX_SEARCH_NAME, Message("name"))
    except BadText as error:
        messages.error(request, translated(error.args[0]))
        return redirect(library_address(search))
    if not search or not name:
        messages.error(request, _("A saved search needs a name and at least one filter."))
    elif len(search.query) > MAX_QUERY:
        messages.error(request, _("This search has too many filters to be saved. Remove some of them."))
    elif SavedSearch.keep(request.user, name, search.query):
        messages.success(request, _("Search saved."))
    else:
        sentence = ngettext(
            "You have %(number)s saved search. Remove it first.",
            "You have %(number)s saved searches. Remove one first.",
            MAX_SAVED,
        )
        messages.error(request, sentence % {"number": MAX_SAVED})
    return redirect(library_address(search))


@require_POST
def forget_search(request: PageRequest, key: str) -> HttpResponse:
    """Remove a saved search."""
    saved = access.saved_search_to_change(request.user, key)
    saved.delete()
    messages.success(request, _("Search removed."))
    return redirect(library_address(Search.parse(request.POST.get("query", ""))))
