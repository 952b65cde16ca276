"""The galleries around somebody, and a new one."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from generations.forms.galleries import NewGalleryForm
from generations.presenters.gallery import AlbumShelf
from generations.presenters.paging import page_numbers
from generations.queries.search import MAX_TEXT
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.selection import part_of
from generations.web.toasts import redirect_to


@require_safe
def galleries(request: PageRequest) -> HttpResponse:
    """A page of one's teams' galleries, one's own or the archived ones. HTMX gets what the search finds alone."""
    only = part_of(request)
    context = page_of(request, NewGalleryForm(request.user), only)
    return render_page(request, "galleries/galleries.html", context, partial="more" if only else "results")


@require_POST
def new_gallery(request: PageRequest) -> HttpResponse:
    """Make one, and go there; who adds no pictures needs none."""
    if not request.viewer.may_generate:
        raise Http404
    form = NewGalleryForm(request.user, request.POST)
    if not form.is_valid():
        return render_page(request, "galleries/galleries.html", page_of(request, form), status=422)
    return redirect_to(request, form.save().get_absolute_url())


def page_of(request: PageRequest, form: NewGalleryForm, only: str = "") -> dict[str, object]:
    words = request.GET.get("q", "")[:MAX_TEXT].strip()
    wanted = page_numbers(request.GET.get("page", ""))
    shelf = AlbumShelf(request.viewer, request.GET.get("show", ""), words, wanted, only)
    return {"section": "galleries", "shelf": shelf, "form": form}
