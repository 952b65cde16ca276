"""Image data: media type by signature, completeness by the format's end marker, and decoding of base64."""

import base64
import binascii
import re
from itertools import islice
from urllib.parse import unquote

_SPACE = b" \t\r\n\f\v"


def sniff(data: bytes) -> str:
    """The media type of some bytes by their signature; "" when they are no image."""
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "")
    if data[:2] == b"BM" and data[6:10] == bytes(4):
        return "image/bmp"
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"<svg") or (head.startswith((b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in head):
        return "image/svg+xml"
    return ""


def is_whole(data: bytes) -> bool:
    """Whether the end marker of the format is present. Formats without one need 64 bytes; bytes after the end are
    ignored."""
    match sniff(data):
        case "image/png":
            return data.find(b"IEND", 33) > 0
        case "image/jpeg":
            return data.find(b"\xff\xd9", scan_start(data) or len(data) - 65_536) > 0
        case "image/gif":
            return b"\x3b" in data[max(13, len(data) - 64) :] or _has_gif_end(data)
        case "image/webp":
            return len(data) >= int.from_bytes(data[4:8], "little") + 8
        case "image/svg+xml":
            return b"</svg" in data.lower() or b"/>" in data[-64:]
        case "image/bmp":
            return len(data) >= int.from_bytes(data[2:6], "little")
    return len(data) > 64


def scan_start(data: bytes) -> int | None:
    """Where the first scan of a JPEG begins, behind its segments, of which one may hold a thumbnail with an end marker;
    None where they lead to no scan."""
    position = 2
    for _ in range(_MAX_SEGMENTS):
        marker, length = data[position : position + 2], int.from_bytes(data[position + 2 : position + 4])
        if len(marker) < 2 or marker[0] != 0xFF or length < 2:
            return None
        position += 2 + length
        if marker[1] == 0xDA:
            return position if position < len(data) else None
    return None


_MAX_SEGMENTS = 10_000


def _has_gif_end(data: bytes) -> bool:
    """Whether the blocks of a GIF lead to its end marker."""
    position = 13 + _gif_colours(data[10:11])
    for _ in range(_MAX_BLOCKS):
        kind = data[position : position + 1]
        if kind not in (b"\x21", b"\x2c"):
            return kind == b"\x3b"
        position += 2 if kind == b"\x21" else 11 + _gif_colours(data[position + 9 : position + 10])
        for _ in range(_MAX_BLOCKS):
            size = int.from_bytes(data[position : position + 1])
            position += 1 + size
            if not size:
                break
    return False


def _gif_colours(flags: bytes) -> int:
    """How many bytes the colour table takes that the flags announce."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


_MAX_BLOCKS = 100_000


def ends_exactly(data: bytes) -> bool:
    """Whether the data ends exactly where its format says; False for formats that do not tell."""
    if data.startswith(b"\x89PNG"):
        return data.endswith(b"IEND\xaeB`\x82")
    return sniff(data) == "image/webp" and len(data) == int.from_bytes(data[4:8], "little") + 8


_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cJXL ", "image/jxl"),
)
_BRANDS = {b"avif": "image/avif", b"avis": "image/avif"} | dict.fromkeys(
    (b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "image/heic"
)


def half_in(text: str, *, at_end: bool = False) -> str:
    """The media type of a picture whose base64 stands in a text and lacks its end; "" where there is none. With
    `at_end` only one that breaks off where the text does, and is longer than a sample."""
    end = len(text.rstrip(" \r\n\"')>/")) if at_end else 0
    for found in islice(_ENCODED.finditer(text), _MAX_ENCODED):
        if at_end and (found.end() < end or end - found.start() < _MIN_HALF):
            continue
        encoded = found[0]
        data = decode_base64(encoded) or decode_base64(encoded.rstrip("=")[:-1])
        if data and (media_type := sniff(data)) and not is_whole(data):
            return media_type
    return ""


_MAX_ENCODED = 16
_MIN_HALF = 300
_ENCODED = re.compile(r"(?:iVBORw0KGgo|/9j/|\\/9j\\/|_9j_|R0lGOD|UklGR)[A-Za-z0-9+/=_\\\r\n-]{64,}+")
_ESCAPE = re.compile(r"\\(u00[0-9a-fA-F]{2}|[nrt/]?)")
_PLAIN = {"/": "/", "u002b": "+", "u002f": "/", "u003d": "="}


def decode_base64(text: str) -> bytes | None:
    """Base64 of either alphabet, with or without padding, line breaks and the escapes of JSON or URLs, and that of
    several pieces of which each was padded; None when it is not that."""
    if "%" in text:
        text = unquote(text)
    if "\\" in text:  # escapes of JSON in JSON, line breaks among them
        text = _ESCAPE.sub(lambda escape: _PLAIN.get(escape[1].lower(), ""), text)
    if not text.isascii():
        return None
    raw = text.encode("ascii").translate(bytes.maketrans(b"-_", b"+/"), _SPACE).rstrip(b"=")
    try:
        return b"".join(_decoded(piece) for piece in (_PADDING.split(raw) if b"=" in raw else (raw,)))
    except binascii.Error:
        return None


_PADDING = re.compile(rb"={1,2}+")


def _decoded(raw: bytes) -> bytes:
    """Base64 without its padding. Raises binascii.Error."""
    return base64.b64decode(raw + b"=" * (-len(raw) % 4), validate=True)
