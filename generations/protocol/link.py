"""One link of a text: what embeds an image or leads to an address, how it begins, and where its address ends."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from generations.protocol.dialects import TOKENS
from generations.protocol.image_ref import OTHERS, extension, is_picture_path

MAX_LINKS = 2_000
WINDOW = 8_192


@dataclass(frozen=True, slots=True)
class Link:
    """A stretch of text, `start` to `end`, that embeds an image or links to an address. `is_open`: it touches the end
    of the text, so more of it may follow. `is_rare`: it is written in one of the rarer dialects."""

    start: int
    end: int
    embedded: bool
    address: str
    label: str = ""
    is_open: bool = False
    is_rare: bool = False


TOKEN = re.compile(
    rf"{TOKENS}|"
    r"!?\[|<(?:img|a|video|audio|iframe)\b|data:(?=image\\?/|[\w.+/;=-]{0,60}base64,)|https?://"
    # How the base64 of PNG, JPEG, GIF, WebP, AVIF, HEIC, SVG, TIFF and gzip begins, where no longer word holds it.
    r"|(?<!\w)base64://|(?<![\w+/=-])(?:iVBORw0KGgo|\\?/9j\\?/|_9j_|R0lGODlh|R0lGODdh|UklGR|AAAA[\w+/-]GZ0eXB[aho]"
    r"|H4sI|PHN2Zy|SUkqA[A-P]|TU0AK)",
    re.IGNORECASE,
)
_HALF_IMAGE = re.compile(
    r"!\[[^\[\]\n]{0,500}+"
    r"(?:\]\(\s{0,8}+(?:data:[^,\s()]{0,200}+,[A-Za-z0-9+/=_\-%\s\\]*+|[^\s()]{0,8192}+)|\]?+)\s{0,20}+\Z"
    r"|<img\b[^<>]*+\Z",
    re.IGNORECASE,
)


def half_image(text: str, start: int) -> Link | None:
    """An image that is cut off by the end of the text: it shows nothing, and its remains are no prose."""
    return Link(start, len(text), True, "") if _HALF_IMAGE.match(text, start) else None


_CLOSINGS = {")": "(", "]": "[", "）": "（", "】": "【"}
_BEHIND_URL = ".,;:!?'\"*`。，；：！？"


def unclosed(url: str) -> str:
    """An address in running text, without the punctuation behind it and the brackets that the sentence closes there."""
    surplus = {closing: url.count(closing) - url.count(opening) for closing, opening in _CLOSINGS.items()}
    end = len(url)
    while end and (url[end - 1] in _BEHIND_URL or surplus.get(url[end - 1], 0) > 0):
        end -= 1
        surplus[url[end]] = surplus.get(url[end], 0) - 1
    return url[:end]


def larger_image(shown: str, target: str) -> str:
    """For an image that is a link, the address of the full-size image: the target, unless that is a page or a video.

    A link through a redirect is an advertisement: "" is returned.
    """
    if "/redirect" in target:
        return ""
    if target[:5].lower() == "data:" or extension(target) in OTHERS or not target:
        return shown
    if is_picture_path(target) or path_of(target) == path_of(shown):
        return target
    if is_picture_path(shown) or shown[:5].lower() == "data:":
        return shown
    return target if path_of(target).rpartition("/")[2] == path_of(shown).rpartition("/")[2] else shown


def path_of(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return url
