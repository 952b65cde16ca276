"""The images in a request, by fingerprint, so that a gateway that echoes them does not seem to have drawn them."""

import hashlib
from collections.abc import Iterator
from typing import Any

from generations.protocol.image_ref import ImageRef, reference
from generations.protocol.json import read_json
from generations.protocol.links import addresses_in
from generations.protocol.request import Request


def request_fingerprints(request: Request | bytes | None) -> set[str]:
    """Fingerprints of every image and URL in a request, in whichever field, valid or not."""
    refs: list[ImageRef] = []
    for text in _strings(_document(request)):
        ref = reference(text)
        refs += [ref] if ref else []
        if ref is None or ref.kind == "url":
            refs += [ref for address in addresses_in(text) if (ref := reference(address))]
    return {fingerprint(ref) for ref in refs}


def _document(request: Request | bytes | None) -> Any:
    if not isinstance(request, bytes):
        return request.model_dump(exclude_unset=True) if request else None
    try:
        return read_json(request.decode("utf-8-sig", "replace"))
    except ValueError:
        return None


def _strings(document: Any) -> Iterator[str]:
    """Every string in a JSON document. Iterative, since its depth is not limited."""
    waiting = [document]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case list() as entries:
                waiting.extend(entries)
            case dict() as fields:
                waiting.extend(fields.values())


def fingerprint(ref: ImageRef) -> str:
    """The URL of an image, or the sha256 of its bytes."""
    return ref.url if ref.kind == "url" else hashlib.sha256(ref.data).hexdigest()
