"""Whether one text repeats words of another: all of them or a run, however JSON, HTML, an address or a gateway has
written them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from unicodedata import normalize
from urllib.parse import unquote

RUN, STEP = 20, 10
"""Bytes of letters and digits in UTF-8: whoever repeats RUN + STEP of a text in a row repeats one of its runs."""
ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|[nrtbf\"/])")
MAX_ESCAPED = 4
"""How often a text may be escaped: a part of an address in HTML in JSON."""
WORD = re.compile(r"[^\W_\u0e00-\u1dff\u2000-\U0010ffff]+|[^\W_]")
"""A word, or a letter of a script that has no spaces, or other words in one with the endings of this one."""
SIGN = re.compile(r"[\u2600-\u27bf\U0001f000-\U0001faff]")


@dataclass(frozen=True)
class Phrases:
    """What of some texts must not be repeated: runs of their letters, and texts that are shorter than a run, whose
    words count whole."""

    runs: frozenset[bytes] = frozenset()
    short: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, texts: Iterable[str], but: Iterable[str] = ()) -> Phrases:
        """Those of the texts, without what also stands in a text of `but`."""
        wanted = {tuple(words or signs) for words, signs in map(_split, texts)} - {()}
        if not wanted:
            return cls()
        known = [_said(text) for text in but]
        long = {text for words in wanted if len(text := _joined(words)) >= RUN}
        runs = {run for text in long for run in _runs(text)}
        runs -= {run for text, _words in known for run in _all_runs(text) if run in runs}
        short = {_spaced(words) for words in wanted if len(_joined(words)) < RUN}
        return cls(
            frozenset(runs), frozenset(text for text in short if not any(text in words for _text, words in known))
        )

    def are_in(self, text: str) -> bool:
        """Whether the text repeats any of them."""
        if not self.runs and not self.short:
            return False
        said, words = _said(text)
        return any(phrase in words for phrase in self.short) or (
            bool(self.runs) and any(run in self.runs for run in _all_runs(said))
        )


def _runs(text: bytes) -> Iterator[bytes]:
    last = len(text) - RUN
    return (text[at : at + RUN] for at in (*range(0, last, STEP), last))


def _all_runs(text: bytes) -> Iterator[bytes]:
    """Wherever they begin: in so many steps as it has bytes, however much is looked for."""
    return (text[at : at + RUN] for at in range(len(text) - RUN + 1))


def _said(text: str) -> tuple[bytes, bytes]:
    """The letters and digits of a text alone, and as words with a space around each; behind them its emoji."""
    words, signs = _split(text)
    return _joined(words) + b"\n" + _joined(signs), _spaced(words) + b"\n" + _spaced(signs)


def _joined(words: Sequence[str]) -> bytes:
    return "".join(words).encode("utf-8", "ignore")


def _spaced(words: Sequence[str]) -> bytes:
    return f" {' '.join(words)} ".encode("utf-8", "ignore")


def _split(text: str) -> tuple[list[str], list[str]]:
    """The words and the emoji of a text, without case. Of a text that has words its emoji may be left out."""
    plain = normalize("NFKC", _plain(text)).casefold()
    return WORD.findall(plain), SIGN.findall(plain)


def _plain(text: str) -> str:
    """What JSON, HTML or an address has escaped as itself."""
    for _time in range(MAX_ESCAPED):
        plain = ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", text)
        plain = plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")  # two halves are one letter
        plain = unquote(unescape(plain), errors="ignore")
        if plain == text:
            break
        text = plain
    return text
