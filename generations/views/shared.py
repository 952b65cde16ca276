"""What a client sees by a share link: no account, no menu, and every byte by the link's rule."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from generations import access
from generations.errors import BadPicture
from generations.models import Image, ShareLink, StoredFile
from generations.models.audit_entry import record_once
from generations.models.image import EXTENSIONS
from generations.models.key import is_key, with_query
from generations.models.semaphore import NotNow
from generations.models.visitor import LinkEnded, NotTaken
from generations.presenters.frame import THUMBNAILS
from generations.presenters.paging import MAX_DIGITS
from generations.presenters.shared import SHOWS
from generations.request import VisitorRequest
from generations.text import BadText, number_in
from generations.translation import translated
from generations.web.choosing import Deed, TooFast, do
from generations.web.copies import labelled_file_of, marked_file_of
from generations.web.files import not_made, stored, stored_file
from generations.web.methods import require_safe
from generations.web.rendering import PART, render_page
from generations.web.shared_pages import picture_page, round_of, sheet_page
from generations.web.sharing import (
    by_link,
    for_clients,
    is_from_here,
    let_in,
    nothing_here,
    remember,
    try_password,
    viewer_by,
    visitor_of,
)


@login_not_required
@csrf_exempt  # It makes no cookie before the password is known, and a password typed elsewhere opens nothing here.
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def shared(request: VisitorRequest, token: str) -> HttpResponseBase:
    """The link's page; a POST brings its password. Of a link that ended, that it did."""
    try:
        link = access.share_link_to_open(token)
    except Http404:
        return ended(request, token)
    if request.method == "POST":
        return try_password(request, link.lock, token, link.label)
    return let_in(sheet, request, link, token)


def ended(request: VisitorRequest, token: str) -> HttpResponseBase:
    """That the link ended, and how; of an address that never was that it opens nothing."""
    try:
        context = {"link": access.share_link_that_ended(token)}
    except Http404:
        return nothing_here(request)
    return for_clients(render_page(request, "shared/closed.html", context, status=404))


def sheet(request: VisitorRequest, link: ShareLink, token: str) -> HttpResponse:
    """The pictures."""
    if request.method == "GET" and not request.GET:
        link.visited()
    return sheet_page(request, link, token)


@require_safe
@by_link
def shared_image(request: VisitorRequest, link: ShareLink, token: str, key: str) -> HttpResponse:
    """One picture, and the way to the next."""
    try:
        return picture_page(request, link, token, key)
    except Http404:
        return gone(request, link, token)


def gone(request: VisitorRequest, link: ShareLink, token: str) -> HttpResponse:
    """That the link shows no such picture, or no longer, whatever there may be elsewhere."""
    context = {"link": link, "token": token, "visitor": visitor_of(request, link)}
    return render_page(request, "shared/gone.html", context, status=404)


@csrf_exempt  # See `is_from_here`.
@require_POST
@by_link
def choose_shared(request: VisitorRequest, link: ShareLink, token: str) -> HttpResponse:
    """Choose, reject, comment or send it all. A script gets the pieces of the page that change."""
    if not is_from_here(request):
        raise PermissionDenied
    if not (link.choosing or link.commenting):
        raise Http404("the link takes nothing")
    deed, visitor = Deed.read(request.POST), visitor_of(request, link)
    try:
        visitor, visitor_token = do(request, viewer_by(link), link, visitor, deed)
    except LinkEnded as error:
        raise Http404 from error
    except (NotTaken, BadText) as error:
        status = 429 if isinstance(error, TooFast) else 409 if isinstance(error, NotTaken) else 422
        return not_taken(request, link, token, deed, translated(error.sentence), status)
    if PART in request.headers and not deed.is_last:
        round = round_of(request, link, token, visitor)
        picture = round.picture_of(deed.image)
        context = {"round": round, "picture": picture, "token": token, "is_alone": "image" in request.POST}
        response: HttpResponse = render_page(request, "shared/_pieces.html", context)
    else:
        response = redirect(back_from(request, token, deed))
    if visitor_token:
        remember(response, visitor_token, token)
    return response


def not_taken(
    request: VisitorRequest, link: ShareLink, token: str, deed: Deed, problem: str, status: int
) -> HttpResponse:
    """The page once more with the reason, and with everything that was written."""
    if PART in request.headers:
        return render_page(request, "shared/_problem.html", {"problem": problem}, status=status)
    if key := request.POST.get("image", ""):
        try:
            return picture_page(request, link, token, key, problem, deed, status=status)
        except Http404:  # it is no longer shown
            return sheet_page(request, link, token, problem, deed, status=status)
    return sheet_page(request, link, token, problem, deed, status=status)


def back_from(request: VisitorRequest, token: str, deed: Deed) -> str:
    """Where one comes to from a form without script."""
    if deed.is_last:
        return reverse("sent_shared", args=[token])
    key = request.POST.get("image", "")
    if is_key(key):
        return reverse("shared_image", args=[token, key]) + ("#thread" if deed.is_said else "")
    page, show = request.POST.get("page", ""), request.POST.get("show", "")
    said = {"show": show if show in SHOWS else "", "page": page if number_in(page, MAX_DIGITS) else ""}
    return with_query(reverse("shared", args=[token]), said) + (f"#i-{deed.image}" if is_key(deed.image) else "")


@require_safe
@by_link
def sent_shared(request: VisitorRequest, link: ShareLink, token: str) -> HttpResponse:
    """What the visitor sent."""
    round = round_of(request, link, token)
    if not round.is_finished:
        return redirect("shared", token)
    return render_page(request, "shared/sent.html", {"link": link, "token": token, "round": round})


@require_safe
@by_link
def shared_logo(request: VisitorRequest, link: ShareLink, token: str) -> HttpResponseBase:
    """The logo of the client that the link is for."""
    if link.client is None or link.client.logo is None:
        raise Http404
    return stored_file(request, link.client.logo, name="logo", is_attachment=False)


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
    try:
        image = access.shared_download(viewer_by(link), key)
    except Http404:
        return gone(request, link, token)
    if request.method == "GET":
        record_once("downloaded_by_link", image, after={"kind": link.download})
    name = f"{slugify(link.label, allow_unicode=True)[:60] or 'picture'}_{image.key[:4]}"
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
        file = labelled_copy_of(link, image) if link.download == ShareLink.Download.LABELLED else image.file
    except (BadPicture, NotNow) as error:
        return not_made(request, error, ("shared/refused.html", {"link": link, "token": token}))
    name = f"{name}.{EXTENSIONS.get(file.media_type, 'bin')}"
    return stored_file(request, file, name=name, is_attachment=True)


def labelled_copy_of(link: ShareLink, image: Image) -> StoredFile:
    """The copy that says a model made it, and how only where the link shows prompts. Raises BadPicture, NotNow."""
    if link.shows_prompts and image.generation and image.takes_label:
        return labelled_file_of(image.person, image, image.generation)
    return marked_file_of(image.person, image)
