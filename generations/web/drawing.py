"""The test picture of a provider: a generation like any other, of the person who asked for it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from generations.models import Batch, Provider, ProviderModel
from generations.models.offer import change_offer
from generations.models.sizes import shape_of, terms_of
from generations.request import PageRequest
from generations.submit import Order, submit

PROMPT = _("A small town of coloured blocks, isometric, pale background")
MAX_SUBMISSION = 64


def draw_with(request: PageRequest, provider: Provider, name: str) -> Batch:
    """Have one small picture drawn by this model, which is offered from now on. Raises InvalidRequest and AlreadySent
    as `submit` does."""
    change_offer(provider, request.user, [name])
    model = provider.models.select_related("provider").get(name=name)
    order = Order(
        person=request.user,
        prompt=str(PROMPT),
        models=(model,),
        size=smallest_size(model),
        visibility=Batch.Visibility.PRIVATE,
        submission_key=request.POST.get("submission", "")[:MAX_SUBMISSION],
    )
    batch = submit(order)
    provider.keep_drawing(batch)
    return batch


def smallest_size(model: ProviderModel) -> str:
    """The cheapest of its sizes: of those with measures the one with the least area, else a square, else its first."""
    measured = [size for size in map(str, model.sizes) if ":" not in size and terms_of(size)]
    if measured:
        return min(measured, key=area_of)
    return "1:1" if "1:1" in model.sizes else next(map(str, model.sizes), "")


def area_of(size: str) -> float:
    width, height = shape_of(size)
    return width * height
