"""Detects Content Credentials: a C2PA manifest, as the C2PA specification 2.x embeds it in each format (appendix A,
"Embedding manifests into assets"). Only headers are read, and the manifest is not verified.
"""

from __future__ import annotations

import struct
from typing import Protocol

MAX_PARTS = 100_000
JUMBF = b"jumb"


class Seekable(Protocol):
    """A file open for reading bytes."""

    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, whence: int, /) -> object: ...


def has_manifest(file: Seekable) -> bool:
    """Whether the PNG, JPEG or WebP in `file`, from its current position, holds a manifest; False for other formats and
    for files that are cut off before it."""
    begin = file.read(12)
    if begin.startswith(b"\x89PNG\r\n\x1a\n"):
        file.seek(-4, 1)
        return _in_png(file)
    if begin.startswith(b"\xff\xd8"):
        file.seek(-10, 1)
        return _in_jpeg(file)
    if begin.startswith(b"RIFF") and begin[8:] == b"WEBP":
        return _in_webp(file)
    return False


def _in_png(file: Seekable) -> bool:
    """A `caBX` chunk."""
    for _ in range(MAX_PARTS):
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return False
        if head[4:] == b"caBX":
            return True
        file.seek(int.from_bytes(head[:4]) + 4, 1)
    return False


def _in_jpeg(file: Seekable) -> bool:
    """An APP11 segment "JP" that begins a JUMBF superbox (ISO 19566-5)."""
    for _ in range(MAX_PARTS):
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0xDA, 0xD9):
            return False
        length = int.from_bytes(head[2:]) - 2
        if length < 0:
            return False
        body = file.read(min(length, 16)) if head[1] == 0xEB else b""
        if body.startswith(b"JP") and body[12:16] == JUMBF:
            return True
        file.seek(length - len(body), 1)
    return False


def _in_webp(file: Seekable) -> bool:
    """A `C2PA` chunk."""
    for _ in range(MAX_PARTS):
        head = file.read(8)
        if len(head) < 8:
            return False
        if head[:4] == b"C2PA":
            return True
        (length,) = struct.unpack("<I", head[4:])
        file.seek(length + (length & 1), 1)
    return False
