"""Numbered pagination of a queryset."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from generations.text import number_in
from generations.translation import number_text

A_PAGE = 48
NEAR = 2
MAX_PAGES = 10
"""Pages shown in a row at most."""
MAX_DIGITS = 9
"""Digits of the number of a page."""
MAX_LISTED = 50 * A_PAGE
"""Rows listed at most of a query that is costly to count."""


class Pages:
    """One page of a queryset or a list, or several in a row, with links to the others. A number past the end is the
    last page.

    `wanted` are the first and the last page shown; `address` gives the URL of "3" or "2-4". `only` takes the "first" or
    the "last" of several pages alone, for a browser that has the others. A `costly` query runs once, for rows and count
    together, and stops at MAX_LISTED + 1 rows."""

    def __init__(
        self,
        rows: QuerySet[Any, Any] | list[Any],
        wanted: tuple[int, int],
        address: Callable[[str], str],
        *,
        costly: bool = False,
        only: str = "",
    ) -> None:
        self.costly = costly
        self.all_rows = list(rows[: MAX_LISTED + 1]) if costly else rows
        self.wanted = wanted
        self.address = address
        self.only = only

    @cached_property
    def found(self) -> int:
        return len(self.all_rows) if isinstance(self.all_rows, list) else self.all_rows.order_by().count()

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than the pages list."""
        return self.costly and self.found > MAX_LISTED

    @property
    def count(self) -> int:
        """Rows on all pages."""
        return MAX_LISTED if self.is_cut else self.found

    @property
    def amount(self) -> str:
        """The count in the active language: 31,411, or 2,400+ when there are more than are listed."""
        return number_text(self.count) + ("+" if self.is_cut else "")

    @property
    def last(self) -> int:
        return max(1, -(-self.count // A_PAGE))

    @property
    def number(self) -> int:
        """The last page shown."""
        return min(max(self.wanted[1], 1), self.last)

    @property
    def first(self) -> int:
        """The first page shown."""
        return max(1, min(self.wanted[0], self.number), self.number - MAX_PAGES + 1)

    @cached_property
    def rows(self) -> list[Any]:
        """The rows of the pages shown, or of the one that is asked for; in the second half they are counted from the
        end, which is nearer."""
        first = self.number if self.only == "last" else self.first
        last = self.first if self.only == "first" else self.number
        begin, end = (first - 1) * A_PAGE, min(last * A_PAGE, self.found)
        if isinstance(self.all_rows, list) or 2 * begin < self.found:
            return list(self.all_rows[begin:end])
        return list(self.all_rows.reverse()[self.found - end : self.found - begin])[::-1]

    @property
    def shown(self) -> int:
        """How many rows stand on the pages up to the last one shown."""
        return min(self.number * A_PAGE, self.count)

    @property
    def here(self) -> str:
        return self.address(_span(self.first, self.number))

    @property
    def next(self) -> str:
        """The next page's address, or ""."""
        return self.address(_span(self.number + 1)) if self.number < self.last else ""

    @property
    def and_next(self) -> str:
        """The address of the pages shown and the next."""
        return self.address(_span(self.first, self.number + 1))

    @property
    def and_previous(self) -> str:
        """The address of the previous page and those shown, or ""."""
        return self.address(_span(self.first - 1, self.number)) if self.first > 1 else ""

    @property
    def links(self) -> list[tuple[int, str]]:
        """Numbers with addresses: the first, those near, the last; (0, "") is a gap."""
        near = range(max(1, self.first - NEAR), min(self.last, self.number + NEAR) + 1)
        return list(_with_gaps(sorted({1, *near, self.last}), lambda number: self.address(_span(number))))


def _with_gaps(numbers: Iterable[int], address: Callable[[int], str]) -> Iterable[tuple[int, str]]:
    before = 0
    for number in numbers:
        if number == before + 2:
            yield before + 1, address(before + 1)
        elif number > before + 1:
            yield 0, ""
        yield number, address(number)
        before = number


def page_numbers(text: str) -> tuple[int, int]:
    """The first and the last page an address asks for, as 3 or 2-4; what is no number is the first page of all."""
    begin, _, end = text.partition("-")
    first, last = number_in(begin, MAX_DIGITS), number_in(end, MAX_DIGITS)
    first = 1 if first is None else first
    return first, first if last is None else last


def _span(first: int, last: int = 0) -> str:
    """How an address names these pages: 3, or 2-4."""
    return f"{first}-{last}" if last > first else str(first)
