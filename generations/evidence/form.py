"""The form of an evidence pack: a ZIP whose comment is a signature of all bytes before it."""

from __future__ import annotations

import hashlib
import json
from typing import IO

from generations.models import SigningKey

FORMAT = 2
"""Of what a pack says; since 2 it says what was left out. Packs of each are checked alike."""
MANIFEST, DOCUMENT = "manifest.json", "evidence.json"
PIECE = 1024 * 1024
SIGNATURE_BYTES = 256
"""Of the comment, padded with spaces."""
PURPOSE = b"imageweb evidence 1\n"


def sign(out: IO[bytes]) -> None:
    """Put the signature in place of the comment's spaces."""
    digest, _comment = digest_of(out)
    key = SigningKey.current()
    comment = comment_of(key.public, key.sign(PURPOSE + digest))
    out.seek(-SIGNATURE_BYTES, 2)
    out.write(comment)
    out.seek(0)


def comment_of(key: str, signature: str) -> bytes:
    return json.dumps({"key": key, "signature": signature}, sort_keys=True).encode().ljust(SIGNATURE_BYTES)


def digest_of(file: IO[bytes]) -> tuple[bytes, bytes]:
    """The sha256 of all but the comment, and the comment."""
    length = file.seek(0, 2)
    file.seek(0)
    digest, left = hashlib.sha256(), max(0, length - SIGNATURE_BYTES)
    while left and (piece := file.read(min(PIECE, left))):
        digest.update(piece)
        left -= len(piece)
    return digest.digest(), file.read()
