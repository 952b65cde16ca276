"""The people of one's teams: who is there, who is invited, and their roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access, rights
from generations.forms.people import InvitationForm, RoleForm, TeamNameForm
from generations.models import Invitation, Team
from generations.models.inviting import invite, look_up
from generations.models.roles import LastLead, give_role, make_team, rename_team, take_role
from generations.presenters.invitations import FoundRow, invited_sentence
from generations.presenters.people import PeoplePage
from generations.request import PageRequest
from generations.viewer import Viewer
from generations.web.inviting import checked, may_invite
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.toasts import return_url

Done = TypeVar("Done")


@require_safe
def people(request: PageRequest) -> HttpResponse:
    """A team's people and who is invited; without a team the first of one's own, for staff everybody."""
    if not request.viewer.leads:
        raise Http404("no team is this person's to manage")
    return page(request, InvitationForm(request.viewer))


def page(request: PageRequest, form: InvitationForm, *, status: int = 200) -> HttpResponse:
    sheet = PeoplePage(
        request.viewer, team_of(request, form), request.GET.get("q", "").strip(), request.get_full_path()
    )
    context = {"section": "people", "sheet": sheet, "form": form, "new_team": TeamNameForm()}
    return render_page(request, "people/people.html", context, status=status)


def team_of(request: PageRequest, form: InvitationForm) -> Team | None:
    """The team that is asked for; None for everybody, which is staff's to see."""
    key = form.data.get("team", "") if form.is_bound else request.GET.get("team", "")
    if key:
        return access.team_to_manage(request.viewer, key)
    return None if request.viewer.is_staff else PeoplePage(request.viewer, None).teams[0]


@require_POST
def check_addresses(request: PageRequest) -> HttpResponse:
    """What would come of the addresses as they were pasted; nothing is written."""
    require_team(request)
    form = InvitationForm(request.viewer, request.POST)
    return checked(request, form, lambda said: look_up(said["team"], said["addresses"]), FoundRow)


@require_POST
def invite_people(request: PageRequest) -> HttpResponse:
    """Invite all addresses that were pasted."""
    require_team(request)
    form = InvitationForm(request.viewer, request.POST)
    if not form.is_valid():
        return page(request, form, status=422)
    said = form.cleaned_data
    if not may_invite(request, len(said["addresses"])):
        form.add_error("addresses", _("You have invited many people today. Go on tomorrow."))
        return page(request, form, status=422)
    found = invite(said["team"], said["addresses"], request.user, role=said["role"], words=said["words"])
    messages.success(request, invited_sentence(found))
    return redirect(f"{reverse('people')}?{urlencode({'team': said['team'].key})}#invited")


def require_team(request: PageRequest) -> None:
    """404 for whom no team is to manage. Raises Http404."""
    if not request.viewer.leads:
        raise Http404("no team is this person's to manage")


@require_POST
def send_invitation(request: PageRequest, key: str) -> HttpResponse:
    """Have an invitation open for seven days more, and mailed again."""
    invitation = access.invitation_to_manage(request.viewer, key)
    if not may_invite(request):
        messages.error(request, _("You have invited many people today. Go on tomorrow."))
        return back_from(request, invitation)
    if invitation.send_again(request.user):
        messages.success(request, _("The link for %(name)s works for seven days.") % {"name": invitation})
    else:
        messages.info(request, closed_before(invitation))
    return back_from(request, invitation)


@require_POST
def end_invitation(request: PageRequest, key: str) -> HttpResponse:
    """Revoke an invitation: its link is nothing from the next request on."""
    invitation = access.invitation_to_manage(request.viewer, key)
    if invitation.end():
        messages.success(request, _("The invitation of %(name)s is revoked.") % {"name": invitation})
    else:
        messages.info(request, closed_before(invitation))
    return back_from(request, invitation)


def closed_before(invitation: Invitation) -> str:
    """That it was accepted or revoked by somebody else, at the same moment."""
    invitation.refresh_from_db(fields=["accepted_at"])
    said = {"name": invitation}
    if invitation.accepted_at:
        return _("%(name)s has accepted the invitation already. Nothing was changed.") % said
    return _("The invitation of %(name)s was revoked already. Nothing was changed.") % said


@require_POST
def change_role(request: PageRequest, team: str, person: str) -> HttpResponse:
    """Give somebody another role in a team."""
    membership = access.membership_to_manage(request.viewer, team, person)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a role."))
        return back(request, membership.team)
    role = form.cleaned_data["role"]
    return keeping_a_lead(request, membership.team, lambda: give_role(membership, role, request.user))


@require_POST
def remove_member(request: PageRequest, team: str, person: str) -> HttpResponse:
    """Take somebody out of a team."""
    membership = access.membership_to_manage(request.viewer, team, person)
    said = {"name": membership.person, "team": membership.team}
    sentence = _("%(name)s is no longer in %(team)s. Their pictures stay in the team.") % said
    return keeping_a_lead(request, membership.team, lambda: take_role(membership, request.user), sentence)


def keeping_a_lead(request: PageRequest, team: Team, act: Callable[[], bool], sentence: str = "") -> HttpResponse:
    """Do it, unless the team would be without a lead."""
    try:
        is_done = act()
    except LastLead:
        said = {"team": team}
        messages.error(request, _("%(team)s needs a lead. Make somebody else a lead first.") % said)
    else:
        if is_done:
            messages.success(request, sentence or _("The role was changed."))
        else:
            messages.info(request, _("That was so already. Nothing was changed."))
    return back(request, team)


@require_POST
def new_team(request: PageRequest) -> HttpResponse:
    """Make a team, and open it."""
    if not request.viewer.is_staff:
        raise Http404
    form = TeamNameForm(request.POST)
    team = named(form, lambda name: make_team(name, request.user))
    for problem in form.errors.get("name", []):
        messages.error(request, str(problem))
    if team is None:
        return redirect("people")
    messages.success(request, _("%(team)s is ready. Invite its people.") % {"team": team})
    return redirect(f"{reverse('people')}?{urlencode({'team': team.key})}")


@require_POST
def name_team(request: PageRequest, key: str) -> HttpResponse:
    """Call a team something else."""
    team = access.team_to_manage(request.viewer, key)
    form = TeamNameForm(request.POST, instance=team)
    if named(form, lambda name: rename_team(team, name, request.user)) is not None:
        messages.success(request, _("The team is called %(name)s now.") % {"name": form.cleaned_data["name"]})
    for problem in form.errors.get("name", []):
        messages.error(request, str(problem))
    return back(request, team)


def named(form: TeamNameForm, act: Callable[[str], Done]) -> Done | None:
    """What comes of it with the name of the form; None for a name that is refused, or that another team got
    meanwhile."""
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data["name"])
    except IntegrityError:
        form.add_error("name", form.instance.unique_error_message(Team, ("name",)))
        return None


def back_from(request: PageRequest, invitation: Invitation) -> HttpResponse:
    """The page the form stood on, else that of the team or the gallery."""
    if invitation.team:
        return back(request, invitation.team)
    return redirect(return_url(request, reverse("gallery_people", args=[invitation.place.key])))


def back(request: PageRequest, team: Team) -> HttpResponse:
    """The page the form stood on, else the team's; elsewhere if the team is no longer one's own to manage."""
    if not rights.manage_team.allows(Viewer(request.user), team):
        return redirect("people" if Viewer(request.user).leads else "studio")
    return redirect(return_url(request, f"{reverse('people')}?{urlencode({'team': team.key})}"))
