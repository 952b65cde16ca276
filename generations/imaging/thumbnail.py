"""A picture's small copies: a ladder of WebPs for pages and one of 16 pixels to stand in until they come."""

from collections.abc import Sequence
from dataclasses import dataclass

from generations.imaging.apart import work
from generations.imaging.decode import Picture, judge, picture_of

LONG_SIDES = (320, 640, 1280)
PLACEHOLDER_SIDE = 16


@dataclass(frozen=True)
class Thumbnails:
    """`by_side`: the WebP of each long side in pixels, shortest first. All are upright, sRGB and without metadata."""

    by_side: dict[int, bytes]
    placeholder: bytes


def thumbnails(data: bytes, sides: Sequence[int] = LONG_SIDES) -> Thumbnails:
    """The ladder of a picture. None is larger than the picture: sides above its own are left out, and one smaller
    than all of them gets a single WebP of its own size. Raises BadPicture."""
    return open_with_thumbnails(data, sides)[1]


def open_with_thumbnails(data: bytes, sides: Sequence[int] = LONG_SIDES) -> tuple[Picture, Thumbnails]:
    """The picture in `data` and its ladder, decoded once for both: a ladder is drawn from every pixel, so it is as good
    a proof of a whole picture as `open_picture`. Raises BadPicture."""
    format, header = judge(data)
    own = max(header.width, header.height)
    made = sorted(side for side in sides if side <= own) or [own]
    pixels = header.width * header.height
    *rungs, placeholder = work("ladder", data, format.name, pixels, sides=made, placeholder=PLACEHOLDER_SIDE)
    ladder = Thumbnails(by_side=dict(zip(made, reversed(rungs), strict=True)), placeholder=placeholder)
    return picture_of(data, format, header), ladder
