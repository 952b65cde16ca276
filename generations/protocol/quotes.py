"""Quoted lines of a text, into which gateways write their status."""

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quoted:
    """The quoted lines of a text, and for each that begins a quotation where it starts in `text` and where it stood in
    the text that is left, so that an image in it has a place among the others."""

    text: str
    starts: tuple[int, ...] = ()
    places: tuple[int, ...] = ()

    def place(self, position: int) -> int:
        """Where in the text that is left the quotation around a position stood."""
        return self.places[bisect_right(self.starts, position) - 1]


def without_quotes(text: str) -> tuple[str, Quoted]:
    """The text without its quoted lines (`> …`), and those lines: gateways write their status into quotes."""
    if ">" not in text:
        return text, Quoted("")
    kept: list[str] = []
    quoted: list[str] = []
    starts, places = [], []
    length_kept, length_quoted, is_within = 0, 0, False
    for line in text.split("\n"):
        if is_quoted := line[:40].lstrip().startswith(">"):
            if not is_within:
                starts.append(length_quoted)
                places.append(length_kept)
            quoted.append(line)
            length_quoted += len(line) + 1
        else:
            kept.append(line)
            length_kept += len(line) + 1
        is_within = is_quoted
    return "\n".join(kept), Quoted("\n".join(quoted), tuple(starts), tuple(places))
