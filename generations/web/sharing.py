"""Who comes by a share link: what their answers may hold, and the cookie of who knew its password."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from generations.models import ShareLink
from generations.rights import LinkAccess, Viewer

COOKIE = "imageweb_share"
DAY = 24 * 3600


def viewer_by(link: ShareLink) -> Viewer:
    """Somebody who came by this link, whoever they are elsewhere."""
    return Viewer(link=LinkAccess.of(link))


def is_unlocked(request: HttpRequest, link: ShareLink) -> bool:
    """Whether the link has no password, or this browser knew the present one within a day."""
    if not link.password:
        return True
    try:
        said = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=DAY)
    except signing.BadSignature:
        return False
    return bool(said == [link.key, link.seal_of_password])


def unlock(response: HttpResponseBase, link: ShareLink, token: str) -> None:
    """Remember in this browser, for a day and for this link alone, that the password was known."""
    response.set_cookie(
        COOKIE,
        signing.dumps([link.key, link.seal_of_password], salt=COOKIE),
        max_age=DAY,
        path=reverse("shared", args=[token]),
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def for_clients(response: HttpResponseBase) -> HttpResponseBase:
    """No search engine lists it, no other page learns its address, and no cache answers in place of its rule."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-cache"
    return response
