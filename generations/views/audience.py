"""Who sees a batch, changed after it was sent: of one, or of all that the selected pictures came from."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from generations import access, rights
from generations.models import AudienceChange, Batch
from generations.presenters.audience import Change
from generations.presenters.strip import strips_of
from generations.queries.audience import made_from
from generations.queries.search import MAX_TEXT
from generations.request import PageRequest
from generations.translation import number_text
from generations.web.audience import Target, named_batches
from generations.web.rendering import render_page
from generations.web.selection import SENT, TooMany
from generations.web.toasts import toast_or_redirect

MAX_SHOWN_ANEW = 20


@require_http_methods(["GET", "HEAD", "POST"])
def choose_audience(request: PageRequest) -> HttpResponse:
    """Whom else to show it to: the menu for HTMX, else a page that sends on what was selected."""
    said = request.POST if request.method == "POST" else request.GET
    try:
        batches, others = named_batches(request)
    except TooMany as error:
        return toast_or_redirect(request, str(error))
    words = said.get("words", "")[:MAX_TEXT].strip()
    context = {
        "section": "library",
        "change": Change(request.viewer, batches, made_from(request.viewer, batches), words),
        "others": others,
        "sent": [(name, value) for name in (*SENT, "batch") for value in said.getlist(name)],
    }
    if request.htmx.target == "audience-galleries":
        return render(request, "audience/_gallery_targets.html", context)
    return render_page(request, "audience/choose.html", context, partial="choice")


@require_POST
def change_audience(request: PageRequest) -> HttpResponse:
    """Show it to others, with what was made from it where that is asked for."""
    try:
        batches, others = named_batches(request)
    except TooMany as error:
        return toast_or_redirect(request, str(error))
    target = Target.chosen(request, batches)
    if target is None:
        return toast_or_redirect(request, _("Choose who sees it: yourself, one of your teams or a gallery."))
    if request.POST.get("derived"):
        batches += [batch for batch in made_from(request.viewer, batches) if batch not in batches]
    numbers = [batch.pk for batch in batches]
    key, count = AudienceChange.objects.make(request.user, numbers, target.audience_of(request.viewer, batches))
    sentence = target.sentence(batches, count, others)
    if not request.htmx and not rights.see_batch.of(request.viewer, Batch.objects.filter(pk__in=numbers[:1])).exists():
        messages.success(request, sentence)  # the page one came from is not there any more
        return redirect("studio")
    undo = reverse("undo_audience", args=[key]) if count else ""
    return toast_or_redirect(request, sentence, changed=bool(count), undo=undo, extra=shown_anew(request, numbers))


@require_POST
def undo_audience(request: PageRequest, change: str) -> HttpResponse:
    """Show each batch to whom it was shown before."""
    batches = access.audience_changes_to_undo(request.viewer, change).undo()
    said = ngettext(
        "%(number)s prompt is seen by whom it was before.",
        "%(number)s prompts are seen by whom they were before.",
        len(batches),
    )
    sentence = said % {"number": number_text(len(batches))} if batches else _("Somebody has changed it since.")
    anew = shown_anew(request, [batch.pk for batch in batches])
    return toast_or_redirect(request, sentence, changed=True, extra=anew)


def shown_anew(request: PageRequest, numbers: list[int]) -> str:
    """What the page says of these batches, where it shows strips or the details of one."""
    if not request.htmx or len(numbers) > MAX_SHOWN_ANEW or not request.htmx.current_url_abs_path:
        return ""
    path = request.htmx.current_url_abs_path.partition("?")[0]
    there, name = batches_on(path), "strip/_facts.html" if path == reverse("studio") else "audience/_visible_to.html"
    if there is None:
        return ""
    found = rights.see_batch.of(request.viewer, Batch.objects.filter(there, pk__in=numbers).distinct())
    strips = strips_of(found.select_related("person", "team", "gallery"), request.viewer)
    return "".join(render_to_string(name, {"strip": strip, "oob": True}, request) for strip in strips)


def batches_on(path: str) -> Q | None:
    """As a filter of batches: those that the page at this path may show; None where it shows none."""
    _start, kind, key = [*path.split("/"), "", ""][:3]
    if path == reverse("studio"):
        return Q()
    return {"b": Q(key=key), "i": Q(images__key=key)}.get(kind)
