"""When a text repeats another."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.quoting import Phrases

SECRET = 'The merger that "nobody" knows of\nyet: 合并的消息还没有人知道'


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"Your prompt '{SECRET}' was rejected.",
        json.dumps({"error": json.dumps({"message": SECRET})}),
        json.dumps({"error": json.dumps({"message": SECRET}, ensure_ascii=False)}),
        "Flagged: THE  MERGER, that nobody knows",
        "敏感词：合并的消息还没有人知道。",
        f"{'x' * 900}{SECRET}"[:940],
    ],
)
def test_what_repeats_it(text: str) -> None:
    assert Phrases.of([SECRET]).are_in(text)


@pytest.mark.parametrize("text", ["", "The merger", "Nobody was hurt.", "没有人", "\\u", "\\ud800", "{" * 40])
def test_what_does_not(text: str) -> None:
    assert not Phrases.of([SECRET]).are_in(text)
    assert not Phrases.of([]).are_in(SECRET)


def test_a_short_text_counts_as_a_whole_and_one_without_letters_not_at_all() -> None:
    phrases = Phrases.of(["A lake", "…", ""])
    assert phrases.are_in("I drew: a Lake!") and not phrases.are_in("… a pond")


def test_words_that_are_known_anyway_count_for_nothing() -> None:
    texts = ["A lake at night with a moon, as the board has decided in secret", "A lake"]
    phrases = Phrases.of(texts, but=["A lake at night with a moon"])
    assert not phrases.are_in("I drew a lake at night with a moon.")
    assert phrases.are_in("I drew it as the board has decided in secret.")


@given(*[st.lists(st.text("ab", max_size=60), max_size=3)] * 2)
def test_what_stands_anywhere_in_a_known_text_counts_for_nothing(texts: list[str], known: list[str]) -> None:
    all_of_them, without = Phrases.of(texts), Phrases.of(texts, but=known)
    for before, after in ((all_of_them.runs, without.runs), (all_of_them.short, without.short)):
        assert after == {phrase for phrase in before if not any(phrase.decode() in text for text in known)}
