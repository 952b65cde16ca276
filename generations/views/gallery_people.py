"""Who is named in a gallery and who is invited, and what they may do there."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access, rights
from generations.forms.galleries import GalleryMemberForm
from generations.forms.people import AddressesForm, GalleryInvitationForm
from generations.models import Gallery, Person
from generations.models.gallery_invitation import invite_to_gallery, look_up_for_gallery
from generations.presenters.gallery_people import GalleryPeople, asked_sentence
from generations.presenters.invitations import FoundForGallery
from generations.queries.gallery_people import person_to_name
from generations.request import PageRequest
from generations.viewer import Viewer
from generations.web.inviting import checked, may_invite
from generations.web.methods import require_safe
from generations.web.rendering import render_page


@require_safe
def gallery_people(request: PageRequest, key: str) -> HttpResponse:
    """Everybody who sees it, with what they may do there, and who is invited."""
    return page(request, access.gallery_to_manage(request.viewer, key), GalleryInvitationForm(request.viewer))


def page(request: PageRequest, gallery: Gallery, form: GalleryInvitationForm, *, status: int = 200) -> HttpResponse:
    sheet = GalleryPeople(request.viewer, gallery)
    context = {"section": "galleries", "gallery": gallery, "sheet": sheet, "form": form}
    return render_page(request, "galleries/people.html", context, status=status)


@require_POST
def name_in_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Add somebody one knows, or change what they may do."""
    gallery = access.gallery_to_manage(request.viewer, key)
    form = GalleryMemberForm(request.POST)
    name = form.cleaned_data["person"] if form.is_valid() else ""
    person = person_to_name(request.viewer, gallery, name) if name else None
    if person is None:
        messages.error(request, _("Choose a person from the list, and a role."))
    else:
        member = gallery.set_member(person, form.cleaned_data["role"], request.user)
        said = {"person": person, "role": member.get_role_display()}
        messages.success(request, _("%(person)s: %(role)s.") % said)
    return redirect("gallery_people", key)


@require_POST
def check_guests(request: PageRequest, key: str) -> HttpResponse:
    """What would come of the addresses as they were pasted; nothing is written."""
    gallery, known = access.gallery_to_invite_to(request.viewer, key), known_to(request.viewer)
    form = AddressesForm(request.POST)
    return checked(request, form, lambda said: look_up_for_gallery(gallery, said["addresses"], known), FoundForGallery)


def known_to(viewer: Viewer) -> QuerySet[Person]:
    """Whom the viewer may be told of by name."""
    return rights.know_person.of(viewer, Person.objects.filter(erased_at=None)).distinct()


@require_POST
def invite_guests(request: PageRequest, key: str) -> HttpResponse:
    """Invite the addresses that were pasted. Whom one knows is named at once, as the list beside it would."""
    gallery = access.gallery_to_invite_to(request.viewer, key)
    form = GalleryInvitationForm(request.viewer, request.POST)
    if form.is_valid() and not may_invite(request, len(form.cleaned_data["addresses"])):
        form.add_error("addresses", _("You have invited many people today. Go on tomorrow."))
    if not form.is_valid():
        return page(request, gallery, form, status=422)
    said, known = form.cleaned_data, known_to(request.viewer)
    found = invite_to_gallery(
        gallery, said["addresses"], request.user, known=known, role=said["role"], words=said["words"]
    )
    messages.success(request, asked_sentence(found))
    return redirect("gallery_people", key)


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
