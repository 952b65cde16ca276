"""A provider's page: how it is reached, its limits, its models and what came of its calls; and what can be done."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from generations import access
from generations.errors import InvalidRequest
from generations.forms.provider_pages import ConnectionForm, LimitsForm, RecordedForm, RoutingForm, SwitchForm
from generations.models import Provider
from generations.models.adoption import MAX_NAME
from generations.models.connection_check import ConnectionCheck, check_connection
from generations.models.hand_pause import resume_by_hand
from generations.models.offer import change_offer, order_models, remove_provider, use_address
from generations.presenters.drawing import Drawing
from generations.presenters.providers import ProviderSheet
from generations.queries.providers import all_providers, drawing_of
from generations.request import PageRequest
from generations.submit import AlreadySent
from generations.text import BadText, clean_text
from generations.web.drawing import draw_with
from generations.web.methods import require_safe
from generations.web.pausing import pause
from generations.web.rendering import render_page
from generations.web.toasts import reason_of, return_url

FORMS: dict[str, type[RecordedForm]] = {
    "connection": ConnectionForm,
    "limits": LimitsForm,
    "routing": RoutingForm,
    "switch": SwitchForm,
}
MAX_PRICE = Decimal(9999)


@require_safe
def providers(request: PageRequest) -> HttpResponse:
    """The first provider; where there is none, the place to add one."""
    if not request.viewer.runs_providers:
        raise Http404
    every = sorted(all_providers(), key=lambda provider: provider.is_sandbox)
    return redirect("provider", every[0].key) if every else redirect("setup")


@require_safe
def provider(request: PageRequest, key: str) -> HttpResponse:
    """One provider."""
    return provider_page(request, access.provider_to_manage(request.viewer, key))


def provider_page(
    request: PageRequest, found: Provider, *, part: str = "", form: RecordedForm | None = None, status: int = 200
) -> HttpResponse:
    forms = {name: made(instance=found) for name, made in FORMS.items()} | ({part: form} if form else {})
    shown = access.provider_to_manage(request.viewer, found.key)
    context = {"section": "providers", "sheet": ProviderSheet(request.viewer, shown), "here": request.path, **forms}
    return render_page(request, "providers/provider.html", context, status=status)


@require_POST
@sensitive_post_parameters("new_key", "new_headers", "new_proxy")
def change_provider(request: PageRequest, key: str, part: str) -> HttpResponse:
    """One part of its page. Whatever says how it is reached ends its pause, and is tested."""
    found = access.provider_to_manage(request.viewer, key)
    if part not in FORMS:
        raise Http404
    form = FORMS[part](request.POST, instance=found)
    if not form.is_valid():
        return provider_page(request, found, part=part, form=form, status=422)
    changed = form.keep()
    if form.changed_data and part in ("connection", "routing"):
        changed.resume()
        return checked(request, changed)
    messages.success(request, _("Saved."))
    return redirect("provider", key)


@require_POST
def check_provider(request: PageRequest, key: str) -> HttpResponse:
    """Test the connection, and ask anew which models it has."""
    return checked(request, access.provider_to_manage(request.viewer, key))


def checked(request: PageRequest, found: Provider) -> HttpResponse:
    check_connection(found, request.user.pk)
    return redirect(f"{return_url(request, found_page(found))}#test")


def found_page(found: Provider) -> str:
    return reverse("provider", args=[found.key])


@require_POST
def use_better_address(request: PageRequest, key: str) -> HttpResponse:
    """Call it where the last test found it, on the same host, and test that."""
    found = access.provider_to_manage(request.viewer, key)
    check = ConnectionCheck.read(found.last_check)
    if check and check.outcome == "missing_path" and check.better:
        use_address(found, check.better)
    return checked(request, found)


@require_POST
def pause_provider(request: PageRequest, key: str) -> HttpResponse:
    """Send nothing more to it until somebody resumes it."""
    found = access.provider_to_manage(request.viewer, key)
    pause(request, found)
    return redirect(return_url(request, found_page(found)))


@require_POST
def resume_provider(request: PageRequest, key: str) -> HttpResponse:
    """End its pause; the next call goes first alone."""
    found = access.provider_to_manage(request.viewer, key)
    resume_by_hand(found)
    messages.success(request, _("Resumed. The next request tests the connection."))
    return redirect(return_url(request, found_page(found)))


@require_POST
def forget_provider(request: PageRequest, key: str) -> HttpResponse:
    """Remove it; where something was made with it, its key and settings only."""
    found = access.provider_to_manage(request.viewer, key)
    if remove_provider(found):
        messages.success(request, _("“%(name)s” is removed.") % {"name": found})
        return redirect("providers")
    messages.success(
        request, _("“%(name)s” is switched off and its key is deleted. What was made with it stays.") % {"name": found}
    )
    return redirect("provider", key)


@require_POST
def draw_test(request: PageRequest, key: str) -> HttpResponse:
    """Have one small picture drawn by a model that it lists or has."""
    found = access.provider_to_manage(request.viewer, key)
    name = name_in(request, "model")
    if not name:
        messages.error(request, _("Choose a model."))
    else:
        try:
            draw_with(request, found, name)
        except (InvalidRequest, AlreadySent) as error:
            messages.error(request, reason_of(error))
    return redirect(f"{return_url(request, found_page(found))}#test")


@require_safe
def drawing(request: PageRequest, key: str) -> HttpResponse:
    """How far the test picture is; 204 while that is what `?version=` knows."""
    found = access.provider_to_manage(request.viewer, key)
    generation = drawing_of(found)
    if generation is None or request.GET.get("version") == str(generation.version):
        return HttpResponse(status=204)
    shown = Drawing(request.viewer, generation, found)
    return render(request, "providers/_drawing.html", {"drawing": shown})


@require_POST
def offer_models(request: PageRequest, key: str) -> HttpResponse:
    """Offer what is ticked, at the prices that are entered."""
    found = access.provider_to_manage(request.viewer, key)
    offered = [name for name in dict.fromkeys(request.POST.getlist("offer")) if is_name(name)]
    if another := name_in(request, "another"):
        offered.append(another)
    shown = request.POST.getlist("shown")
    try:
        prices = prices_in(request, {*shown, *offered})
    except InvalidOperation:
        messages.error(request, _("Nothing was changed. Enter prices as numbers, such as 0.04, or leave them empty."))
        return redirect(f"{return_url(request, found_page(found))}#models")
    count = change_offer(found, request.user, offered, shown=shown, prices=prices)
    sentence = ngettext("%(number)s model is offered.", "%(number)s models are offered.", count)
    messages.success(request, sentence % {"number": count})
    return redirect(f"{return_url(request, found_page(found))}#models")


def prices_in(request: PageRequest, names: set[str]) -> dict[str, Decimal | None]:
    """The price that is entered for each of these models. Raises InvalidOperation for what is no price."""
    found: dict[str, Decimal | None] = {}
    for name in names:
        said = request.POST.get(f"price-{name}")
        if said is not None:
            found[name] = price_of(said)
    return found


def price_of(said: str) -> Decimal | None:
    """A price as people type it: 0.04, $0.04, 0,04; None for an empty one."""
    text = said.strip().removeprefix("$").replace(",", ".").strip()
    if not text:
        return None
    price = Decimal(text[:20])
    if not (price.is_finite() and 0 <= price < MAX_PRICE):
        raise InvalidOperation
    return price.quantize(Decimal("0.00001"))


def name_in(request: PageRequest, field: str) -> str:
    """The name of a model; "" for none, and for what cannot be one."""
    name = request.POST.get(field, "").strip()
    return name if name and is_name(name) else ""


def is_name(name: str) -> bool:
    try:
        return clean_text(name, MAX_NAME) == name and name.isprintable()
    except BadText:
        return False


@require_POST
def order_offer(request: PageRequest, key: str) -> HttpResponse:
    """The order of its models in the composer: all their keys, with `up` or `down` one of them moved by a place."""
    found = access.provider_to_manage(request.viewer, key)
    keys = request.POST.getlist("model")
    for field, by in (("up", -1), ("down", 1)):
        if (moved := request.POST.get(field)) in keys:
            place = keys.index(moved)
            keys.insert(max(0, place + by), keys.pop(place))
    order_models(found, keys)
    if request.headers.get("Imageweb-Person"):  # a script sent it
        return HttpResponse(status=204)
    return redirect(f"{found_page(found)}#models")
