"""What an exchange shows of a body: whatever it holds, it is printed soon and escaped."""

from __future__ import annotations

import html
import json
import re

import pytest

from generations.presenters import exchange
from generations.presenters.exchange import MAX_INDENT, MAX_READ, MAX_SHOWN, pretty
from tests.support.steps import Counter, count_patterns

LONG = 40_000
TRAPS = {
    "brackets that open": "⟪" * LONG,
    "a prompt of brackets": json.dumps({"prompt": "⟪" * LONG}, ensure_ascii=False),
    "a text that does not end": 'x"' + '\\"' * LONG,
    "a text cut in the middle": json.dumps({"prompt": '"' * MAX_SHOWN}),
    "digits and a letter": ("1" * 399 + "a ") * (LONG // 400),
    "markers that open": "⟦picture " * (LONG // 9),
    "lists in lists": "[" * 900 + "1," * LONG,
    "lists in lists, to their end": "[" * 900 + "1" + "]" * 900,
    "objects in objects": '{"a":' * LONG,
    "closings": "[" + "]" * LONG,
    "base64 that is almost long enough": ("A" * 399 + " ") * (LONG // 400),
    "white space": "{" + " " * LONG,
    "white space after a name": '{"a"' + " " * LONG,
    "commas": "[" + "," * LONG,
    "quotes": "[" + '"' * LONG,
}


@pytest.mark.exhaustive
@pytest.mark.parametrize("body", TRAPS.values(), ids=TRAPS)
def test_a_body_is_printed_in_steps_that_grow_with_its_length(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each took from five seconds to minutes, in which the whole process answered nobody.
    counter = Counter()
    for name, counted in count_patterns(exchange, counter):
        monkeypatch.setattr(exchange, name, counted)
    costs = []
    for length in (1_500, 6_000):
        counter.steps = 0
        pretty(body[:length].encode())
        costs.append(counter.steps)
    assert costs[1] <= 5 * costs[0] + 10_000


@pytest.mark.parametrize("body", TRAPS.values(), ids=TRAPS)
def test_no_more_is_shown_than_a_page_takes(body: str) -> None:
    assert len(re.sub(r"<[^>]*>", "", pretty((body * 40).encode()))) < 8 * MAX_SHOWN


def test_a_deep_body_is_indented_up_to_a_depth() -> None:
    shown = re.sub(r"<[^>]*>", "", pretty(("[" * 900 + "1" + "]" * 900).encode()))
    assert re.sub(r"\s", "", shown) == "[" * 900 + "1" + "]" * 900
    assert max(len(line) - len(line.lstrip()) for line in shown.split("\n")) == 2 * MAX_INDENT


def test_only_the_beginning_of_a_long_body_is_looked_at() -> None:
    shown = pretty(b'["' + b"a b " * MAX_READ)
    assert len(shown) < 2 * MAX_SHOWN
    assert f"… {4 * MAX_READ + 2 - MAX_SHOWN:,} more" in shown


def test_json_is_laid_out_as_people_write_it() -> None:
    value = {"a": [1, {"b": []}, "é"], "c": {}, "d": True, "e": 'x"y'}
    shown = html.unescape(re.sub(r"<[^>]*>", "", pretty(json.dumps(value).encode())))
    assert shown == json.dumps(value, indent=2, ensure_ascii=False)


def test_a_marker_with_an_absurd_size_is_text() -> None:
    assert "99999" in pretty(f"⟦picture {'a' * 64} a {'9' * 5000} 0⟧".encode())


def test_a_text_that_does_not_end_is_coloured_as_one() -> None:
    assert (
        pretty(b'{"a": "\\"<b>')
        == '{\n  <span class="k">&quot;a&quot;</span>: <span class="s">&quot;\\&quot;&lt;b&gt;</span>'
    )


def test_what_is_not_shown_is_faint_and_nothing_is_markup() -> None:
    shown = pretty(json.dumps({"<i>": "⟪… 3 KB not shown⟫ <script>", "n": 1}).replace("1", "-1.5e3").encode())
    assert '<span class="x">… 3 KB not shown</span>' in shown and '<span class="n">-1.5e3</span>' in shown
    assert set(re.findall(r"<[^>]*>", shown)) <= {f'<span class="{kind}">' for kind in "ksnx"} | {"</span>"}
