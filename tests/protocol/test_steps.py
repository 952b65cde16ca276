"""No answer costs more than in proportion to its length: each family of hostile text is read at n and at 4n characters,
and its steps are counted, those of every search and every call."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from generations.protocol import (
    body,
    call_parameters,
    delay,
    error_envelopes,
    exchange,
    image_bytes,
    images,
    links,
    markup,
    masking,
    patterns,
    progress,
    response,
    stream,
    text_classification,
)
from generations.protocol.exchange import Exchange
from generations.protocol.response import read
from generations.protocol.stream import StreamReader
from tests.support.families import FAMILIES, Family, chat, event
from tests.support.steps import Counter, count_patterns

SEARCHING = (
    links,
    call_parameters,
    markup,
    progress,
    body,
    response,
    image_bytes,
    images,
    stream,
    masking,
    exchange,
    error_envelopes,
)
CLASSIFYING = (text_classification, patterns, delay)
N = 1_500
"""Longer than most windows, so that what is bounded by one does not look as if it grew faster."""


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Counts the steps of every search in a text of any length."""
    counter = Counter()
    for module in SEARCHING:
        for name, counted in count_patterns(module, counter):
            monkeypatch.setattr(module, name, counted)
    return counter


def steps_of(counter: Counter, work: Callable[[], object]) -> int:
    counter.steps = 0
    work()
    return counter.steps


def calls_of(work: Callable[[], object]) -> int:
    """How many functions the work calls, ours and those of C."""
    count = 0

    def tick(frame: object, kind: str, what: object) -> None:
        nonlocal count
        count += kind in ("call", "c_call")

    sys.setprofile(tick)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def grows_with_its_length(cost: Callable[[int], int]) -> None:
    """Four times the length costs at most about four times as much, and no character more than some hundred steps."""
    little, much = cost(N), cost(4 * N)
    assert much <= 5 * little + 60_000, f"{little:,} steps at {N:,} characters, {much:,} at four times as many"


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
def test_searches_grow_with_the_length_of_an_answer(family: Family, counter: Counter) -> None:
    grows_with_its_length(lambda n: steps_of(counter, lambda: read(family(n))))


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
def test_calls_grow_with_the_length_of_an_answer(family: Family) -> None:
    read(family(N))
    grows_with_its_length(lambda n: calls_of(lambda: read(family(n))))


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
def test_searches_grow_with_the_length_of_a_prompt(family: Family, counter: Counter) -> None:
    def read_with_prompt(n: int) -> object:
        prompt = family(n).decode("utf-8", "replace")
        request = json.dumps({"model": "m", "messages": [{"role": "user", "content": prompt}]}).encode()
        return read(chat("a"), request=request)

    grows_with_its_length(lambda n: steps_of(counter, lambda: read_with_prompt(n)))


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
def test_progress_costs_the_same_for_every_delta(family: Family, counter: Counter) -> None:
    """However long the answer has become, what is shown is found in its tail."""
    content = json.dumps(family(2 * N).decode("utf-8", "replace"))

    def after(pieces: int) -> int:
        reader = StreamReader(keeps=False)
        for _ in range(pieces):
            reader.feed(b'data: {"choices":[{"delta":{"content":%s}}]}\n\n' % content.encode())
        return steps_of(counter, lambda: reader.feed(event({"choices": [{"delta": {"content": "a"}}]})))

    assert after(8) <= 2 * after(2) + 20_000


HIDING = [b"\\", b"&#", b"&#x4", b"\\u00", b"&#65;", b"\\u0041", b"&#&#53;", b"\\\\u00"]


@pytest.mark.parametrize("piece", HIDING)
def test_masking_grows_with_the_length_of_an_answer(piece: bytes, counter: Counter) -> None:
    def mask(n: int) -> int:
        body = piece * (n // len(piece)) + b"&#\\u00"
        return steps_of(counter, lambda: Exchange("POST", "https://a.example", body=body).redacted(["sk-secret"]))

    grows_with_its_length(mask)


TALK = [
    *("a", " ", "\n", "-", "_", "1", ".", ":", "cannot ", "sorry ", "violat", "violates the ", "contain ", "blocked "),
    *(
        "account ",
        "model ",
        "failed ",
        "error ",
        "error:",
        "no ",
        "invalid ",
        "try again in ",
        "retry 1h",
        "违反",
        "无法",
    ),
    *(
        "reason:",
        "image ",
        "the ",
        "due to ",
        "hit the ",
        "request ",
        "a_b",
        "I can't ",
        "not able to ",
        "kann ",
        "请求",
    ),
]


@pytest.mark.parametrize("piece", TALK)
def test_each_pattern_of_words_is_searched_in_steps_that_grow_with_the_text(piece: str) -> None:
    """These are only given the first few thousand characters, and their gaps reach a hundred: four times the text may
    cost more than four times as much, but not sixteen times."""
    counter = Counter(most=20_000_000)
    patterns = [found for module in CLASSIFYING for found in count_patterns(module, counter)]

    def cost(pattern: Any, n: int) -> int:
        return steps_of(counter, lambda: pattern.search((piece * n)[:n]))

    slow = {
        name: (little, much)
        for name, pattern in patterns
        if (much := cost(pattern, 600)) > 8 * (little := cost(pattern, 150)) + 5_000
    }
    assert slow == {}
