"""When something broke on our side: the last page, under a code that is also in the log. And when it was not ours."""

from __future__ import annotations

import logging
import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseServerError
from django.middleware.csrf import (
    REASON_BAD_ORIGIN,
    REASON_BAD_REFERER,
    REASON_INSECURE_REFERER,
    REASON_MALFORMED_REFERER,
    REASON_NO_CSRF_COOKIE,
    REASON_NO_REFERER,
)
from django.template.loader import render_to_string

from generations.web.rendering import theme_of_device

log = logging.getLogger(__name__)

NO_COOKIE = {REASON_NO_CSRF_COOKIE}
OTHER_ORIGIN = {REASON_NO_REFERER, REASON_BAD_REFERER, REASON_MALFORMED_REFERER, REASON_INSECURE_REFERER}


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Says why a form was refused: its page came from another address than SITE_URL says, the browser keeps no cookies,
    or the page is older than the session. Nothing of it was sent."""
    cause = csrf_cause(reason)
    if cause != "stale":
        log.warning("a form to %r was refused: %s (SITE_URL is %s)", request.path, reason, settings.SITE_URL)
    context = {
        "cause": cause,
        "origin": request.headers.get("Origin") or f"{request.scheme}://{request.headers.get('Host', '')}",
        "site_url": settings.SITE_URL,
    }
    page = render_to_string("403_csrf.html", context, request)
    return HttpResponseForbidden(page, headers={"Imageweb-Refused": cause})


def csrf_cause(reason: str) -> str:
    """origin, cookies or stale, by what Django found."""
    if reason in OTHER_ORIGIN or reason.startswith(REASON_BAD_ORIGIN.partition("%s")[0]):
        return "origin"
    return "cookies" if reason in NO_COOKIE else "stale"


@login_not_required
def server_error(request: HttpRequest) -> HttpResponseServerError:
    """Says nothing of what broke, reads nothing that may be broken: no session, no database."""
    code = f"e-{secrets.token_hex(3)}"
    log.error("%s %r broke; the person was shown the code %s", request.method, request.path, code)
    context = {"code": code, "site_name": settings.SITE_NAME, "theme": theme_of_device(request)}
    return HttpResponseServerError(render_to_string("500.html", context))
