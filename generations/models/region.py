"""A place on a picture, in thousandths of its width and height, so that it holds for every size it is shown in."""

from __future__ import annotations

from dataclasses import dataclass

FULL = 1000


@dataclass(frozen=True)
class Region:
    """A point, or a box with its upper left corner at x and y."""

    x: int
    y: int
    width: int = 0
    height: int = 0

    @classmethod
    def within(cls, x: int, y: int, width: int = 0, height: int = 0) -> Region:
        """The part of it that lies on the picture. A box without any width or height is a point."""
        left, top = _clamped(x), _clamped(y)
        wide, high = _clamped(x + max(width, 0)) - left, _clamped(y + max(height, 0)) - top
        return cls(left, top, wide, high) if wide and high else cls(left, top)

    @classmethod
    def parse(cls, text: str) -> Region | None:
        """From "x,y" or "x,y,width,height" as a form sends it; None for an empty text. Raises ValueError."""
        if not text.strip():
            return None
        numbers = [_number(part) for part in text.split(",", 4)]
        if len(numbers) not in (2, 4):
            raise ValueError("A point has two numbers, a box four.")
        return cls.within(*numbers)

    def __str__(self) -> str:
        """As `parse` reads it."""
        numbers = (self.x, self.y, self.width, self.height) if self.is_box else (self.x, self.y)
        return ",".join(map(str, numbers))

    @property
    def is_box(self) -> bool:
        return self.width > 0

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


def _clamped(value: int) -> int:
    return min(max(value, 0), FULL)


def _number(text: str) -> int:
    """Raises ValueError for what is no whole number of at most six signs."""
    text = text.strip()
    if len(text) > 6 or not text.isascii():
        raise ValueError("Not a number on a picture.")
    return int(text)
