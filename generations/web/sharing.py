"""Who comes by a share link or a client's address: the doors that views stand behind, what their answers may hold, and
the cookies of who knew a password or chose something."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from generations import access
from generations.acting import Actor, Kind, acting_as, current, shortened
from generations.models import Client, ShareLink, Visitor
from generations.models.audit_entry import record_once
from generations.models.secret_address import SecretAddress
from generations.models.visitor import ENDED
from generations.request import VisitorRequest
from generations.translatable import Message
from generations.translation import translated
from generations.viewer import LinkAccess, Viewer
from generations.web.choosing import Deed
from generations.web.counting import count, give_back
from generations.web.rendering import render_page

COOKIE = "imageweb_share"
CLIENT_COOKIE = "imageweb_client"
VISITOR_COOKIE = "imageweb_visitor"
DAY = 24 * 3600
VISITOR_SECONDS = 180 * DAY
MAX_SECRET = 4096
LOCKED = Message("This page asks for its password again. Enter it, then send this once more.")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The content security policy of what clients see: of the studio's, without pictures that scripts make and without
fonts."""
View = Callable[..., HttpResponseBase]


def viewer_by(link: ShareLink) -> Viewer:
    """Somebody who came by this link, whoever they are elsewhere."""
    return Viewer(link=LinkAccess.of(link))


# ── passwords ──


def is_unlocked(request: HttpRequest, lock: SecretAddress) -> bool:
    """Whether there is no password, or this browser knew the present one within a day."""
    if not lock.password:
        return True
    name = _cookie_of(lock)
    try:
        said = signing.loads(request.COOKIES.get(name, ""), salt=name, max_age=DAY)
    except signing.BadSignature:
        return False
    return bool(said == _seal_of(lock))


