"""What a person may do with one generation, and what was said between us and its provider."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from generations import access, rights
from generations.errors import InvalidRequest
from generations.models import Batch, Generation
from generations.presenters.changes import ClientState
from generations.presenters.exchange import calls_of, detail_beside, seconds_after
from generations.presenters.gate import request_gate
from generations.queries.exchange import attempts_of, drafts_of
from generations.queries.studio import failed_today
from generations.request import PageRequest
from generations.resubmit import failed_alike
from generations.resubmit import retry as retry_generation
from generations.submit import notify_later
from generations.translation import number_text
from generations.web.changes import changes_response
from generations.web.files import refused
from generations.web.methods import require_GET
from generations.web.noting import note_private
from generations.web.rendering import render_page
from generations.web.retrying import retry_together
from generations.web.toasts import reason_of, redirect_to, return_url
from generations.withheld import Withheld


@require_POST
def cancel(request: PageRequest, key: str) -> HttpResponse:
    """Cancel it: for free while it waits; while it runs, the provider may charge."""
    generation = access.generation_to_cancel(request.viewer, key)
    generation.cancel(request.user)
    if request.htmx and "here" not in request.POST:
        return changes_response(request, ClientState.read(request.POST))
    return redirect(return_url(request, generation.batch.get_absolute_url()))


@require_POST
def retry(request: PageRequest, key: str) -> HttpResponse:
    """Ask once more, in the same batch, for what failed alike: this generation and its like.

    With `model`, of that one. What was tried again already stays as it is: the same click twice sends once."""
    generation = access.generation_to_retry(request.viewer, key)
    named = request.POST.get("model", "")
    model = access.model_to_try(named) if named else None
    batch = generation.batch
    try:
        retry_generation(generation, request.user, model)
    except InvalidRequest as error:
        messages.error(request, reason_of(error))
        return came_from(request, batch)
    if "here" in request.POST:
        return came_from(request, batch)
    client_state = ClientState.read(request.POST)
    if request.htmx and client_state.is_feed:
        sentence = _("%(batch)s is sent again.") % {"batch": batch}
        extra = render_to_string("parts/_toast.html", {"sentence": sentence}, request)
        return changes_response(request, client_state, redrawn=[batch.pk], extra=extra)
    return redirect_to(request, batch.get_absolute_url())


def came_from(request: PageRequest, batch: Batch) -> HttpResponse:
    """Back to the page the form says it stands on, which HTMX puts in its place; else to the batch's own."""
    if "here" in request.POST:
        return redirect(return_url(request, batch.get_absolute_url()))
    return redirect_to(request, batch.get_absolute_url())


MAX_UNDONE = 500


@require_POST
def retry_today(request: PageRequest) -> HttpResponse:
    """Ask once more for all of today that another try may help, each in its batch; with `only=free` without what may
    have been charged. It waits for some seconds, and can be undone until it is sent."""
    retried = retry_together(request, failed_today(request.user, surely_free=request.POST.get("only") == "free"))
    if request.htmx and not retried.has_problems:
        redrawn = {generation.batch_id for generation in retried.queued}
        said = {"sentence": retried.sentence, "undo": retried.undo}
        extra = render_to_string("parts/_toast.html", said, request) if retried.undo else ""
        return changes_response(request, ClientState.read(request.POST), redrawn=redrawn, extra=extra)
    if retried.undo:
        messages.success(request, retried.sentence, extra_tags=retried.undo)
    return redirect_to(request, reverse("studio"))


@require_POST
def undo_retry(request: PageRequest) -> HttpResponse:
    """Undo that these were sent again, those of which nothing was sent yet."""
    keys = request.GET.getlist("g")[:MAX_UNDONE]
    generations = access.generations_to_take_back(request.viewer, keys)
    undone = [generation for generation in generations if generation.take_back()]
    left = len(generations) - len(undone)
    if left or not undone:
        sentence = (
            ngettext("%(number)s was sent already.", "%(number)s were sent already.", left)
            % {"number": number_text(left)}
            if left
            else _("Everything was sent already.")
        )
    else:
        sentence = _("Undone. Nothing was sent.")
    client_state = ClientState.read(request.POST)
    if request.htmx and client_state.is_feed and "since" in request.POST:
        redrawn = {generation.batch_id for generation in undone}
        extra = render_to_string("parts/_toast.html", {"sentence": sentence}, request)
        return changes_response(request, client_state, redrawn=redrawn, extra=extra)
    messages.success(request, sentence)
    return redirect_to(request, return_url(request, reverse("studio")))


