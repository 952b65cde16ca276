"""Finds the images in a part of an answer. The first finder in FINDERS that finds one wins for that part.

A new answer shape is a function of a few lines and its line in FINDERS.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
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
_PATH = re.compile(r"[\w.~%-]{1,200}+(?:/[\w.~%@+=-]{1,500}+){1,40}+(?:\?[^\s]{0,2000}+)?+")
_MAX_NESTING = 8
MAX_REFS = 2_000
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


Finder = Callable[[Mapping[str, Any]], Any]
IsNew = Callable[[ImageRef], bool]
"""Whether an image is none of the request."""


def image_list(piece: Mapping[str, Any]) -> Any:
    """`images: [{image_url: {url}}]`: OpenRouter, Vercel, LiteLLM; plain strings at some."""
    return piece.get("images")


def image_object(piece: Mapping[str, Any]) -> Any:
    """`image: {url}` in LiteLLM's deltas, `image: [{data}]` or a string elsewhere."""
    return piece.get("image")


def mixed_parts(piece: Mapping[str, Any]) -> Any:
    """`multi_mod_content: [{inline_data: {data, mime_type}}]`: AIHubMix, Gemini's parts renamed."""
    return piece.get("multi_mod_content") or piece.get("parts")


def content_parts(piece: Mapping[str, Any]) -> Any:
    """`content: [{image_url}, {output_image}, {image}]` as a list, or as one part; Gemini's `content: {parts}`."""
    content = piece.get("content")
    if isinstance(content, dict):
        return content.get("parts") or content
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else None


def images_answer(piece: Mapping[str, Any]) -> Any:
    """`data: [{url | b64_json}]`: the body of the images endpoint, given by the chat endpoint."""
    return piece.get("data") if isinstance(piece.get("data"), list) else None


def native_output(piece: Mapping[str, Any]) -> Any:
    """`output: [url]`, `output: [{type: image_generation_call, result}]`, `results: [{url}]`: native answers."""
    output = piece.get("output")
    if isinstance(output, list):
        return [entry.get("content") or entry if isinstance(entry, dict) else entry for entry in output]
    if isinstance(output, str):
        return output
    return piece.get("results")


def image_event(piece: Mapping[str, Any]) -> Any:
    """An event of the images endpoint's stream: `{type: image_generation.partial_succeeded, url}`.

    `partial_image` is an unfinished preview and is not taken.
    """
    name = str(piece.get("type") or piece.get("object") or "")
    if "image" not in name or "partial_image" in name:
        return None
    return [piece] if any(piece.get(key) for key in ("url", "b64_json", "result", "image_url")) else piece.get("item")


def lone_address(piece: Mapping[str, Any]) -> Any:
    """`{url}`, `{image_url}` or `{b64_json}` with nothing around it."""
    if "choices" in piece or "type" in piece:
        return None
    return {key: piece[key] for key in ("b64_json", "image_url", "url", "image_urls") if piece.get(key)}


FINDERS: tuple[Finder, ...] = (
    image_list,
    image_object,
    mixed_parts,
    content_parts,
    images_answer,
    native_output,
    image_event,
    lone_address,
)
# Within one item: data before the URL of its stored copy.
_KEYS = (
    "b64_json",
    "b64",
    "base64",
    "image_base64",
    "imageBase64",
    "bytesBase64Encoded",
    "binary_data_base64",
    "inline_data",
    "inlineData",
    "data",
    "result",
    "source",
    "image_url",
    "imageUrl",
    "image",
    "url",
    "file_data",
    "fileData",
    "uri",
    "file_uri",
    "fileUri",
    "image_urls",
    "images",
)


def images_in(piece: Mapping[str, Any], is_new: IsNew = bool) -> list[ImageRef]:
    """The images of one message, delta, event or body, in order, of those that are new."""
    items = [item for finder in FINDERS if (item := finder(piece))]
    return without_copies(refs_in(item, is_new) for item in items)


def without_copies(places: Iterable[list[ImageRef]]) -> list[ImageRef]:
    """The images of several places of one answer, in order. Where one place has data, the URLs of others are stored
    copies of it; a place with as many images as an earlier one has the same images once more."""
    found = [refs for place in places if (refs := distinct(place))]
    stored = [refs for refs in found if any(ref.kind == "data" for ref in refs)]
    first, *others = stored or found or [[]]
    kept = list(first)
    for refs in others:
        if len(refs) != len(first):
            kept += refs
    return distinct(kept)


def refs_in(item: Any, is_new: IsNew = bool, depth: int = 0) -> list[ImageRef]:
    """Every new image in a string, an object or a list of them, nested at most 8 levels deep. Of an object that is the
    first place with one: an echo of the request beside the result does not stand for it."""
    if depth > _MAX_NESTING or not item:
        return []
    if isinstance(item, str):
        return [ref for url in several(item) if (ref := reference(url)) and is_new(ref)]
    if isinstance(item, list):
        return [ref for entry in item[:MAX_REFS] for ref in refs_in(entry, is_new, depth + 1)]
    if isinstance(item, dict) and all(key.isdecimal() or is_picture_path(key) for key in item):
        return refs_in(list(item.values()), is_new, depth + 1)
    if isinstance(item, dict) and not _is_other_medium(item):
        for key in _KEYS:
            if refs := refs_in(item.get(key), is_new, depth + 1):
                return refs
    return []


def several(text: str) -> list[str]:
    """The addresses of a field that holds several, on lines of their own or behind commas; else all of it."""
    if text[:4].lower() != "http" or len(text) > MAX_REFS * 1_000:
        return [text]
    parts = _BETWEEN_URLS.split(text.strip())
    is_list = _SPACE.search(text.strip()) or all(map(is_picture_path, parts)) or len(set(map(_host_of, parts))) == 1
    return parts if is_list else [text]


def _host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].lower()


_SPACE = re.compile(r"\s")


_BETWEEN_URLS = re.compile(r"[\s,;|]{1,20}+(?=https?://)", re.IGNORECASE)


def reference(value: str, *, is_embedded: bool = False) -> ImageRef | None:
    """The image that a URL, a data URI or raw base64 stands for; None for other media types, other schemes and data
    that is cut off. A relative URL stays one; where an image is embedded, any path is one."""
    value = value.strip(_AROUND)
    if half := _HALF_DATA_URI.match(value):
        value = value[half.end() :].strip(_AROUND)
        return from_bytes(decode_base64(value)) if _is_base64(value) else None
    if value[:5].lower() == "data:":
        return _from_data_uri(value)
    if _is_base64(value):  # also where it is cut off: that of a JPEG begins like a path
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


def _is_base64(value: str) -> bool:
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


def media_type_of(item: Mapping[str, Any]) -> str:
    """The media type that a part names, in lower case; "" where it names none."""
    label = next((item[key] for key in _LABELS if isinstance(item.get(key), str) and item[key]), "")
    name = item.get("type")
    return (label or (name if isinstance(name, str) and "/" in name else "")).lower()


_LABELS = ("mime_type", "mimeType", "media_type", "mediaType", "content_type", "contentType", "mime", "mimetype")


def _is_other_medium(item: Mapping[str, Any]) -> bool:
    name, label = str(item.get("type") or ""), media_type_of(item)
    if label.startswith("image/"):
        return False
    return name.startswith(("video", "audio", "input_audio", "text", "file")) or label.startswith(("video/", "audio/"))


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
