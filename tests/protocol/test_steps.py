"""No answer costs more than in proportion to its length: each family of hostile text is read at n and at 3n characters,
and its steps are counted, those of every search and every call. A failure lists every family that grows faster."""

import json
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from generations.protocol import (
    bare_data,
    body,
    call_parameters,
    delay,
    error_envelopes,
    error_pages,
    exchange,
    flags,
    footnotes,
    halves,
    html_links,
    image_bytes,
    image_places,
    image_ref,
    image_runs,
    images,
    json_blocks,
    last_finder,
    link,
    links,
    lone_addresses,
    markup,
    masking,
    outcome,
    packing,
    progress,
    readable_lines,
    response,
    retry_after,
    stream,
    tasks,
    text_classification,
    work,
)
from generations.protocol.exchange import Exchange
from generations.protocol.patterns import account, credit, moderation, rejection, upstream
from generations.protocol.response import read
from generations.protocol.stream import StreamReader
from tests.support.families import FAMILIES, Family, chat, event, raw
from tests.support.steps import Counted, Counter, TooManySteps, count_patterns

pytestmark = pytest.mark.slow

SEARCHING = (
    links,
    link,
    bare_data,
    html_links,
    footnotes,
    halves,
    call_parameters,
    markup,
    json_blocks,
    image_runs,
    lone_addresses,
    readable_lines,
    progress,
    body,
    response,
    outcome,
    image_places,
    image_bytes,
    image_ref,
    images,
    last_finder,
    packing,
    stream,
    masking,
    exchange,
    error_envelopes,
    error_pages,
    flags,
    retry_after,
    work,
)
CLASSIFYING = (text_classification, account, credit, moderation, rejection, upstream, delay, tasks)
N = 1_500
"""Longer than most windows, so that what is bounded by one does not look as if it grew faster."""


PARTS = {f"part {n}": dict(list(FAMILIES.items())[n::8]) for n in range(8)}
"""The families in eight parts, for as many cores."""

in_parts = pytest.mark.parametrize("families", PARTS.values(), ids=PARTS)
Patterns = list[tuple[ModuleType, str, Counted]]


@pytest.fixture(scope="module")
def counted() -> tuple[Counter, Patterns]:
    """What stands in for each pattern, and what they all count with."""
    counter = Counter()
    return counter, [(module, *each) for module in SEARCHING for each in count_patterns(module, counter)]


@pytest.fixture
def counter(counted: tuple[Counter, Patterns], monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Counts the steps of every search in a text of any length."""
    counter, patterns = counted
    for place in patterns:
        monkeypatch.setattr(*place)
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


def grows_with_its_length(cost: Callable[[int], int]) -> str:
    """Three times the length costs at most about three times as much, and no character more than some hundred steps;
    what is so instead, or nothing."""
    try:
        little, much = cost(N), cost(3 * N)
    except TooManySteps as error:
        return str(error)
    fits = much <= 3.75 * little + 45_000
    return "" if fits else f"{little:,} steps at {N:,} characters, {much:,} at three times as many"


def too_steep(families: dict[str, Family], cost: Callable[[Family, int], int]) -> dict[str, str]:
    """The families whose cost does not grow with their length."""
    found = {name: grows_with_its_length(partial(cost, family)) for name, family in families.items()}
    return {name: growth for name, growth in found.items() if growth}


@in_parts
def test_searches_grow_with_the_length_of_an_answer(families: dict[str, Family], counter: Counter) -> None:
    assert too_steep(families, lambda family, n: steps_of(counter, lambda: read(family(n)))) == {}


@in_parts
def test_calls_grow_with_the_length_of_an_answer(families: dict[str, Family]) -> None:
    for family in families.values():
        read(family(N))
    assert too_steep(families, lambda family, n: calls_of(lambda: read(family(n)))) == {}


@in_parts
def test_searches_grow_with_the_length_of_a_prompt(families: dict[str, Family], counter: Counter) -> None:
    def read_with_prompt(family: Family, n: int) -> object:
        prompt = family(n).decode("utf-8", "replace")
        request = json.dumps({"model": "m", "messages": [{"role": "user", "content": prompt}]}).encode()
        return read(chat("a"), request=request)

    assert too_steep(families, lambda family, n: steps_of(counter, lambda: read_with_prompt(family, n))) == {}


@in_parts
def test_progress_costs_the_same_for_every_delta(families: dict[str, Family], counter: Counter) -> None:
    """However long the answer has become, what is shown is found in its tail."""

    def after(pieces: int, family: Family) -> int:
        content = json.dumps(family(2 * N).decode("utf-8", "replace")).encode()
        reader = StreamReader(keeps=False)
        with counter.resting():
            for _ in range(pieces):
                reader.feed(b'data: {"choices":[{"delta":{"content":%s}}]}\n\n' % content)
        return steps_of(counter, lambda: reader.feed(event({"choices": [{"delta": {"content": "a"}}]})))

    costs = {name: (after(2, family), after(8, family)) for name, family in families.items()}
    assert {name: cost for name, cost in costs.items() if cost[1] > 2 * cost[0] + 20_000} == {}


HIDING = [b"\\", b"&#", b"&#x4", b"\\u00", b"&#65;", b"\\u0041", b"&#&#53;", b"\\\\u00"]


def test_masking_grows_with_the_length_of_an_answer(counter: Counter) -> None:
    def masked(family: Family, n: int) -> int:
        exchange = Exchange("POST", "https://a.example", body=family(n))
        return steps_of(counter, lambda: exchange.redacted(["sk-secret"]))

    assert too_steep({str(piece): raw(piece, end=b"&#\\u00") for piece in HIDING}, masked) == {}


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
        "risk ",
        "image is ",
        "task id: ",
        "being ",
        "内容",
        "page ",
        "resets at 2026-",
        "1h ",
        "viol ",
        "I can't ",
        "not able to ",
        "kann ",
        "请求",
    ),
]


def test_each_pattern_of_words_is_searched_in_steps_that_grow_with_the_text() -> None:
    """These are only given the first few thousand characters, and their gaps reach a hundred: four times the text may
    cost more than four times as much, but not sixteen times."""
    counter = Counter(most=20_000_000)
    patterns = [found for module in CLASSIFYING for found in count_patterns(module, counter)]

    def cost(pattern: Any, piece: str, n: int) -> int:
        return steps_of(counter, lambda: pattern.search((piece * n)[:n]))

    slow = {
        (name, piece): (little, much)
        for name, pattern in patterns
        for piece in TALK
        if (much := cost(pattern, piece, 600)) > 5_000 and much > 8 * (little := cost(pattern, piece, 150)) + 5_000
    }
    assert slow == {}
