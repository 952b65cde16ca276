"""When something broke on our side: the last page, under a code that is also in the log."""

from __future__ import annotations

import logging
import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseServerError
from django.template.loader import render_to_string

from generations.web.rendering import theme_of_device

log = logging.getLogger(__name__)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponseServerError:
    """Its code is the request's id. Says nothing of what broke, reads nothing that may be broken, as the database."""
    code = request.META.get("REQUEST_ID") or f"e-{secrets.token_hex(6)}"
    log.error("%s %r broke; the person was shown the code %s", request.method, request.path, code)
    context = {"code": code, "site_name": settings.SITE_NAME, "theme": theme_of_device(request)}
    return HttpResponseServerError(render_to_string("500.html", context))
