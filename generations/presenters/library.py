"""The library page: the results of a search, a chip for each active filter, and the filters with their choices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from generations.models import Batch, Generation, Image, Person, ProviderModel, SavedSearch
from generations.presenters.formatting import clipped, names_apart
from generations.presenters.frame import Shown, shown_of
from generations.presenters.paging import Pages
from generations.queries.comments import comment_counts
from generations.queries.composer import names_of_models
from generations.queries.library import (
    generations_to_show,
    images_found,
    images_to_show,
    models_that_drew,
    names_of_people,
    numbered,
    people_to_offer,
    tags_to_offer,
)
from generations.queries.search import Search
from generations.viewer import Viewer

STATES = {
    "developing": gettext_lazy("In progress"),
    "failed": gettext_lazy("Failed"),
    "declined": gettext_lazy("Declined"),
    "cancelled": gettext_lazy("Cancelled"),
}
SHAPES = {
    "landscape": (gettext_lazy("Landscape"), "r-150"),
    "portrait": (gettext_lazy("Portrait"), "r-67"),
    "square": (gettext_lazy("Square"), "r-100"),
}
REVIEWS = {
    "awaiting": gettext_lazy("Awaiting review"),
    "approved": gettext_lazy("Approved"),
    "rejected": gettext_lazy("Rejected"),
    "changes": gettext_lazy("Changes requested"),
}


def library_address(search: Search, pages: str = "1") -> str:
    """The URL of a page of a search's results, or of several in a row such as "2-4"."""
    return address_of(search, pages, reverse("library"))


def address_of(search: Search, pages: str, place: str) -> str:
    """As `library_address`, of the results in another place."""
    said = "&".join(filter(None, [search.query, urlencode({"page": pages}) if pages != "1" else ""]))
    return f"{place}?{said}" if said else place


@dataclass(frozen=True)
class Numbered:
    """A batch that was found by its number, as far as the viewer sees it; in a gallery perhaps a picture alone."""

    number: int
    batch: Batch | None
    images: list[Image]

    @property
    def name(self) -> str:
        return _("No. %(number)s") % {"number": self.number}

    @property
    def address(self) -> str:
        return self.batch.get_absolute_url() if self.batch else self.images[0].get_absolute_url()

    @property
    def prompt(self) -> str:
        return self.batch.prompt if self.batch else self.images[0].words


class Shelf:
    """The paginated results of a search: pictures, or generations without a picture when it filters by state.

    `wanted` and `only` are as in `Pages`."""

    def __init__(self, viewer: Viewer, search: Search, wanted: tuple[int, int] = (1, 1), only: str = "") -> None:
        self.viewer = viewer
        self.search = search
        self.wanted = wanted
        self.only = only

    @cached_property
    def pages(self) -> Pages:
        search, viewer = self.search, self.viewer
        found = (search.generations(viewer) if search.state else images_found(viewer, search)).values_list(
            "pk", flat=True
        )
        return Pages(found, self.wanted, self.address, costly=bool(self.search.words), only=self.only)

    def address(self, pages: str) -> str:
        """The URL of some of its pages."""
        return library_address(self.search, pages)

    @cached_property
    def tiles(self) -> list[Shown]:
        """The pictures of this page. Only ids were paginated; their columns are read for this page alone."""
        if self.search.state:
            return []
        images = images_to_show(self.viewer, self.pages.rows)
        return tiles_of(self.viewer, images, lambda image: image.person.first_name or image.person.username)

    @cached_property
    def voids(self) -> list[Generation]:
        """The generations of this page that have no picture."""
        return generations_to_show(self.pages.rows) if self.search.state else []

    @cached_property
    def numbered(self) -> Numbered | None:
        """The batch whose number was looked for, before all that the words are found in."""
        if self.search.number is None or self.pages.number > 1:
            return None
        batch, images = numbered(self.viewer, self.search.number)
        return Numbered(self.search.number, batch, images) if batch or images else None

    @property
    def as_of(self) -> str:
        """When the results were read, ISO 8601. "Select all" leaves out pictures that came later."""
        return timezone.now().isoformat()

    @property
    def is_bare(self) -> bool:
        """Whether the library is empty and no filter is active."""
        return not self.search and not self.pages.count

    @cached_property
    def chips(self) -> list[Chip]:
        return list(chips_of(self.viewer, self.search))


def tiles_of(viewer: Viewer, images: Iterable[Image], note: Callable[[Image], str]) -> list[Shown]:
    """The context of `parts/_tile.html` for each picture, which `for_tiles` has loaded; `note` is its small print.

    Pictures with equal descriptions are numbered, so that no two controls of a page have the same accessible name. One
    query counts the comments of all."""
    images = list(images)
    counts = comment_counts(viewer, images)
    seen: Counter[str] = Counter()
    shown = []
    for image in images:
        image.comment_count = counts.get(image.pk, 0)
        words, description = image.words, image.description
        seen[description] += 1
        again = f"({seen[description]}) {description}" if seen[description] > 1 else ""
        said = {"description": again or description, "title": clipped(words, 120), "caption": clipped(words, 300)}
        shown.append({**shown_of(image, again), **said, "note": note(image)})
    return shown


