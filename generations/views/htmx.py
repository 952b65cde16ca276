"""A request whose session ended goes to the sign-in page, not into a card, and from there back to a page. One whose
session is somebody else's by now goes nowhere."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme

from generations.views.request import PageRequest


class SignInAgain:
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


class OnePerson:
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


def own_address(request: HttpRequest, page: str) -> str:
    """The path and query of a whole address of ours; "" for anybody else's."""
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
