"""From a picture to the next: change something in it, or draw it once more."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access
from generations.errors import InvalidRequest
from generations.forms.refining import RefineForm
from generations.models import Batch, Image, Person, ProviderModel
from generations.models.batch import MAX_PROMPT, Audience
from generations.models.provider_model import ADDED
from generations.presenters.changes import ClientState
from generations.presenters.refiner import Refiner, drawers, field_url, no_model, own_or_first
from generations.request import PageRequest
from generations.submit import AlreadySent, Order, audience_from, submit
from generations.text import tidy
from generations.web.changes import changes_response
from generations.web.methods import require_GET
from generations.web.preview import shown
from generations.web.rendering import list_at, render_page
from generations.web.toasts import reason_of, redirect_to, sent_toast

SEEDS = 2**31


@require_GET
def instruct(request: PageRequest, key: str) -> HttpResponse:
    """The field below a strip; without HTMX it is the one on the picture's page."""
    image = access.image_to_read(request.viewer, key)
    if not request.htmx:
        return redirect(field_url(image))
    context = {"refiner": Refiner.of(request.viewer, image), "batch": image.batch, "is_inline": True}
    return HttpResponse(render_to_string("picture/_refine_form.html", context, request))


@require_POST
def refine(request: PageRequest, key: str) -> HttpResponse:
    """Send the picture back with an instruction, as the next turn of the talk it came from."""
    image = access.image_to_read(request.viewer, key)
    form = RefineForm(request.viewer, request.POST)
    order = refinement(image, request, form)
    return sent(request, image, order) if order else refused(request, image, form.problem or no_model())


@require_POST
def preview_refine(request: PageRequest, key: str) -> HttpResponse:
    """The exact JSON that Refine would send."""
    image = access.image_to_read(request.viewer, key)
    form = RefineForm(request.viewer, request.POST)
    order = refinement(image, request, form)
    problems = [] if order else [form.problem or no_model()]
    return shown(request, order, problems, back=(field_url(image), _("Back to the picture")))


@require_POST
def vary(request: PageRequest, key: str) -> HttpResponse:
    """The order of a picture once more, under another seed."""
    image, generation = access.image_to_vary(request.viewer, key)
    batch, order = generation.batch, carried(image, request)
    order = replace(
        order,
        prompt=batch.prompt,
        models=(generation.model,),
        count=batch.count,
        size=batch.size,
        references=tuple(batch.references.as_sent()),
        options=with_another_seed(order.options, generation.model, order.submission_key),
        derivation=Batch.Derivation.VARY,
    )
    return sent(request, image, order)


# ── the order ──


def refinement(image: Image, request: PageRequest, form: RefineForm) -> Order | None:
    """The instruction with the picture it is about, to the model that was chosen or else draws it; None without one."""
    model = form.is_valid() and (form.cleaned_data["model"] or own_or_first(drawers(request.viewer), image))
    if not model:
        return None
    return replace(
        carried(image, request),
        prompt=request.POST.get("prompt", ""),
        models=(model,),
        count=form.cleaned_data["n"] or 1,
        size=image.generation.size if image.generation else "",
        references=(image,),
        derivation=Batch.Derivation.REFINE,
    )


def carried(image: Image, request: PageRequest) -> Order:
    """What goes over from a picture to the one made from it. Who could see it says who can see the next."""
    person, batch = request.user, image.batch
    audience = audience_from(batch, person) if batch else Audience(person.default_team(), Batch.Visibility.TEAM)
    return Order(
        person,
        prompt="",
        models=(),
        options=options_of(batch, person) if batch else {},
        **audience._asdict(),
        submission_key=request.POST.get("submission", "")[:64],
        parent=image,
    )


def options_of(batch: Batch, person: Person) -> Mapping[str, object]:
    """Its options; what staff added by hand only for staff."""
    return {name: value for name, value in batch.options.items() if name != ADDED or person.is_administrator}


def with_another_seed(options: Mapping[str, object], model: ProviderModel, submission: str) -> Mapping[str, object]:
    """A seed told from the form's key, so that a double click is one order; none for a model that takes none."""
    rest = {name: value for name, value in options.items() if name != "seed"}
    seed = int.from_bytes(hashlib.sha256(submission.encode()).digest()[:4], "big") % SEEDS
    return rest | ({"seed": seed} if "seed" in model.options else {})


# ── the answer ──


def sent(request: PageRequest, image: Image, order: Order) -> HttpResponse:
    """The new strip on a page that shows strips, else the new batch's page."""
    try:
        batch = submit(order)
    except (InvalidRequest, AlreadySent) as error:
        return refused(request, image, reason_of(error))
    client_state = ClientState.read(request.POST)
    if not request.htmx or not client_state.is_feed or "since" not in request.POST:
        return redirect_to(request, f"{batch.get_absolute_url()}?{urlencode({'back': picture_left(request, image)})}")
    return changes_response(request, client_state, extra=sent_toast(request, batch, image.batch))


def picture_left(request: PageRequest, image: Image) -> str:
    """The picture's page, from where the next one was sent, with its own way back."""
    list_before = list_at(request.POST.get("back", ""))
    return image.get_absolute_url() + (list_before.carried if list_before else "")


def refused(request: PageRequest, image: Image, sentence: str) -> HttpResponse:
    """Why it was not sent; what was written and chosen stays in its field. For another seed there is no field."""
    if request.htmx:
        return HttpResponse(render_to_string("parts/_toast.html", {"sentence": sentence}, request))
    if "prompt" not in request.POST:
        messages.error(request, sentence)
        return redirect(field_url(image))
    said = request.POST
    prompt = tidy(said["prompt"], MAX_PROMPT)
    refiner = Refiner.of(request.viewer, image, prompt, said.get("model", ""), said.get("n", ""))
    list_before = list_at(said.get("back", ""))
    context = {"refiner": refiner, "problem": sentence, "back": list_before.address if list_before else ""}
    context |= {"picture": picture_left(request, image), "section": "studio"}
    return render_page(request, "picture/refine.html", context, status=422)
