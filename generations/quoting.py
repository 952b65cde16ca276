"""Whether one text repeats words of another: all of them or a run, however JSON or a gateway has written them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

RUN, STEP = 20, 10
"""Bytes of letters and digits in UTF-8: whoever repeats RUN + STEP of a text in a row repeats one of its runs."""
ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|[nrtbf\"/])")
LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Phrases:
    """What of some texts must not be repeated: runs of their letters, and texts that are shorter than a run."""

    runs: frozenset[bytes] = frozenset()
    short: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, texts: Iterable[str], but: Iterable[str] = ()) -> Phrases:
        """Those of the texts, without what also stands in a text of `but`."""
        wanted = {_letters(text) for text in texts} - {b""}
        if not wanted:
            return cls()
        known = [_letters(text) for text in but]
        runs = {run for text in wanted if len(text) >= RUN for run in _runs(text)}
        runs -= {run for text in known for run in _all_runs(text) if run in runs}
        short = {text for text in wanted if len(text) < RUN and not any(text in other for other in known)}
        return cls(frozenset(runs), frozenset(short))

    def are_in(self, text: str) -> bool:
        """Whether the text repeats any of them."""
        if not self.runs and not self.short:
            return False
        said = _letters(text)
        return any(phrase in said for phrase in self.short) or (
            bool(self.runs) and any(run in self.runs for run in _all_runs(said))
        )


def _runs(text: bytes) -> Iterator[bytes]:
    last = len(text) - RUN
    return (text[at : at + RUN] for at in (*range(0, last, STEP), last))


def _all_runs(text: bytes) -> Iterator[bytes]:
    """Wherever they begin: in so many steps as it has bytes, however much is looked for."""
    return (text[at : at + RUN] for at in range(len(text) - RUN + 1))


def _letters(text: str) -> bytes:
    """The letters and digits alone, without case; what JSON has escaped, however often, as itself."""
    plain = ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", text)
    return "".join(LETTERS.findall(plain.casefold())).encode("utf-8", "ignore")
