"""What Prometheus scrapes: for whoever has METRICS_TOKEN, and for this machine itself."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client.exposition import choose_encoder

from generations.queries.metrics import registry
from generations.web.methods import require_safe

PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")
"""Headers of a proxy: with one of them a request from this machine is somebody else's."""


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything that is measured, in the format that is asked for."""
    if not (has_token(request) or is_from_here(request)):
        if not settings.METRICS_TOKEN:
            raise Http404("metrics are for this machine alone")
        return HttpResponse(
            "The token is missing or wrong.\n",
            status=401,
            content_type="text/plain",
            headers={"WWW-Authenticate": "Bearer"},
        )
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry()), content_type=content_type)


def has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    return bool(settings.METRICS_TOKEN) and constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")


def is_from_here(request: HttpRequest) -> bool:
    """Whether it comes from this machine, and no proxy on it has passed it on."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback and not any(name in request.headers for name in PASSED_ON)
