"""What changed between two prompts: exact, and at a bounded cost whatever the two are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.models import difference
from generations.models.difference import (
    MAX_CHANGES,
    MAX_CHARACTERS,
    MAX_PIECES,
    changes_between,
    parts_of,
    pieces_of,
)

WORDS = st.sampled_from(
    ["a", "red", "boat", "lake", "夕", "阳", "のある", "한", ",", "…", " ", "  ", "\n", "👩‍🚀", "\u0301"]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=60).map("".join), st.text(max_size=60))
SHUFFLED = " ".join(str(7 * number % 1_000) for number in range(1_000))

HOSTILE = {
    "two signs in turn": ("一二" * 999, "一三" * 999),
    "all the same": ("一" * 2_000, "一" * 1_999),
    "all the same words": ("a " * 1_000, "a " * 999),
    "two words in turn": ("a b " * 500, "b a " * 500),
    "every third": ("a b c " * 333, "a c b " * 333),
    "shuffled": (SHUFFLED, " ".join(map(str, range(1_000)))),
    "turned round": (SHUFFLED, SHUFFLED[::-1]),
    "marks": ("x, " * 660, "x. " * 660),
    "signs without end": ("一二" * 16_000, "一三" * 16_000),
    "one word of 32,000": ("a" * 32_000, "a" * 31_999 + "b"),
    "spaces without end": (" " * 32_000, "a" + " " * 31_999),
    "many pieces": ("a " * 8_000, "a b " * 4_000),
}


@given(TEXTS, TEXTS)
def test_kept_changes_spell_both_texts(before: str, after: str) -> None:
    if changes := changes_between(before, after):
        parts = parts_of(before, after, changes)
        assert parts is not None
        assert "".join(kept + deleted for kept, deleted, _ in parts) == before
        assert "".join(kept + inserted for kept, _, inserted in parts) == after


@given(TEXTS)
def test_pieces_spell_the_text(text: str) -> None:
    assert "".join(pieces_of(text)) == text


@given(TEXTS, TEXTS)
def test_changes_between_other_texts_show_nothing(before: str, after: str) -> None:
    if changes := changes_between(before, after):
        assert parts_of(f"{before}x", after, changes) is None
        assert parts_of(before, f"{after}x", changes) is None
        assert not before or parts_of("", after, changes) is None
        assert not after or parts_of(before, "", changes) is None


@pytest.mark.parametrize(("before", "after"), HOSTILE.values(), ids=HOSTILE)
def test_any_two_texts_cost_a_bounded_number_of_pieces(
    monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    handed: list[int] = []

    class Counting:
        @staticmethod
        def opcodes(first: Sequence[int], second: Sequence[int]) -> object:
            handed.extend((len(first), len(second)))
            return real.opcodes(first, second)

    real = difference.Indel
    monkeypatch.setattr(difference, "Indel", Counting)
    changes = changes_between(before, after)
    assert len(changes) <= MAX_CHANGES
    assert len(handed) in (0, 2) and max(handed, default=0) <= MAX_PIECES
    assert max(len(before), len(after)) <= MAX_CHARACTERS or handed == []


def test_no_more_is_split_than_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []

    def watched(text: str) -> object:
        for piece in pieces_of(text):
            taken.append(piece)
            yield piece

    monkeypatch.setattr(difference, "pieces_of", watched)
    assert changes_between("一" * MAX_CHARACTERS, "二" * MAX_CHARACTERS) == []
    assert len(taken) == 2 * (MAX_PIECES + 1)
    assert changes_between("一" * (MAX_CHARACTERS + 1), "") == [] and len(taken) == 2 * (MAX_PIECES + 1)


def test_changes_hold_no_words() -> None:
    assert changes_between("a red boat on a lake", "a blue boat on a lake") == [(2, 3, 4), (15, 0, 0)]
