"""What is being written: kept while it is, shown as it would be sent, and what was written before."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations.forms.composer import ComposerForm
from generations.models import Draft
from generations.models.batch import MAX_PROMPT
from generations.presenters.prefill import stashed_draft
from generations.protocol.json import clean
from generations.queries.composer import prompts_of
from generations.request import PageRequest
from generations.web.composing import client_ids, keep_references, order_of
from generations.web.methods import require_GET
from generations.web.preview import shown

KEPT = (*Draft.CHOICES, "prompt", "ref", "parent", "derivation", *ComposerForm.OPTIONS)
MAX_VALUES = 40
MAX_PROMPTS = 50


@require_POST
def draft(request: PageRequest) -> HttpResponse:
    """Keep what stands in the composer, unless it was sent meanwhile. What that stashed is the answer, if it did.

    With `forget`, what was stashed is thrown away."""
    if "forget" in request.POST:
        Draft.forget_stashed(request.user)
        return HttpResponse(status=204)
    said = {
        name: [clean(value[:MAX_PROMPT]) for value in request.POST.getlist(name)[:MAX_VALUES]]
        for name in KEPT
        if name in request.POST
    }
    client_id, base_client_id = client_ids(request)
    kept = Draft.keep(
        request.user,
        said,
        client_id=client_id,
        base_client_id=base_client_id,
        submission_key=request.POST.get("submission", "")[:64],
    )
    if kept is None:
        return HttpResponse(status=204)
    return HttpResponse(render_to_string("studio/_stashed_draft.html", {"stashed": stashed_draft(kept)}, request))


@require_GET
def prompts(request: PageRequest) -> JsonResponse:
    """The person's own last prompts, the latest first."""
    return JsonResponse({"prompts": prompts_of(request.user, MAX_PROMPTS)})


@require_POST
def preview(request: PageRequest) -> HttpResponse:
    """The exact JSON that Generate would send, one for each model; references are cut to their size."""
    form = ComposerForm(request.viewer, request.POST, request.FILES)
    references, problem = keep_references(form)
    order = order_of(form, references) if form.is_valid() else None
    problems = [*filter(None, [problem]), *form.sentences()]
    return shown(request, order, problems, back=(reverse("studio"), _("Back to the studio")))
