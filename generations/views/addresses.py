"""Pages for a site that is reached at another address than its settings say: with the true cause, and whose move it is.
They read no session and no database, since nothing can be trusted to be about this site."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import (
    REASON_BAD_ORIGIN,
    REASON_BAD_REFERER,
    REASON_INSECURE_REFERER,
    REASON_MALFORMED_REFERER,
    REASON_NO_CSRF_COOKIE,
    REASON_NO_REFERER,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.defaults import bad_request as usual_bad_request

from generations.web.rendering import theme_of_device

log = logging.getLogger(__name__)

BAD_ORIGIN = REASON_BAD_ORIGIN.partition("%s")[0]
OTHER_ORIGIN = {REASON_NO_REFERER, REASON_BAD_REFERER, REASON_MALFORMED_REFERER, REASON_INSECURE_REFERER}
NO_COOKIE = {REASON_NO_CSRF_COOKIE}


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a host name that is not the site's has a page of its own."""
    if not isinstance(exception, DisallowedHost):
        return usual_bad_request(request, exception)
    return address_page(
        request,
        heading=_("This is not the site’s address"),
        cause=_("%(site)s is reached at %(url)s.") % {"site": settings.SITE_NAME, "url": settings.SITE_URL},
        advice=_("If this name is meant, an administrator adds it to ALLOWED_HOSTS, or sets SITE_URL to it."),
        status=400,
    )


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Says why a form was refused: its page came from another address than the one the server was asked at, the browser
    keeps no cookies, or the page is older than the session. Nothing of it was sent."""
    cause = csrf_cause(reason)
    if cause != "stale":
        log.warning("a form to %r was refused: %s (SITE_URL is %s)", request.path, reason, settings.SITE_URL)
    answer = other_origin(request) if cause == "origin" else render(request, "403_csrf.html", {"cause": cause})
    answer.status_code = 403
    answer["Imageweb-Refused"] = cause
    return answer


def csrf_cause(reason: str) -> str:
    """origin, cookies or stale, by what Django found."""
    if reason in OTHER_ORIGIN or reason.startswith(BAD_ORIGIN):
        return "origin"
    return "cookies" if reason in NO_COOKIE else "stale"


def other_origin(request: HttpRequest) -> HttpResponse:
    """Tells both addresses: the one the browser came from, and the one the server was asked at."""
    asked = f"{request.scheme}://{request.get_host()}"
    origin = (request.headers.get("Origin") or request.headers.get("Referer") or asked)[:200]
    return address_page(
        request,
        heading=_("The addresses do not match"),
        cause=_("The page was opened at %(origin)s, but the server was asked at %(asked)s. Nothing was sent.")
        % {"origin": origin, "asked": asked},
        advice=_(
            "An administrator sets SITE_URL to the address people use, and has the proxy pass on Host and "
            "X-Forwarded-Proto, which TRUSTED_PROXIES makes count."
        ),
        status=403,
    )


def address_page(request: HttpRequest, *, status: int, **texts: str) -> HttpResponse:
    """The page with this heading, cause and advice."""
    context = texts | {
        "count": str(status),
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "theme": theme_of_device(request),
    }
    return HttpResponse(render_to_string("errors/address.html", context), status=status)
