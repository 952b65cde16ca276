"""Bodies that are neither JSON nor events: their encoding, and pictures in plain text or in parts of multipart."""

import codecs
import re
from collections.abc import Iterator

from generations.protocol.error_pages import looks_like_page
from generations.protocol.image_bytes import decode_base64, sniff
from generations.protocol.image_ref import is_picture_path
from generations.protocol.markup import read_markup
from generations.protocol.text_classification import classify_text

_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MAX_PARTS = 1_000


def as_utf8(body: bytes) -> bytes:
    """A body in UTF-8 without byte order marks. UTF-16 is known by its mark or by the zeros in its first character."""
    encoding = next((name for mark, name in _MARKS if body.startswith(mark)), "")
    if not encoding and len(body) > 3 and body[:1] and body[1:2] == b"\0" != body[:1] and body[3:4] == b"\0":
        encoding = "utf-16-le"
    if not encoding and body[:1] == b"\0" != body[1:2] and body[2:3] == b"\0":
        encoding = "utf-16-be"
    if encoding:
        body = body.decode(encoding, "replace").encode("utf-8", "replace")
    while body.startswith(codecs.BOM_UTF8):
        body = body.removeprefix(codecs.BOM_UTF8)
    return body


def is_picture_text(text: str) -> bool:
    """Whether a plain text embeds a picture, with no words that something failed, or is nothing but the addresses of
    pictures; a page never is, whatever it shows."""
    if looks_like_page(text) or _OTHER_TAG.search(text):
        return False
    markup = read_markup(text)
    words = markup.text(has_images=True)
    if _FAILURE.search(words) or classify_text(words).error:
        return False
    return bool(markup.embedded) or is_addresses(text, of_pictures=True)


def is_addresses(text: str, *, of_pictures: bool = False) -> bool:
    """Whether a text is nothing but addresses; without the extension of a picture, they may lead to a page."""
    words = text.split()
    return bool(words) and all(_ADDRESS.match(it) and (is_picture_path(it) or not of_pictures) for it in words)


_FAILURE = re.compile(
    r"sorry|unavailable|denied|forbidden|refused|blocked|exceed|limit|too many|not found|error|fail|invalid|expired"
    r"|unauthori|maintenance|timed? ?out|overload|log ?in|sign ?in|try again|retry|waf\b|bad gateway|\b[45]\d\d\b"
    r"|错误|錯誤|失败|失敗|超时|超時|限制|过多|拒绝|维护|登录|不可用|稍后|抱歉|违规|過多|拒絕|維護|登錄",
    re.IGNORECASE,
)


_OTHER_TAG = re.compile(r"<(?!img\b|br\b|https?:)[a-z!/]", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def is_data_uri(text: str) -> bool:
    """Whether a text begins with a data URI rather than with the data of an event."""
    return bool(_DATA_URI.match(text))


_DATA_URI = re.compile(r"data:image/[\w.+-]{1,40}+[;,]", re.IGNORECASE)


def parts_of(body: bytes) -> Iterator[bytes]:
    """The contents of the parts of a multipart body; none for any other."""
    boundary = _BOUNDARY.match(body)
    if not boundary:
        return
    for part in body.split(boundary[1], _MAX_PARTS)[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        content = content.removesuffix(b"\r\n")
        is_encoded = b"base64" in head.lower() and not sniff(content[:1100])
        yield (decode_base64(content.decode("latin-1")) or b"") if is_encoded else content


_BOUNDARY = re.compile(rb"(--[!-~]{1,70}+)\r\n(?:[\w-]{1,60}+:[^\r\n]{0,500}+\r\n)")
