"""Text from outside: what is refused in a sentence, and that no text takes longer than its length allows."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations import text as module
from generations.models.tag import tag_name
from generations.text import (
    MAX_MARKS,
    BadText,
    casefold,
    check_text,
    clean_text,
    is_mark,
    number_in,
    tidy,
    with_few_marks,
)
from generations.translatable import Message

NORMALIZE = unicodedata.normalize
HALVES = "\u0301" * 200 + "\u0327" * 200
TIBETAN = "\u0f73" * 400
TEXTS = st.text(
    st.characters(codec="utf-8") | st.sampled_from("\u0301\u0327\u0344\u0f73\uff9e\u1e69ſﬃİΐ"), max_size=200
)


def longest_run(text: str) -> int:
    """How many combining marks stand in a row once the text is decomposed."""
    longest = run = 0
    for sign in text:
        for part in NORMALIZE("NFKD", sign):
            run = run + 1 if unicodedata.combining(part) else 0
            longest = max(longest, run)
    return longest


@pytest.fixture
def normalized(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every text that is normalised. At the end none of them may hold a run that is costly to sort."""
    texts: list[str] = []

    def note(form: str, text: str) -> str:
        texts.append(text)
        return NORMALIZE(form, text)

    monkeypatch.setattr(module.unicodedata, "normalize", note)
    yield texts
    monkeypatch.undo()
    assert max(map(longest_run, texts), default=0) <= 3 * MAX_MARKS


def test_every_sign_whose_decomposition_begins_with_a_mark_is_known() -> None:
    signs = map(chr, range(sys.maxunicode + 1))
    begins = {sign for sign in signs if unicodedata.combining(unicodedata.normalize("NFKD", sign)[0])}
    assert {sign for sign in begins if not is_mark(sign)} == set()


@pytest.mark.parametrize("marks", [HALVES, TIBETAN, "\uff9e\u0301" * 200], ids=["accents", "Tibetan", "katakana"])
def test_a_long_run_of_marks_is_refused_before_it_is_sorted(normalized: list[str], marks: str) -> None:
    with pytest.raises(BadText, match="more than 30 accents"):
        clean_text(f"a{marks}", 1000)
    with pytest.raises(BadText, match="more than 30 accents"):
        check_text(f"a{marks}", 1000)
    assert normalized == []


@pytest.mark.parametrize("marks", [HALVES, TIBETAN, "\uff9e\u0301" * 200], ids=["accents", "Tibetan", "katakana"])
def test_a_long_run_of_marks_is_cut_before_it_is_casefolded(normalized: list[str], marks: str) -> None:
    assert casefold(f"Über {marks} B").endswith(" b")
    assert len(tidy(f"a{marks}", 1000)) <= 1 + MAX_MARKS * 2
    assert len(normalized) == 3


def test_the_length_is_looked_at_first(normalized: list[str]) -> None:
    with pytest.raises(BadText, match=r"^The prompt may have at most 40 characters; it has 64,000\.$"):
        clean_text("\0" * 64_000, 40, Message("prompt"))
    tidy("é" * 1_000_000, 300)
    assert [len(text) for text in normalized] == [300]


@pytest.mark.parametrize(("text", "says"), [("a\0b", "NUL"), ("a\ud800b", "half a character")])
def test_what_no_database_takes_is_refused_and_left_out(text: str, says: str) -> None:
    with pytest.raises(BadText, match=says):
        clean_text(text, 40)
    assert tidy(text, 40) == "ab"


@pytest.mark.parametrize("text", ["Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "ế ở ữ", "שָׁלוֹם", "👩‍👩‍👧‍👦️", "\u202eabc", "ཀྵྃ"])
def test_what_people_write_is_kept(text: str) -> None:
    assert clean_text(text, 200) == unicodedata.normalize("NFC", text)


def test_a_number_is_plain_digits_and_not_too_many() -> None:
    assert [number_in(text, 3) for text in ("0", "007", "999")] == [0, 7, 999]
    assert {number_in(text, 3) for text in ("", "-1", "+1", " 1", "1.0", "1000", "²", "３", "1\n", "x")} == {None}


def test_no_tag_is_casefolded_before_it_is_measured(normalized: list[str]) -> None:
    for name in ("a" + HALVES * 160, "spring" * 20_000, "a" + HALVES[:100]):
        with pytest.raises(Exception, match=r"A tag (may have|has) at most 40 characters|accents"):
            tag_name(name)
    assert normalized == []
    assert tag_name("  #Café ") == "café"


@given(TEXTS)
def test_casefolding_text_with_few_marks_is_what_it_always_was(text: str) -> None:
    if with_few_marks(text) == text:
        twice = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        assert casefold(text) == " ".join(twice.split())


@given(TEXTS)
def test_a_text_that_is_cleaned_is_clean(text: str) -> None:
    try:
        cleaned = clean_text(text, 1000)
    except BadText as error:
        assert str(error).endswith(".")
    else:
        assert clean_text(cleaned, 1000) == cleaned or len(with_few_marks(cleaned)) < len(cleaned)
