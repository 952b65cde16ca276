"""The status page, for who runs the installation."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from generations.presenters.status import StatusSheet
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.rendering import render_page


@require_safe
def status(request: PageRequest) -> HttpResponse:
    """Every part, how it is, and what to do where it is not well."""
    if not request.viewer.is_staff:
        raise Http404("the status is for staff")
    context = {"section": "status", "sheet": StatusSheet(request.viewer)}
    return render_page(request, "system/status.html", context, partial="parts")