@require_POST
def try_now(request: PageRequest, key: str) -> HttpResponse:
    """Do not wait for the next try, of it and its like. A provider that is paused is not called, and that is said."""
    generation = access.generation_to_cancel(request.viewer, key)
    hurried = [each for each in failed_alike(generation) if notify_if(each, each.try_now)]
    sentence = "" if hurried else generation.model.pause_sentence
    if request.htmx and "here" not in request.POST:
        extra = render_to_string("parts/_toast.html", {"sentence": sentence}, request) if sentence else ""
        return changes_response(request, ClientState.read(request.POST), extra=extra)
    if sentence:
        messages.error(request, sentence)
    return redirect(return_url(request, generation.batch.get_absolute_url()))


@require_POST
def read(request: PageRequest, key: str) -> HttpResponse:
    """Read the kept answers once more, of it and its like; nothing is paid."""
    generation = access.generation_to_retry(request.viewer, key)
    revived = [each for each in failed_alike(generation) if notify_if(each, each.read_again)]
    if not revived:
        messages.error(request, _("No response was saved for this request, so there is nothing to re-check."))
        return redirect_to(request, generation.batch.get_absolute_url())
    if request.htmx:
        sentence = _("The saved response is being re-checked. This costs nothing.")
        extra = render_to_string("parts/_toast.html", {"sentence": sentence}, request)
        return changes_response(request, ClientState.read(request.POST), revived=revived, extra=extra)
    return redirect(generation.batch)


@require_GET
def exchange(request: PageRequest, key: str) -> HttpResponse:
    """The calls of a generation: when, what was sent, what came back."""
    generation = access.generation_to_see(request.viewer, key)
    note_private(request, generation.batch)
    context = {
        "section": "studio",
        "generation": generation,
        "start": seconds_after(0),
        "calls": calls_of(request.viewer, generation, attempts_of(generation)),
        "detail": detail_beside(request.viewer, generation),
        "drafts": drafts_of(request.viewer, generation),
        "may_save_request": rights.retry_generation.allows(request.viewer, generation)
        and not request_gate(request.viewer, generation.batch),
    }
    return render_page(request, "exchange/exchange.html", context, partial="exchange")


@require_GET
def request_body(request: PageRequest, key: str, n: int) -> HttpResponse:
    """The body of a call, byte for byte, for those who may send it again. A reference that waits for an approval holds
    it back."""
    attempt = access.attempt_to_save(request.viewer, key, n)
    if gate := request_gate(request.viewer, attempt.generation.batch):
        return refused(request, 403, gate)
    note_private(request, attempt.generation.batch)
    return HttpResponse(
        attempt.request_bytes(),
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="request.json"'},
    )


@require_GET
def answer_body(request: PageRequest, key: str, n: int) -> HttpResponse:
    """The answer to a call, byte for byte as it came; as a file, whatever it says it is. A reference that waits for an
    approval holds it back where it repeats that."""
    attempt = access.answer_to_save(request.viewer, key, n)
    answer = Withheld(request.viewer, attempt.generation).answer(attempt)
    if answer.left_out:
        return refused(request, 403, request_gate(request.viewer, attempt.generation.batch))
    note_private(request, attempt.generation.batch)
    return HttpResponse(
        answer.data,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": 'attachment; filename="response.txt"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


def notify_if(generation: Generation, verb: Callable[[], bool]) -> bool:
    """Notify a worker if the verb applied: it can be run now."""
    with transaction.atomic():
        is_due = verb()
        if is_due:
            notify_later(generation)
    return is_due
