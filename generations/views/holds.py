"""Legal holds: what nobody may delete until it is released."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from generations import access
from generations.forms.keeping import HoldForm
from generations.models import Hold
from generations.models.hold import TARGETS, NothingToHold
from generations.presenters.keeping import HoldsPage
from generations.queries.holds import things_called
from generations.request import PageRequest
from generations.text import tidy
from generations.translation import translated
from generations.web.rendering import render_page

MAX_SHOWN = 300


@require_safe
def holds(request: PageRequest) -> HttpResponse:
    """All holds; an address may name what a new one is to cover."""
    kind, which = next(((name, request.GET[name]) for name in TARGETS if request.GET.get(name)), ("gallery", ""))
    return page(request, HoldsPage(request.viewer, kind=kind, which=tidy(which, MAX_SHOWN)))


def page(request: PageRequest, sheet: HoldsPage) -> HttpResponse:
    if not request.viewer.keeps_record:
        raise Http404
    status = 422 if sheet.problems else 200
    return render_page(request, "record/holds.html", {"section": "record", "sheet": sheet}, status=status)


@require_POST
def place_hold(request: PageRequest) -> HttpResponse:
    """Put one thing under a hold."""
    if not request.viewer.keeps_record:
        raise Http404
    form = HoldForm(request.POST)
    said = {name: tidy(request.POST.get(name, ""), MAX_SHOWN) for name in ("name", "reason", "kind", "which")}
    target = None
    if form.is_valid():
        found = things_called(request.viewer, form.cleaned_data["kind"], form.cleaned_data["which"])
        target = found[0] if len(found) == 1 else None
        if not found:
            form.add_error("which", _("Nothing is called so. Paste the address of its page, or its number."))
        elif target is None:
            form.add_error("which", _("Several are called so. Paste the address of the page of the one you mean."))
    hold = Hold(name=form.cleaned_data.get("name", ""), reason=form.cleaned_data.get("reason", ""))
    if target is not None:
        setattr(hold, str(target._meta.model_name), target)
        try:
            hold.place(request.user)
        except NothingToHold as error:
            form.add_error("which", translated(error.sentence))
    if form.errors:
        problems = {name: [str(error) for error in errors] for name, errors in form.errors.items()}
        return page(request, HoldsPage(request.viewer, **said, problems=problems))
    messages.success(request, _("“%(name)s” is in force. Nothing that it covers can be deleted.") % {"name": hold})
    return redirect("holds")


@require_POST
def release_hold(request: PageRequest, key: str) -> HttpResponse:
    """End a hold."""
    hold = access.hold_to_release(request.viewer, key)
    is_done = hold.release(request.user)
    sentence = _("“%(name)s” is released.") if is_done else _("“%(name)s” was released already.")
    messages.success(request, sentence % {"name": hold})
    return redirect("holds")