@dataclass(frozen=True)
class Chip:
    """An active filter, and the URL of the search without it."""

    label: str
    address: str


def chips_of(viewer: Viewer, search: Search, address: Callable[[Search], str] = library_address) -> Iterable[Chip]:
    """A chip for each active filter, for each choice where a filter takes several; `address` is that of a search."""
    people = dict(names_of_people(viewer, search.by))
    models = dict(names_of_models(search.model))

    def chip(label: object, name: str, value: str = "") -> Chip:
        return Chip(str(label), address(search.without(name, value)))

    if search.words:
        yield chip(_("“%(words)s”") % {"words": search.words}, "words")
    if search.state:
        yield chip(STATES[search.state], "state")
    if search.is_everybodys and viewer.is_staff:
        yield chip(_("All teams"), "is_everybodys")
    if search.is_favourite:
        yield chip(_("Favourites"), "is_favourite")
    yield from (chip(people.get(name, name), "by", name) for name in search.by)
    yield from (chip(models.get(key, key), "model", key) for key in search.model)
    yield from (chip(SHAPES[shape][0], "shape", shape) for shape in search.shape)
    yield from (chip(f"#{name}", "tag", name) for name in search.tag)
    yield from (chip(REVIEWS[verdict], "review", verdict) for verdict in search.review)
    if search.since:
        yield chip(_("From %(day)s") % {"day": date_format(search.since)}, "since")
    if search.until:
        yield chip(_("Until %(day)s") % {"day": date_format(search.until)}, "until")


@dataclass(frozen=True)
class Choice:
    """One choice of a filter: `name` and `value` as they stand in an address; `ratio` and `initials` are drawn before
    its label."""

    name: str
    value: str
    label: object
    is_chosen: bool
    ratio: str = ""
    initials: str = ""

    @property
    def shown(self) -> Shown:
        """What `_filter_choice.html` shows of it: a page has a hundred and more."""
        about = {"name": self.name, "value": self.value, "quoted": quote(self.value, ""), "label": str(self.label)}
        return {**about, "is_chosen": self.is_chosen, "ratio": self.ratio, "initials": self.initials}


@dataclass(frozen=True)
class FilterGroup:
    """A filter of which any number of choices may be ticked. `name` is its field in an address."""

    name: str
    legend: str
    choices: list[Choice]

    @property
    def shown(self) -> list[Shown]:
        return [choice.shown for choice in self.choices]


class Margin:
    """The filters beside the results, with the choices this viewer is offered, and their saved searches."""

    def __init__(self, viewer: Viewer, search: Search) -> None:
        self.viewer = viewer
        self.search = search

    @property
    def states(self) -> list[tuple[str, object]]:
        return list(STATES.items())

    @property
    def groups(self) -> list[FilterGroup]:
        """The filters with their choices. People are offered where there is anybody else."""
        shapes = [self._choice("shape", shape, name, ratio=ratio) for shape, (name, ratio) in SHAPES.items()]
        reviews = [self._choice("review", verdict, name) for verdict, name in REVIEWS.items()]
        names = names_apart(self.models)
        models = [self._choice("model", model.key, names[model.pk]) for model in self.models]
        tags = [self._choice("tag", name, name) for name in self.tags]
        people = [self._choice("by", one.username, self._name_of(one), initials=one.initials) for one in self.people]
        groups = [
            FilterGroup("model", _("Model"), models),
            FilterGroup("shape", _("Shape"), shapes),
            FilterGroup("review", _("Review"), reviews),
            FilterGroup("tag", pgettext("noun", "Tag"), tags),
            FilterGroup("by", _("Who"), people if len(people) > 1 else []),
        ]
        return [group for group in groups if group.choices]

    def _choice(self, name: str, value: str, label: object, *, ratio: str = "", initials: str = "") -> Choice:
        return Choice(name, value, label, value in getattr(self.search, name), ratio, initials)

    def _name_of(self, person: Person) -> str:
        return _("You") if person == self.viewer.user else str(person)

    @cached_property
    def models(self) -> list[ProviderModel]:
        """Models with at least one picture."""
        return models_that_drew()

    @cached_property
    def people(self) -> list[Person]:
        """The person first, then the members of their teams, or everybody where staff search all teams."""
        return people_to_offer(self.viewer, self.search)

    @cached_property
    def tags(self) -> list[str]:
        """The tags used most, and those the search filters by."""
        offered = tags_to_offer(self.viewer, self.search)
        return offered + [name for name in self.search.tag if name not in offered]

    @cached_property
    def saved(self) -> list[SavedSearch]:
        return list(self.viewer.user.saved_searches.all())

    @property
    def saved_shown(self) -> Iterator[Shown]:
        """What `_saved_search.html` shows of each, and of the search that stays when it is removed."""
        page, query = reverse("library"), self.search.query
        for saved in self.saved:
            about = {"name": saved.name, "page": f"{page}?{saved.query}", "forget": saved.forget_url}
            yield {**about, "query": query, "is_chosen": saved == self.saved_as}

    @cached_property
    def saved_as(self) -> SavedSearch | None:
        """The saved search with the same query, if any."""
        return next((saved for saved in self.saved if saved.query == self.search.query), None)
