"""Prompts that were refused: listed, marked as seen, and what is said or done to who sent them."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access
from generations.models import Membership, Notification, RefusalSeen, refusal
from generations.presenters.refusals import Refusals
from generations.presenters.review import ReviewDesk
from generations.queries.refusals import RefusalFilter
from generations.queries.review import ReviewFilter
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.toasts import return_url


@require_safe
def refused_prompts(request: PageRequest) -> HttpResponse:
    """What a model or a provider would not draw, by person and one by one."""
    if not request.viewer.reviews:
        raise Http404("nothing is this person's to review")
    refusals = Refusals(request.viewer, RefusalFilter.read(request.GET.dict()))
    context = {"section": "review", "refusals": refusals, "desk": ReviewDesk(request.viewer, ReviewFilter())}
    return render_page(request, "review/refused.html", context)


@require_POST
def mark_refusal(request: PageRequest, key: str) -> HttpResponse:
    """Mark one as seen, or as not seen."""
    generation = access.refused_to_see(request.viewer, key)
    if request.POST.get("seen") == "0":
        RefusalSeen.unmark([generation])
    else:
        RefusalSeen.mark(request.user, [generation])
    return redirect(return_url(request, reverse("refused_prompts")))


@require_POST
def pause_sending(request: PageRequest, team: str, person: str) -> HttpResponse:
    """Take no more prompts of this person for this team, or take them again."""
    membership = access.membership_to_pause(request.viewer, team, person)
    if request.POST.get("pause") == "0":
        refusal.resume_sending(membership, request.user)
        messages.success(request, _("%(name)s may send again.") % {"name": membership.person})
    else:
        refusal.pause_sending(membership, request.user, request.POST.get("note", ""))
        messages.success(request, _("Sending is paused for %(name)s.") % {"name": membership.person})
    return redirect(return_url(request, reverse("refused_prompts")))


@require_POST
def write_to_member(request: PageRequest, team: str, person: str) -> HttpResponse:
    """A note to who sent them, in their inbox."""
    membership = access.membership_to_write(request.viewer, team, person)
    note = " ".join(request.POST.get("note", "").split())[: Membership.MAX_NOTE]
    if note and "\0" not in note:
        Notification.tell([membership.person], "refusal_note", actor=request.user, detail=note)
        messages.success(request, _("%(name)s gets your note.") % {"name": membership.person})
    else:
        messages.error(request, _("Write a note first."))
    return redirect(return_url(request, reverse("refused_prompts")))
