"""The page behind an invitation: who is new makes an account, who has one accepts with it, and either may decline.

It looks the same whether or not the address has an account: who sent the link may open it too, and must not learn it.
Only who sends a name and a good password is told, who else would have made the account."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from generations import access
from generations.forms.people import JoinForm
from generations.models import Invitation, Person
from generations.models.account import has_account
from generations.request import PageRequest, VisitorRequest
from generations.web.rendering import render_page
from generations.web.signing_in import sign_in


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: VisitorRequest, token: str) -> HttpResponse:
    """Join. A link that was used, revoked or ended is 404 and looks as any wrong link does, but to who used it."""
    person = request.viewer.person
    try:
        invitation = access.invitation_to_accept(token)
    except Http404:
        return inside(person, token) or render_page(request, "account/join_expired.html", status=404)
    if "decline" in request.POST and (person is None or invitation.is_for(person)):
        return decline(request, invitation)
    if person is not None:
        return join_as(cast(PageRequest, request), person, invitation, token)
    form = JoinForm(invitation.email, request.POST or None, initial={"name": invitation.name})
    if request.method == "POST" and form.is_valid():
        made = invitation.accept(form.cleaned_data["name"], form.cleaned_data["password"])
        if made is not None:
            sign_in(request, made)
            return redirect(place_of(invitation))
        if not has_account(invitation.email):
            return render_page(request, "account/join_expired.html", status=404)
        form.add_error(None, _("This address has an account. Sign in with it to accept."))
    context = {"form": form, "invitation": invitation}
    return render_page(request, "account/join.html", context, status=422 if form.errors else 200)


def inside(person: Person | None, token: str) -> HttpResponse | None:
    """What the viewer joined by this link before; None for anybody else."""
    try:
        return redirect(place_of(access.invitation_accepted(person, token))) if person else None
    except Http404:
        return None


def join_as(request: PageRequest, person: Person, invitation: Invitation, token: str) -> HttpResponse:
    """Accept with the account that one is signed in to, if the invitation went to its address. Twice is once."""
    is_theirs = invitation.is_for(person)
    if request.method == "POST" and is_theirs:
        if invitation.accept_as(person):
            return redirect(place_of(invitation))
        return inside(person, token) or render_page(request, "account/join_expired.html", status=404)
    context = {"invitation": invitation, "person": person, "is_theirs": is_theirs}
    return render_page(request, "account/accept.html", context, status=422 if request.method == "POST" else 200)


def decline(request: VisitorRequest, invitation: Invitation) -> HttpResponse:
    """Say no. The link ends by it, so that the answer is its last page."""
    page, status = ("declined", 200) if invitation.decline() else ("join_expired", 404)
    return render_page(request, f"account/{page}.html", {"invitation": invitation}, status=status)


def place_of(invitation: Invitation) -> str:
    """Where one is once one has joined."""
    return invitation.gallery.get_absolute_url() if invitation.gallery else "studio"
