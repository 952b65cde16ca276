"""Finds the images in a part of an answer. The first finder in FINDERS that finds one wins for that part.

A new answer shape is a function of a few lines and its line in FINDERS.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import unquote, unquote_to_bytes, urljoin, urlsplit

from generations.protocol.image_bytes import decode_base64, sniff

PICTURES = frozenset(
    ["png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "avif", "bmp", "svg", "tif", "tiff", "heic", "heif", "jxl"]
)
VIDEOS = ("mp4", "m4v", "mov", "webm", "mkv", "avi", "flv", "m3u8", "mpg", "mpeg", "ogv")
OTHERS = frozenset(
    [*VIDEOS, "mp3", "wav", "ogg", "m4a", "flac", "aac", "html", "htm", "pdf", "zip", "json", "txt", "md", "js", "css"]
)
MAX_URL = 8192
_DATA_URI = re.compile(r"data:(?P<label>[^,]{0,200}),", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}:", re.IGNORECASE)
_MAX_NESTING = 8
MAX_REFS = 2_000


@dataclass(frozen=True, slots=True)
class ImageRef:
    """An image in an answer: a `url` to fetch, or `data`, whose `media_type` is told by its signature."""

    kind: Literal["url", "data"]
    url: str = ""
    data: bytes = b""
    media_type: str = ""
    choice: int = 0


Finder = Callable[[Mapping[str, Any]], Any]


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


def images_in(piece: Mapping[str, Any], base_url: str = "", choice: int = 0) -> list[ImageRef]:
    """The images of one message, delta, event or body, in order. Where one finder finds data, URLs found by others are
    dropped, since they are copies."""
    items = [item for finder in FINDERS if (item := finder(piece))]
    found = [refs for item in items if (refs := refs_in(item, base_url, choice))]
    stored = [refs for refs in found if any(ref.kind == "data" for ref in refs)]
    return [ref for refs in stored or found for ref in refs]


def refs_in(item: Any, base_url: str = "", choice: int = 0, depth: int = 0) -> list[ImageRef]:
    """Every image in a string, an object or a list of them, nested at most 8 levels deep."""
    if depth > _MAX_NESTING or not item:
        return []
    if isinstance(item, str):
        ref = reference(item, base_url)
        return [replace(ref, choice=choice)] if ref else []
    if isinstance(item, list):
        return [ref for entry in item[:MAX_REFS] for ref in refs_in(entry, base_url, choice, depth + 1)]
    if isinstance(item, dict) and not _is_other_medium(item):
        for key in _KEYS:
            if refs := refs_in(item.get(key), base_url, choice, depth + 1):
                return refs
    return []


def reference(value: str, base_url: str = "") -> ImageRef | None:
    """The image that a URL, a data URI or raw base64 stands for; None for other media types and other schemes."""
    value = value.strip()
    if value[:5].lower() == "data:":
        return _from_data_uri(value)
    if ref := _from_base64(value):
        return ref
    url = value.replace("\\/", "/").replace("&amp;", "&").replace(" ", "%20")
    if not 0 < len(url) <= MAX_URL or any(char < " " for char in url):
        return None
    if url.startswith("//"):
        url = "https:" + url
    elif not _SCHEME.match(url):
        if not url.startswith(("/", "./", "../")) and not is_picture_path(url):
            return None
        url = _joined(base_url, url)
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
    data = decode_base64(payload) if "base64" in head["label"].lower() else unquote_to_bytes(payload)
    if not data:
        return None
    media_type = sniff(data)
    return ImageRef("data", data=data, media_type=media_type) if media_type else None


def _from_base64(value: str) -> ImageRef | None:
    if len(value) < 24 or not sniff(decode_base64(value[:48]) or b""):
        return None
    data = decode_base64(value)
    return ImageRef("data", data=data, media_type=sniff(data)) if data else None


def _is_other_medium(item: Mapping[str, Any]) -> bool:
    name = str(item.get("type") or "")
    label = str(item.get("mime_type") or item.get("mimeType") or item.get("media_type") or "")
    return name.startswith(("video", "audio", "input_audio", "text", "file")) or label.startswith(("video/", "audio/"))


def _joined(base_url: str, path: str) -> str:
    if not base_url:
        return path
    try:
        urlsplit(base_url)
        return urljoin(base_url.rstrip("/") + "/", path)
    except ValueError:
        return path
