"""The pages of a share link, as they are looked at and as they come back with what was not taken."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from generations import access
from generations.models import Image, ShareLink, Visitor
from generations.presenters.paging import page_numbers
from generations.presenters.shared import SharedNeighbours, SharedSheet
from generations.presenters.shared_round import Round
from generations.request import VisitorRequest
from generations.web.choosing import Deed
from generations.web.rendering import render_page
from generations.web.sharing import viewer_by, visitor_of

NOTHING = Deed()


def round_of(
    request: VisitorRequest, link: ShareLink, token: str, visitor: Visitor | None = None, deed: Deed = NOTHING
) -> Round:
    """What this browser's visitor has done by the link, with the comments of a deed that was not taken."""
    drafts = {said.image: (said.words, said.key) for said in deed.under}
    return Round(viewer_by(link), link, token, visitor or visitor_of(request, link), drafts)


def sheet_page(
    request: VisitorRequest, link: ShareLink, token: str, problem: str = "", deed: Deed = NOTHING, *, status: int = 200
) -> HttpResponse:
    """A page of the pictures."""
    said = request.POST if request.method == "POST" else request.GET
    page, show = page_numbers(said.get("page", "")), said.get("show", "")
    sheet = SharedSheet(round_of(request, link, token, deed=deed), page, show)
    context = {"link": link, "token": token, "sheet": sheet, "round": sheet.round, "problem": problem, "deed": deed}
    return render_page(request, "shared/sheet.html", context, status=status)


def picture_page(
    request: VisitorRequest,
    link: ShareLink,
    token: str,
    key: str,
    problem: str = "",
    deed: Deed = NOTHING,
    *,
    status: int = 200,
) -> HttpResponse:
    """One picture, what was said about it, and the way to the next; 404 where it is not shown, or no longer."""
    image = access.shared_image(viewer_by(link), key)
    try:
        shown = SharedNeighbours(round_of(request, link, token), image)
    except Image.DoesNotExist as error:
        raise Http404 from error
    context = {"link": link, "token": token, "shown": shown, "round": shown.round, "problem": problem, "deed": deed}
    return render_page(request, "shared/picture.html", context, status=status)
