"""Finds the images in a part of an answer. The first finder in FINDERS that finds one wins for that part.

A new answer shape is a function of a few lines and its line in FINDERS.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from generations.protocol.image_ref import ImageRef, distinct, is_picture_path, reference

_MAX_NESTING = 8
MAX_REFS = 2_000

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
