"""Whose request it is: who looks, acts and reads in which language, and what they are led to before anything else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject

from generations.acting import Actor, Kind, acting_as, shortened
from generations.models import Person
from generations.models.second_factor import has_second_factor
from generations.models.sign_in import BY_SINGLE_SIGN_ON
from generations.request import PageRequest, VisitorRequest, own_address
from generations.viewer import Viewer

SETS_UP = frozenset(
    {"second_factor", "add_app", "add_passkey", "account_reauthenticate", "mfa_reauthenticate"}
    | {"mfa_reauthenticate_webauthn", "account_logout"}
)
"""Names of the addresses by which a second factor is set up, and of the way out."""


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
