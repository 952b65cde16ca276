"""The page behind an invitation: a name, a password, and one is in the team."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from generations import access
from generations.forms.people import JoinForm
from generations.models.audit_entry import record
from generations.request import VisitorRequest
from generations.web.rendering import render_page
from generations.web.signing_in import note_sign_in


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: VisitorRequest, token: str) -> HttpResponse:
    """Make one's account. A link that was used, revoked or ended is 404 and looks as any wrong link does."""
    try:
        invitation = access.invitation_to_accept(token)
    except Http404:
        return render_page(request, "account/join_expired.html", status=404)
    form = JoinForm(invitation.email, request.POST or None, initial={"name": invitation.name})
    if request.method == "POST" and form.is_valid():
        person = invitation.accept(form.cleaned_data["name"], form.cleaned_data["password"])
        if person is None:
            return render_page(request, "account/join_expired.html", status=404)
        login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
        record("signed_in", by=person.pk)
        note_sign_in(request, person)
        return redirect("studio")
    context = {"form": form, "invitation": invitation}
    return render_page(request, "account/join.html", context, status=422 if form.errors else 200)
