"""A stream while it runs: bytes in, progress out; and the same answer in the end as if it had come in one piece.

What is shown live and what is judged share no state: the answer is read from the whole bytes, by the same function that
can read them again next year.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generations.protocol.accumulator import MAX_CHOICES
from generations.protocol.answer import Answer
from generations.protocol.call_parameters import without_call_parameters
from generations.protocol.json import clean, read_json
from generations.protocol.masking import mask_of, without_beginning
from generations.protocol.progress import percentages
from generations.protocol.request import Request
from generations.protocol.response import read
from generations.protocol.sse import Event, EventDecoder, LineDecoder

__all__ = ["EventDecoder", "LineDecoder", "Progress", "StreamReader"]

LONGEST_LINE = 200
_TAIL = 4_096
# A line this long carries a picture, no words.
_PICTURE_LINE = 65_536
# What is looked at of an answer while it comes; of a longer one only the end is still to be waited for.
_MOST_LIVE = 16 * 1024 * 1024
# The most that one character of a secret takes in any spelling: an escape within four levels of JSON.
_LONGEST_SIGN = 24


@dataclass(frozen=True, slots=True)
class Progress:
    """What to show while it runs: a percentage that only grows, a phase, and the last line meant for a person.

    The phase is one of "waiting", "queued", "drawing", "receiving", "done".
    """

    percent: int | None = None
    phase: str = "waiting"
    line: str = ""


class StreamReader:
    """Takes the bytes of an answer as they come. Without `keeps` it only tells the progress and holds none of them.
    What it tells holds none of the `secrets`."""

    def __init__(self, *, keeps: bool = True, secrets: Sequence[str] = ()) -> None:
        self._keeps = keeps
        self._secrets = secrets
        self._mask = mask_of(secrets)
        self._pieces: list[bytes] = []
        self._lines = LineDecoder(_PICTURE_LINE + 16)
        self._events = EventDecoder(_PICTURE_LINE)
        self._margin = _LONGEST_SIGN * max((len(secret) for secret in secrets), default=0)
        self._live = 0
        self._told = ""
        self._seen = ""
        self._shown = Progress()

    def feed(self, data: bytes, *, look: bool = True) -> Progress | None:
        """Take bytes; the new progress when it changed. Without `look` what they say is only kept for the next look."""
        if self._keeps:
            self._pieces.append(data)
        before = self._shown
        self._live += len(data)
        if self._live > _MOST_LIVE:
            self._reach("receiving")
            return self._shown if self._shown != before else None
        for line in self._lines.decode(data):
            if event := self._events.decode(line):
                self._take(event)
        if look and self._told != self._seen:
            self._seen = self._told
            self._look()
        return self._shown if self._shown != before else None

    def finish(
        self,
        *,
        status: int = 200,
        headers: Mapping[str, str] = {},
        request: Request | bytes | None = None,
        base_url: str = "",
        ended: bool = True,
    ) -> Answer:
        """The answer that all bytes together are; see `response.read`."""
        body = b"".join(self._pieces)
        return read(body, status=status, headers=headers, request=request, base_url=base_url, ended=ended)

    def _take(self, event: Event) -> None:
        data = "\n".join(event.lines)
        if len(data) > _PICTURE_LINE:
            self._reach("receiving")
            return
        if data.strip().startswith("[DONE"):
            self._reach("done")
            return
        try:
            chunk = read_json(data)
        except ValueError:
            return
        if isinstance(chunk, Mapping):
            self._hear(chunk)

    def _hear(self, chunk: Mapping[str, Any]) -> None:
        choices = chunk.get("choices")
        told: list[str] = []
        for choice in choices[:MAX_CHOICES] if isinstance(choices, list) else ():
            if not isinstance(choice, Mapping):
                continue
            piece = choice.get("delta") or choice.get("message")
            if isinstance(piece, Mapping):
                words = [piece.get(key) for key in ("reasoning_content", "reasoning", "content")]
                told += [word for word in words if isinstance(word, str)]
                if piece.get("images") or piece.get("image"):
                    self._reach("receiving")
            if choice.get("finish_reason"):
                self._reach("done")
        if told:
            self._told = "".join([self._told, *told])[-(_TAIL + 2 * self._margin) :]

    def _look(self) -> None:
        """Read percentage, phase and line from the tail of all that was told: they are split over deltas. A line of
        nothing but progress is said in our words."""
        masked = self._mask(self._told)
        if len(self._told) > _TAIL + self._margin:  # it may begin within a secret, whose rest no mask knows
            masked = masked[self._margin :]
        tail = without_call_parameters(clean(without_beginning(masked, self._secrets)))
        percent = max([self._shown.percent or 0, *percentages(tail)]) or None
        phase = next((name for name, word in _PHASES if word.search(tail)), "drawing")
        line = _last_line(tail) or self._shown.line
        if percent and _ONLY_PROGRESS.fullmatch(line):
            line = f"{percent}% done"
        self._shown = Progress(percent, self._shown.phase, line)
        self._reach(phase)

    def _reach(self, phase: str) -> None:
        """Phases only go forward."""
        if _ORDER.index(phase) > _ORDER.index(self._shown.phase):
            self._shown = Progress(self._shown.percent, phase, self._shown.line)


_ORDER = ("waiting", "queued", "drawing", "receiving", "done")
_PHASES = (
    ("receiving", re.compile(r"!\[|data:image/|<img\b", re.IGNORECASE)),
    ("drawing", re.compile(r"生成中|绘制中|进度|generating|progress|drawing|processing|creating", re.IGNORECASE)),
    ("queued", re.compile(r"排队|排隊|queu", re.IGNORECASE)),
)
_ONLY_PROGRESS = re.compile(r"(?:进度|進度|progress|completed?|done|完成|[^\w]|[\d_])+", re.IGNORECASE)
_LINK = re.compile(r"!?\[[^\[\]]{0,300}\]\([^()\s]{0,4000}(?:\)|\Z)|!\[[^\[\]]{0,300}\Z")
_ADDRESS = re.compile(r"(?:https?://|data:)\S*|[A-Za-z0-9+/=_-]{48,}")
_DRESS = re.compile(r"[`*_#>|~\[\]()!]+|<[^<>]{0,200}>?")


def _last_line(tail: str) -> str:
    """The last line with words, without addresses, base64 and dress."""
    for line in reversed(tail.splitlines()):
        words = " ".join(_DRESS.sub(" ", _ADDRESS.sub(" ", _LINK.sub(" ", line))).split())
        if any(char.isalnum() for char in words):
            return words[:LONGEST_LINE]
    return ""