def unlock(response: HttpResponseBase, lock: SecretAddress, token: str) -> None:
    """Remember in this browser, for a day, that the password was known: of a link for its pages alone, of a client for
    all that is shared with it."""
    name = _cookie_of(lock)
    response.set_cookie(
        name,
        signing.dumps(_seal_of(lock), salt=name),
        max_age=DAY,
        path="/" if isinstance(lock, Client) else reverse("shared", args=[token]),
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _cookie_of(lock: SecretAddress) -> str:
    return CLIENT_COOKIE if isinstance(lock, Client) else COOKIE


def _seal_of(lock: SecretAddress) -> list[str]:
    assert isinstance(lock, Client | ShareLink)
    return [lock.key, lock.seal_of_password]


def try_password(request: VisitorRequest, lock: SecretAddress, token: str, label: str) -> HttpResponseBase:
    """Open the page, or ask again. Wrong passwords are counted for a lock and a network, more for a network, and many
    more for a lock.

    Each is counted before it is compared, and given back if it is right or was not compared: of many guesses at once
    none is compared beyond the limit."""
    key, network = _seal_of(lock)[0], network_of(request)
    limits = {"share_password": f"{key} {network}", "share_network": network, "share_lock": key}
    guess = count(request, limits)
    if guess is None:
        problem = _("Too many wrong passwords. Try again in ten minutes.")
        return for_clients(gate(request, label, problem, status=429))
    if not lock.takes_password(request.POST.get("password", "")[:MAX_SECRET]):
        record_once("wrong_link_password", lock.subject)
        problem = _("That is not the password. Capital letters count.")
        return for_clients(gate(request, label, problem, status=422))
    give_back(guess)
    response = redirect(request.path)
    unlock(response, lock, token)
    return for_clients(response)


def network_of(request: VisitorRequest) -> str:
    """The network that a request comes from, as far as is known."""
    return shortened(str(get_adapter().get_client_ip(request)))


def gate(request: VisitorRequest, label: str, problem: str = "", *, status: int = 200) -> HttpResponse:
    return render_page(request, "shared/gate.html", {"label": label, "problem": problem}, status=status)


# ── doors ──


def by_link(view: View) -> View:
    """Hands the view the open link of the token. Where its password is not known yet, the link's page asks for it and
    no other address is there: who comes back to one of a picture, whatever its key, is led to where it is asked. What
    is not there is said in words for clients, with theirs where these were not saved."""

    @login_not_required
    @wraps(view)
    def opened(request: VisitorRequest, token: str, **rest: object) -> HttpResponseBase:
        try:
            link = access.share_link_to_open(token)
        except Http404:
            return missing(request, token)
        if "\0" in str(rest.get("key", "")):  # which PostgreSQL takes in no text
            return nothing_here(request)
        return let_in(view, request, link, token, **rest)

    return opened


def let_in(view: View, request: VisitorRequest, link: ShareLink, token: str, **rest: object) -> HttpResponseBase:
    """What the view answers who knows the password of this link, which is open."""
    if not is_unlocked(request, link.lock):
        page, is_read = reverse("shared", args=[token]), request.method != "POST"
        if is_read and request.path == page:
            return for_clients(gate(request, link.label))
        if is_read and "text/html" in request.headers.get("Accept", ""):
            return for_clients(redirect(page))
        return missing(request, token, LOCKED)
    with acting_as(Actor(Kind.LINK, key=link.key, address=current().address)):
        try:
            return for_clients(view(request, link, token, **rest))
        except Http404:
            return missing(request, token)


def nothing_here(request: VisitorRequest) -> HttpResponseBase:
    """That an address opens nothing, in words for clients; of one that ended and of one that never was it is the
    same."""
    return for_clients(render_page(request, "shared/nothing.html", status=404))


def missing(request: VisitorRequest, token: str, reason: Message = ENDED) -> HttpResponseBase:
    """That there is nothing to see at this address, or nothing that takes a form, for this reason."""
    return not_saved(request, token, reason) if request.method == "POST" else nothing_here(request)


def not_saved(request: VisitorRequest, token: str, reason: Message) -> HttpResponseBase:
    """That a form was sent in vain and why, with what was written in it, unless another site wrote it."""
    written = Deed.read(request.POST).written if is_from_here(request) else []
    context = {"token": token, "reason": translated(reason), "written": written}
    return for_clients(render_page(request, "shared/not_saved.html", context, status=404))


def is_from_here(request: HttpRequest) -> bool:
    """Whether a POST comes from a page of ours, as far as its browser says.

    A client's page sets no cookie before something is chosen, so there is none for Django's token to be compared with.
    In its place: the address a form is sent to has 128 random bits that no other site knows; a visitor's cookie is
    SameSite=Lax, so a form of another site comes without it and can change nothing of theirs; and browsers say where a
    request comes from. `Sec-Fetch-Site` is asked first, since pages with `Referrer-Policy: no-referrer` send
    `Origin: null` (Fetch, 3.2)."""
    if site := request.headers.get("Sec-Fetch-Site", ""):
        return site == "same-origin"
    origin = request.headers.get("Origin", "null")
    return origin in ("null", f"{request.scheme}://{request.get_host()}")


def for_clients(response: HttpResponseBase) -> HttpResponseBase:
    """No search engine lists it, no other page learns its address, no cache answers in place of its rule, and its own
    policy lets it load and send nothing but what these pages need."""
    response.setdefault("Content-Security-Policy", POLICY)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-cache"
    return response


# ── visitors ──


def visitor_of(request: HttpRequest, link: ShareLink) -> Visitor | None:
    """Who chose or commented by this link in this browser before."""
    token = request.COOKIES.get(VISITOR_COOKIE, "")
    return Visitor.objects.kept().with_token(token).filter(link=link).first() if token else None


def remember(response: HttpResponseBase, visitor_token: str, link_token: str) -> None:
    """Know the visitor again in this browser, on the pages of their link alone."""
    response.set_cookie(
        VISITOR_COOKIE,
        visitor_token,
        max_age=VISITOR_SECONDS,
        path=reverse("shared", args=[link_token]),
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )
