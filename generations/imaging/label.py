"""Labels a copy of an image as AI-generated, with model and prompt, without touching a pixel: metadata only.

All three formats get one XMP packet (ISO 16684-1) with the IPTC Photo Metadata properties for synthetic media
(2025.1): the digital source type `trainedAlgorithmicMedia`, the AI system and the prompt. A PNG also gets the text
chunk `parameters` that image tools read. Earlier content of those two places is replaced, and a C2PA manifest is
removed, since it is a signature over bytes that have changed.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from xml.sax.saxutils import escape

from generations.errors import BadPicture
from generations.imaging.formats import damaged, format_of
from generations.protocol.json import clean, read_json
from generations.translatable import Message

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
OURS = "urn:imageweb:label:1"
LABEL_BEGINS, LABEL_ENDS = b"<imageweb:label>", b"</imageweb:label>"
XMP_IN_PNG = b"XML:com.adobe.xmp"
OURS_IN_PNG = (XMP_IN_PNG + b"\0", b"parameters\0")
XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
MAX_XMP_IN_JPEG = 65_533 - len(XMP_IN_JPEG)
MAX_PROMPT_IN_JPEG = 1_000
MAX_LABEL_BYTES = 256 * 1024


@dataclass(frozen=True)
class Label:
    """How an image was made. `options` are those of the request, such as {"seed": 7}. One without a prompt says that a
    model made the image and nothing more."""

    prompt: str = ""
    model: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    size: str = ""

    def parameters(self) -> str:
        """The text that image tools write into `parameters`: the prompt, then one line of names and values."""
        options = {name.capitalize(): value for name, value in plain(self.options).items()}
        named = {"Size": self.size, "Model": self.model, **options}
        line = ", ".join(f"{name}: {value}" for name, value in named.items() if value not in ("", None))
        return f"{self.prompt}\n{line}" if line else self.prompt

    def to_json(self) -> str:
        said = {"prompt": self.prompt, "model": self.model, "size": self.size, "options": plain(self.options)}
        return json.dumps(said, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Label | None:
        """The label in a JSON text; None when there is none. Its texts can be stored by every database, and its options
        are `plain`."""
        try:
            said = read_json(text)
        except ValueError:
            return None
        if not isinstance(said, dict) or not isinstance(said.get("prompt"), str):
            return None
        options = said.get("options")
        return cls(
            prompt=clean(said["prompt"]),
            model=_name(said.get("model")),
            size=_name(said.get("size")),
            options=plain(options) if isinstance(options, dict) else {},
        )


def plain(options: Mapping[str, object]) -> dict[str, object]:
    """The options that are a text, a number or a list of texts. Nested ones come from a request body that was written
    by hand, and are not carried from file to file."""
    known: dict[str, object] = {}
    for name, value in options.items():
        if isinstance(value, str):
            known[clean(name)] = clean(value)
        elif isinstance(value, list) and all(isinstance(one, str) for one in value):
            known[clean(name)] = [clean(one) for one in value]
        elif isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
            known[clean(name)] = value
    return known


def _name(said: object) -> str:
    return clean(said) if isinstance(said, str) else ""


def labelled_copy(data: bytes, label: Label) -> bytes:
    """A copy of the image with this label. Raises BadPicture for formats without one and for damaged files."""
    format = format_of(data)
    if format.name not in WRITERS:
        raise BadPicture(
            Message("%(format)s files cannot be labelled; only PNG, JPEG and WebP can.", format=format.title)
        )
    try:
        return WRITERS[format.name](data, label)
    except (struct.error, IndexError) as error:
        raise damaged(format) from error


def read_label(data: bytes) -> Label | None:
    """The label of a copy made by `labelled_copy`; None for other files. The bytes may be untrusted: only one JSON text
    of at most 256 KiB is parsed."""
    start = data.find(LABEL_BEGINS)
    end = data.find(LABEL_ENDS, start, start + MAX_LABEL_BYTES) if start >= 0 else -1
    if end < 0:
        return None
    text = data[start + len(LABEL_BEGINS) : end].decode("utf-8", "replace")
    try:
        return Label.from_json(unescape(text))
    except ValueError:  # a character reference of more digits than Python reads
        return None


def packet(label: Label, *, max_prompt: int | None = None) -> bytes:
    """The XMP packet in UTF-8. With `max_prompt`, the prompt is cut to so many characters, except in our own property,
    which is the one that is read back."""
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:imageweb="{OURS}"
 Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"
 xmp:CreatorTool="Imageweb">
{_request(label, max_prompt) if label.prompt else ""}</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>""".encode()


def _request(label: Label, max_prompt: int | None) -> str:
    """What the packet says of the prompt and the model."""
    prompt = text(label.prompt[:max_prompt])
    alternatives = f'<rdf:Alt><rdf:li xml:lang="x-default">{prompt}</rdf:li></rdf:Alt>'
    return f"""<Iptc4xmpExt:AISystemUsed>{text(label.model)}</Iptc4xmpExt:AISystemUsed>
<Iptc4xmpExt:AIPromptInformation>{prompt}</Iptc4xmpExt:AIPromptInformation>
<dc:description>{alternatives}</dc:description>
<imageweb:label>{text(label.to_json())}</imageweb:label>
"""


