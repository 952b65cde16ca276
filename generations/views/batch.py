"""One batch: its strip at full length, its facts and its exchanges."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access
from generations.presenters.activity import ActivityBadge
from generations.presenters.changes import ClientState, first_look
from generations.presenters.strip import strips_of
from generations.queries.galleries import galleries_with
from generations.request import PageRequest
from generations.web.changes import changes_response
from generations.web.methods import require_GET
from generations.web.noting import note_private
from generations.web.rendering import render_page, way_back


@require_GET
def batch(request: PageRequest, key: str) -> HttpResponse:
    """All pictures of a batch, and what was asked and answered for each."""
    found = access.batch_to_see(request.viewer, key)
    note_private(request, found)
    [strip] = strips_of([found], request.viewer)
    activity = ActivityBadge(request.user)
    client_state = first_look([strip], batch=found.key, alone=activity.is_alone)
    context = {
        "section": (back := way_back(request)).section,
        "strip": strip,
        "batch": found,
        "client_state": client_state,
        "activity": activity,
        "way_back": back,
        "galleries": galleries_with(request.viewer, found.images.kept()),
    }
    return render_page(request, "batch/batch.html", context)


@require_POST
def cancel_batch(request: PageRequest, key: str) -> HttpResponse:
    """Cancel whatever of it is not over."""
    found = access.batch_to_cancel(request.viewer, key)
    for generation in found.generations.all():
        generation.cancel(request.user)
    return changes_response(request, ClientState.read(request.POST)) if request.htmx else redirect(found)


@require_POST
def remove_batch(request: PageRequest, key: str) -> HttpResponse:
    """Take a batch that brought nothing out of the feed; a line stays in its place that puts it back."""
    found = access.batch_to_remove(request.viewer, key)
    is_removed = found.remove()
    if request.htmx:
        return HttpResponse(render_to_string("strip/_removed.html", {"batch": found}, request) if is_removed else "")
    if is_removed:
        sentence = _("%(batch)s was removed from the feed.") % {"batch": found}
        messages.success(request, sentence, extra_tags=reverse("put_back_batch", args=[found.key]))
    return redirect("studio")


@require_POST
def put_back_batch(request: PageRequest, key: str) -> HttpResponse:
    """Show a batch in the feed again."""
    found = access.batch_to_remove(request.viewer, key)
    found.put_back()
    if not request.htmx:
        return redirect("studio")
    [strip] = strips_of([found], request.viewer)
    return HttpResponse(render_to_string("strip/_strip.html", {"strip": strip}, request))
