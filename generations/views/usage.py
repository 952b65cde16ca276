"""Usage: what this month brought and cost, for everybody who makes pictures."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from generations.presenters.usage import UsagePage
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.rendering import render_page


@require_safe
def usage(request: PageRequest) -> HttpResponse:
    """The viewer's own by model, and the sums of their teams."""
    if not request.viewer.may_generate:
        raise Http404
    return render_page(request, "usage/usage.html", {"section": "usage", "sheet": UsagePage(request.viewer)})
