"""A scanner for links and images in text: Markdown, HTML tags, bare URLs and data URIs, each with its position.

Its time is linear for hostile text: every search is limited to a window, a text yields at most MAX_LINKS links, and
every repetition in a pattern is possessive or bounded, so no failed match is retried on less of the same run.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import urlsplit

from generations.protocol.dialects import DIALECTS, TOKENS
from generations.protocol.image_bytes import decode_base64, ends_exactly
from generations.protocol.image_ref import OTHERS, extension, is_picture_path
from generations.protocol.json import after

MAX_LINKS = 2_000
_WINDOW = 8_192


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


def addresses_in(text: str) -> Iterator[str]:
    """Every URL and data URI in a text, whatever surrounds them; markup is not parsed."""
    position = 0
    for _ in range(MAX_LINKS):
        opening = _ADDRESS.search(text, position)
        if not opening:
            return
        link = (_bare_data if opening[0].lower() == "data:" else _bare_url)(text, opening.start())
        if link:
            yield link.address
        position = max(link.end if link else 0, opening.end())


_ADDRESS = re.compile(r"data:(?=image\\?/|[\w.+/;=-]{0,60}base64,)|https?://", re.IGNORECASE)
_TOKEN = re.compile(
    rf"{TOKENS}|"
    r"!?\[|<(?:img|a|video|audio|iframe)\b|data:(?=image\\?/|[\w.+/;=-]{0,60}base64,)|https?://"
    # How the base64 of PNG, JPEG, GIF, WebP, AVIF, HEIC, SVG, TIFF and gzip begins, where no longer word holds it.
    r"|(?<!\w)base64://|(?<![\w+/=-])(?:iVBORw0KGgo|\\?/9j\\?/|_9j_|R0lGODlh|R0lGODdh|UklGR|AAAA[\w+/-]GZ0eXB[aho]"
    r"|H4sI|PHN2Zy|SUkqA[A-P]|TU0AK)",
    re.IGNORECASE,
)


def links_in(text: str) -> Iterator[Link]:
    position = 0
    for _ in range(MAX_LINKS):
        token = _TOKEN.search(text, position)
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
        return _half_image(text, start)
    return Link(start, end, True, address, text[start + 2 : label_end])


_HALF_IMAGE = re.compile(
    r"!\[[^\[\]\n]{0,500}+"
    r"(?:\]\(\s{0,8}+(?:data:[^,\s()]{0,200}+,[A-Za-z0-9+/=_\-%\s\\]*+|[^\s()]{0,8192}+)|\]?+)\s{0,20}+\Z"
    r"|<img\b[^<>]*+\Z",
    re.IGNORECASE,
)


def _half_image(text: str, start: int) -> Link | None:
    """An image that is cut off by the end of the text: it shows nothing, and its remains are no prose."""
    return Link(start, len(text), True, "") if _HALF_IMAGE.match(text, start) else None


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
    return Link(start, code.end(), True, address if len(address) > _WINDOW else html.unescape(address))


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
    end = text.find("](", start, start + _WINDOW)
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
        end = inner.end() if inner else text.find(">", start, start + _WINDOW)
        closing = text.find(")", end, end + 600) if end > 0 else -1
        return (text[start + 1 : end], closing + 1) if closing > 0 else (None, start)
    if (end := _svg_end(text, start)) and text.startswith(")", end):
        return text[start:end], end + 1
    if run := _DATA_RUN.match(text, start):
        if title := _TITLE.match(text, run.end() - _trailing_space(run[0])):
            return run[0].strip(), title.end()
        return (run[0].strip(), run.end() + 1) if text.startswith(")", run.end()) else (None, start)
    if text[start : start + _WINDOW].lstrip()[:24].isascii() and (raw := _RAW_RUN.match(text, start)):
        return raw[1], raw.end()
    return _balanced(text, start)


_BLANK = re.compile(r"[ \n]{0,40}+")
_RAW_RUN = re.compile(r"([A-Za-z0-9+/]{200,}+={0,2}+)\)")


def _balanced(text: str, start: int) -> tuple[str | None, int]:
    """The address up to the closing parenthesis of the link; where that is missing, up to the last one on the line."""
    depth, last = 0, None
    for delimiter in islice(_DELIMITER.finditer(text, start, start + _WINDOW), _MAX_DELIMITERS):
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


def _html_image(text: str, start: int) -> Link | None:
    shown = (_attribute(text, start + len("<img"), name) for name in (_SRC, _LAZY))
    if tag := next(filter(None, shown), None):
        return Link(start, tag[1], True, tag[0])
    if tag := _attribute(text, start + len("<img"), _SRCSET):
        return Link(start, tag[1], True, _largest(tag[0]))
    return _half_image(text, start)


def _largest(srcset: str) -> str:
    """The address of a list of them, each with its width or density, that names the largest; the last without any."""
    entries = [(entry["url"], float(entry["size"] or 0)) for entry in _SIZED.finditer(srcset)]
    largest = max((size for _, size in entries), default=0)
    return next((url for url, size in reversed(entries) if size == largest), srcset.strip())


_SIZED = re.compile(r"(?P<url>[^\s,](?:[^\s,]|,(?=[^\s,]))*+)(?:\s{1,8}+(?P<size>\d{1,6}+(?:\.\d{1,4}+)?+)[wxh])?+")


def _in_dialect(pattern: re.Pattern[str]) -> Callable[[str, int], Link | None]:
    """The reader of an image in one of the rarer dialects."""

    def reader(text: str, start: int) -> Link | None:
        image = pattern.match(text, start)
        return Link(start, image.end(), True, image["url"], is_rare=True) if image else None

    return reader


def _html_link(text: str, start: int) -> Link | None:
    tag = _attribute(text, start + len("<a"), _HREF)
    if not tag:
        return None
    target, position = tag
    inner = _INNER_IMG.match(text, position)
    if inner and (image := _html_image(text, inner.end())):
        closing = _A_CLOSING.match(text, image.end)
        return Link(start, closing.end() if closing else image.end, True, larger_image(image.address, target))
    closing = _A_CLOSING.match(text, position)
    label = closing[0].rpartition("<")[0] if closing else ""
    return Link(start, closing.end() if closing else position, False, target, label)


_PLAYER = re.compile(r"<(video|audio|iframe)\b[^<>]{0,4000}+>", re.IGNORECASE)


def _html_player(text: str, start: int) -> Link | None:
    """A video, audio or iframe element: neither its address nor the sources inside it are images."""
    tag = _PLAYER.match(text, start)
    if not tag:
        return None
    closing = text.find(f"</{tag[1].lower()}>", tag.end(), tag.end() + _WINDOW)
    return Link(start, closing + len(tag[1]) + 3 if closing > 0 else tag.end(), False, "")


_BARE_DATA = re.compile(
    r"(?:data:(?:[\w.+-]{1,40}+\\?/[\w.+-]{1,40}+)?+(?:;[\w=.+-]{0,40}+){0,4}+,\s{0,4}+){1,3}+", re.IGNORECASE
)
_MIN_LINE = 40
_BASE64_LINE = re.compile(r"(?:[A-Za-z0-9+/_\-%]|\\/|\\u00[0-9a-fA-F]{2})*+=*+")
_LINE_BREAK = re.compile(r"[ \t]{0,4}+(?:\r?\n|(?:\\r)?+\\n)[ \t]{0,20}+")
_LINE_END = re.compile(r"""[ \t]{0,4}+(?:\r?\n|\\[nr"]|[)\]"'`<>}]|\Z)""")


_SVG = re.compile(
    r"data:image/svg\+xml(?:;(?!base64)[\w=.-]{0,40}+){0,4}+,(?:(?P<plain>\s{0,20}+<)|(?=%3C))", re.IGNORECASE
)
_MAX_SVG = 200_000


def _svg_end(text: str, start: int) -> int:
    """Where an SVG ends that stands in a data URI as it is or with its brackets escaped, 0 where none does."""
    head = _SVG.match(text, start)
    if not head:
        return 0
    for closing in ("</svg>",) if head["plain"] else ("%3C/svg%3E", "%3c/svg%3e", "%3C%2Fsvg%3E", "%3c%2fsvg%3e"):
        end = text.find(closing, head.end(), start + _MAX_SVG)
        if end > 0:
            return end + len(closing)
    return 0


# What stands before an SVG in a style sheet, in code and in an attribute.
_WITHIN_STYLE = re.compile(r"""(?:url\(\s{0,4}+["']?|[`"'(=])\Z""", re.IGNORECASE)


def _bare_data(text: str, start: int) -> Link | None:
    if end := _svg_end(text, start):
        is_aside = _WITHIN_STYLE.search(text[max(0, start - 20) : start])
        return Link(start, end, not is_aside, "" if is_aside else text[start:end])
    head = _BARE_DATA.match(text, start)
    if not head:
        return None
    end = _payload_end(text, head.end())
    return Link(start, end, True, text[start:end], is_open=end == len(text))


def _bare_base64(text: str, start: int) -> Link | None:
    """Base64 of a picture without anything that says so."""
    end = _payload_end(text, start)
    return Link(start, end, True, text[start:end], is_open=end == len(text)) if end - start > _MIN_LINE else None


def _schemed_base64(text: str, start: int) -> Link | None:
    """`base64://…`, as OneBot's programs write a file."""
    link = _bare_base64(text, start + len("base64://"))
    return replace(link, start=start) if link else None


def _payload_end(text: str, start: int) -> int:
    """Where the base64 that begins at `start` ends. It may be broken into lines, of which the last may be a short one:
    a line of 40 characters without a space is no prose, and behind a whole picture nothing of it follows."""
    end = after(_BASE64_LINE, text, start)
    width = end - start
    while width >= _MIN_LINE and text[end - 1] != "=" and (line_break := _LINE_BREAK.match(text, end)):
        line = _BASE64_LINE.match(text, line_break.end())
        width = line.end() - line.start() if line else 0
        if line is None or not width or _TOKEN.match(text, line.start()):
            break
        if width < _MIN_LINE and (not _LINE_END.match(text, line.end()) or _is_at_its_end(text[start:end])):
            break
        end = line.end()
    return end


def _is_at_its_end(payload: str) -> bool:
    data = decode_base64(payload) or b""
    return ends_exactly(data) or data.endswith((b"\xff\xd9", b"\x00\x3b"))


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


_READERS = {
    "![": _markdown_image,
    "[": _markdown_link,
    "<img": _html_image,
    "<a": _html_link,
    "<video": _html_player,
    "<audio": _html_player,
    "<iframe": _html_player,
    "data:": _bare_data,
    "base64://": _schemed_base64,
    "base64": _bare_base64,
    "http": _bare_url,
    **{opening: _in_dialect(pattern) for opening, pattern in DIALECTS.items()},
}


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
