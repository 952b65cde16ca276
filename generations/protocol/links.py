"""A scanner for links and images in text: Markdown, HTML tags, bare URLs and data URIs, each with its position.

Its time is linear for hostile text: every search is limited to a window, a text yields at most MAX_LINKS links, and
every repetition in a pattern is possessive or bounded, so no failed match is retried on less of the same run.
"""

import html
import re
from collections.abc import Callable, Iterator
from itertools import islice

from generations.protocol.bare_data import bare_base64, bare_data, schemed_base64, svg_end
from generations.protocol.dialects import DIALECTS
from generations.protocol.html_links import html_image, html_link, html_player
from generations.protocol.json import after
from generations.protocol.link import MAX_LINKS, TOKEN, WINDOW, Link, half_image, larger_image, unclosed


def addresses_in(text: str) -> Iterator[str]:
    """Every URL and data URI in a text, whatever surrounds them; markup is not parsed."""
    position = 0
    for _ in range(MAX_LINKS):
        opening = _ADDRESS.search(text, position)
        if not opening:
            return
        link = (bare_data if opening[0].lower() == "data:" else _bare_url)(text, opening.start())
        if link:
            yield link.address
        position = max(link.end if link else 0, opening.end())


_ADDRESS = re.compile(r"data:(?=image\\?/|[\w.+/;=-]{0,60}base64,)|https?://", re.IGNORECASE)


def links_in(text: str) -> Iterator[Link]:
    position = 0
    for _ in range(MAX_LINKS):
        token = TOKEN.search(text, position)
        if not token:
            return
        link = _READERS[_opening(token[0])](text, token.start())
        if link:
            yield link
        position = max(link.end if link else 0, token.end() - (token[0] == "![" and not link))


def _opening(token: str) -> str:
    token = token.lower()
    if token in _READERS:
        return token
    return "http" if token.startswith("http") else "base64"


def _markdown_image(text: str, start: int) -> Link | None:
    label_end = _label_end(text, start + 2)
    address, end = _destination(text, label_end + 2) if label_end is not None else (None, start)
    if label_end is None or address is None:
        return half_image(text, start)
    return Link(start, end, True, address, text[start + 2 : label_end])


def _markdown_link(text: str, start: int) -> Link | None:
    if text.startswith("[CQ:image,", start):
        return _onebot_image(text, start)
    if code := _BBCODE_IMAGE.match(text, start):
        return Link(start, code.end(), True, code[1])
    inner_start = start + 1
    if text[inner_start : inner_start + 2] == "![":
        return _linked_image(text, start)
    label_end = text.find("](", inner_start, inner_start + 500)
    if label_end < 0 or "\n\n" in text[inner_start:label_end]:
        return None
    if "[" in text[inner_start:label_end]:
        return None
    address, end = _destination(text, label_end + 2)
    return Link(start, end, False, address, text[inner_start:label_end]) if address is not None else None


_BBCODE_IMAGE = re.compile(
    r"\[img(?:[= ][^\[\]\n]{0,60}+)?+\]\s{0,8}+(https?://[^\s\[\]]{1,8192}+|data:[^\s\[\]]++)\s{0,8}+\[/img\]",
    re.IGNORECASE,
)
_ONEBOT_IMAGE = re.compile(r"\[CQ:image((?:,\w{1,20}+=[^,\[\]]*+){1,12}+)\]")


def _onebot_image(text: str, start: int) -> Link | None:
    """`[CQ:image,file=…,url=…]` of OneBot's programs: the file where it is one, and no mere name, else the address."""
    code = _ONEBOT_IMAGE.match(text, start)
    if not code:
        return None
    fields = dict(field.partition("=")[::2] for field in code[1].split(",") if "=" in field)
    file = fields.get("file", "")
    is_file = file.startswith(("base64://", "http://", "https://"))
    address = file if is_file else fields.get("url", "")
    return Link(start, code.end(), True, address if len(address) > WINDOW else html.unescape(address))


def _linked_image(text: str, start: int) -> Link | None:
    """`[![alt](shown)](target)`: one image, at the address of the larger version."""
    image = _markdown_image(text, start + 1)
    if not image:
        return None
    if _HALF_TARGET.match(text, image.end):
        return Link(start, len(text), True, "")
    closing = _LINK_CLOSING.match(text, image.end)
    if not closing:
        return None
    target, end = _destination(text, closing.end())
    if target is None:
        return None
    return Link(start, end, True, larger_image(image.address, target), image.label)


