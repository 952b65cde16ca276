"""Two to four pictures side by side, with their differences."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from generations.presenters.comparison import Comparison
from generations.queries.compare import images_to_compare
from generations.request import PageRequest
from generations.web.rendering import render_page, way_back
from generations.web.toasts import toast_or_redirect

MAX_COMPARED = 4


@require_safe
def compare(request: PageRequest) -> HttpResponse:
    """The pictures named by `i`, of those the person may see, in the order they are named."""
    images = images_to_compare(request.viewer, request.GET.getlist("i")[:MAX_COMPARED])
    if not images:
        raise Http404
    context = {"section": "library", "comparison": Comparison(images), "way_back": way_back(request)}
    return render_page(request, "compare/compare.html", context)


@require_POST
def compare_selection(request: PageRequest) -> HttpResponse:
    """Redirect from a selection to its comparison."""
    keys = request.POST.getlist("pick")
    if not 2 <= len(keys) <= MAX_COMPARED:
        return toast_or_redirect(request, _("Choose two, three or four pictures to compare."))
    return redirect(f"{reverse('compare')}?{urlencode({'i': keys}, doseq=True)}")
