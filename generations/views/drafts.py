"""What is being written: kept while it is, shown as it would be sent, and what was written before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from generations.errors import InvalidRequest
from generations.forms import ComposerForm
from generations.models import Batch, Draft, Image, ProviderModel
from generations.models.batch import MAX_PROMPT
from generations.models.history import history_of
from generations.protocol.json import clean
from generations.submit import Order, check, clean_text
from generations.views import access
from generations.views.composer import aside_of, keep_references, names_in, order_of
from generations.views.exchange import not_shown, pretty
from generations.views.page import render_page
from generations.views.request import PageRequest

KEPT = (*Draft.CHOICES, "prompt", "ref", "again", "turn", *ComposerForm.OPTIONS)
MOST_VALUES = 40
MOST_PROMPTS = 50


@require_POST
def draft(request: PageRequest) -> HttpResponse:
    """Keep what stands in the composer, unless it was sent meanwhile. What that put aside is the answer, if it did.

    With `forget`, what was put aside is thrown away."""
    if "forget" in request.POST:
        Draft.forget_aside(request.user)
        return HttpResponse(status=204)
    said = {
        name: [clean(value[:MAX_PROMPT]) for value in request.POST.getlist(name)[:MOST_VALUES]]
        for name in KEPT
        if name in request.POST
    }
    by, came = names_in(request)
    kept = Draft.keep(request.user, said, by=by, came=came, submission_key=request.POST.get("submission", "")[:64])
    if kept is None:
        return HttpResponse(status=204)
    return HttpResponse(render_to_string("studio/_stashed_draft.html", {"aside": aside_of(kept)}, request))


@require_GET
def prompts(request: PageRequest) -> JsonResponse:
    """The person's own last prompts, the latest first."""
    return JsonResponse({"prompts": access.prompts_of(request.user, MOST_PROMPTS)})


@dataclass(frozen=True)
class Preview:
    """What would be sent to one model, how often, and why not if it cannot be."""

    model: ProviderModel
    url: str
    body: SafeString | str
    times: int
    problem: str = ""

    @property
    def id(self) -> str:
        return f"preview-{self.model.key}"


@require_POST
def preview(request: PageRequest) -> HttpResponse:
    """The exact JSON that Generate would send, one for each model; references are cut to their size."""
    form = ComposerForm(request.user, request.POST, request.FILES)
    references, problem = keep_references(form)
    order = order_of(form, references) if form.is_valid() else None
    problems = [*filter(None, [problem]), *form.sentences()]
    return shown(request, order, problems, back=(reverse("studio"), "the studio"))


def shown(
    request: PageRequest, order: Order | None, problems: Sequence[str] = (), *, back: tuple[str, str]
) -> HttpResponse:
    """What an order would send to each of its models, or why there is none; a page of its own leads `back`."""
    previews = [previewed(order, model) for model in order.models] if order else []
    context = {"section": "studio", "previews": previews, "problems": problems, "back": back}
    is_refused = problems or any(preview.problem for preview in previews)
    status = 422 if is_refused and not request.htmx else 200
    return render_page(request, "exchange/preview.html", context, partial="preview", status=status)


def previewed(order: Order, model: ProviderModel) -> Preview:
    """The first request to a model; the others differ in their seed alone."""
    url = f"{model.provider.base_url}/chat/completions"
    times = -(-order.count // model.max_n)
    to_be = Batch(person=order.person, team=order.team, visibility=order.shown_as, parent=order.parent, turn=order.turn)
    try:
        check(replace(order, models=(model,)))
        body = model.request_for(
            clean_text(order.prompt),
            references=[as_reference(image) for image in order.references],
            history=history_of(to_be),
            n=min(order.count, model.max_n),
            size=model.nearest(order.size),
            options=order.options,
        )
    except InvalidRequest as error:
        return Preview(model, url, "", times, error.detail or error.sentence)
    return Preview(model, url, pretty(body.to_json()), times)


def as_reference(image: Image) -> str:
    """The data URI it is sent as, with its size in place of its bytes."""
    file = image.clean_file or image.file
    carried = -(-file.size // 3) * 3  # base64 carries whole threes, and the exchange tells the size by it
    return f"data:{file.media_type};base64,{not_shown(carried)}"
