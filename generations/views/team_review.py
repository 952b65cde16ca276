"""How a team reviews, set by who leads it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from generations import access
from generations.forms.review import TeamReviewForm
from generations.presenters.review_rules import TeamRules
from generations.request import PageRequest
from generations.web.rendering import render_page


@require_http_methods(["GET", "HEAD", "POST"])
def team_review(request: PageRequest, key: str) -> HttpResponse:
    """The team's rules as they stand; a POST keeps others."""
    team = access.team_to_rule(request.viewer, key)
    if request.method != "POST":
        form = TeamReviewForm(instance=team)
    else:
        form = TeamReviewForm(request.POST, instance=team)
        if form.is_valid():
            form.keep()
            messages.success(request, _("Saved."))
            return redirect("team_review", key)
    status = 422 if form.errors else 200
    context = {"section": "review", "form": form, "rules": TeamRules(team, form)}
    return render_page(request, "review/team.html", context, status=status)
