"""Decodes and checks images: bytes to a `Picture`, or BadPicture with a sentence that says why not.

Nothing the bytes claim is trusted: the format is told by their signature, the size is checked before anything is
decoded, and every pixel is decoded before the image is accepted.
"""

import hashlib
import sys
from dataclasses import dataclass

from generations.errors import BadPicture
from generations.imaging.formats import Format, damaged, format_of
from generations.imaging.isolation import run_job
from generations.imaging.pixels import Header, read_header
from generations.translatable import Message

MAX_PIXELS = 50_000_000
MAX_SIDE = 16_384
MAX_FRAMES = 240


@dataclass(frozen=True)
class Picture:
    """A verified image. `width` and `height` are in pixels, with its orientation applied; `sha256` is that of the
    original bytes, in hex; `frames` is more than 1 for an animation, of which only the first frame is ever shown."""

    format: str
    media_type: str
    width: int
    height: int
    sha256: str
    has_alpha: bool
    frames: int


def open_picture(data: bytes, *, max_pixels: int = MAX_PIXELS, max_side: int = MAX_SIDE) -> Picture:
    """The image in `data`, after every pixel was decoded. Raises BadPicture, whose detail is a sentence."""
    format, header = check_limits(data, max_pixels=max_pixels, max_side=max_side)
    run_job("decode", data, format.name, header.width * header.height)
    return picture_of(data, format, header)


def picture_of(data: bytes, format: Format, header: Header) -> Picture:
    """The image in `data`, whose pixels are decoded elsewhere."""
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
    """The image encoded anew, without metadata or trailing bytes, its longer side at most `longest` pixels.

    PNG, JPEG and WebP keep their format; GIF and AVIF become PNG. The same bytes always give the same copy. Raises
    BadPicture.
    """
    format, header = check_limits(data)
    most = min(longest or MAX_SIDE, MAX_SIDE)
    (copy,) = run_job("clean", data, format.name, header.width * header.height, longest=most)
    return copy


def reduced_copy(data: bytes, *, longest: int, most: int) -> bytes:
    """The image encoded anew, without metadata: its longer side at most `longest` pixels, 0 for any, and at most `most`
    bytes, 0 for any, as far as that can be had.

    It becomes a JPEG only where its own format takes too many bytes and nothing in it is transparent. The same bytes
    always give the same copy. Raises BadPicture.
    """
    format, header = check_limits(data)
    side, room = min(longest or MAX_SIDE, MAX_SIDE), most or sys.maxsize
    (copy,) = run_job("reduce", data, format.name, header.width * header.height, longest=side, most=room)
    return copy


def check_limits(data: bytes, *, max_pixels: int = MAX_PIXELS, max_side: int = MAX_SIDE) -> tuple[Format, Header]:
    """The format and header of an image within the limits. Raises BadPicture for any other."""
    format = format_of(data)
    if format.name == "png" and b"IEND" not in data:  # its pixels may be complete; the file is not
        raise damaged(format)
    header = read_header(data, format)
    if header.width * header.height > max_pixels or max(header.width, header.height) > max_side:
        raise BadPicture(
            Message(
                "This %(format)s is %(width)s × %(height)s pixels; at most %(pixels)s and %(side)s a side are allowed.",
                format=format.title,
                width=header.width,
                height=header.height,
                pixels=max_pixels,
                side=max_side,
            )
        )
    if header.frames > MAX_FRAMES:
        raise BadPicture(
            Message(
                "This %(format)s has %(frames)s frames; at most %(max)s are allowed.",
                format=format.title,
                frames=header.frames,
                max=MAX_FRAMES,
            )
        )
    return format, header
