"""What clients chose and wrote by a gallery's share links, for its people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access
from generations.presenters.feedback import Feedback
from generations.presenters.feedback_table import feedback_rows
from generations.presenters.paging import page_numbers
from generations.request import PageRequest
from generations.web.files import disposition
from generations.web.manifest import csv_of
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.toasts import return_url


@require_safe
def feedback(request: PageRequest, key: str) -> HttpResponse:
    """Picture by picture who chose it, who did not want it and what they wrote; of one visitor or of all."""
    gallery, said = access.gallery_with_feedback(request.viewer, key), request.GET
    page = page_numbers(said.get("page", ""))
    found = Feedback(request.viewer, gallery, said.get("who", ""), said.get("show", ""), page)
    return render_page(request, "galleries/feedback.html", {"section": "galleries", "feedback": found})


@require_safe
def feedback_csv(request: PageRequest, key: str) -> StreamingHttpResponse:
    """All of it as a table, in which no spreadsheet finds a formula."""
    gallery = access.gallery_with_feedback(request.viewer, key)
    rows = feedback_rows(gallery, request.viewer, settings.SITE_URL, timezone.get_current_timezone())
    response = StreamingHttpResponse(as_csv(rows), content_type="text/csv; charset=utf-8")
    name = f"{timezone.localdate():%Y-%m-%d}_feedback_{gallery.key[:4]}.csv"
    response["Content-Disposition"] = disposition(name, is_attachment=True)
    response["Cache-Control"] = "private, no-store"
    return response


def as_csv(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A row at a time: there may be many thousands."""
    yield "\ufeff"
    for row in rows:
        yield csv_of([row])


@require_POST
def reopen_visitor(request: PageRequest, key: str) -> HttpResponse:
    """Let a visitor change again what they sent."""
    visitor = access.visitor_to_reopen(request.viewer, key)
    visitor.reopen(request.user)
    messages.success(request, _("%(name)s can change the choice again.") % {"name": visitor.name})
    return redirect(return_url(request, reverse("feedback", args=[visitor.link.gallery.key])))


@require_POST
def delete_visitor(request: PageRequest, key: str) -> HttpResponse:
    """Take a visitor out of sight with all they chose and wrote."""
    visitor = access.visitor_to_delete(request.viewer, key)
    visitor.delete_by(request.user)
    sentence = _("The visit of %(name)s is deleted, with all they chose and wrote.") % {"name": visitor.name}
    messages.success(request, sentence, extra_tags=reverse("restore_visitor", args=[key]))
    return redirect(return_url(request, reverse("feedback", args=[visitor.link.gallery.key])))


@require_POST
def restore_visitor(request: PageRequest, key: str) -> HttpResponse:
    """Bring a visitor back with all they chose and wrote."""
    visitor = access.visitor_to_restore(request.viewer, key)
    visitor.restore()
    messages.success(request, _("The visit of %(name)s is restored.") % {"name": visitor.name})
    return redirect(return_url(request, reverse("feedback", args=[visitor.link.gallery.key])))
