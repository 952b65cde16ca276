"""Errors that are HTML pages or plain text: what they say in one line, and the number of the error in it."""

import html
import re

from generations.protocol.json import clean
from generations.protocol.upstream_error import MAX_MESSAGE, UpstreamError


def page_error(text: str) -> UpstreamError:
    """An HTML page or plain text as an error: in one line of at most 1,000 characters its title, its heading or its
    beginning, without the name of the host; the number of an error in it is the code."""
    start = text[:20_000]
    summaries = [_line(match[1]) for pattern in (_TITLE, _HEADING) if (match := pattern.search(start))]
    message = next(filter(None, map(_without_host, summaries)), "")
    if not message:
        if looks_like_page(text):
            start = _TAG.sub(" ", _HIDDEN.sub(" ", start))
        message = " ".join(html.unescape(start).split())
        summaries = []
    number = next(filter(None, map(_NUMBER.search, summaries)), None)
    return UpstreamError(clean(message)[:MAX_MESSAGE] or None, int(number[1]) if number else None)


def _line(markup: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", markup)).split())


def _without_host(title: str) -> str:
    """`a.example | 524: A timeout occurred` and `502 Bad Gateway - a.example` without the host."""
    return _HOST.sub("", title[:500]).strip()


# An HTTP status, and none of the numbers that a sentence may hold.
_NUMBER = re.compile(r"(?:^|[|:–—-]\s?|\berror (?:code:? )?|\bhttp )([45]\d{2})(?![\d.]|\s?%)", re.IGNORECASE)
_HOST = re.compile(
    r"(?:^\s*(?:https?://)?(?:[a-z0-9-]{1,63}\.){1,8}[a-z0-9-]{2,63}(?::\d{1,5})?/?(?:\s*[|:–—-]\s*|\s*$))"
    r"|(?:\s*[|–—-]\s*(?:https?://)?(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,63}(?::\d{1,5})?\s*$)",
    re.IGNORECASE,
)


def looks_like_page(text: str) -> bool:
    return bool(_PAGE.match(text[:2_000]))


_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype|html|head|body|title|h1|center)\b", re.I | re.S
)
_TITLE = re.compile(r"<title[^>]{0,200}+>([^<]{1,500}+)</title>", re.IGNORECASE)
_HEADING = re.compile(r"<h1[^>]{0,200}+>(.{1,500}?)</h1>", re.IGNORECASE | re.DOTALL)
# No match spans a second opening tag, so many openings are scanned in one pass.
_HIDDEN = re.compile(
    r"<(script|style)\b[^>]{0,500}+>(?:(?!<(?:script|style)\b).){0,20000}?</\1>", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"<[^<>]{0,2000}+>")
