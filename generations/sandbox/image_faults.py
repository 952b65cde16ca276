"""Faults of pictures: bytes that are no picture, addresses that cannot be fetched, and too many pictures."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

from generations.sandbox.draw import draw
from generations.sandbox.order import Order, Picture
from generations.sandbox.recipe import Recipe


def fake(make: Callable[[str], bytes]) -> Callable[[Order, str], Order]:
    """A fault that replaces every picture by the bytes of `make`."""

    def change(order: Order, value: str) -> Order:
        link = f"{order.host}/fakes/{make.__name__}{f'-{value}' if value.isdigit() else ''}.png"
        is_inline = order.family.shape in ("inline", "images")
        made = make(value) if is_inline else None
        return _each(order, lambda picture: replace(picture, made=made, link="" if is_inline else link))

    return change


def changed_address(pattern: str) -> Callable[[Order, str], Order]:
    """A fault that links every picture at an address after `pattern`, filled in with {host}, {value} and {name}."""

    def change(order: Order, value: str) -> Order:
        def linked(picture: Picture) -> Picture:
            name = f"{picture.recipe.name}.{picture.media}"
            return replace(picture, link=pattern.format(host=order.host, value=value or "once", name=name))

        return _each(order, linked)

    return change


def gone(order: Order, value: str) -> Order:
    """Links that return 404: always, or the first `value` times that a link of this answer is fetched."""
    times = value if value.isdigit() else "always"
    return changed_address(f"{{host}}/gone/{times}/{order.id}/{{name}}")(order, value)


def doubled(order: Order, value: str) -> Order:
    return replace(order, pictures=tuple(picture for picture in order.pictures for _ in range(2)))


def drafted(order: Order, value: str) -> Order:
    """A draft before the first picture, as reasoning models send it."""
    draft = order.pictures[0]
    rough = replace(draft.recipe, seed=draft.recipe.seed ^ 1)
    return replace(order, pictures=(replace(draft, recipe=rough), *order.pictures))


def _each(order: Order, change: Callable[[Picture], Picture]) -> Order:
    return replace(order, pictures=tuple(change(picture) for picture in order.pictures))


def not_an_image(value: str) -> bytes:
    return b"<!doctype html><title>Just a moment...</title><h1>Checking your browser</h1>"


def gif(value: str) -> bytes:
    return bytes.fromhex("47494638396101000100800000e4573dffffff2c00000000010001000002024401003b")


def svg(value: str) -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script>alert(1)</script></svg>'


def bomb(value: str) -> bytes:
    """A PNG of a few hundred bytes whose header claims 3.6 gigapixels."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(180_001), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def huge(value: str) -> bytes:
    """A valid small PNG followed by megabytes of zeros."""
    size = int(value) if value.isdigit() else 64
    return draw(Recipe("lake", "dawn", 1, 64, 64)) + bytes(min(size, 512) * 1024**2)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


FAKES = {make.__name__: make for make in (not_an_image, gif, svg, bomb, huge)}
