"""The queue: everybody what is their own or shown to their team, staff all of it. Who runs it pauses it here."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations.models.pause_all import pause_all, resume_all
from generations.presenters.halt import Halt
from generations.presenters.queue import QueueSheet
from generations.queries.halt import to_pause, to_resume
from generations.queries.queue import failed_to_retry
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.retrying import retry_together
from generations.web.toasts import return_url


@require_safe
def queue(request: PageRequest) -> HttpResponse:
    """What waits, runs, tries again or failed; 204 for a poll that has seen just this."""
    require(request.viewer.may_generate)
    sheet = QueueSheet(request.viewer, request.GET.get("show", ""))
    if request.htmx and request.GET.get("seen") == sheet.digest:
        return HttpResponse(status=204)
    context = {"section": "queue", "sheet": sheet, "halt": Halt(request.viewer)}
    return render_page(request, "system/queue.html", context, partial="queue")


@require_POST
def pause_queue(request: PageRequest) -> HttpResponse:
    """Pause everything that the viewer may pause; what runs is finished, what waits keeps its place."""
    require(request.viewer.leads)
    rows = to_pause(request.viewer)
    if pause_all(rows.providers, rows.memberships, request.user, request.POST.get("reason", "")):
        messages.success(request, _("Paused. Nothing fails, and what waits keeps its place."))
    else:
        messages.info(request, _("Everything was paused already."))
    return redirect("queue")


@require_POST
def resume_queue(request: PageRequest) -> HttpResponse:
    """Resume everything that was paused by hand and that the viewer may resume."""
    require(request.viewer.leads)
    rows = to_resume(request.viewer)
    if resume_all(rows.providers, rows.memberships, request.user):
        messages.success(request, _("Resumed. What waits is sent again."))
    else:
        messages.info(request, _("Nothing was paused."))
    return redirect("queue")


@require_POST
def retry_queue(request: PageRequest) -> HttpResponse:
    """Ask once more for all that failed within a day and the viewer may send again; with `only=free` without what may
    have been charged."""
    require(request.viewer.may_generate)
    failed = failed_to_retry(request.viewer, surely_free=request.POST.get("only") == "free")
    retried = retry_together(request, failed)
    if retried.undo:
        messages.success(request, retried.sentence, extra_tags=retried.undo)
    return redirect(return_url(request, reverse("queue")))


def require(is_allowed: bool) -> None:
    if not is_allowed:
        raise Http404("there is no queue of this person's")
