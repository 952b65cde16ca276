"""What a form has selected: what was ticked, or all that its search finds."""

from __future__ import annotations

from datetime import datetime

from generations import access
from generations.models.image import ImageQuerySet
from generations.queries.galleries import pictures_found
from generations.queries.library import images_chosen, images_found
from generations.queries.search import Search
from generations.request import PageRequest

MAX_TICKED = 500
MAX_AT_ONCE = 5_000


class TooMany(Exception):
    """More was selected than is done in one go; the text is the sentence for the person."""


def selected_images(request: PageRequest) -> ImageQuerySet:
    """The pictures a form speaks of, of those shown to the person: the ticked ones, or all its search finds, in the
    gallery it names or in the library, of what there was when its page was made.

    Raises TooMany."""
    images = _all_found(request) if request.POST.get("all") else images_chosen(request.viewer, ticked(request))
    count = images.count()
    if count > MAX_AT_ONCE:
        raise TooMany(f"That is {count:,} pictures; at most {MAX_AT_ONCE:,} go in one go. Narrow the search.")
    return images


def _all_found(request: PageRequest) -> ImageQuerySet:
    search, as_of = Search.parse(request.POST.get("query", "")), moment(request.POST.get("as_of", ""))
    if key := request.POST.get("gallery", ""):
        return pictures_found(access.gallery_to_see(request.viewer, key), search, request.viewer, as_of)
    images = images_found(request.viewer, search)
    return images.filter(created_at__lte=as_of) if as_of else images


def ticked(request: PageRequest) -> list[str]:
    """The keys of the pictures that were ticked. Raises TooMany rather than leave some out."""
    keys = request.POST.getlist("pick")
    if len(keys) > MAX_TICKED:
        raise TooMany(f"{len(keys)} pictures are ticked; at most {MAX_TICKED} can be. Tick fewer, or choose all.")
    return keys


def moment(text: str) -> datetime | None:
    """The moment an ISO date and time name; None for what names none, or one without its zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else None


def pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"


def part_of(request: PageRequest) -> str:
    """Which of the pages HTMX asks for alone: the last for "Show more", the first for the one before."""
    if request.htmx.target != "tiles":
        return ""
    return "first" if request.htmx.trigger == "show-before" else "last"
