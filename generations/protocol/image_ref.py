"""One image in an answer: what a URL, a data URI or raw base64 stands for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote, unquote_to_bytes, urljoin, urlsplit

from generations.protocol.image_bytes import decode_base64, is_whole, scan_start, sniff
from generations.protocol.packing import is_packed, unpacked_file

PICTURES = frozenset(
    ["png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "avif", "bmp", "svg", "tif", "tiff", "heic", "heif", "jxl"]
)
VIDEOS = ("mp4", "m4v", "mov", "webm", "mkv", "avi", "flv", "m3u8", "mpg", "mpeg", "ogv")
OTHERS = frozenset(
    [*VIDEOS, "mp3", "wav", "ogg", "m4a", "flac", "aac", "html", "htm", "pdf", "zip", "json", "txt", "md", "js", "css"]
)
MAX_URL = 8192
_DATA_URI = re.compile(r"(?:data:(?P<label>[^,]{0,200}+),\s{0,4}+){1,3}+", re.IGNORECASE)
# A data URI that lost its scheme, and the bytes literal of a gateway written in Python.
_HALF_DATA_URI = re.compile(r"(?:image/[\w.+-]{1,40}+)?+;?+base64(?:,|://)\s{0,4}+|b(?=['\"])", re.IGNORECASE)
_AROUND = " \t\r\n\f\v\"'`<>"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}:", re.IGNORECASE)
# A host and a path: `cdn.example.com/a.png`, which a browser would take for a path too. A file's name, or a folder with
# a version in it, ends in no top-level domain.
_WITHOUT_SCHEME = re.compile(
    r"(?:[a-z0-9-]{1,63}\.){1,8}+(?:[a-z]{2}|com|net|org|app|dev|cloud|site|xyz|top|info|online|space|store|tech|pro|vip"
    r"|fun|art|live|link|host|page|work|world|shop|icu|club|biz)(?::\d{1,5})?+/",
    re.IGNORECASE,
)
# Its last part has a number, as those of files do: `N/A` and `path/to/image` are words, `50/100` is a ratio.
_PATH = re.compile(
    r"(?!\d{1,20}+/\d{1,20}+\Z)[\w.~%-]{1,200}+(?:/[\w.~%@+=-]{1,500}+){0,40}?"
    r"/(?=[^/?]{0,500}?\d)[\w.~%@+=-]{1,500}+(?:\?[^\s]{0,2000}+)?+"
)
MAX_IMAGE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImageRef:
    """An image in an answer: a `url` to fetch, or `data`, whose `media_type` is told by its signature. `is_open`: a
    JPEG without its end marker, of which only decoding tells whether more is missing."""

    kind: Literal["url", "data"]
    url: str = ""
    data: bytes = b""
    media_type: str = ""
    choice: int = 0
    is_open: bool = False


def reference(value: str, *, is_embedded: bool = False) -> ImageRef | None:
    """The image that a URL, a data URI or raw base64 stands for; None for other media types, other schemes and data
    that is cut off. A relative URL stays one; where an image is embedded, any path is one."""
    value = value.strip(_AROUND)
    if half := _HALF_DATA_URI.match(value):
        value = value[half.end() :].strip(_AROUND)
        return from_bytes(decode_base64(value)) if begins_picture(value) else None
    if value[:5].lower() == "data:":
        return _from_data_uri(value)
    if begins_picture(value):  # also where it is cut off: that of a JPEG begins like a path
        return from_bytes(decode_base64(value))
    url = value.replace("\\/", "/").replace("&amp;", "&").replace(" ", "%20")
    if not 0 < len(url) <= MAX_URL or any(char < " " for char in url):
        return None
    if url.startswith("//"):
        url = "https:" + url
    elif _WITHOUT_SCHEME.match(url) and (is_embedded or is_picture_path(url)):
        url = "https://" + url
    elif not _SCHEME.match(url):
        is_path = url.startswith(("/", "./", "../")) or is_picture_path(url)
        if not is_path and not (is_embedded and _PATH.fullmatch(value)):
            return None
    elif not url.lower().startswith(("http://", "https://")):
        return None
    if extension(url) in OTHERS:
        return None
    return ImageRef("url", url=url)


def extension(url: str) -> str:
    """The lower-case file extension of a URL's path, "" without one."""
    path = re.split(r"[?#]", url, maxsplit=1)[0]
    name = unquote(path[-300:]).rsplit("/", 1)[-1]
    # Object stores append an image style to the name: cat.png!large, cat.png@200w.
    name = re.split(r"[!@]", name, maxsplit=1)[0]
    return name.rpartition(".")[2].lower() if "." in name else ""


def is_bare_path(ref: ImageRef) -> bool:
    """Whether an address is a path without a host, a mark that it is one, or an extension: words may look like it."""
    return is_relative(ref) and not ref.url.startswith(("/", "./", "../")) and not is_picture_path(ref.url)


def is_picture_path(url: str) -> bool:
    return extension(url) in PICTURES


def distinct(refs: Iterable[ImageRef]) -> list[ImageRef]:
    """The images without duplicates, each at its first position. Equal are the same URL and the same data."""
    return list({(ref.url, ref.data): ref for ref in refs}.values())


def _from_data_uri(value: str) -> ImageRef | None:
    head = _DATA_URI.match(value)
    if not head:
        return None
    payload = value[head.end() :]
    ref = from_bytes(decode_base64(payload))
    return ref or (None if "base64" in head[0].lower() else from_bytes(unquote_to_bytes(payload)))


def begins_picture(value: str) -> bool:
    """Whether a text begins like the base64 of an image."""
    head = "".join(value[:80].split()).rstrip("=")[:48]
    return len(head) >= 24 and may_be_image(decode_base64(head[: len(head) // 4 * 4]) or b"")


def may_be_image(head: bytes) -> bool:
    """Whether bytes that begin like this are an image, or one that is compressed once more."""
    return bool(sniff(head)) or is_packed(head)


def from_bytes(data: bytes | None) -> ImageRef | None:
    """The image that some bytes are, unpacked; None where they are none or certainly cut off."""
    if not data:
        return None
    data = unpacked_file(data, MAX_IMAGE)
    media_type, is_known_whole = sniff(data), is_whole(data)
    is_open = media_type == "image/jpeg" and not is_known_whole and scan_start(data) is not None
    if not media_type or not (is_known_whole or is_open):
        return None
    return ImageRef("data", data=data, media_type=media_type, is_open=is_open)


def resolved(ref: ImageRef, base_url: str) -> ImageRef:
    """The image with a relative URL resolved against `base_url`, if there is one."""
    if not base_url or not is_relative(ref):
        return ref
    try:
        urlsplit(base_url)
        return replace(ref, url=urljoin(base_url.rstrip("/") + "/", ref.url))
    except ValueError:
        return ref


def is_relative(ref: ImageRef) -> bool:
    return ref.kind == "url" and not _SCHEME.match(ref.url)
