"""The exact request that an order would send, one for each model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.utils.safestring import SafeString

from generations.errors import InvalidRequest
from generations.history import history_of
from generations.models import Batch, Image, ProviderModel
from generations.presenters.exchange import not_shown, pretty
from generations.request import PageRequest
from generations.submit import Order, check, clean_text
from generations.translation import translated
from generations.web.rendering import render_page


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
    provider = model.provider
    url = f"{provider.base_url}/chat/completions" + (f"?{provider.query}" if provider.query else "")
    times = -(-order.count // model.max_n)
    to_be = Batch(
        person=order.person,
        team=order.team,
        visibility=order.shown_as,
        gallery=order.gallery,
        parent=order.parent,
        derivation=order.derivation,
    )
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
        return Preview(model, url, "", times, translated(error.detail or error.sentence))
    return Preview(model, url, pretty(body.to_json()), times)


def as_reference(image: Image) -> str:
    """The data URI it is sent as, with its size in place of its bytes."""
    file = image.clean_file or image.file
    carried = -(-file.size // 3) * 3  # base64 carries whole threes, and the exchange tells the size by it
    return f"data:{file.media_type};base64,{not_shown(carried)}"
