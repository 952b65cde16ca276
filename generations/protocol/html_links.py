"""Links and images in HTML tags of a text."""

import re

from generations.protocol.link import WINDOW, Link, half_image, larger_image

# The name of an attribute, then its value, which may be of any length if it is a data URI.
_SRC = re.compile(r"(?<![-\w])src\s{0,20}+=\s{0,20}+", re.IGNORECASE)
_HREF = re.compile(r"\bhref\s{0,20}+=\s{0,20}+", re.IGNORECASE)
_VALUE = re.compile(
    r"""\"(?P<a>\s{0,20}+data:[^"]*+|[^"]{0,8192}+)\"|'(?P<b>\s{0,20}+data:[^']*+|[^']{0,8192}+)'"""
    r"""|(?P<c>data:[^\s<>"']++|[^\s<>"']{1,8192}+)""",
    re.IGNORECASE,
)
# A value in quotes may hold brackets; a quote that nothing closes, or no `=` stands before, is a character like others.
_WITHIN_TAG = re.compile(r"""(?:[^<>"']|(?<==)"[^"<]{0,1000}+"|(?<==)'[^'<]{0,1000}+'|["']){0,4000}+""")
_TAG_END = re.compile(rf"{_WITHIN_TAG.pattern}>")
_LAZY = re.compile(r"(?<![-\w])data-(?:src|original|lazy-src)\s{0,20}+=\s{0,20}+", re.IGNORECASE)
_SRCSET = re.compile(r"(?<![-\w])(?:data-)?srcset\s{0,20}+=\s{0,20}+", re.IGNORECASE)
_INNER_IMG = re.compile(r"\s{0,200}+(?=<img\b)", re.IGNORECASE)
_A_CLOSING = re.compile(r"[^<]{0,500}+</a\s{0,20}+>", re.IGNORECASE)


def _attribute(text: str, start: int, name: re.Pattern[str]) -> tuple[str, int] | None:
    """The value of an attribute of the tag whose name ends at `start`, and where the tag ends; None without either."""
    head = _WITHIN_TAG.match(text, start)
    found = name.search(text, start, head.end() if head else start)
    value = _VALUE.match(text, found.end()) if found else None
    closing = _TAG_END.match(text, value.end()) if value else None
    if value is None or closing is None:
        return None
    return (value["a"] or value["b"] or value["c"] or "").strip(), closing.end()


def html_image(text: str, start: int) -> Link | None:
    shown = (_attribute(text, start + len("<img"), name) for name in (_SRC, _LAZY))
    if tag := next(filter(None, shown), None):
        return Link(start, tag[1], True, tag[0])
    if tag := _attribute(text, start + len("<img"), _SRCSET):
        return Link(start, tag[1], True, _largest(tag[0]))
    return half_image(text, start)


def _largest(srcset: str) -> str:
    """The address of a list of them, each with its width or density, that names the largest; the last without any."""
    entries = [(entry["url"], float(entry["size"] or 0)) for entry in _SIZED.finditer(srcset)]
    largest = max((size for _, size in entries), default=0)
    return next((url for url, size in reversed(entries) if size == largest), srcset.strip())


_SIZED = re.compile(r"(?P<url>[^\s,](?:[^\s,]|,(?=[^\s,]))*+)(?:\s{1,8}+(?P<size>\d{1,6}+(?:\.\d{1,4}+)?+)[wxh])?+")


def html_link(text: str, start: int) -> Link | None:
    tag = _attribute(text, start + len("<a"), _HREF)
    if not tag:
        return None
    target, position = tag
    inner = _INNER_IMG.match(text, position)
    if inner and (image := html_image(text, inner.end())):
        closing = _A_CLOSING.match(text, image.end)
        return Link(start, closing.end() if closing else image.end, True, larger_image(image.address, target))
    closing = _A_CLOSING.match(text, position)
    label = closing[0].rpartition("<")[0] if closing else ""
    return Link(start, closing.end() if closing else position, False, target, label)


_PLAYER = re.compile(r"<(video|audio|iframe)\b[^<>]{0,4000}+>", re.IGNORECASE)


def html_player(text: str, start: int) -> Link | None:
    """A video, audio or iframe element: neither its address nor the sources inside it are images."""
    tag = _PLAYER.match(text, start)
    if not tag:
        return None
    closing = text.find(f"</{tag[1].lower()}>", tag.end(), tag.end() + WINDOW)
    return Link(start, closing + len(tag[1]) + 3 if closing > 0 else tag.end(), False, "")
