"""The first minutes of an installation: an endpoint is entered, tested and offered."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from generations import access
from generations.forms.provider_pages import EndpointForm
from generations.models.connection_check import check_connection
from generations.presenters.providers import ProviderSheet
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.rendering import render_page


@require_safe
def setup(request: PageRequest) -> HttpResponse:
    """Where an endpoint is entered; `?url=` fills in its address."""
    if not request.viewer.runs_providers:
        raise Http404
    form = EndpointForm(initial={"base_url": request.GET.get("url", "")[:500]})
    return render_page(request, "providers/setup.html", {"section": "providers", "form": form})


@require_POST
@sensitive_post_parameters("new_key")
def connect(request: PageRequest) -> HttpResponse:
    """Add the endpoint, and test it. The same form sent twice is one provider."""
    if not request.viewer.runs_providers:
        raise Http404
    form = EndpointForm(request.POST)
    if not form.is_valid():
        return render_page(request, "providers/setup.html", {"section": "providers", "form": form}, status=422)
    provider = form.keep()
    check_connection(provider, request.user.pk)
    return redirect("setup_provider", provider.key)


@require_safe
def setup_provider(request: PageRequest, key: str) -> HttpResponse:
    """The steps with one provider: what the test found, the test picture, the models to offer. `?url=` fills in another
    address."""
    found = access.provider_to_manage(request.viewer, key)
    sheet = ProviderSheet(request.viewer, found)
    address = request.GET.get("url", "")[:500] or found.base_url
    form = EndpointForm(initial={"base_url": address, "name": found.name})
    context = {"section": "providers", "sheet": sheet, "form": form, "here": request.path}
    return render_page(request, "providers/setup.html", context)
