"""Places in a list that is ordered by hand: texts of bytes, between any two of which there is a third."""

from __future__ import annotations

from collections.abc import Iterator

WIDTH = 6
MIDDLE = 1 << (8 * WIDTH - 1)
STEP = 1 << 16
END = b"\x80"
"""No rank ends in a zero byte, so that something fits before each."""


def ranks_after(last: bytes | None, count: int) -> Iterator[bytes]:
    """Ranks for `count` rows behind the last, in order; none for the first row of a list stands at the middle."""
    at = _number(last) if last is not None else MIDDLE - STEP
    for n in range(1, count + 1):
        yield _rank(at + n * STEP)


def rank_between(low: bytes | None, high: bytes | None) -> bytes:
    """A rank behind `low` and before `high`; None is the list's beginning or end. Of two rows at one place, which two
    people made at once, it is behind both."""
    if high is None:
        return next(ranks_after(low, 1))
    if low is None and (number := _number(high) - STEP) > 0:
        return _rank(number)
    if low is not None and low >= high:
        return low + END
    return _middle(low or b"", high)


def _number(rank: bytes) -> int:
    return int.from_bytes(rank[:WIDTH].ljust(WIDTH, b"\0"))


def _rank(number: int) -> bytes:
    return min(number, (1 << 8 * WIDTH) - 1).to_bytes(WIDTH) + END


def _middle(low: bytes, high: bytes | None) -> bytes:
    """The shortest text between the two, read as the digits of a fraction."""
    digits, place = bytearray(), 0
    while True:
        one = low[place] if place < len(low) else 0
        two = high[place] if high is not None and place < len(high) else 256
        if two - one > 1:
            return bytes([*digits, (one + two) // 2])
        digits.append(one)
        if two > one:
            high = None
        place += 1
