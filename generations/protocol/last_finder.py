"""The last finder: walks a whole message or body for pictures that stand in no place anybody listed.

It takes data URIs and base64 by their bytes, wherever they stand, JSON within strings included; addresses only in parts
that say they are a picture, under a name that says so, or with the extension of one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generations.protocol.image_ref import ImageRef, distinct, from_bytes, is_picture_path, may_be_image, reference
from generations.protocol.images import MAX_REFS, IsNew, media_type_of, refs_in, several
from generations.protocol.json import read_json
from generations.protocol.links import links_in

_MAX_LEVELS = 4
_MAX_DEPTH = 64
_MIN_DATA = 48
_MIN_JSON = 12
_MAX_ADDRESS = 8_192

# Names are compared in lower case and without their separators.
_NOT_THE_ANSWER = re.compile(
    r"(?:choices|candidates|reasoning|think|thought|signature|encrypted|error|prompt|negativeprompt|messages|request"
    r"|original|sources\Z|usage|logprobs|annotation|citation|search|avatar|icon"
    r"|favicon|logo|qr(?:code|\Z)|pay(?:ment)?(?:url|link|\Z)|thumb|preview|poster|blurhash|placeholder|video|audio|toolcalls|functioncall)"
)
_PICTURE = r"(?:images?|img|pictures?|pics?|photos?|files?)"
_ADDRESSED = rf"(?:{_PICTURE}|url|uri|link|path)"
_INPUT = re.compile(
    rf"input|reference|init|mask|control|homepage|(?:ref|base|style|pose|start)s?{_ADDRESSED}|(?:source|src){_PICTURE}"
    r"|stylereference"
    rf"|(?:refs?|base|style|homepage)\Z|{_ADDRESSED}(?:ref|reference|input|source|mask|prompt)s?\Z"
)
_SOURCE = re.compile(r"(?:source|src)(?:url|uri|link)?\Z")
_OF_PICTURES = re.compile(
    r"(?:attachment|contentblock|artifact|prediction|image|img|picture|photo|file|media|output|result|generation"
    r"|generated|drawing|asset|part|item|sample|render|artwork|illustration|variation|creation|upscaled|pic\Z|data\Z)s?"
)
_ADDRESS_NAME = re.compile(r"(?:url|uri|href|src|link|address|downloadurl)s?\Z")
_TYPES = re.compile(r"(?:output_?|generated_?|input_?)?(?:image|picture|photo|img)(?:_?(?:url|file|b64|base64))?\Z")
_SEPARATORS = re.compile(r"[_\-\s]")
_WORTH_A_LOOK = re.compile(
    r"data:|base64|!\[|<img|iVBORw0KGgo|/9j|_9j_|R0lGOD|UklGR|AAAA[\w+/-]GZ0eXB[aho]|H4sI|PHN2Zy|SUkqA|TU0AK",
    re.IGNORECASE,
)
_CALL_PARAMETERS = ("prompt", "user_prompt", "ratio")


def anywhere(piece: Any, is_new: IsNew = bool, *, only_data: bool = False) -> list[ImageRef]:
    """Every new picture in a JSON value, in order; with `only_data` none of its addresses."""
    return distinct(ref for ref in _walk(piece, is_new, only_data) if is_new(ref))[:MAX_REFS]


def texts_in(piece: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in a JSON value where a picture of the answer may stand, with the keys that lead to it. Iterative,
    since its depth is not limited; what lies deeper than any answer has no whole path."""
    keys: list[str | int] = [""]  # of what is looked at, level by level; the first is the value's own, which has none
    levels: list[Iterator[tuple[str | int, Any]]] = [iter([("", piece)])]
    while levels:
        entry = next(levels[-1], None)
        if entry is None:
            levels.pop()
            keys.pop()
            continue
        keys[-1], value = entry
        if isinstance(value, str):
            yield tuple(keys[1 : _MAX_DEPTH + 1]), value
        elif value and isinstance(value, list | dict):
            levels.append(enumerate(value) if isinstance(value, list) else _entries(value))
            keys.append("")


def _entries(value: Mapping[str, Any]) -> Iterator[tuple[str | int, Any]]:
    return ((key, entry) for key, entry in value.items() if not _is_aside(_bare(key)) or key in _ANSWERS)


_ANSWERS = ("choices", "candidates")


def _walk(piece: Any, is_new: IsNew, only_data: bool) -> Iterator[ImageRef]:
    """Iterative, since its depth is not limited: of what waits, the last is next. Each value waits with the name it
    stands under, the depth, and how many levels of JSON in strings it lies in."""
    waiting: list[tuple[Any, str, int, int]] = [(piece, "", 0, 0)]
    while waiting:
        value, name, depth, level = waiting.pop()
        if depth > _MAX_DEPTH:
            continue
        if isinstance(value, str):
            inner = _json_in(value) if level < _MAX_LEVELS else None
            if inner is None:
                yield from _in_text(value, name, only_data)
            else:
                waiting.append((inner, name, depth + 1, level + 1))
        elif isinstance(value, list) and (ref := _buffer(value)):
            yield ref
        elif isinstance(value, list):
            waiting += [(entry, name, depth + 1, level) for entry in reversed(value[: 10 * MAX_REFS])]
        elif isinstance(value, dict):
            only = (
                [] if only_data or (level and any(key in value for key in _CALL_PARAMETERS)) else _typed(value, is_new)
            )
            yield from only
            if not only:
                waiting += [
                    (entry, _path(name, key), depth + 1, level)
                    for key, entry in reversed(value.items())
                    if isinstance(entry, str | list | dict) and entry and not _is_aside(_bare(key))
                ]