_HALF_TARGET = re.compile(r"\](?:\([^\s()]{0,8192}+)?+\Z")
_LINK_CLOSING = re.compile(r"[^\[\]]{0,200}+\]\(")


def _label_end(text: str, start: int) -> int | None:
    """Where the alt text ends: at the first `](` unless another image opens before it."""
    end = text.find("](", start, start + WINDOW)
    if end < 0 or "![" in text[start:end]:
        return None
    return end


_DELIMITER = re.compile(r"[()\s]")
_MAX_DELIMITERS = 60
_DATA_RUN = re.compile(r"(?:data:[^,\s()]{0,200}+,\s{0,4}+){1,3}+[A-Za-z0-9+/=_\-%\s\\]*+", re.IGNORECASE)
_TITLE = re.compile(
    r"""\s{1,40}+(?:"(?:[^"\\\n]|\\.){0,500}+"|'(?:[^'\\\n]|\\.){0,500}+'|\([^()\n]{0,500}+\)|=\d{0,5}+x\d{0,5}+)\s{0,40}+\)"""
)


def _destination(text: str, start: int) -> tuple[str | None, int]:
    """The link destination that begins at `start`, and the position after its closing parenthesis. Parentheses within
    it are balanced."""
    start = after(_BLANK, text, start)
    if text.startswith("<", start):
        inner = _DATA_RUN.match(text, start + 1)
        end = inner.end() if inner else text.find(">", start, start + WINDOW)
        closing = text.find(")", end, end + 600) if end > 0 else -1
        return (text[start + 1 : end], closing + 1) if closing > 0 else (None, start)
    if (end := svg_end(text, start)) and text.startswith(")", end):
        return text[start:end], end + 1
    if run := _DATA_RUN.match(text, start):
        if title := _TITLE.match(text, run.end() - _trailing_space(run[0])):
            return run[0].strip(), title.end()
        return (run[0].strip(), run.end() + 1) if text.startswith(")", run.end()) else (None, start)
    if text[start : start + WINDOW].lstrip()[:24].isascii() and (raw := _RAW_RUN.match(text, start)):
        return raw[1], raw.end()
    return _balanced(text, start)


_BLANK = re.compile(r"[ \n]{0,40}+")
_RAW_RUN = re.compile(r"([A-Za-z0-9+/]{200,}+={0,2}+)\)")


def _balanced(text: str, start: int) -> tuple[str | None, int]:
    """The address up to the closing parenthesis of the link; where that is missing, up to the last one on the line."""
    depth, last = 0, None
    for delimiter in islice(_DELIMITER.finditer(text, start, start + WINDOW), _MAX_DELIMITERS):
        match delimiter[0]:
            case "(":
                depth += 1
            case ")" if depth == 0:
                return text[start : delimiter.start()], delimiter.end()
            case ")":
                depth, last = depth - 1, delimiter
            case "\n":
                return (text[start : last.start()], last.end()) if last else (None, start)
            case _ if title := _TITLE.match(text, delimiter.start()):
                return text[start : delimiter.start()], title.end()
    return None, start


def _trailing_space(text: str) -> int:
    return len(text) - len(text.rstrip())


def _in_dialect(pattern: re.Pattern[str]) -> Callable[[str, int], Link | None]:
    """The reader of an image in one of the rarer dialects."""

    def reader(text: str, start: int) -> Link | None:
        image = pattern.match(text, start)
        return Link(start, image.end(), True, image["url"], is_rare=True) if image else None

    return reader


_BARE_URL = re.compile(r"""https?://[!-;=?-Z\\^-z~_]{1,8192}+""", re.IGNORECASE)


def _bare_url(text: str, start: int) -> Link | None:
    run = _BARE_URL.match(text, start)
    if not run:
        return None
    url = unclosed(run[0].rstrip(".,;:!?'\"*`\\_|"))
    end = start + len(url)
    if text[start - 1 : start] == "<" and text.startswith(">", end):
        return Link(start - 1, end + 1, False, url)
    return Link(start, end, False, url, is_open=run.end() == len(text))


_READERS = {
    "![": _markdown_image,
    "[": _markdown_link,
    "<img": html_image,
    "<a": html_link,
    "<video": html_player,
    "<audio": html_player,
    "<iframe": html_player,
    "data:": bare_data,
    "base64://": schemed_base64,
    "base64": bare_base64,
    "http": _bare_url,
    **{opening: _in_dialect(pattern) for opening, pattern in DIALECTS.items()},
}
