"""Base64 of one picture that a stream splits over several events, each with a piece of it in the same field."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generations.protocol.image_bytes import half_in
from generations.protocol.image_ref import ImageRef, begins_picture, reference
from generations.protocol.last_finder import texts_in

Path = tuple[str | int, ...]
Place = tuple[Path, tuple[int | None, ...]]
"""Where a field stands, and the numbers of the choices, images or outputs on the way to it."""
_ONLY_DATA = re.compile(r"\s{0,20}+(?:data:[^,\s]{0,100}+,)?+\s{0,4}+[A-Za-z0-9+/=_-]{80}")
_BEGINNING = re.compile(
    r"\s{0,20}+(?:data:[^,\s]{0,100}+,)?+\s{0,4}+(?:iVBORw0KGgo|/9j/|R0lGOD|UklGR)[A-Za-z0-9+/=_-]*+\s*+\Z"
)
_MIN_WHOLE = 100
_MORE = re.compile(r"[A-Za-z0-9+/=_\s-]++")
# Fields whose pieces are words, which are read once all of them are there.
_WORDS = frozenset(("content", "text", "delta", "answer", "response", "reply", "completion", "generated_text"))
_MAX_OPEN = 16
_MAX_INDEX = 100_000
_NUMBERS = ("index", "output_index", "image_index")


class Halves:
    """Pictures that lack their end. `half` is the media type of one in any text, `half_of_field` of one that is a whole
    field, "" where there is none."""

    def __init__(self) -> None:
        self.half = ""
        self.half_of_field = ""
        self._open: dict[Place, list[str]] = {}
        self._over: list[tuple[Place, str]] = []

    def note(self, body: Any, *, is_result: bool = True) -> None:
        """Note those of a body. Only those of one that `is_result` are continued: a preview in pieces stays one."""
        for path, text in texts_in(body):
            half = half_in(text)
            self.half = self.half or half
            if half and _ONLY_DATA.match(text):
                self.half_of_field = self.half_of_field or half_in(text, at_end=True)
            if (
                is_result
                and (half or len(text) < _MIN_WHOLE)
                and path
                and path[-1] not in _WORDS
                and _BEGINNING.match(text)
            ):
                place = path, _at(body, path)[1]
                self._close(place)
                if len(self._open) < _MAX_OPEN:
                    self._open[place] = [text]

    def without_more(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """A body without what continues a picture of earlier ones, which is kept."""
        for (path, numbers), pieces in self._open.items():
            more, found = _at(body, path)
            if (
                found == numbers
                and isinstance(more, str)
                and more
                and _MORE.fullmatch(more)
                and not begins_picture(more)
            ):
                pieces.append(more.strip())
                body = _replaced(body, path, "")
        return body

    def joined(self) -> Iterator[tuple[int, ImageRef]]:
        """The pictures that came in several pieces, each with the index of its choice."""
        for place in list(self._open):
            self._close(place)
        for (path, numbers), text in self._over:
            if ref := reference(text):
                number = next((it for it in numbers if it is not None), None)
                index = (path[1] if number is None else number) if path[0] in ("choices", "candidates") else 0
                yield index if isinstance(index, int) and 0 <= index < _MAX_INDEX else 0, ref

    def _close(self, place: Place) -> None:
        pieces = self._open.pop(place, [])
        if len(pieces) > 1:
            self._over.append((place, "".join(pieces)))


def _at(value: Any, path: Path) -> tuple[Any, tuple[int | None, ...]]:
    """What stands at a path, and the numbers on the way to it."""
    numbers: list[int | None] = []
    for key in path:
        if isinstance(value, dict):
            numbers += [it if isinstance(it := value.get(name), int) else None for name in _NUMBERS]
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None, ()
    return value, tuple(numbers)


def _replaced(value: Any, path: Path, text: str) -> Any:
    """A copy of a value with a text at a path that it has."""
    if not path:
        return text
    copy = value.copy()
    copy[path[0]] = _replaced(value[path[0]], path[1:], text)
    return copy
