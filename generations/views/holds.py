"""Legal holds: what nobody may delete until it is released."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from generations import access
from generations.forms.keeping import PERIOD, HoldForm, HoldWhyForm
from generations.models import Hold, Person
from generations.models.hold import TARGETS, NothingToHold
from generations.presenters.holds import HoldsPage
from generations.queries.holds import made_between, things_called
from generations.request import PageRequest
from generations.text import tidy
from generations.translation import number_text, translated
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.selection import TooMany, selected_images
from generations.web.toasts import problems_of, toast_or_redirect

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
    """Put one thing under a hold, or what somebody made between two days."""
    if not request.viewer.keeps_record:
        raise Http404
    form = HoldForm(request.POST)
    if form.is_valid():
        try:
            _place(request, form)
        except NothingToHold as error:
            form.add_error("which", translated(error.sentence))
    if form.errors:
        names = ("name", "reason", "kind", "which", "since", "until")
        said = {name: tidy(request.POST.get(name, ""), MAX_SHOWN) for name in names}
        problems = {name: [str(error) for error in errors] for name, errors in form.errors.items()}
        return page(request, HoldsPage(request.viewer, **said, problems=problems))
    name = form.cleaned_data["name"]
    messages.success(request, _("“%(name)s” is in force. Nothing that it covers can be deleted.") % {"name": name})
    return redirect("holds")


def _place(request: PageRequest, form: HoldForm) -> None:
    """Place what a valid form asks for, or add to it why not. Raises NothingToHold."""
    said = form.cleaned_data
    is_period = said["kind"] == PERIOD
    found = things_called(request.viewer, "person" if is_period else said["kind"], said["which"])
    if not found:
        form.add_error("which", _("Nothing is called so. Paste the address of its page, or its number."))
    elif len(found) > 1:
        form.add_error("which", _("Several are called so. Paste the address of the page of the one you mean."))
    elif is_period and not isinstance(found[0], Person):
        form.add_error("which", _("Write whose work it is."))
    else:
        hold = Hold(name=said["name"], reason=said["reason"])
        if is_period and isinstance(found[0], Person):
            batches, images = made_between(found[0], said["since"], said["until"])
            if not batches and not images:
                form.add_error("since", _("Nothing was made on these days."))
                return
            hold.place_on(request.user, batches=batches, images=images)
        else:
            setattr(hold, str(found[0]._meta.model_name), found[0])
            hold.place(request.user)


@require_POST
def hold_selection(request: PageRequest) -> HttpResponse:
    """Put the selected pictures under one hold."""
    if not request.viewer.keeps_record:
        raise Http404
    form = HoldWhyForm({"name": request.POST.get("hold_name", ""), "reason": request.POST.get("hold_reason", "")})
    if not form.is_valid():
        return toast_or_redirect(request, problems_of(form))
    hold = Hold(name=form.cleaned_data["name"], reason=form.cleaned_data["reason"])
    try:
        count = hold.place_on(request.user, images=selected_images(request))
    except TooMany as error:
        return toast_or_redirect(request, str(error))
    except NothingToHold as error:
        return toast_or_redirect(request, translated(error.sentence))
    sentence = ngettext(
        "“%(name)s” is in force on %(number)s picture.", "“%(name)s” is in force on %(number)s pictures.", count
    )
    return toast_or_redirect(request, sentence % {"name": hold.name, "number": number_text(count)}, changed=True)


@require_POST
def release_hold(request: PageRequest, key: str) -> HttpResponse:
    """End a hold."""
    hold = access.hold_to_release(request.viewer, key)
    is_done = hold.release(request.user)
    sentence = _("“%(name)s” is released.") if is_done else _("“%(name)s” was released already.")
    messages.success(request, sentence % {"name": hold})
    return redirect("holds")
