"""What a client sees by a share link: no account, no menu, and every byte by the link's rule."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from generations import access
from generations.errors import BadPicture
from generations.models import Image, ShareLink, StoredFile
from generations.models.image import EXTENSIONS
from generations.models.semaphore import NotNow
from generations.presenters.frame import THUMBNAILS
from generations.presenters.paging import page_numbers
from generations.presenters.shared import SharedNeighbours, SharedSheet
from generations.request import VisitorRequest
from generations.web.copies import labelled_file_of
from generations.web.files import not_made, stored, stored_file
from generations.web.rendering import render_page
from generations.web.sharing import for_clients, is_unlocked, unlock, viewer_by

MAX_SECRET = 4096
View = Callable[..., HttpResponseBase]


def by_link(view: View) -> View:
    """Hands the view the open link of the token. Where its password is not known yet, the page asks for it and nothing
    else is there."""

    @login_not_required
    @wraps(view)
    def opened(request: VisitorRequest, token: str, **rest: object) -> HttpResponseBase:
        link = access.share_link_to_open(token)
        if not is_unlocked(request, link):
            if rest:
                raise Http404("the link's password is not known")
            return for_clients(gate(request, link))
        return for_clients(view(request, link, token, **rest))

    return opened


@login_not_required
@csrf_exempt  # It makes no cookie before the password is known, and a password typed elsewhere opens nothing here.
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def shared(request: VisitorRequest, token: str) -> HttpResponseBase:
    """The link's page; a POST brings its password."""
    return try_password(request, token) if request.method == "POST" else sheet(request, token)


@by_link
def sheet(request: VisitorRequest, link: ShareLink, token: str) -> HttpResponse:
    """The pictures."""
    if request.method == "GET" and "page" not in request.GET:
        link.visited()
    pictures = SharedSheet(viewer_by(link), link, token, page_numbers(request.GET.get("page", "")))
    return render_page(request, "shared/sheet.html", {"link": link, "sheet": pictures})


def try_password(request: VisitorRequest, token: str) -> HttpResponseBase:
    """Open the page, or ask again. Guesses are counted for a link and an address."""
    link = access.share_link_to_open(token)
    if not ratelimit.consume(request, action="share_password", key=link.key):
        problem = _("Too many wrong passwords. Try again in ten minutes.")
        return for_clients(gate(request, link, problem, status=429))
    if not link.takes_password(request.POST.get("password", "")[:MAX_SECRET]):
        problem = _("That is not the password. Capital letters count.")
        return for_clients(gate(request, link, problem, status=422))
    response = redirect(request.path)
    unlock(response, link, token)
    return for_clients(response)


def gate(request: VisitorRequest, link: ShareLink, problem: str = "", *, status: int = 200) -> HttpResponse:
    return render_page(request, "shared/gate.html", {"link": link, "problem": problem}, status=status)


@require_safe
@by_link
def shared_image(request: VisitorRequest, link: ShareLink, token: str, key: str) -> HttpResponse:
    """One picture, and the way to the next."""
    viewer = viewer_by(link)
    picture = SharedNeighbours(viewer, link, token, access.shared_image(viewer, key))
    return render_page(request, "shared/picture.html", {"link": link, "token": token, "shown": picture})


@require_safe
@by_link
def shared_file(request: VisitorRequest, link: ShareLink, token: str, key: str, side: int) -> HttpResponseBase:
    """A WebP copy with at least this long side, without metadata."""
    if side not in THUMBNAILS:
        raise Http404
    image = access.shared_image(viewer_by(link), key)
    if not image.file.thumbnails:
        raise Http404
    path, name = image.file.thumbnail(side), f"{image.key}-{side}.webp"
    return stored(request, path, etag=f"{image.key}-{side}", media_type="image/webp", name=name)


@require_safe
@by_link
def shared_download(request: VisitorRequest, link: ShareLink, token: str, key: str) -> HttpResponseBase:
    """The file that the link gives: the web size, the original or the labelled copy."""
    image = access.shared_download(viewer_by(link), key)
    name = f"{slugify(link.gallery.title, allow_unicode=True)[:60] or 'picture'}_{image.key[:4]}"
    if link.download == ShareLink.Download.WEB:
        return stored(
            request,
            image.file.thumbnail(THUMBNAILS[-1]),
            etag=f"{image.key}-{THUMBNAILS[-1]}",
            media_type="image/webp",
            name=f"{name}.webp",
            is_attachment=True,
        )
    try:
        file = labelled_copy_of(image) if link.download == ShareLink.Download.LABELLED else image.file
    except (BadPicture, NotNow) as error:
        return not_made(request, error)
    name = f"{name}.{EXTENSIONS.get(file.media_type, 'bin')}"
    return stored_file(request, file, name=name, is_attachment=True)


def labelled_copy_of(image: Image) -> StoredFile:
    """The copy that says it is made by a machine. Raises BadPicture, NotNow."""
    if image.generation is None:
        raise Http404
    return labelled_file_of(image.person, image, image.generation)
