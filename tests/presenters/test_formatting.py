"""Durations and prices as people read them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from django.utils.translation import override

from generations.models.price import dollars
from generations.presenters.formatting import remaining, seconds
from tests.support.catalogue import write_catalogue


@pytest.mark.parametrize(
    ("count", "text"),
    [(2.34, "2.3 s"), (9, "9 s"), (45.6, "46 s"), (60, "1 min"), (125, "2 min 5 s"), (3_780, "1 h 3 min")],
)
def test_how_long_something_took(count: float, text: str) -> None:
    assert seconds(count) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 seconds"), (1, "1 second"), (18, "18 seconds"), (60, "1 min 0 s"), (578, "9 min 38 s")]
)
def test_how_long_it_will_be(count: int, text: str) -> None:
    assert remaining(count) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "$0.00"), ("0.042", "$0.042"), ("0.04", "$0.04"), ("0.175", "$0.18"), ("1234.5", "$1,234.50")],
)
def test_a_price_has_the_places_that_matter(amount: str, text: str) -> None:
    assert dollars(Decimal(amount)) == text


@pytest.mark.parametrize(("amount", "text"), [("0.0004", "$0.0004"), ("0.00002", "$0.00002"), ("0", "$0.00")])
def test_a_small_price_is_not_shown_as_none(amount: str, text: str) -> None:
    assert dollars(Decimal(amount)) == text


def test_prices_and_durations_follow_the_language(tmp_path: Path, settings: object) -> None:
    texts = {
        "US dollars\x04$%(amount)s": "US$%(amount)s",
        ("%(n)s second", "%(n)s seconds"): "%(n)s 秒",
        "%(minutes)s min %(seconds)s s": "%(minutes)s 分 %(seconds)s 秒",
    }
    write_catalogue(tmp_path, texts)
    settings.LOCALE_PATHS = [tmp_path]  # type: ignore[attr-defined]
    with override("zh-hans"):
        assert (dollars(Decimal("0.17")), remaining(18), seconds(125)) == ("US$0.17", "18 秒", "2 分 5 秒")
