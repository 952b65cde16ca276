"""When a text repeats another."""

import json
from collections.abc import Callable
from html import escape
from unicodedata import normalize
from urllib.parse import quote, quote_plus

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
        json.dumps({"error": quote(json.dumps(SECRET))}),
        f"https://gateway.example/refused?prompt={quote(SECRET, safe='')}",
        f"https://gateway.example/refused?prompt={quote_plus(SECRET)}",
        f"<p>{escape(''.join(f'&#x{ord(letter):x};' for letter in SECRET))}</p>",
        "".join(f"&#{ord(letter)};" for letter in SECRET),
        normalize("NFD", SECRET),
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
    phrases = Phrases.of(["A frozen lake", "…", ""])
    assert phrases.are_in("I drew a Frozen Lake!") and not phrases.are_in("… a frozen pond")
    assert phrases == Phrases(short=frozenset({b" a frozen lake "}))


@pytest.mark.parametrize("secret", ["🦊🌙", "🦊" * 9, "👩🏽‍🚀", "𝒜 𠮷野家", "猫", "CAT", "Кот", "고양이", "แมว", "Mèo"])
@pytest.mark.parametrize("write", [str, json.dumps, quote, lambda text: json.dumps(json.dumps(text))])
def test_few_letters_and_emoji_count_however_they_are_written(secret: str, write: Callable[[str], str]) -> None:
    assert Phrases.of([secret]).are_in(f"Refused: {write(secret)}, as before")
    assert Phrases.of([secret]).are_in(f"画“{write(secret)}”画")
    assert not Phrases.of([secret]).are_in("Refused: 🌊🌙, as before")


def test_an_emoji_beside_words_may_be_left_out() -> None:
    phrases = Phrases.of(["A frozen lake 🌊"])
    assert phrases.are_in("I drew a frozen lake.") and not phrases.are_in("🌊")


ALONE = [
    "{}",
    "{}.",
    " **{}** ",
    "Your prompt '{}' was rejected.",
    "Your prompt “{}”: rejected",
    "你的提示词「{}」被拒绝",
    "Refused: {}, as before",
    "The prompt was: {}",
    "Flagged:\n- {}\n- violence",
    '{{"error": {{"message": "Rejected: {}."}}}}',
    '{{"prompt": "{}", "code": 400}}',
    '{{"error": "{{\\"prompt\\": \\"{}\\"}}"}}',
    "https://gateway.example/refused?prompt={}&code=1",
    "<p>Rejected</p><p>{}</p>",
    "The term `{}` is not allowed",
]
RUNNING = [
    "I drew a {} in the rain.",
    "I drew a **{}** in the rain.",
    "{} and dog. Shall I change anything?",
    "It’s a small {}.",
    "The model does not take {}, mask or depth.",
    '{{"content": "Here is your {}, sitting by the window."}}',
    '{{"{}": {{"url": "x"}}, "{}" : 1}}',
    "data:{}/png;base64,iVBORw0",
    "这是{}的照片",
]


@pytest.mark.parametrize("secret", ["cat", "image", "猫", "黑猫", "🦊"])
def test_a_short_word_counts_where_it_stands_alone(secret: str) -> None:
    """Else a prompt of one common word would hide every answer that has it."""
    phrases = Phrases.of([secret])
    assert [text for text in ALONE if not phrases.are_in(text.format(secret, secret))] == []
    assert [text for text in RUNNING if phrases.are_in(text.format(secret, secret))] == []


@pytest.mark.parametrize("secret", ["Nachtfalterschwarm", "Zephyrion", "王小明", "Ada Wong", "고양이"])
def test_a_name_counts_wherever_it_stands(secret: str) -> None:
    phrases = Phrases.of([secret])
    assert [text for text in RUNNING if not phrases.are_in(text.format(secret, secret))] == []


@pytest.mark.parametrize(("secret", "text"), [("cat", "Invalid category"), ("A lake", "A lakeside"), ("4", "HTTP 404")])
def test_a_short_text_inside_a_word_is_none(secret: str, text: str) -> None:
    assert not Phrases.of([secret]).are_in(text)
    assert Phrases.of([secret], but=[text]).are_in(secret), "nor is it known by that"


def test_words_that_are_known_anyway_count_for_nothing() -> None:
    texts = ["A lake at night with a moon, as the board has decided in secret", "A lake"]
    phrases = Phrases.of(texts, but=["A lake at night with a moon"])
    assert not phrases.are_in("I drew a lake at night with a moon.")
    assert phrases.are_in("I drew it as the board has decided in secret.")


@given(*[st.lists(st.text("ab", max_size=60), max_size=3)] * 2)
def test_a_run_that_stands_anywhere_in_a_known_text_counts_for_nothing(texts: list[str], known: list[str]) -> None:
    runs = Phrases.of(texts).runs
    assert Phrases.of(texts, but=known).runs == {run for run in runs if not any(run.decode() in text for text in known)}


@given(st.text(), st.text())
def test_every_text_is_found_in_itself(text: str, other: str) -> None:
    phrases = Phrases.of([text])
    assert phrases.are_in(f"{other} “{text}” {other}") or phrases == Phrases()
