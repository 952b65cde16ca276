"""Having kept answers read again, free of charge."""

from __future__ import annotations

from datetime import datetime, time

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations.forms.keeping import DayForm
from generations.models import Reread
from generations.presenters.rereads import RereadPage
from generations.request import PageRequest
from generations.text import tidy
from generations.translation import sentences
from generations.web.methods import require_safe
from generations.web.rendering import render_page

MAX_TYPED = 20


@require_safe
def rereads(request: PageRequest) -> HttpResponse:
    """How many answers there are since a day, and what earlier readings found."""
    day = tidy(request.GET.get("since", ""), MAX_TYPED)
    since, problem = read_day(day) if day else (None, "")
    return page(request, RereadPage(request.viewer, day, since, problem))


def page(request: PageRequest, sheet: RereadPage) -> HttpResponse:
    if not request.viewer.keeps_record:
        raise Http404
    context = {"section": "record", "sheet": sheet}
    return render_page(request, "record/rereads.html", context, status=422 if sheet.problem else 200)


def read_day(day: str) -> tuple[datetime | None, str]:
    """The beginning of a day, or what is wrong with it."""
    form = DayForm({"since": day})
    if not form.is_valid():
        return None, sentences(str(error) for error in form.errors["since"])
    return timezone.make_aware(datetime.combine(form.cleaned_data["since"], time.min)), ""


@require_POST
def ask_to_reread(request: PageRequest) -> HttpResponse:
    """Have workers read all that failed since a day."""
    day = tidy(request.POST.get("since", ""), MAX_TYPED)
    since, problem = read_day(day)
    if since is None:
        return page(request, RereadPage(request.viewer, day, None, problem))
    if not request.viewer.keeps_record:
        raise Http404
    Reread.objects.ask(since, request.user)
    messages.success(request, _("Workers read the saved responses now. This costs nothing."))
    return redirect("rereads")
