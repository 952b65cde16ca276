"""The pictures before and after one, in the list its page was opened from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import resolve

from generations.models import Image
from generations.models.key import address
from generations.presenters.strip import Strip
from generations.queries.galleries import beside
from generations.queries.library import images_found
from generations.queries.picture import around, around_in_feed
from generations.queries.search import Search
from generations.viewer import Viewer


@dataclass(frozen=True)
class Neighbours:
    """Keys of the two, "" at an end, and the list: an address of ours."""

    before: str
    after: str
    way_back: str

    def __bool__(self) -> bool:
        return bool(self.before or self.after)

    @property
    def before_url(self) -> str:
        return self._page(self.before)

    @property
    def after_url(self) -> str:
        return self._page(self.after)

    def _page(self, key: str) -> str:
        """The page of one of them, which leads back to the same list."""
        return f"{address('image', key)}?{urlencode({'back': self.way_back})}" if key else ""


def neighbours_in(viewer: Viewer, image: Image, way_back: str, strip: Strip | None) -> Neighbours:
    """Those in the list at this address: the library's results, a gallery, a comparison, or the studio's feed, whose
    strips have an order of their own."""
    path, _, query = way_back.partition("?")
    place, said = resolve(path), QueryDict(query)
    before, after = "", ""
    if place.url_name == "library" and not (search := Search.read(said)).state:
        before, after = around(image, images_found(viewer, search))
    elif place.url_name == "compare":
        before, after = _beside(image.key, said.getlist("i"))
    elif place.url_name == "gallery":
        before, after = beside(viewer, place.kwargs["key"], image, Search.read(said))
    elif place.url_name == "studio" and strip is not None:
        before, after = _beside(image.key, [each.key for each in strip.images])
        newer, older = around_in_feed(viewer, strip.batch, "team" if said.get("whose") == "team" else "mine")
        before, after = before or newer, after or older
    return Neighbours(before, after, way_back)


def _beside(key: str, keys: Sequence[str]) -> tuple[str, str]:
    if key not in keys:
        return "", ""
    at = keys.index(key)
    return keys[at - 1] if at else "", keys[at + 1] if at + 1 < len(keys) else ""
