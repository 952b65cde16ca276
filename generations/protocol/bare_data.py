"""Data URIs, SVG and base64 of images that stand in a text without markup, and where their data ends."""

import re
from dataclasses import replace

from generations.protocol.image_bytes import decode_base64, ends_exactly
from generations.protocol.json import after
from generations.protocol.link import TOKEN, Link

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


def svg_end(text: str, start: int) -> int:
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


def bare_data(text: str, start: int) -> Link | None:
    if end := svg_end(text, start):
        is_aside = _WITHIN_STYLE.search(text[max(0, start - 20) : start])
        return Link(start, end, not is_aside, "" if is_aside else text[start:end])
    head = _BARE_DATA.match(text, start)
    if not head:
        return None
    end = _payload_end(text, head.end())
    return Link(start, end, True, text[start:end], is_open=end == len(text))


def bare_base64(text: str, start: int) -> Link | None:
    """Base64 of a picture without anything that says so."""
    end = _payload_end(text, start)
    return Link(start, end, True, text[start:end], is_open=end == len(text)) if end - start > _MIN_LINE else None


def schemed_base64(text: str, start: int) -> Link | None:
    """`base64://…`, as OneBot's programs write a file."""
    link = bare_base64(text, start + len("base64://"))
    return replace(link, start=start) if link else None


def _payload_end(text: str, start: int) -> int:
    """Where the base64 that begins at `start` ends. It may be broken into lines, of which the last may be a short one:
    a line of 40 characters without a space is no prose, and behind a whole picture nothing of it follows."""
    end = after(_BASE64_LINE, text, start)
    width = end - start
    while width >= _MIN_LINE and text[end - 1] != "=" and (line_break := _LINE_BREAK.match(text, end)):
        line = _BASE64_LINE.match(text, line_break.end())
        width = line.end() - line.start() if line else 0
        if line is None or not width or TOKEN.match(text, line.start()):
            break
        if width < _MIN_LINE and (not _LINE_END.match(text, line.end()) or _is_at_its_end(text[start:end])):
            break
        end = line.end()
    return end


def _is_at_its_end(payload: str) -> bool:
    data = decode_base64(payload) or b""
    return ends_exactly(data) or data.endswith((b"\xff\xd9", b"\x00\x3b"))
