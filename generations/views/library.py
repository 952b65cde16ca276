"""The library: every picture a person may see, found by what was asked, who asked, when, of which model and how it
looks. All filters live together in the address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST, require_safe

from generations.models import Generation, Image, Person, ProviderModel, SavedSearch, Search
from generations.models.saved_search import MAX_QUERY, MAX_SEARCH_NAME
from generations.text import BadText, clean_text
from generations.views import access
from generations.views.frame import Shown, shown_of
from generations.views.page import render_page
from generations.views.paging import Pages, page_numbers
from generations.views.request import PageRequest
from generations.views.selection import MOST_TICKED
from generations.views.words import clipped

STATES = {"developing": "Developing", "failed": "Failed", "declined": "Declined", "cancelled": "Cancelled"}
SHAPES = {"landscape": ("Landscape", "r-150"), "portrait": ("Portrait", "r-67"), "square": ("Square", "r-100")}
REVIEWS = {"awaiting": "Awaiting review", "approved": "Approved", "rejected": "Rejected"}


@require_safe
def library(request: PageRequest) -> HttpResponse:
    """A page of what the search finds, or several in a row. HTMX gets the results alone, and where more of them are
    shown only the tiles that come. What its form asks for stands in the address without the fields that are empty."""
    only = part_of(request)
    shelf = Shelf(request.user, Search.read(request.GET), page_numbers(request.GET.get("page", "")), only)
    margin = Margin(request.user, shelf.search)
    context = {"section": "library", "shelf": shelf, "margin": margin, "most_ticked": MOST_TICKED}
    partial = "more" if only else "anew"
    response = render_page(request, "library/library.html", context, partial=partial)
    if request.htmx.trigger == "search":
        response["HX-Push-Url"] = library_address(shelf.search)
    return response


@require_POST
def save_search(request: PageRequest) -> HttpResponse:
    """Keep the search under a name, or give it another."""
    search = Search.parse(request.POST.get("query", ""))
    try:
        name = clean_text(request.POST.get("name", ""), MAX_SEARCH_NAME, "name")
    except BadText as error:
        messages.error(request, str(error))
        return redirect(library_address(search))
    if not search or not name:
        messages.error(request, "A saved search needs a name and at least one filter.")
    elif len(search.query) > MAX_QUERY:
        messages.error(request, "This search has too many filters to be saved. Take some away.")
    elif saved := SavedSearch.keep(request.user, name, search.query):
        messages.success(request, f"“{saved}” is among your saved searches.")
    else:
        messages.error(request, "You have fifty saved searches. Remove one first.")
    return redirect(library_address(search))


@require_POST
def forget_search(request: PageRequest, key: str) -> HttpResponse:
    """Drop a saved search."""
    saved = access.saved_search_to_change(request.user, key)
    saved.delete()
    messages.success(request, f"“{saved}” is no longer among your saved searches.")
    return redirect(library_address(Search.parse(request.POST.get("query", ""))))


def library_address(search: Search, pages: str = "1") -> str:
    """The address of a page of a search, or of several."""
    said = "&".join(filter(None, [search.query, urlencode({"page": pages}) if pages != "1" else ""]))
    return f"{reverse('library')}?{said}" if said else reverse("library")


# ── the sheet ──


def part_of(request: PageRequest) -> str:
    """Which of the pages HTMX asks for alone: the last for "Show more", the first for the one before."""
    if request.htmx.target != "tiles":
        return ""
    return "first" if request.htmx.trigger == "show-before" else "last"


class Shelf:
    """Pages of what a search finds: tiles, or the generations without a picture when it asks for a state."""

    def __init__(self, person: Person, search: Search, wanted: tuple[int, int] = (1, 1), only: str = "") -> None:
        self.person = person
        self.search = search
        self.wanted = wanted
        self.only = only

    @cached_property
    def pages(self) -> Pages:
        find = access.generations_found if self.search.state else access.images_found
        found = find(self.person, self.search).values_list("pk", flat=True)
        return Pages(found, self.wanted, self.address, costly=bool(self.search.words), only=self.only)

    def address(self, pages: str) -> str:
        """Of some of its pages."""
        return library_address(self.search, pages)

    @cached_property
    def tiles(self) -> list[Shown]:
        """The pictures of this page; only their ids were paged through."""
        if self.search.state:
            return []
        images = access.images_to_show(self.person, self.pages.rows)
        return tiles_of(images, lambda image: image.person.first_name or image.person.username)

    @cached_property
    def voids(self) -> list[Generation]:
        """The generations of this page that have no picture."""
        return access.generations_to_show(self.pages.rows) if self.search.state else []

    @property
    def as_of(self) -> str:
        """When this was looked up: what comes later is not meant by all of it."""
        return timezone.now().isoformat()

    @property
    def is_bare(self) -> bool:
        """Whether there is nothing to find at all yet."""
        return not self.search and not self.pages.count

    @cached_property
    def chips(self) -> list[Chip]:
        return list(chips_of(self.person, self.search))


def tiles_of(images: Iterable[Image], note: Callable[[Image], str]) -> list[Shown]:
    """What `parts/_tile.html` shows of pictures of `for_tiles`; `note` stands in the corner below. What is described
    alike is numbered, so that the controls of one picture sound unlike those of the next."""
    seen: Counter[str] = Counter()
    shown = []
    for image in images:
        words, description = image.words, image.description
        seen[description] += 1
        again = f"({seen[description]}) {description}" if seen[description] > 1 else ""
        said = {"description": again or description, "title": clipped(words, 120), "caption": clipped(words, 300)}
        shown.append({**shown_of(image, again), **said, "note": note(image)})
    return shown


@dataclass(frozen=True)
class Chip:
    """A filter that is on, and the address without it."""

    label: str
    address: str


def chips_of(person: Person, search: Search) -> Iterable[Chip]:
    """One for each filter, or each choice of a filter."""
    people = dict(access.names_of_people(person, search.by))
    models = dict(access.names_of_models(search.model))

    def chip(label: str, name: str, value: str = "") -> Chip:
        return Chip(label, library_address(search.without(name, value)))

    if search.words:
        yield chip(f"“{search.words}”", "words")
    if search.state:
        yield chip(STATES[search.state], "state")
    if search.is_everybodys and person.is_staff:
        yield chip("Everybody’s", "is_everybodys")
    if search.is_favourite:
        yield chip("Favourites", "is_favourite")
    yield from (chip(people.get(name, name), "by", name) for name in search.by)
    yield from (chip(models.get(key, key), "model", key) for key in search.model)
    yield from (chip(SHAPES[shape][0], "shape", shape) for shape in search.shape)
    yield from (chip(f"#{name}", "tag", name) for name in search.tag)
    yield from (chip(REVIEWS[verdict], "review", verdict) for verdict in search.review)
    if search.since:
        yield chip(f"From {as_day(search.since)}", "since")
    if search.until:
        yield chip(f"Until {as_day(search.until)}", "until")


def as_day(day: date) -> str:
    return date_format(day, "j M Y")


# ── the margin ──


class Margin:
    """What can be chosen beside the sheet."""

    def __init__(self, person: Person, search: Search) -> None:
        self.person = person
        self.search = search

    @property
    def states(self) -> list[tuple[str, str]]:
        return list(STATES.items())

    @property
    def shapes(self) -> list[tuple[str, str, str]]:
        return [(shape, name, ratio) for shape, (name, ratio) in SHAPES.items()]

    @property
    def reviews(self) -> list[tuple[str, str]]:
        return list(REVIEWS.items())

    @cached_property
    def models(self) -> list[ProviderModel]:
        """Models that drew a picture."""
        return access.models_that_drew()

    @cached_property
    def people(self) -> list[Person]:
        """The person, then those of their teams, or everybody."""
        return access.people_to_offer(self.person, self.search)

    @cached_property
    def tags(self) -> list[str]:
        """The most used names, and those chosen."""
        offered = access.tags_to_offer(self.person, self.search)
        return offered + [name for name in self.search.tag if name not in offered]

    @cached_property
    def saved(self) -> list[SavedSearch]:
        return list(self.person.saved_searches.all())

    @cached_property
    def saved_as(self) -> SavedSearch | None:
        """The saved search that this one is."""
        return next((saved for saved in self.saved if saved.query == self.search.query), None)
