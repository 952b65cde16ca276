"""Pictures side by side, with their differences."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations.presenters.comparison import MAX_COMPARED, Comparison, compare_address
from generations.queries.compare import images_to_compare
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.noting import note_private
from generations.web.rendering import render_page, way_back
from generations.web.selection import MAX_TICKED
from generations.web.toasts import redirect_to, toast_or_redirect


@require_safe
def compare(request: PageRequest) -> HttpResponse:
    """The pictures named by `i`, of those the person may see, in the order they are named; of very many the first, with
    a link to the others."""
    keys = list(dict.fromkeys(request.GET.getlist("i")))[:MAX_TICKED]
    images = images_to_compare(request.viewer, keys[:MAX_COMPARED])
    if not images:
        raise Http404
    for image in images:
        note_private(request, image.batch)
    comparison = Comparison(images, others=keys[MAX_COMPARED:])
    back = way_back(request)
    context = {"section": back.section, "comparison": comparison, "way_back": back}
    return render_page(request, "compare/compare.html", context)


@require_POST
def compare_selection(request: PageRequest) -> HttpResponse:
    """Redirect from a selection to its comparison."""
    keys = request.POST.getlist("pick")[:MAX_TICKED]
    if len(keys) < 2:
        return toast_or_redirect(request, _("Choose at least two pictures to compare."))
    return redirect_to(request, compare_address(keys))
