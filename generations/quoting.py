"""Whether one text repeats words of another: all of them or a run, however JSON, HTML, an address or a gateway has
written them.

A short word is a word like any other: that a text has "cat" in it says nothing of a prompt that was "cat", and not to
show it would hide half of what models answer. It counts where it stands alone: as the whole text, quoted, or as what a
field or a line says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from unicodedata import normalize
from urllib.parse import unquote

RUN, STEP = 20, 10
"""Bytes of letters and digits in UTF-8: whoever repeats RUN + STEP of a text in a row repeats one of its runs."""
SHORT_WORD = 8
"""Letters of a word that texts have by chance; a sign of a script without spaces counts as four. A longer one may
be a name."""
ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|([nrtbf\"/]))")
ESCAPED = {"n": "\n", "r": "\n", '"': '"'}
MAX_ESCAPED = 4
"""How often a text may be escaped: a part of an address in HTML in JSON."""
WORD = re.compile(r"[^\W_\u0e00-\u1dff\u2000-\U0010ffff]+|[^\W_]")
"""A word, or a letter of a script that has no spaces, or other words in one with the endings of this one."""
SIGN = re.compile(r"[\u2600-\u27bf\U0001f000-\U0001faff]")
BORDERS = "\n:=\"'`()[]{}<>|&‘’‚‛“”„‟‹›«»「」『』《》〈〉【】"
"""What a text stands between that stands alone, apart from the ends of all. Other marks beside it count for nothing."""
BESIDE = re.compile(rf"[^\W_]|[{re.escape(BORDERS)}]")
STOP = re.compile(r"\s*[.,;!?。、…]")
KEY = re.compile(r'"\s*:')
MARGIN = 20
"""Characters beside a text that are looked at."""


@dataclass(frozen=True)
class Phrases:
    """What of some texts must not be repeated: runs of their letters; texts that are shorter than a run, whose words
    count whole; and short words, which count where they stand alone."""

    runs: frozenset[bytes] = frozenset()
    short: frozenset[bytes] = frozenset()
    few: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, texts: Iterable[str], but: Iterable[str] = ()) -> Phrases:
        """Those of the texts, without what also stands in a text of `but`."""
        wanted = {tuple(words or signs) for words, signs in map(_split, map(_normal, texts))} - {()}
        if not wanted:
            return cls()
        known = [_said(_normal(text)) for text in but]
        long = {text for words in wanted if len(text := _joined(words)) >= RUN}
        runs = {run for text in long for run in _runs(text)}
        runs -= {run for text, _words in known for run in _all_runs(text) if run in runs}
        short = {words for words in wanted if len(_joined(words)) < RUN}
        short = {words for words in short if not any(_spaced(words) in said for _text, said in known)}
        few = {words for words in short if _are_a_short_word(words)}
        return cls(frozenset(runs), frozenset(map(_spaced, short - few)), frozenset(map(_spaced, few)))

    def are_in(self, text: str) -> bool:
        """Whether the text repeats any of them."""
        if self == Phrases():
            return False
        normal = _normal(text)
        said, words = _said(normal)
        return (
            any(phrase in words for phrase in self.short)
            or (bool(self.runs) and any(run in self.runs for run in _all_runs(said)))
            or any(phrase in words and _is_alone(phrase, normal) for phrase in self.few)
        )


def _are_a_short_word(words: Sequence[str]) -> bool:
    """Whether these are a short word."""
    signs = sum(word >= "\u0e00" for word in words)
    return len(words) == max(signs, 1) and sum(map(len, words)) + 3 * signs <= SHORT_WORD


def _is_alone(phrase: bytes, normal: str) -> bool:
    """Whether these words stand somewhere alone in the text."""
    words = re.compile(r"[\W_]*".join(map(re.escape, phrase.decode().split())))
    return any(
        _is_between(normal[max(0, found.start() - MARGIN) : found.start()], normal[found.end() : found.end() + MARGIN])
        for found in words.finditer(normal)
    )


def _is_between(before: str, after: str) -> bool:
    """Whether what stands between these stands alone. The name of a field of JSON does not."""
    if KEY.match(after) and before.endswith('"') and before[:-1].rstrip().endswith(("{", ",")):
        return False
    last, first = BESIDE.search(before[::-1]), BESIDE.search(after)
    if last and last[0] not in BORDERS:
        return False
    is_field = bool(last and last[0] in ":=" and STOP.match(after))
    return is_field or not first or first[0] in BORDERS


def _runs(text: bytes) -> Iterator[bytes]:
    last = len(text) - RUN
    return (text[at : at + RUN] for at in (*range(0, last, STEP), last))


def _all_runs(text: bytes) -> Iterator[bytes]:
    """Wherever they begin: in so many steps as it has bytes, however much is looked for."""
    return (text[at : at + RUN] for at in range(len(text) - RUN + 1))


def _said(normal: str) -> tuple[bytes, bytes]:
    """The letters and digits of a text alone, and as words with a space around each; behind them its emoji."""
    words, signs = _split(normal)
    return _joined(words) + b"\n" + _joined(signs), _spaced(words) + b"\n" + _spaced(signs)


def _joined(words: Sequence[str]) -> bytes:
    return "".join(words).encode("utf-8", "ignore")


def _spaced(words: Sequence[str]) -> bytes:
    return f" {' '.join(words)} ".encode("utf-8", "ignore")


def _split(normal: str) -> tuple[list[str], list[str]]:
    """The words and the emoji of a text. Of one that has words its emoji may be left out."""
    return WORD.findall(normal), SIGN.findall(normal)


def _normal(text: str) -> str:
    """The text without case, its letters each in one way."""
    return normalize("NFKC", _plain(text)).casefold()


def _plain(text: str) -> str:
    """What JSON, HTML or an address has escaped as itself."""
    for _time in range(MAX_ESCAPED):
        plain = ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else ESCAPED.get(found[2], " "), text)
        plain = plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")  # two halves are one letter
        plain = unquote(unescape(plain), errors="ignore")
        if plain == text:
            break
        text = plain
    return text
