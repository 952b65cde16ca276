"""One account, as administrators see it: teams, sessions, and what becomes of the work when somebody leaves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access
from generations.forms.people import RoleForm
from generations.forms.settings import AddressForm
from generations.models import Person
from generations.models.account import change_address, password_link
from generations.models.administrators import LastAdministrator
from generations.models.hand_over import HeirLeft, activate, deactivate, given_on_to, hand_over, heir_of
from generations.models.inviting import join
from generations.models.roles import pause_everywhere, set_administrator
from generations.models.second_factor import remove_second_factor
from generations.models.sign_in import end_sessions
from generations.models.single_sign_on import unlink
from generations.presenters.person import PersonPage
from generations.queries.people import teams_to_join, who_may_inherit
from generations.request import PageRequest
from generations.translation import translated
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.toasts import return_url

NOBODY = "-"


@require_safe
def person(request: PageRequest, username: str) -> HttpResponse:
    """The account as a whole."""
    return page(request, access.person_to_run(request.viewer, username))


def page(request: PageRequest, found: Person, *, link: str = "") -> HttpResponse:
    """The page of an account; `link` is shown once, to be passed on."""
    context = {"section": "people", "sheet": PersonPage(request.viewer, found), "link": link}
    return render_page(request, "people/person.html", context)


@require_POST
def deactivate_person(request: PageRequest, username: str) -> HttpResponse:
    """End the account, and hand its work over to who is chosen."""
    found = access.person_to_end(request.viewer, username)
    chosen = request.POST.get("heir", "")
    heir = chosen_heir(found, chosen)
    if heir is None and chosen != NOBODY:
        messages.error(request, _("Choose who gets the work."))
        return redirect("person", username)
    try:
        is_ended = deactivate(found, request.user, heir=heir, keeps_links=bool(request.POST.get("links")))
    except (HeirLeft, LastAdministrator) as error:
        messages.error(request, translated(error.sentence))
        return redirect("person", username)
    if not is_ended:
        messages.info(request, ended_before(found))
        return redirect("person", username)
    said = {"name": found, "heir": heir_of(found) or heir or given_on_to(found)}
    if said["heir"] is None:
        sentence = _("%(name)s can no longer sign in.") % said
    elif heir is None:
        sentence = _("%(name)s can no longer sign in. What they had from others who left went to %(heir)s.") % said
    else:
        sentence = _("%(name)s can no longer sign in. The private work belongs to %(heir)s now.") % said
    messages.success(request, sentence, extra_tags=reverse("activate_person", args=[username]))
    return redirect("person", username)


def chosen_heir(found: Person, username: str) -> Person | None:
    """Who may get the work and has this user name."""
    return who_may_inherit(found).filter(username=username).first()


def ended_before(found: Person) -> str:
    """That somebody else ended the account, and who has the work."""
    said = {"name": found, "heir": heir_of(found)}
    if said["heir"] is None:
        return _("%(name)s was deactivated already. Nothing was handed over.") % said
    return _("%(name)s was deactivated already. The work went to %(heir)s.") % said


@require_POST
def activate_person(request: PageRequest, username: str) -> HttpResponse:
    """Let somebody sign in again, with their work."""
    found = access.person_to_end(request.viewer, username)
    if activate(found, request.user):
        messages.success(request, _("%(name)s can sign in again.") % {"name": found})
    else:
        messages.info(request, _("%(name)s was activated already.") % {"name": found})
    return redirect("person", username)


@require_POST
def hand_over_work(request: PageRequest, username: str) -> HttpResponse:
    """Hand over the work of somebody who has left."""
    found = access.person_to_end(request.viewer, username)
    heir = chosen_heir(found, request.POST.get("heir", ""))
    if heir is None or found.is_active:
        messages.error(request, _("Choose who gets the work."))
    else:
        hand_over_to(request, found, heir)
    return redirect("person", username)


def hand_over_to(request: PageRequest, found: Person, heir: Person) -> None:
    """Give the heir all there is, and say what became of it."""
    try:
        given = hand_over(found, heir, request.user)
    except HeirLeft as error:
        return messages.error(request, translated(error.sentence))
    if given.is_empty:
        return messages.info(request, nothing_left(found))
    said = {"name": found, "heir": given.heir}
    return messages.success(request, _("The private work of %(name)s belongs to %(heir)s now.") % said)


def nothing_left(found: Person) -> str:
    """That there was nothing to hand over, and who has what there was."""
    said = {"name": found, "heir": heir_of(found)}
    if said["heir"] is None:
        return _("%(name)s has no private work to hand over.") % said
    return _("%(name)s has no more private work to hand over. What there was went to %(heir)s.") % said


@require_POST
def pause_person(request: PageRequest, username: str) -> HttpResponse:
    """Take no more prompts of somebody for any team, or take them again."""
    found = access.person_to_end(request.viewer, username)
    is_paused = request.POST.get("pause") != "0"
    pause_everywhere(found, request.user, is_paused=is_paused)
    sentence = _("Sending is paused for %(name)s.") if is_paused else _("%(name)s may send again.")
    messages.success(request, sentence % {"name": found})
    return redirect(return_url(request, reverse("person", args=[username])))


@require_POST
def add_to_team(request: PageRequest, username: str) -> HttpResponse:
    """Put somebody into one more team."""
    found = access.person_to_run(request.viewer, username)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a role."))
        return redirect("person", username)
    team = get_object_or_404(teams_to_join(found), key=request.POST.get("team", ""))
    said = {"name": found, "team": team}
    if join(found, team, form.cleaned_data["role"], request.user):
        messages.success(request, _("%(name)s is in %(team)s now.") % said)
    else:
        messages.info(request, _("%(name)s was in %(team)s already. The role is what it was.") % said)
    return redirect("person", username)


@require_POST
def administrate(request: PageRequest, username: str) -> HttpResponse:
    """Make somebody an administrator, or an ordinary account again."""
    found = access.person_to_promote(request.viewer, username)
    is_administrator = request.POST.get("administrator") == "1"
    try:
        set_administrator(found, is_administrator, request.user)
    except LastAdministrator as error:
        messages.error(request, translated(error.sentence))
        return redirect("person", username)
    sentence = (
        _("%(name)s is an administrator now.") if is_administrator else _("%(name)s has an ordinary account now.")
    )
    messages.success(request, sentence % {"name": found})
    return redirect("person", username)


@require_POST
def change_person_email(request: PageRequest, username: str) -> HttpResponse:
    """Give somebody another address to sign in with."""
    found = access.person_to_end(request.viewer, username)
    form = AddressForm(found, request.POST)
    if form.is_valid() and not change_address(found, form.cleaned_data["email"], request.user):
        form.add_error("email", _("Somebody else uses this address. Write another one."))
    for problem in form.errors.get("email", []):
        messages.error(request, str(problem))
    if form.is_valid():
        messages.success(request, _("%(name)s signs in with the new address now.") % {"name": found})
    return redirect("person", username)


@require_POST
def make_password_link(request: PageRequest, username: str) -> HttpResponse:
    """A link to a new password, shown once."""
    found = access.person_to_end(request.viewer, username)
    return page(request, found, link=password_link(found, request.user))


@require_POST
def remove_factor(request: PageRequest, username: str) -> HttpResponse:
    """Let somebody sign in without the second factor they lost."""
    found = access.person_to_end(request.viewer, username)
    remove_second_factor(found, request.user)
    messages.success(request, _("%(name)s signs in with the password alone now.") % {"name": found})
    return redirect("person", username)


@require_POST
def unlink_person(request: PageRequest, username: str) -> HttpResponse:
    """Have somebody's single sign-on lead to this account no more."""
    found = access.person_to_end(request.viewer, username)
    unlink(found, request.user)
    messages.success(request, _("The single sign-on of %(name)s is unlinked.") % {"name": found})
    return redirect("person", username)


@require_POST
def sign_out_person(request: PageRequest, username: str) -> HttpResponse:
    """End all sessions of somebody; of oneself all but this one."""
    found = access.person_to_manage(request.viewer, username)
    end_sessions(found, keep=request.session.session_key, by=request.user.pk)
    messages.success(request, _("%(name)s is signed out everywhere.") % {"name": found})
    return redirect("person", username)
