"""Server-sent events as gateways write them: bytes to lines, lines to events.

The format is that of the HTML standard, section 9.2, with two liberties: an event that is still open at the end of the
body is emitted (the last `data: [DONE]` often lacks its line feed), and bare JSON counts as data.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name ("" when unnamed) and its data lines."""

    name: str
    lines: tuple[str, ...]


_SLICE = 1 << 20
# What the further lines of a pretty-printed JSON document begin with.
_INSIDE_JSON = ' \t"{}[]'
_BLANKS = re.compile(rb"\n{3,}")


class LineDecoder:
    """Splits bytes into lines at CR, LF and CRLF only, since U+2028 may stand inside JSON. Lines may be of any length.

    With `max_line`, only so many bytes of each line are kept, which bounds the memory while an answer arrives.
    """

    def __init__(self, max_line: int | None = None) -> None:
        self._max_line = max_line
        self._open: list[bytes] = []
        self._length = 0
        self._after_cr = False

    def decode(self, data: bytes) -> list[str]:
        """The lines that `data` completes, without their line ends."""
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]
            self._after_cr = False
        if not data:
            return []
        self._after_cr = data.endswith(b"\r")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        # One blank line ends an event; more of them would only cost memory.
        if b"\n\n\n" in data:
            data = _BLANKS.sub(b"\n\n", data)
        first, *rest = data.split(b"\n")
        self._add(first)
        if not rest:
            return []
        lines = [b"".join(self._open), *rest[:-1]]
        self._open, self._length = [], 0
        self._add(rest[-1])
        return [_text(line[: self._max_line]) for line in lines]

    def _add(self, piece: bytes) -> None:
        if self._max_line is None or self._length < self._max_line:
            self._open.append(piece)
            self._length += len(piece)

    def flush(self) -> list[str]:
        """The last line, when it has no line end."""
        rest = b"".join(self._open)
        self._open = []
        return [_text(rest)] if rest else []


class EventDecoder:
    """Assembles lines to events. Comments, ids and retry times are dropped.

    With `max_data`, the data of an event is kept only until it is longer than that.
    """

    def __init__(self, max_data: int | None = None) -> None:
        self._max_data = max_data
        self._name = ""
        self._lines: list[str] = []
        self._length = 0
        self._is_bare = False

    def decode(self, line: str) -> Event | None:
        """The event that this line ends, if it is blank and one is open."""
        if not line or line.isspace():
            return self.flush() if self._lines or self._name else None
        if line.startswith("data:"):
            self._add(line[5:].removeprefix(" "))
            return None
        if line.startswith(("{", "[{")) or (self._is_bare and line[0] in _INSIDE_JSON):
            self._is_bare = True
            self._add(line)
            return None
        field, _, value = line.lstrip("\ufeff").partition(":")
        match field.strip().lower():
            case "data":
                self._add(value.removeprefix(" "))
            case "event":
                self._name = value.strip()
        return None

    def _add(self, line: str) -> None:
        if self._max_data is None or self._length <= self._max_data:
            self._lines.append(line)
            self._length += len(line) + 1

    def flush(self) -> Event | None:
        """The event that is still open, if it has data."""
        event = Event(self._name, tuple(self._lines)) if self._lines else None
        self._name, self._lines, self._length, self._is_bare = "", [], 0, False
        return event


def events(body: bytes) -> Iterator[Event]:
    """Every event of a complete or truncated body."""
    decoder = EventDecoder()
    for line in _lines(body):
        if event := decoder.decode(line):
            yield event
    if event := decoder.flush():
        yield event


def _lines(body: bytes) -> Iterator[str]:
    """The lines of a body, in slices, so that millions of short lines are never in memory at once."""
    lines = LineDecoder()
    for start in range(0, len(body), _SLICE):
        yield from lines.decode(body[start : start + _SLICE])
    yield from lines.flush()


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")
