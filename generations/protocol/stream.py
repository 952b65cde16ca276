"""Progress of an answer while it arrives: bytes in, a percentage, a phase and a remark out.

It shares no state with the reading of the answer: that is done from the complete bytes, by the function that can read
them again at any later time.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generations.protocol.answer import Answer
from generations.protocol.call_parameters import without_call_parameters
from generations.protocol.json import clean, read_json
from generations.protocol.layers import MAX_CHOICES
from generations.protocol.masking import mask_of, without_beginning
from generations.protocol.progress import percentages
from generations.protocol.remark import newest_sentence
from generations.protocol.request import Request
from generations.protocol.response import read
from generations.protocol.sse import Event, EventDecoder, LineDecoder

__all__ = ["EventDecoder", "LineDecoder", "Progress", "StreamReader"]

DONE = 100
_TAIL = 4_096
# A line this long carries image data, no text.
_PICTURE_LINE = 65_536
# Bytes of an answer that are examined while it arrives; after that it is only said to be arriving.
_MAX_LIVE = 16 * 1024 * 1024
# The longest spelling of one character of a secret: an escape within four levels of JSON.
_MAX_SPELLING = 24


@dataclass(frozen=True, slots=True)
class Progress:
    """What to show of a running call: a percentage below 100 and a phase, which never go back, and the newest sentence
    the model remarked.

    The phase is one of "waiting", "queued", "drawing", "receiving", "done".
    """

    percent: int | None = None
    phase: str = "waiting"
    line: str = ""


class StreamReader:
    """Takes the bytes of an answer as they arrive and reports progress, in which `secrets` are masked. What repeats the
    `prompt` is no remark. With `keeps` False the bytes are not kept, and `finish` is of no use."""

    def __init__(self, *, keeps: bool = True, secrets: Sequence[str] = (), prompt: str = "") -> None:
        self._keeps = keeps
        self._prompt = prompt
        self._secrets = secrets
        self._mask = mask_of(secrets)
        self._pieces: list[bytes] = []
        self._lines = LineDecoder(_PICTURE_LINE + 16)
        self._events = EventDecoder(_PICTURE_LINE)
        self._margin = _MAX_SPELLING * max((len(secret) for secret in secrets), default=0)
        self._live = 0
        self._text = ""
        self._shown_text = ""
        self._shown = Progress()

    def feed(self, data: bytes, *, update: bool = True) -> Progress | None:
        """Take bytes; returns the progress if it changed. With `update` False their text is kept and the progress is
        worked out on a later call."""
        if self._keeps:
            self._pieces.append(data)
        before = self._shown
        self._live += len(data)
        if self._live > _MAX_LIVE:
            self._reach("receiving")
            return self._shown if self._shown != before else None
        for line in self._lines.decode(data):
            if event := self._events.decode(line):
                self._take_event(event)
        if update and self._text != self._shown_text:
            self._shown_text = self._text
            self._update()
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
        """The answer in all bytes so far; see `response.read`."""
        body = b"".join(self._pieces)
        return read(body, status=status, headers=headers, request=request, base_url=base_url, ended=ended)

    def _take_event(self, event: Event) -> None:
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
            self._take_chunk(chunk)

    def _take_chunk(self, chunk: Mapping[str, Any]) -> None:
        choices = chunk.get("choices")
        texts: list[str] = []
        for choice in choices[:MAX_CHOICES] if isinstance(choices, list) else ():
            if not isinstance(choice, Mapping):
                continue
            piece = choice.get("delta") or choice.get("message")
            if isinstance(piece, Mapping):
                values = [piece.get(key) for key in ("reasoning_content", "reasoning", "content")]
                texts += [value for value in values if isinstance(value, str)]
                if piece.get("images") or piece.get("image"):
                    self._reach("receiving")
            if choice.get("finish_reason"):
                self._reach("done")
        if texts:
            self._text = "".join([self._text, *texts])[-(_TAIL + 2 * self._margin) :]

    def _update(self) -> None:
        """Work out percentage, phase and remark from the end of all text, since they are split over deltas. All of it
        is said to be done before the picture is there, so that 100 is no news."""
        masked = self._mask(self._text)
        if len(self._text) > _TAIL + self._margin:  # its beginning may be the end of a secret, which no mask matches
            masked = masked[self._margin :]
        tail = without_call_parameters(clean(without_beginning(masked, self._secrets)))
        told = (percent for percent in percentages(tail) if percent < DONE)
        percent = max([self._shown.percent or 0, *told]) or None
        phase = next((name for name, word in _PHASES if word.search(tail)), "drawing")
        line = newest_sentence(tail, self._prompt) or self._shown.line
        self._shown = Progress(percent, self._shown.phase, line)
        self._reach(phase)

    def _reach(self, phase: str) -> None:
        """Advance to a phase; an earlier one is ignored."""
        if _ORDER.index(phase) > _ORDER.index(self._shown.phase):
            self._shown = Progress(self._shown.percent, phase, self._shown.line)


_ORDER = ("waiting", "queued", "drawing", "receiving", "done")
_PHASES = (
    ("receiving", re.compile(r"!\[|data:image/|<img\b", re.IGNORECASE)),
    ("drawing", re.compile(r"生成中|绘制中|进度|generating|progress|drawing|processing|creating", re.IGNORECASE)),
    ("queued", re.compile(r"排队|排隊|queu", re.IGNORECASE)),
)
