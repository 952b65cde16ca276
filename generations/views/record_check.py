"""Whether the record is what was written: the last proof, another one, and heads that lie elsewhere."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations.models import RecordHead
from generations.presenters.record_check import CheckPage
from generations.record_head import SignedHead, problem_with, signed_head
from generations.request import PageRequest
from generations.translation import translated
from generations.web.files import disposition
from generations.web.methods import require_safe
from generations.web.rendering import render_page

MAX_HEAD = 10_000
"""Bytes of a file that is read as a head."""


@require_safe
def check_record(request: PageRequest) -> HttpResponse:
    """How the record was found when it was last proved."""
    return page(request)


def page(request: PageRequest, compared: str | None = None) -> HttpResponse:
    if not request.viewer.keeps_record:
        raise Http404
    context = {"section": "record", "sheet": CheckPage(request.viewer, compared)}
    return render_page(request, "record/check.html", context, status=422 if compared else 200)


@require_POST
def ask_for_check(request: PageRequest) -> HttpResponse:
    """Have a worker prove it now."""
    if not request.viewer.keeps_record:
        raise Http404
    RecordHead.ask_for_check()
    messages.success(request, _("A worker checks the record now. Reload the page in a moment."))
    return redirect("check_record")


@require_POST
def download_head(request: PageRequest) -> HttpResponse:
    """The signed head as it stands, to be kept elsewhere."""
    if not request.viewer.keeps_record:
        raise Http404
    response = HttpResponse(signed_head().to_json(), content_type="application/json")
    response["Content-Disposition"] = disposition(
        f"{timezone.localdate():%Y-%m-%d}_record_head.json", is_attachment=True
    )
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def compare_head(request: PageRequest) -> HttpResponse:
    """Whether the record still holds what a head says that was kept elsewhere."""
    if not request.viewer.keeps_record:
        raise Http404
    upload = request.FILES.get("head")
    if upload is None or upload.file is None:
        messages.error(request, _("Choose a file."))
        return redirect("check_record")
    try:
        problem = problem_with(SignedHead.from_json(upload.file.read(MAX_HEAD)))
    except ValueError as error:
        problem = str(error)
    return page(request, translated(problem))
