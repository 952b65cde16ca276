"""What an exchange shows of a body: whatever it holds, it is printed soon and escaped."""

from __future__ import annotations

import json
import re
import time

import pytest

from generations.views.exchange import MOST_SHOWN, pretty

LONG = 40_000
TRAPS = {
    "brackets that open": "⟪" * LONG,
    "a prompt of brackets": json.dumps({"prompt": "⟪" * LONG}, ensure_ascii=False),
    "a text that does not end": 'x"' + '\\"' * LONG,
    "a text cut in the middle": json.dumps({"prompt": '"' * MOST_SHOWN}),
    "digits and a letter": ("1" * 399 + "a ") * (LONG // 400),
    "markers that open": "⟦picture " * (LONG // 9),
}


@pytest.mark.parametrize("body", TRAPS.values(), ids=TRAPS)
def test_no_body_takes_long_to_print(body: str) -> None:
    # Each took from five seconds to minutes, in which the whole process answered nobody.
    began = time.thread_time()
    pretty(body.encode())
    assert time.thread_time() - began < 2


def test_a_marker_with_an_absurd_size_is_text() -> None:
    assert "99999" in pretty(f"⟦picture {'a' * 64} a {'9' * 5000} 0⟧".encode())


def test_a_text_that_does_not_end_is_coloured_as_one() -> None:
    assert (
        pretty(b'{"a": "\\"<b>')
        == '{<span class="k">&quot;a&quot;</span>: <span class="s">&quot;\\&quot;&lt;b&gt;</span>'
    )


def test_what_is_not_shown_is_faint_and_nothing_is_markup() -> None:
    shown = pretty(json.dumps({"<i>": "⟪… 3 KB not shown⟫ <script>", "n": -1.5e3}).encode())
    assert '<span class="x">… 3 KB not shown</span>' in shown and '<span class="n">-1500.0</span>' in shown
    assert set(re.findall(r"<[^>]*>", shown)) <= {f'<span class="{kind}">' for kind in "ksnx"} | {"</span>"}
