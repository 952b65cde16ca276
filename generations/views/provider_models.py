"""A model of a provider: what it takes, who may use it, what it costs from when on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access
from generations.forms.provider_pages import ModelForm, PriceForm
from generations.models import ProviderModel
from generations.models.hand_pause import resume_by_hand
from generations.presenters.provider_models import ModelSheet
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.pausing import pause
from generations.web.rendering import render_page
from generations.web.toasts import return_url


@require_safe
def provider_model(request: PageRequest, key: str) -> HttpResponse:
    """One model."""
    return model_page(request, access.model_to_manage(request.viewer, key))


def model_page(
    request: PageRequest,
    found: ProviderModel,
    *,
    form: ModelForm | None = None,
    price: PriceForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "section": "providers",
        "sheet": ModelSheet(request.viewer, found),
        "form": form or ModelForm(instance=found),
        "price": price or PriceForm(),
    }
    return render_page(request, "providers/model.html", context, status=status)


@require_POST
def change_model(request: PageRequest, key: str) -> HttpResponse:
    """What it takes, and who may use it. A change may have corrected what was refused, so its pause ends."""
    found = access.model_to_manage(request.viewer, key)
    form = ModelForm(request.POST, instance=access.model_to_manage(request.viewer, key))
    if not form.is_valid():
        return model_page(request, found, form=form, status=422)
    form.keep()
    if form.changed_data:
        found.resume()
    messages.success(request, _("Saved."))
    return redirect("provider_model", key)


@require_POST
def add_price(request: PageRequest, key: str) -> HttpResponse:
    """What it costs from a day on, from now on without one."""
    found = access.model_to_manage(request.viewer, key)
    form = PriceForm(request.POST)
    form.instance.model = found
    if not form.is_valid():
        return model_page(request, found, price=form, status=422)
    form.keep(request.user)
    messages.success(request, _("The price is saved. What was made before keeps its price."))
    return redirect("provider_model", key)


@require_POST
def pause_model(request: PageRequest, key: str) -> HttpResponse:
    """Send nothing more to it until somebody resumes it."""
    pause(request, access.model_to_manage(request.viewer, key))
    return redirect(return_url(request, reverse("provider_model", args=[key])))


@require_POST
def resume_model(request: PageRequest, key: str) -> HttpResponse:
    """End its pause."""
    resume_by_hand(access.model_to_manage(request.viewer, key))
    messages.success(request, _("Resumed. The next request tests the connection."))
    return redirect(return_url(request, reverse("provider_model", args=[key])))
