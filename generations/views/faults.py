"""When something broke on our side: the last page, under a code that is also in the log. And when it was not ours."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseServerError
from django.template.loader import render_to_string
from django.views.defaults import bad_request

from generations.errors import NotStored
from generations.views.page import theme_of_device

log = logging.getLogger(__name__)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponseServerError:
    """Says nothing of what broke, reads nothing that may be broken: no session, no database."""
    code = f"e-{secrets.token_hex(3)}"
    log.error("%s %r broke; the person was shown the code %s", request.method, request.path, code)
    context = {"code": code, "site_name": settings.SITE_NAME, "theme": theme_of_device(request)}
    return HttpResponseServerError(render_to_string("500.html", context))


class Untaken:
    """What PostgreSQL cannot take, such as NUL in a key or in a draft, is a bad request and nothing that broke; a
    storage that does not answer is away, and comes back. And the address of a form that is only opened says so on a
    page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and request.method == "GET":
            response.content = render_to_string("errors/405.html", request=request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """400 for what the database refused as data, 503 for a storage that is away; None for anything else."""
        if isinstance(exception, NotStored):
            log.warning("%s %r waits for the storage: %s", request.method, request.path, exception.detail)
            return HttpResponse(
                render_to_string("errors/503.html", request=request), status=503, headers={"Retry-After": 60}
            )
        if not isinstance(exception, DataError):
            return None
        log.warning("%s %r brought what the database does not take", request.method, request.path, exc_info=exception)
        return bad_request(request, exception)
