"""Thumbnails: WebPs of several sizes for pages, and a placeholder of 16 pixels to show until they are loaded."""

from collections.abc import Sequence
from dataclasses import dataclass

from generations.imaging.decode import Picture, check_limits, picture_of
from generations.imaging.isolation import run_job

LONG_SIDES = (320, 640, 1280)
PLACEHOLDER_SIDE = 16


@dataclass(frozen=True)
class Thumbnails:
    """`by_side`: the WebP for each long side in pixels, shortest first. All are upright, in sRGB and without
    metadata."""

    by_side: dict[int, bytes]
    placeholder: bytes


def thumbnails(data: bytes, sides: Sequence[int] = LONG_SIDES) -> Thumbnails:
    """The thumbnails of an image. None is larger than the image: longer sides are left out, and an image smaller than
    all of `sides` gets a single WebP of its own size. Raises BadPicture."""
    return open_with_thumbnails(data, sides)[1]


def open_with_thumbnails(data: bytes, sides: Sequence[int] = LONG_SIDES) -> tuple[Picture, Thumbnails]:
    """The image in `data` and its thumbnails, decoded once for both: thumbnails read every pixel, which proves a whole
    image as `open_picture` does. Raises BadPicture."""
    format, header = check_limits(data)
    own = max(header.width, header.height)
    made = sorted(side for side in sides if side <= own) or [own]
    pixels = header.width * header.height
    *rungs, placeholder = run_job("ladder", data, format.name, pixels, sides=made, placeholder=PLACEHOLDER_SIDE)
    ladder = Thumbnails(by_side=dict(zip(made, reversed(rungs), strict=True)), placeholder=placeholder)
    return picture_of(data, format, header), ladder
