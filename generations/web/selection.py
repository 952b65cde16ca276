"""The pictures a form selects: the ticked ones, or everything its search finds."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from generations import access
from generations.models.image import ImageQuerySet
from generations.queries.galleries import pictures_found
from generations.queries.library import images_chosen, images_found
from generations.queries.search import Search
from generations.request import PageRequest
from generations.rights import Rule
from generations.translation import number_text

MAX_TICKED = 500
MAX_AT_ONCE = 5_000
SENT = ("pick", "all", "query", "as_of", "gallery", "here")
"""What a selection says, for a page that sends it on."""


class TooMany(Exception):
    """More pictures are selected than one request may change; its text is for the person, already translated."""


def selected_images(request: PageRequest, rule: Rule | None = None) -> ImageQuerySet:
    """The pictures a form selects, among those the person may see: the ticked ones, or with `all` everything its search
    found, in the gallery it names or in the library, when the page was made. With a rule, those to which it lets them.

    Raises TooMany."""
    images = _all_found(request) if request.POST.get("all") else images_chosen(request.viewer, ticked(request))
    if rule is not None:
        images = rule.of(request.viewer, images)
    count = images.count()
    if count > MAX_AT_ONCE:
        text = _("%(number)s pictures are selected; at most %(most)s can be changed at once. Narrow the search.")
        raise TooMany(text % {"number": number_text(count), "most": number_text(MAX_AT_ONCE)})
    return images


def _all_found(request: PageRequest) -> ImageQuerySet:
    search, as_of = Search.parse(request.POST.get("query", "")), moment(request.POST.get("as_of", ""))
    if key := request.POST.get("gallery", ""):
        return pictures_found(access.gallery_to_see(request.viewer, key), search, request.viewer, as_of)
    images = images_found(request.viewer, search)
    return images.filter(created_at__lte=as_of) if as_of else images


def ticked(request: PageRequest) -> list[str]:
    """The keys of the ticked pictures. Raises TooMany rather than leave some out."""
    keys = request.POST.getlist("pick")
    if len(keys) > MAX_TICKED:
        text = _("%(number)s pictures are selected; at most %(most)s can be. Select fewer, or all.")
        raise TooMany(text % {"number": number_text(len(keys)), "most": number_text(MAX_TICKED)})
    return keys


def moment(text: str) -> datetime | None:
    """An ISO 8601 date and time with its zone; None for any other text."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else None


def part_of(request: PageRequest) -> str:
    """Which of several pages HTMX asks for alone: the last for "Show more", the first for "Show the page before"."""
    if request.htmx.target != "tiles":
        return ""
    return "first" if request.htmx.trigger == "show-before" else "last"
