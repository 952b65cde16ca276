"""Places by hand: between any two there is a third, and nobody else moves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from generations.models.rank import rank_between, ranks_after


@given(st.lists(st.integers(min_value=0, max_value=40), max_size=120))
def test_a_list_stays_in_order_however_it_is_filled(places: list[int]) -> None:
    ranks: list[bytes] = []
    for place in places:
        at = place % (len(ranks) + 1)
        before, behind = ranks[at - 1] if at else None, ranks[at] if at < len(ranks) else None
        ranks.insert(at, rank_between(before, behind))
    assert ranks == sorted(set(ranks))


def test_ten_thousand_at_the_end_or_the_beginning_stay_short() -> None:
    ranks = list(ranks_after(None, 10_000))
    assert ranks == sorted(set(ranks)) and max(map(len, ranks)) < 10
    first = ranks[0]
    for _ in range(10_000):
        earlier = rank_between(None, first)
        assert earlier < first
        first = earlier
    assert len(first) < 10


def test_a_thousand_at_one_place_grow_by_a_byte_for_each_eight() -> None:
    low, high = ranks_after(None, 2)
    for _ in range(1000):
        high = rank_between(low, high)
    assert low < high and len(high) < 150


def test_of_two_at_one_place_the_next_is_behind_both() -> None:
    (rank,) = ranks_after(None, 1)
    assert rank_between(rank, rank) > rank
