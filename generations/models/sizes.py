"""Sizes and shapes as requests name them: 1536x1024, 1328*1328, 3:2."""

from __future__ import annotations

import math
from functools import lru_cache

RATIO_CLASSES = (50, 56, 63, 67, 71, 75, 80, 90, 100, 110, 125, 133, 140, 150, 160, 178, 200, 235)


def shape_of(size: str) -> tuple[int, int]:
    """Width and height, or the terms of a ratio, named by a size such as 1536x1024, 1328*1328, 3:2; else 1, 1."""
    return terms_of(size) or (1, 1)


def terms_of(size: str) -> tuple[int, int] | None:
    """As `shape_of`; None for a size that names no shape, such as 2K or auto."""
    for sign in ("x", "×", "*", ":"):
        left, found, right = size.partition(sign)
        if found and left.isdecimal() and right.isdecimal() and int(left) and int(right):
            return int(left), int(right)
    return None


def distance(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float]:
    """How far two sizes are apart: in shape, then in area. A ratio has no area, so the smallest is nearest to it."""
    (width, height), (other_width, other_height) = one, other
    shape = abs(math.log(width * other_height / (height * other_width)))
    return round(shape, 3), abs(math.log(width * height / (other_width * other_height)))


@lru_cache(maxsize=4096)
def ratio_class(width: int, height: int) -> str:
    """The design's class for a shape: the nearest of its list by ratio, such as "r-150"."""
    wanted = width / height
    nearest = min(RATIO_CLASSES, key=lambda k: max(k / 100 / wanted, wanted / (k / 100)))
    return f"r-{nearest}"
