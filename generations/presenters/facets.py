"""How many pictures each choice beside the library's sheet would show.

Of a list of which any choice will do, each has as many as if it alone were chosen there: every other filter counts, its
own list does not. Tags must all be there, so that a tag has as many as when it is chosen too. Where there is too much
to count within the time of a page, there is no figure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from generations.presenters.library import REVIEWS, SHAPES, STATES, Margin
from generations.presenters.paging import MAX_LISTED
from generations.queries.library import generations_to_count, images_to_count, tags_to_count
from generations.queries.search import Search
from generations.rights import Viewer

MAX_COUNTED = 5_000
"""So many pictures at most are counted, or MAX_LISTED by their words. Out of 100,000 that takes 25 to 75 ms on either
database; twice as many took up to 130, and all of them 150 in the queries alone."""
MAX_WITHOUT = 1_000
"""So many generations without a picture."""
Counts = dict[str, Counter[str]]
"""By the name of a filter how often each of its choices is there."""


class Figure(NamedTuple):
    """How many one choice of a filter would show."""

    name: str
    value: str
    amount: int


def figures_of(viewer: Viewer, search: Search) -> Iterator[Figure]:
    """One for each choice that the margin offers, if it can be counted within the time of a page."""
    margin = Margin(viewer, search)
    counts = of_generations(viewer, search)
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


def of_images(viewer: Viewer, search: Search, tags: list[str]) -> Counts:
    """The figures of a search for pictures. With more than can be counted but for what is chosen of the lists, those
    of the other lists are left, and with words none: to look for them twice would take too long."""
    most = MAX_LISTED if search.words else MAX_COUNTED
    chosen = {"by": search.by, "model": search.model, "shape": search.shape, "review": search.review, "fav": ()}
    rows, told = images_to_count(viewer, search.without_choices(), most), list(chosen)
    if rows is None and any(chosen.values()) and not search.words:
        rows, told = images_to_count(viewer, search, most), [name for name in chosen if not chosen[name]]
    if rows is None:
        return {}
    counts, found = tally(rows, chosen)
    told_of_tags = tags_to_count(tags, found, most)
    return {name: counts[name] for name in told} | ({} if told_of_tags is None else {"tag": told_of_tags})


def of_generations(viewer: Viewer, search: Search) -> Counts:
    """The figures of a search for what has no picture; of one for pictures those of the states alone are any."""
    chosen = {"by": search.by, "model": search.model, "state": (search.state,)}
    widest = search.without_choices() if search.state else search
    rows = generations_to_count(viewer, widest, MAX_WITHOUT)
    return {} if rows is None else tally(rows, chosen)[0]


def tally(rows: Iterable[tuple[Any, ...]], chosen: Mapping[str, Collection[str]]) -> tuple[Counts, set[int]]:
    """How often each choice stands in the rows that every other list lets in, and the numbers of those all let in.

    A row says for each list what it is, then its number."""
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
