"""Erasing somebody on request, and giving out everything about a person."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access
from generations.models.administrators import LastAdministrator
from generations.models.erasure import StillRunning, erase
from generations.models.hold import Held
from generations.presenters.erasure import ErasurePage, ErasureRow, held_lines
from generations.queries.keeping import erasures as erasures_so_far
from generations.request import PageRequest
from generations.translation import listed, translated
from generations.web.methods import require_safe
from generations.web.personal import personal_archive
from generations.web.rendering import render_page


@require_safe
def erasure(request: PageRequest, username: str) -> HttpResponse:
    """What would go, what would stay, and what a hold forbids."""
    return page(request, ErasurePage(request.viewer, access.person_to_erase(request.viewer, username)))


def page(request: PageRequest, sheet: ErasurePage) -> HttpResponse:
    context = {"section": "people", "sheet": sheet}
    return render_page(request, "people/erasure.html", context, status=422 if sheet.problem else 200)


@require_POST
def erase_person(request: PageRequest, username: str) -> HttpResponse:
    """Erase them, if their user name was typed."""
    person = access.person_to_erase(request.viewer, username)
    if request.POST.get("confirm", "").strip() != person.username:
        return page(request, ErasurePage(request.viewer, person, _("This is not the user name. Nothing was erased.")))
    try:
        done = erase(person, request.user)
    except (Held, LastAdministrator, StillRunning) as error:
        return page(request, ErasurePage(request.viewer, person, translated(error.sentence)))
    kept = _("Erased. Under a legal hold and kept: %(things)s.") % {"things": listed(held_lines(done.held_back))}
    messages.success(request, kept if done.held else _("Erased."))
    return redirect("erasures")


@require_safe
def erasures(request: PageRequest) -> HttpResponse:
    """Who was erased, and what a hold kept then."""
    if not request.viewer.keeps_record:
        raise Http404
    rows = [ErasureRow(request.viewer, row) for row in erasures_so_far()]
    return render_page(request, "record/erasures.html", {"section": "record", "rows": rows})


@require_POST
def export_person(request: PageRequest, username: str) -> HttpResponse | StreamingHttpResponse:
    """Everything about somebody: for them, or for administrators who pass it on."""
    return personal_archive(request, access.person_to_export(request.viewer, username))
