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
        wanted, known = {_letters(text) for text in texts} - {b""}, b"\n".join(map(_letters, but))
        runs = {run for text in wanted if len(text) >= RUN for run in _runs(text)}
        return cls(
            frozenset(run for run in runs if run not in known),
            frozenset(text for text in wanted if len(text) < RUN and text not in known),
        )

    def are_in(self, text: str) -> bool:
        """Whether the text repeats any of them."""
        if not self.runs and not self.short:
            return False
        said = _letters(text)
        return any(phrase in said for phrase in self.short) or (
            bool(self.runs) and any(said[at : at + RUN] in self.runs for at in range(len(said) - RUN + 1))
        )


def _runs(text: bytes) -> Iterator[bytes]:
    last = len(text) - RUN
    return (text[at : at + RUN] for at in (*range(0, last, STEP), last))


def _letters(text: str) -> bytes:
    """The letters and digits alone, without case; what JSON has escaped, however often, as itself."""
    plain = ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", text)
    return "".join(LETTERS.findall(plain.casefold())).encode("utf-8", "ignore")
