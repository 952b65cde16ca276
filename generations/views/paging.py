"""Numbered pages of anything that can be counted and sliced."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format

A_PAGE = 48
NEAR = 2
MOST_LISTED = 50 * A_PAGE
"""So many of what is costly to find."""


class Pages:
    """One page of many, and the way to the others. A number past the end is the last page.

    `address` gives the address of a page by its number. Rows that cost more to find than to take
    are looked for once, not to count and again to take, and only until there are MOST_LISTED of them and one more."""

    def __init__(
        self, rows: QuerySet[Any, Any], number: int, address: Callable[[int], str], *, costly: bool = False
    ) -> None:
        self.all_rows = list(rows[: MOST_LISTED + 1]) if costly else rows
        self.wanted = number
        self.address = address

    @cached_property
    def found(self) -> int:
        return len(self.all_rows) if isinstance(self.all_rows, list) else self.all_rows.order_by().count()

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than the pages list."""
        return isinstance(self.all_rows, list) and self.found > MOST_LISTED

    @property
    def count(self) -> int:
        """Rows on all pages."""
        return MOST_LISTED if self.is_cut else self.found

    @property
    def amount(self) -> str:
        """How many there are, as people read it: 31,411, or 2,400+ when only so many are listed."""
        return number_format(self.count, force_grouping=True) + ("+" if self.is_cut else "")

    @property
    def last(self) -> int:
        return max(1, -(-self.count // A_PAGE))

    @property
    def number(self) -> int:
        return min(max(self.wanted, 1), self.last)

    @cached_property
    def rows(self) -> list[Any]:
        """The rows of this page."""
        return list(self.all_rows[(self.number - 1) * A_PAGE : self.number * A_PAGE])

    @property
    def shown(self) -> int:
        """How many rows stand on the pages up to this one."""
        return min(self.number * A_PAGE, self.count)

    @property
    def here(self) -> str:
        return self.address(self.number)

    @property
    def next(self) -> str:
        """The next page's address, or ""."""
        return self.address(self.number + 1) if self.number < self.last else ""

    @property
    def previous(self) -> str:
        return self.address(self.number - 1) if self.number > 1 else ""

    @property
    def links(self) -> list[tuple[int, str]]:
        """Numbers with addresses: the first, those near, the last; (0, "") is a gap."""
        near = range(max(1, self.number - NEAR), min(self.last, self.number + NEAR) + 1)
        return list(_with_gaps(sorted({1, *near, self.last}), self.address))


def _with_gaps(numbers: Iterable[int], address: Callable[[int], str]) -> Iterable[tuple[int, str]]:
    before = 0
    for number in numbers:
        if number == before + 2:
            yield before + 1, address(before + 1)
        elif number > before + 1:
            yield 0, ""
        yield number, address(number)
        before = number


def page_number(text: str) -> int:
    """The page an address asks for; what is no number is the first."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 1
