"""Bytes to a Picture, or a sentence that says why not. Nothing is believed: the format is told from the first bytes,
the size is judged before anything is decoded, and every pixel is decoded before a picture is called one."""

import hashlib
from dataclasses import dataclass

from generations.errors import BadPicture
from generations.imaging.apart import work
from generations.imaging.formats import Format, format_of
from generations.imaging.pixels import Header, damaged, read_header

MAX_PIXELS = 50_000_000
MAX_SIDE = 16_384
MAX_FRAMES = 240


@dataclass(frozen=True)
class Picture:
    """`width` and `height` in pixels as it is seen (its orientation applied); `sha256` of the bytes as given, in hex;
    `frames` more than one for an animation, of which only the first is ever drawn."""

    format: str
    media_type: str
    width: int
    height: int
    sha256: str
    has_alpha: bool
    frames: int


def open_picture(data: bytes, *, max_pixels: int = MAX_PIXELS, max_side: int = MAX_SIDE) -> Picture:
    """The picture in `data`, decoded to its last pixel. Raises BadPicture, its detail a sentence for the person."""
    format, header = judge(data, max_pixels=max_pixels, max_side=max_side)
    work("decode", data, format.name, header.width * header.height)
    return picture_of(data, format, header)


def picture_of(data: bytes, format: Format, header: Header) -> Picture:
    """The picture in `data`, whose pixels somebody decodes elsewhere."""
    return Picture(
        format=format.name,
        media_type=format.media_type,
        width=header.width,
        height=header.height,
        sha256=hashlib.sha256(data).hexdigest(),
        has_alpha=header.has_alpha,
        frames=header.frames,
    )


def clean_copy(data: bytes, *, longest: int | None = None) -> bytes:
    """The same picture drawn anew, its longer side at most `longest` pixels: PNG, JPEG and WebP stay what they are,
    GIF and AVIF become PNG. It carries no metadata and nothing behind its end. The same bytes give the same copy.
    Raises BadPicture.
    """
    format, header = judge(data)
    most = min(longest or MAX_SIDE, MAX_SIDE)
    (copy,) = work("clean", data, format.name, header.width * header.height, longest=most)
    return copy


def judge(data: bytes, *, max_pixels: int = MAX_PIXELS, max_side: int = MAX_SIDE) -> tuple[Format, Header]:
    """Format and header of a picture that may be decoded. Raises BadPicture for any other."""
    format = format_of(data)
    if format.name == "png" and b"IEND" not in data:  # its pixels may be whole; the file is not
        raise damaged(format)
    header = read_header(data, format)
    if header.width * header.height > max_pixels or max(header.width, header.height) > max_side:
        raise BadPicture(
            f"This {format.title} is {header.width:,} × {header.height:,} pixels; at most"
            f" {max_pixels / 1e6:g} million and {max_side:,} a side are opened."
        )
    if header.frames > MAX_FRAMES:
        raise BadPicture(f"This {format.title} has {header.frames:,} frames; at most {MAX_FRAMES} are opened.")
    return format, header