def text(value: str, *, is_escaped: bool = True) -> str:
    """The text as XML 1.0 allows it: control characters, which XML cannot express, become spaces."""
    allowed = "".join(sign if sign >= " " or sign in "\t\n\r" else " " for sign in value)
    allowed = allowed.replace("\ufffe", " ").replace("\uffff", " ")
    return escape(allowed, {"\r": "&#13;"}) if is_escaped else allowed


# ── PNG: chunks of length, name, body, CRC (ISO 15948) ──


def _png(data: bytes, label: Label) -> bytes:
    parameters = text(label.parameters(), is_escaped=False).encode()
    ours = [_itxt(XMP_IN_PNG, packet(label)), *([_itxt(b"parameters", parameters)] if label.prompt else [])]
    pieces = [data[:8]]
    for name, start, end in _png_chunks(data):
        if name == b"caBX" or (name in (b"tEXt", b"zTXt", b"iTXt") and data.startswith(OURS_IN_PNG, start + 8)):
            continue
        pieces.append(data[start:end])
        if name == b"IHDR":
            pieces += ours
    return b"".join(pieces)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each chunk up to IEND. Raises IndexError where the file is cut off."""
    at = 8
    while True:
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            raise IndexError
        yield name, at, end
        if name == b"IEND":
            return
        at = end


def _itxt(keyword: bytes, body: bytes) -> bytes:
    """An uncompressed international text chunk without a language."""
    chunk = b"iTXt" + keyword + b"\0" + b"\0\0" + b"\0" + b"\0" + body
    return struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))


# ── JPEG: segments before the scan (ISO 10918-1, XMP part 3) ──


def _jpeg(data: bytes, label: Label) -> bytes:
    body = packet(label)
    if len(body) > MAX_XMP_IN_JPEG:
        body = packet(label, max_prompt=MAX_PROMPT_IN_JPEG)
    if len(body) > MAX_XMP_IN_JPEG:
        raise BadPicture(Message("This prompt is too long for a label in a JPEG."))
    ours = b"\xff\xe1" + struct.pack(">H", len(body) + len(XMP_IN_JPEG) + 2) + XMP_IN_JPEG + body
    pieces, at, is_placed = [data[:2]], 2, False
    for marker, start, end in _jpeg_segments(data):
        at = end
        if marker == 0xEB or (marker == 0xE1 and data.startswith(XMP_IN_JPEG, start + 4)):
            continue
        if not is_placed and not _goes_first(marker, data, start + 4):
            pieces.append(ours)
            is_placed = True
        pieces.append(data[start:end])
    return b"".join([*pieces, b"" if is_placed else ours, data[at:]])


def _goes_first(marker: int, data: bytes, start: int) -> bool:
    """Whether a segment is JFIF or Exif, which must come before all others."""
    return marker == 0xE0 or (marker == 0xE1 and data.startswith(b"Exif\0", start))


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment before the first scan. Raises IndexError for a damaged file."""
    at = 2
    while True:
        sign, marker, length = struct.unpack_from(">BBH", data, at)
        if sign != 0xFF or length < 2:
            raise IndexError
        if marker == 0xDA:
            return
        if at + 2 + length > len(data):
            raise IndexError
        yield marker, at, at + 2 + length
        at += 2 + length


# ── WebP: RIFF chunks, the extended header first (RFC 9649) ──

HAS_XMP, HAS_ALPHA = 0x04, 0x10


def _webp(data: bytes, label: Label) -> bytes:
    chunks = [(name, body) for name, body in _webp_chunks(data) if name not in (b"XMP ", b"C2PA")]
    if not chunks:
        raise IndexError
    if chunks[0][0] == b"VP8X":
        flags, rest = chunks[0][1][0], chunks[0][1][1:]
        chunks[0] = (b"VP8X", bytes([flags | HAS_XMP]) + rest)
    else:
        chunks.insert(0, (b"VP8X", _extended(*chunks[0])))
    body = b"WEBP" + b"".join(_riff(name, body) for name, body in [*chunks, (b"XMP ", packet(label))])
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, end = 12, min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > len(data):
            raise IndexError
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)


def _riff(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


def _extended(name: bytes, body: bytes) -> bytes:
    """The VP8X chunk for a file without one: size and alpha flag from its bitstream header."""
    if name == b"VP8L":
        (packed,) = struct.unpack_from("<I", body, 1)
        width, height, has_alpha = packed & 0x3FFF, packed >> 14 & 0x3FFF, packed >> 28 & 1
    elif name == b"VP8 ":
        width, height = (side - 1 & 0x3FFF for side in (n & 0x3FFF for n in struct.unpack_from("<HH", body, 6)))
        has_alpha = 0
    else:
        raise IndexError
    flags = HAS_XMP | (HAS_ALPHA if has_alpha else 0)
    return bytes([flags, 0, 0, 0]) + width.to_bytes(3, "little") + height.to_bytes(3, "little")


WRITERS = {"png": _png, "jpeg": _jpeg, "webp": _webp}
