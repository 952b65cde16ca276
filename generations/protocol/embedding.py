"""Pictures in a request body: their base64 is put in after the JSON is written, so that megabytes pass through no
parser, and the kept form of the body has markers in the same places without a search for them."""

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from generations.protocol.externalize import MIN_SIZE, escape, marker


@dataclass(frozen=True)
class Body:
    """A request body as it is `sent`, and as it is `kept`: externalized, `inline` restores it from `pictures`, the
    sha256 of each picture in it."""

    sent: bytes
    kept: bytes
    pictures: frozenset[str] = frozenset()


class Embedding:
    """The pictures of one request by sha256 (in hex), each named in its JSON by a data URI with a placeholder, which
    nobody who writes a part of the request can guess."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        self.pictures = pictures
        self.boundary = secrets.token_hex(16)

    def data_uri(self, sha256: str, media_type: str) -> str:
        """The data URI of one of the pictures, a placeholder in place of its base64."""
        return f"data:{media_type};base64,{self.boundary}{sha256}"

    def fill(self, template: bytes) -> Body:
        """The body for a JSON text with placeholders."""
        sent, kept = [], []
        encoded = {sha256: base64.b64encode(data) for sha256, data in self.pictures.items()}
        pieces = re.split(self.boundary.encode() + b"([0-9a-f]{64})", template)
        for text, name in zip(pieces[::2], [*pieces[1::2], b""], strict=True):
            sent.append(text)
            kept.append(escape(text))
            if name:
                data = encoded[sha256 := name.decode()]
                sent.append(data)
                kept.append(marker(sha256, len(data)) if len(data) >= MIN_SIZE else data)
        return Body(b"".join(sent), b"".join(kept), frozenset(self.pictures))
