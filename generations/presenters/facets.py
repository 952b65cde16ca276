"""Facet counts: how many results each choice of a library filter would show.

The choices of one filter are alternatives, so a choice is counted under every other filter but without the rest of its
own. Tags must all match, so a tag is counted in addition to those chosen. Where there is too much to count within the
time of a page, a choice has no count."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from generations.models import Gallery
from generations.models.image import ImageQuerySet
from generations.presenters.gallery import GalleryMargin, GallerySheet
from generations.presenters.library import REVIEWS, SHAPES, STATES, Margin
from generations.presenters.paging import MAX_LISTED
from generations.queries.galleries import pictures_in
from generations.queries.library import generations_to_count, images_to_count, tags_to_count
from generations.queries.search import Search
from generations.viewer import Viewer

MAX_COUNTED = 5_000
"""Pictures that are counted at most; MAX_LISTED when the search has words. Among 100,000 pictures that takes 25 to
75 ms on either database; twice as many took up to 130 ms, and all of them 150 ms in the queries alone."""
MAX_WITHOUT = 1_000
"""Generations without a picture that are counted at most."""
Counts = dict[str, Counter[str]]
"""The name of a filter to the count of each of its choices."""


class Figure(NamedTuple):
    """The count of one choice of a filter."""

    name: str
    value: str
    amount: int


def figures_of(viewer: Viewer, search: Search, gallery: Gallery | None = None) -> Iterator[Figure]:
    """A figure for each choice that the margin of the library or of this gallery offers, where it can be counted within
    the time of a page."""
    if gallery:
        margin: Margin = GalleryMargin(GallerySheet(viewer, gallery, search))
        counts = of_images(viewer, margin.search, margin.tags, pictures_in(gallery))
    else:
        margin, counts = Margin(viewer, search), of_generations(viewer, search)
        if not search.state:
            counts = {"state": counts["state"]} if counts else {}
            counts |= of_images(viewer, search, margin.tags)
    offered: dict[str, Iterable[str]] = {
        "fav": ["1"],
        "state": STATES,
        "model": (model.key for model in margin.models),
        "shape": SHAPES,
        "review": REVIEWS,
        "tag": margin.tags,
        "by": (other.username for other in margin.people),
    }
    for name in offered.keys() & counts.keys():
        yield from (Figure(name, value, counts[name][value]) for value in offered[name])


def of_images(viewer: Viewer, search: Search, tags: list[str], among: ImageQuerySet | None = None) -> Counts:
    """The counts of a search for pictures, of all that are shown to the viewer or of these.

    Where too many are left without the chosen alternatives, only the filters with nothing chosen are counted; with
    words none is, since searching twice would take too long."""
    most = MAX_LISTED if search.words else MAX_COUNTED
    chosen = {"by": search.by, "model": search.model, "shape": search.shape, "review": search.review, "fav": ()}
    rows, told = images_to_count(viewer, search.without_choices(), most, among), list(chosen)
    if rows is None and any(chosen.values()) and not search.words:
        rows, told = images_to_count(viewer, search, most, among), [name for name in chosen if not chosen[name]]
    if rows is None:
        return {}
    counts, found = tally(rows, chosen)
    told_of_tags = tags_to_count(tags, found, most)
    return {name: counts[name] for name in told} | ({} if told_of_tags is None else {"tag": told_of_tags})


def of_generations(viewer: Viewer, search: Search) -> Counts:
    """The counts of a search for generations without a picture. A search for pictures uses those of the states only."""
    chosen = {"by": search.by, "model": search.model, "state": (search.state,)}
    widest = search.without_choices() if search.state else search
    rows = generations_to_count(viewer, widest, MAX_WITHOUT)
    return {} if rows is None else tally(rows, chosen)[0]


def tally(rows: Iterable[tuple[Any, ...]], chosen: Mapping[str, Collection[str]]) -> tuple[Counts, set[int]]:
    """How often each choice occurs in the rows that pass every other filter, and the ids of the rows that pass all.

    A row holds its value for each filter of `chosen`, in that order, then its id."""
    alike = defaultdict(list)
    for row in rows:
        alike[row[:-1]].append(row[-1])
    counts: Counts = {name: Counter() for name in chosen}
    found: set[int] = set()
    for choices, numbers in alike.items():
        said = dict(zip(chosen, choices, strict=True))
        against = [name for name, wanted in chosen.items() if wanted and said[name] not in wanted]
        if not against:
            found.update(numbers)
        if len(against) < 2:
            for name in against or chosen:
                counts[name][said[name]] += len(numbers)
    return counts, found
