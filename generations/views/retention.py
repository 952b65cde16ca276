"""How long things are kept: the rules, what they would remove now, and removing it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from generations.forms.keeping import DaysForm
from generations.models import RetentionRule, Team
from generations.models.retention import apply_rules, preview
from generations.presenters.retention import RetentionPage, seen_rules
from generations.request import PageRequest
from generations.text import tidy
from generations.translation import number_text, sentences
from generations.web.methods import require_safe
from generations.web.rendering import render_page

MAX_TYPED = 20
MAX_AT_ONCE = 2000
"""Pictures and calls of one rule that a page removes; what is more goes with the next clean-up."""


@require_safe
def retention(request: PageRequest) -> HttpResponse:
    """The rules of everybody or of a team, and what goes by all of them now."""
    return page(request, RetentionPage(request.viewer, team_named(request, request.GET.get("team", ""))))


def team_named(request: PageRequest, key: str) -> Team | None:
    """The team with this key; None for everybody."""
    if not request.viewer.keeps_record:
        raise Http404
    return get_object_or_404(Team, key=key) if key else None


def page(request: PageRequest, sheet: RetentionPage) -> HttpResponse:
    status = 422 if sheet.problems else 200
    return render_page(request, "record/retention.html", {"section": "record", "sheet": sheet}, status=status)


@require_POST
def save_retention(request: PageRequest) -> HttpResponse:
    """Keep the days of each kind. Nothing is removed by this."""
    team = team_named(request, request.POST.get("team", ""))
    kinds = RetentionRule.OF_TEAMS if team else RetentionRule.Kind
    sent = {kind.value: tidy(request.POST[kind.value], MAX_TYPED) for kind in kinds if kind.value in request.POST}
    days, problems = read_days(sent, team)
    if problems:
        return page(request, RetentionPage(request.viewer, team, sent, problems))
    changed = [RetentionRule.objects.keep(kind, team, number, request.user) for kind, number in days.items()]
    messages.success(request, _("Saved.") if any(changed) else _("Nothing has changed."))
    address = reverse("retention")
    return redirect(f"{address}?team={team.key}" if team else address)


def read_days(sent: dict[str, str], team: Team | None) -> tuple[dict[str, int | None], dict[str, str]]:
    """The days of each kind, None for no rule, and what is wrong with those that cannot be taken."""
    days: dict[str, int | None] = {}
    problems: dict[str, str] = {}
    for kind, text in sent.items():
        form = DaysForm({"days": text})
        if form.is_valid():
            days[kind] = form.cleaned_data["days"]
            try:
                RetentionRule(kind=kind, team=team, days=days[kind] or 0).clean()
            except ValidationError as error:
                problems[kind] = sentences(error.messages)
        else:
            problems[kind] = sentences(str(error) for error in form.errors["days"])
    return days, problems


@require_POST
def apply_retention(request: PageRequest) -> HttpResponse:
    """Remove what is due, if the rules are still those that were looked at."""
    if not request.viewer.keeps_record:
        raise Http404
    if request.POST.get("seen", "") != seen_rules(preview()):
        messages.error(request, _("The rules have changed since you looked. Nothing was removed. Look again."))
        return redirect("retention")
    count = sum(line.count for line in apply_rules(MAX_AT_ONCE))
    text = ngettext("%(number)s thing was removed.", "%(number)s things were removed.", count)
    rest = sum(line.count for line in preview())
    some = _("The rest goes with the next clean-up.") if rest else ""
    messages.success(request, sentences([text % {"number": number_text(count)}, some]))
    return redirect("retention")
