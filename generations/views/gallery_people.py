"""Who is named in a gallery, and what they may do there."""

from __future__ import annotations

from allauth.core import ratelimit
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from generations import access, rights
from generations.forms.galleries import GalleryMemberForm
from generations.models import Gallery, GalleryMember, Person, Team
from generations.queries.galleries import (
    members_of,
    people_to_name,
    person_to_name,
    person_with_address,
    team_of,
)
from generations.request import PageRequest
from generations.web.rendering import render_page


class TooManyAddresses(Exception):
    """One person has asked of as many addresses as they may."""


@require_safe
def gallery_people(request: PageRequest, key: str) -> HttpResponse:
    """Everybody who sees it, with what they may do there."""
    gallery = access.gallery_to_manage(request.viewer, key)
    context = {
        "section": "galleries",
        "gallery": gallery,
        "members": members_of(gallery),
        "team": team_of(gallery),
        "others": people_to_name(request.viewer, gallery),
        "teams": teams_to_show_to(request, gallery),
        "roles": GalleryMember.Role.choices,
    }
    return render_page(request, "galleries/people.html", context)


def teams_to_show_to(request: PageRequest, gallery: Gallery) -> list[Team]:
    """One's own teams, and the one that sees it now."""
    own = list(request.user.teams.order_by("membership__pk"))
    return own if gallery.team is None or gallery.team in own else [gallery.team, *own]


@require_POST
def name_in_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Add somebody, or change what they may do."""
    gallery = access.gallery_to_manage(request.viewer, key)
    form = GalleryMemberForm(request.POST)
    try:
        person = named_person(request, gallery, form) if form.is_valid() else None
    except TooManyAddresses:
        messages.error(request, _("You have tried many addresses. Try again in an hour."))
        return redirect("gallery_people", key)
    if person is None and form.is_valid() and form.cleaned_data["email"]:
        said = {"email": form.cleaned_data["email"]}
        messages.error(request, _("Nobody with the address %(email)s has an account here.") % said)
    elif person is None:
        messages.error(request, _("Choose a person from the list, and a role."))
    else:
        member = gallery.set_member(person, form.cleaned_data["role"], request.user)
        said = {"person": person, "role": member.get_role_display()}
        messages.success(request, _("%(person)s: %(role)s.") % said)
    return redirect("gallery_people", key)


def named_person(request: PageRequest, gallery: Gallery, form: GalleryMemberForm) -> Person | None:
    """Somebody of the list, else somebody outside one's teams by their whole address. Raises TooManyAddresses.

    Who manages a gallery must see whom they let in, and so learns of a whole address that they type whether it has an
    account; nobody learns that of more than some addresses an hour, nor of any part of an address."""
    known = person_to_name(request.viewer, gallery, form.cleaned_data["person"])
    address = form.cleaned_data["email"]
    if known or not address:
        return known
    if not ratelimit.consume(request, action="name_address", key=str(request.user.pk)):
        raise TooManyAddresses
    return person_with_address(gallery, address)


@require_POST
def drop_from_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Name somebody no longer. Who is in the gallery’s team still sees it."""
    gallery = access.gallery_to_manage(request.viewer, key)
    members = gallery.members.filter(person__username=request.POST.get("person", ""))
    if (member := members.select_related("person").first()) and gallery.drop_member(member.person):
        messages.success(request, _("%(person)s is no longer named in this gallery.") % {"person": member.person})
    return redirect("gallery_people", key)


@require_POST
def show_gallery_to(request: PageRequest, key: str) -> HttpResponse:
    """Show it to one of one’s teams, or to named people alone."""
    gallery = access.gallery_to_manage(request.viewer, key)
    chosen = request.POST.get("team", "")
    is_same = gallery.team is not None and gallery.team.key == chosen
    team = gallery.team if is_same else request.user.teams.filter(key=chosen).first()
    if team is None and chosen:
        messages.error(request, _("Choose one of your teams."))
    else:
        gallery.show_to(team)
        messages.success(request, _("Who sees the gallery was changed."))
    may_stay = rights.manage_gallery.allows(request.viewer, gallery)
    return redirect("gallery_people", key) if may_stay else redirect("galleries")


@require_POST
def leave_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Be named in it no longer. What one put there stays."""
    gallery = access.gallery_to_see(request.viewer, key)
    if not gallery.drop_member(request.user):
        raise Http404
    messages.success(request, _("You left “%(title)s”.") % {"title": gallery})
    return redirect("galleries")
