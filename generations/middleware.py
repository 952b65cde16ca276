"""What stands between the server and the views, in the order of settings.MIDDLEWARE."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import cast
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.formats import number_format
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.defaults import bad_request

from generations.acting import Actor, Kind, acting_as, shortened
from generations.errors import NotStored
from generations.models import Person
from generations.models.second_factor import has_second_factor
from generations.models.sign_in import BY_SINGLE_SIGN_ON
from generations.request import PageRequest, VisitorRequest
from generations.rights import Viewer
from imageweb.logs import new_request_id, request_id
from imageweb.server.limits import TAKE_FILES

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})

SETS_UP = frozenset(
    {"second_factor", "add_app", "add_passkey", "account_reauthenticate", "mfa_reauthenticate"}
    | {"mfa_reauthenticate_webauthn", "account_logout"}
)
"""Names of the addresses by which a second factor is set up, and of the way out."""

log = logging.getLogger(__name__)
requests_log = logging.getLogger("imageweb.requests")


class RequestLogMiddleware:
    """Gives each request an id, which the log and the page for what broke show and X-Request-ID says, and logs one line
    for each. The address is logged as its name in urls.py with the key in it: neither a search nor a link's token."""

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
            fields |= {"key": found.kwargs["key"]} if "key" in found.kwargs else {}
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


class ViewerMiddleware:
    """Says as `request.viewer` who looks. Stands behind the session's middleware; asks the database nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: VisitorRequest) -> HttpResponse:
        request.viewer = cast(Viewer, SimpleLazyObject(lambda: viewer_of(request)))
        return self.get_response(request)


class ActorMiddleware:
    """Says who acts on behalf of the request, for what is recorded. Looks nothing up by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: VisitorRequest) -> HttpResponse:
        with acting_as(actor_of(request)):
            return self.get_response(request)


class PersonLanguageMiddleware:
    """Activates the language that the person chose, and their time zone; else the browser's language stays, which
    LocaleMiddleware found, and the installation's zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: VisitorRequest) -> HttpResponse:
        person = request.viewer.person
        if person and person.language in dict(settings.LANGUAGES):
            translation.activate(person.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(zone_of(person)):
            return self.get_response(request)


class HtmxLoginRedirectMiddleware:
    """Turns the redirect of a dead session into `HX-Redirect`, and keeps pages out of shared and back-button caches.

    What a form without script was sent to is no page to come back to, so its own page is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PageRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_sign_in(response):
            if request.htmx:
                response = HttpResponse(status=401, headers={"HX-Redirect": sign_in_url(request)})
            elif request.method == "POST" and led_back_to(response) == request.get_full_path():
                response["Location"] = sign_in_url(request)
        if "Cache-Control" not in response:
            add_never_cache_headers(response)
        return response


class SessionOwnerMiddleware:
    """412 for what a page asks that was opened as one person while another signed in since, in another tab.

    A script sends the token of the session that is now, so that a page outlives its session; whose page it is, it says
    in `Imageweb-Person`. A form without script has the token it came with, which ended with the session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PageRequest) -> HttpResponse:
        opened_by = request.headers.get("Imageweb-Person")
        if opened_by and request.user.is_authenticated and opened_by != str(request.user.pk):
            return HttpResponse(status=412)
        return self.get_response(request)


class SecondFactorMiddleware:
    """Leads to its set-up who is asked for a second factor and has none, before they get anything else. Who came by
    single sign-on was asked there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: PageRequest,
        view: Callable[..., HttpResponse],
        args: Sequence[object],
        kwargs: Mapping[str, object],
    ) -> HttpResponse | None:
        """A redirect, or None where nothing is missing and for what everybody may open."""
        person = request.viewer.person
        if person is None or not getattr(view, "login_required", True) or not request.viewer.needs_second_factor:
            return None
        assert request.resolver_match is not None, "a view was found"
        if request.resolver_match.url_name in SETS_UP or request.session.get(BY_SINGLE_SIGN_ON):
            return None
        if has_second_factor(person):
            return None
        address = reverse("second_factor")
        return HttpResponse(status=401, headers={"HX-Redirect": address}) if request.htmx else redirect(address)


def actor_of(request: HttpRequest) -> Actor:
    """Who is signed in when it is asked, and the network address the request came from."""

    def person() -> int | None:
        return request.user.pk if isinstance(request.user, Person) else None

    return Actor(Kind.PERSON, person=person, address=lambda: address_of(request))


def address_of(request: HttpRequest) -> str:
    """The network address as the record keeps it; "" where nothing is kept or known."""
    if settings.RECORD_ADDRESSES == "none":
        return ""
    try:
        address = str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""
    return address if settings.RECORD_ADDRESSES == "full" else shortened(address)


def zone_of(person: Person | None) -> ZoneInfo | None:
    """The time zone that the person chose; None for the installation's, also where a chosen one is not known here."""
    try:
        return ZoneInfo(person.time_zone) if person and person.time_zone else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def viewer_of(request: HttpRequest) -> Viewer:
    """Who is signed in; nobody, if nobody is."""
    return Viewer(request.user if isinstance(request.user, Person) else None)


def is_sign_in(response: HttpResponse) -> bool:
    """Whether this answer sends the person to sign in."""
    return response.status_code == 302 and urlsplit(response["Location"]).path == resolve_url(settings.LOGIN_URL)


def led_back_to(response: HttpResponse) -> str:
    """Where one comes from the sign-in page that this answer leads to."""
    return QueryDict(urlsplit(response["Location"]).query).get("next", "")


def sign_in_url(request: PageRequest) -> str:
    """The sign-in page, which leads back to the page the request came from if that is ours."""
    page = request.htmx.current_url or request.headers.get("Referer", "")
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': own_address(request, page) or '/'})}"


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
            "max": number_format(settings.MAX_UPLOAD_BYTES // 2**20, use_l10n=True, force_grouping=True)
        }
        return HttpResponse(sentence, status=413, content_type="text/plain; charset=utf-8")


def limit_of(door: str | None) -> int:
    """Bytes: a form's fields everywhere, and files where pictures are brought."""
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE + (settings.MAX_UPLOAD_BYTES if door in TAKE_FILES else 0)


class GZipPagesMiddleware(GZipMiddleware):
    """Sends pages compressed to browsers that take it, with Django's random bytes against guessing by length. Pictures
    and archives do not shrink and go as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response


def own_address(request: HttpRequest, page: str) -> str:
    """The path and query of a whole address of ours; "" for anybody else's."""
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
