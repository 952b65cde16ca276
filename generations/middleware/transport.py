"""How requests come in and answers go out, whosever they are: logged, measured, compressed, and refused as pages."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext
from django.views.defaults import bad_request

from generations.errors import NotStored
from generations.models.key import is_key
from generations.translation import number_text
from imageweb.logs import new_request_id, request_id
from imageweb.server.limits import TAKE_FILES

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})

log = logging.getLogger(__name__)
requests_log = logging.getLogger("imageweb.requests")


class RequestLogMiddleware:
    """Gives each request an id, which the log and the page for what broke show and X-Request-ID says, and logs one line
    for each. The address is logged as its name in urls.py with the key of a row in it: neither a search nor a token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = request.META["REQUEST_ID"] = new_request_id(request.headers.get("X-Request-ID", ""))
        token, began_at = request_id.set(number), time.monotonic()
        try:
            response = self.get_response(request)
            self._log(request, response, round(1000 * (time.monotonic() - began_at)))
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = number
        return response

    def _log(self, request: HttpRequest, response: HttpResponse, milliseconds: int) -> None:
        found = request.resolver_match
        fields: dict[str, object] = {"method": request.method, "status": response.status_code, "ms": milliseconds}
        if found is not None:
            fields["route"] = found.url_name or found.route
            fields |= {"key": key} if is_key(key := str(found.kwargs.get("key", ""))) else {}
        if (person := getattr(getattr(request, "_cached_user", None), "pk", None)) is not None:
            fields["person"] = person
        requests_log.info(
            "%s %s %d", request.method, fields.get("route", "-"), response.status_code, extra={"fields": fields}
        )


class HttpsMismatchMiddleware:
    """400 with the cause, where a redirect to https would lead back here for ever: the browser came by https, and the
    proxy does not say so, or is not believed. Stands before the redirect.

    Browsers send Sec-Fetch-Site only over https, and to this machine itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.is_secure() or not settings.SECURE_SSL_REDIRECT or "Sec-Fetch-Site" not in request.headers:
            return self.get_response(request)
        host = split_domain_port(request.META.get("HTTP_HOST", ""))[0]
        if host in LOCAL_HOSTS or request.path.startswith("/healthz"):
            return self.get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            context = {
                "count": "400",
                "heading": gettext("The proxy does not say that it speaks https"),
                "cause": gettext("The page was opened by https, but the server was asked by http. Nothing was done."),
                "advice": gettext(
                    "An administrator sets TRUSTED_PROXIES to the number of proxies in front, and has the proxy send "
                    "X-Forwarded-Proto."
                ),
                "site_name": settings.SITE_NAME,
                "site_url": settings.SITE_URL,
            }
            return HttpResponse(render_to_string("errors/address.html", context), status=400)


class GZipPagesMiddleware(GZipMiddleware):
    """Sends pages compressed to browsers that take it, with Django's random bytes against guessing by length. Pictures
    and archives do not shrink and go as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response


class RequestSizeLimitMiddleware:
    """Refuses a body by its announced length; one without a length is read as empty. Stands before whatever reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: Sequence[object],
        kwargs: Mapping[str, object],
    ) -> HttpResponse | None:
        """413, or None when the body is no larger than its address takes."""
        assert request.resolver_match is not None, "a view was found"
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length[:20]) <= limit_of(request.resolver_match.url_name):
            return None
        sentence = gettext("This is too much at once. Files may have %(max)s MB together.") % {
            "max": number_text(settings.MAX_UPLOAD_BYTES // 2**20)
        }
        return HttpResponse(sentence, status=413, content_type="text/plain; charset=utf-8")


def limit_of(door: str | None) -> int:
    """Bytes: a form's fields everywhere, and files where pictures are brought."""
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE + (settings.MAX_UPLOAD_BYTES if door in TAKE_FILES else 0)


class ErrorPagesMiddleware:
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