def _is_aside(key: str) -> bool:
    """Whether what stands under a key is no part of the result."""
    return bool(_NOT_THE_ANSWER.match(key) or _INPUT.match(key))


def _is_source(key: str, name: str, value: Any) -> bool:
    """Whether a key calls an address the source of something, and not within what is named as a picture."""
    return isinstance(value, str) and bool(_SOURCE.match(key)) and not any(map(_OF_PICTURES.match, name.split(".")))


@dataclass(slots=True)
class Inputs:
    """Addresses that JSON names as `given` to the model, and those that it only calls the `source` of something."""

    given: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)

    def add(self, others: "Inputs") -> None:
        self.given |= others.given
        self.sources |= others.sources


def inputs_in(document: Any) -> Inputs:
    """The addresses in a document under names which say that they are none of its results."""
    found = Inputs()
    waiting: list[tuple[Any, str, int, bool]] = [(document, "", 0, False)]
    while waiting:
        value, name, depth, is_input = waiting.pop()
        if isinstance(value, str) and is_input:
            found.given |= set(several(value.strip()))
        elif isinstance(value, list) and depth < _MAX_DEPTH:
            waiting += [(entry, name, depth + 1, is_input) for entry in value[: 10 * MAX_REFS]]
        elif isinstance(value, dict) and depth < _MAX_DEPTH:
            for key, entry in value.items():
                is_given = is_input or bool(_INPUT.match(_bare(key)))
                if not is_given and _is_source(_bare(key), name, entry):
                    found.sources |= set(several(entry.strip()))
                else:
                    waiting.append((entry, _path(name, key), depth + 1, is_given))
    return found


def _buffer(value: list[Any]) -> ImageRef | None:
    """The picture that a list of bytes is, as Node writes a Buffer."""
    if not _are_bytes(value[:16]) or not may_be_image(bytes(value[:16])) or not _are_bytes(value):
        return None
    return from_bytes(bytes(value))


def _are_bytes(value: list[Any]) -> bool:
    return bool(value) and all(type(number) is int and 0 <= number < 256 for number in value)


def _typed(part: Mapping[str, Any], is_new: IsNew) -> list[ImageRef]:
    """The picture of a part that says it is one: `{type: image, …}`, `{type: file, mediaType: image/png, …}`."""
    kind = part.get("type")
    is_image = isinstance(kind, str) and bool(_TYPES.match(kind.lower()))
    if not is_image and not media_type_of(part).startswith("image/"):
        return []
    return refs_in(part, is_new)


def _in_text(text: str, name: str, only_data: bool) -> list[ImageRef]:
    """The pictures of a string: the whole of it is one, or they stand among its words."""
    if len(text) <= _MAX_ADDRESS and not _WORTH_A_LOOK.search(text):
        return [] if only_data else _address(text, name)
    ref = reference(text) if len(text) >= _MIN_DATA else None
    if ref is not None and ref.kind == "data":
        return [ref] if ref.media_type != "image/jxl" else []
    found = (reference(link.address) for link in links_in(text + "\n") if link.embedded and not link.is_rare)
    return [ref for ref in found if ref and (ref.kind == "data" or not only_data)]


def _address(text: str, name: str) -> list[ImageRef]:
    """The pictures at one address or several, where extensions or the names they stand under say that they are some."""
    *above, own = name.split(".")
    is_named = _OF_PICTURES.match(own) or (_ADDRESS_NAME.match(own) and any(map(_OF_PICTURES.match, above)))
    urls = [url for url in several(text.strip()) if url.lower().startswith(("http://", "https://", "/"))]
    taken = [url for url in urls if is_picture_path(url) or (is_named and not url.startswith("/"))]
    return [ref for url in taken if (ref := reference(url))]


def _json_in(text: str) -> Any:
    """The object or list that a string is; None for any other."""
    start = text[:40].lstrip()
    if start[:1] not in ("{", "[") or len(text) < _MIN_JSON:
        return None
    try:
        inner = read_json(text)
    except ValueError:
        return None
    return inner if isinstance(inner, dict | list) else None


def _path(above: str, key: str) -> str:
    """The names of the last levels, each bare, joined by dots. A number or a file in place of a name tells
    nothing."""
    if key.isdecimal() or is_picture_path(key):
        return above
    return f"{above.rpartition('.')[2]}.{_bare(key)}" if above else _bare(key)


def _bare(key: str) -> str:
    return _SEPARATORS.sub("", key[:80]).lower()
