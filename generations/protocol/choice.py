"""One choice of an answer, accumulated from its deltas or its message."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generations.protocol.error_envelopes import is_failed
from generations.protocol.image_ref import ImageRef
from generations.protocol.json import cleaned, short
from generations.protocol.layers import parsed
from generations.protocol.tasks import is_begun_state, is_success, state_of, task_layers

_RESULTS = ("output", "outputs", "result", "results")
_DRAWING = re.compile(
    r"image|img|(?<!with)draw|paint|picture|photo|illustrat|(?<![a-z])art(?:work)?s?(?![a-z])|poster|logo|sticker"
    r"|interpreter",
    re.IGNORECASE,
)
_GENERATING = re.compile(r"generat", re.IGNORECASE)
_OTHERWISE = re.compile(
    r"report|document|pdf|docx?\b|slide|presentation|sheet|csv|(?<![a-z])text(?!ure)|(?<![a-z])code|summar|answer|response|query|sql"
    r"|video|audio|speech|voice|music|song|podcast|invoice|contract|certificate|ticket|link|url|token|password|key\b",
    re.IGNORECASE,
)
_SEARCHING = re.compile(r"search|find|browse|fetch|crawl|scrape|lookup|read|web|page|describe|analy", re.IGNORECASE)


_USUAL_END = re.compile(r"stop\w*|end\w*|complete\w*|finish\w*|done|eos\w*|success\w*|null|none", re.IGNORECASE)


def is_usual_end(reason: str) -> bool:
    """Whether a choice that ended for this reason is whole."""
    return bool(_USUAL_END.fullmatch(reason))


@dataclass(slots=True)
class ToolCall:
    """A tool call, accumulated from its deltas. `arguments` is None for one that calls no function; `results` are what
    came of it, for gateways that run the tool themselves."""

    fields: dict[str, Any] = field(default_factory=dict)
    results: list[Any] = field(default_factory=list)
    name: str = ""
    arguments: list[str] | None = None

    def add(self, piece: Mapping[str, Any]) -> None:
        """Add what a delta or message gives of it."""
        self.fields.update({key: value for key, value in piece.items() if key not in ("function", "index") and value})
        function = piece.get("function")
        for layer in (piece, function, piece.get("code_interpreter"), piece.get("image_generation")):
            if isinstance(layer, dict):
                self.results += [{key: layer[key]} for key in _RESULTS if layer.get(key)]
        if isinstance(function, dict):
            self.arguments = [] if self.arguments is None else self.arguments
            self.name = short(function.get("name")) or self.name
            arguments = function.get("arguments")
            if isinstance(arguments, str):
                self.arguments.append(arguments)
            elif isinstance(arguments, dict | list):  # some gateways give them parsed
                self.arguments.append(json.dumps(cleaned(arguments), ensure_ascii=False))

    @property
    def is_drawing(self) -> bool:
        name = f"{self.name} {self.fields.get('type') or ''}"
        may_draw = _DRAWING.search(name) or (_GENERATING.search(name) and not _OTHERWISE.search(name))
        return bool(may_draw) and not _SEARCHING.search(name)

    def to_json(self) -> dict[str, Any]:
        """The call as the API writes it."""
        if self.arguments is None:
            return self.fields
        return {**self.fields, "function": {"name": self.name, "arguments": "".join(self.arguments)}}


def _final(result: Mapping[str, Any]) -> Any:
    """What of a result, or of the entries in it, is final."""
    values = [parsed(value) if isinstance(value, str) else value for value in result.values()]
    entries = [entry for value in values for entry in (value if isinstance(value, list) else [value])]
    return {"output": [it for it in entries if not isinstance(it, dict) or all(map(_is_final, task_layers(it)))]}


def _is_final(layer: Mapping[str, Any]) -> bool:
    """Whether a call, its result or what is nested in it does not say that it has failed or is not over."""
    state = state_of(layer)
    has_failed = _is_error(layer.get("error") or layer.get("errors")) or layer.get("success") is False
    return not (has_failed or is_failed(state)) and (is_success(state) or not is_begun_state(state))


def _is_error(value: Any) -> bool:
    """Whether what a tool names as its error is one: some name their success there."""
    code = value.get("code", "") if isinstance(value, dict) else value
    return bool(value) and str(code).lower() not in ("0", "200", "none", "null", "ok", "success", "false")


@dataclass(slots=True)
class Choice:
    """A choice. `fallback_text` is shown when its content has no text; `others` are the images of places that are not
    listed, for a choice without any others."""

    index: int
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    fallback_text: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    images: list[ImageRef] = field(default_factory=list)
    others: list[ImageRef] = field(default_factory=list)
    calls: dict[int, ToolCall] = field(default_factory=dict)
    finish: str | None = None
    native_finish: str | None = None
    finish_message: str | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces) or "\n".join(self.fallback_text)

    @property
    def tools(self) -> list[dict[str, Any]]:
        """Its tool calls as JSON objects."""
        return [call.to_json() for call in self.calls.values()]

    @property
    def tool_results(self) -> list[Any]:
        """What came of its tool calls."""
        return [result for call in self.calls.values() for result in call.results]

    @property
    def drawn(self) -> list[Any]:
        """What came of those of its tool calls that draw: what others bring shows pages and their pictures, what has
        failed or goes on is no picture yet."""
        calls = [call for call in self.calls.values() if call.is_drawing and _is_final(call.fields)]
        return [_final(result) for call in calls for result in call.results if "results" not in result]

    def add_text(self, text: str, *, is_whole: bool) -> None:
        """Add a delta. A whole message replaces the deltas that it repeats."""
        if is_whole and self.pieces:
            if len(text) >= self.length and text.startswith("".join(self.pieces)):
                self.pieces, self.length = [], 0
            elif self._tail(len(text)) == text:
                return
        self.pieces.append(text)
        self.length += len(text)

    @property
    def last_line(self) -> str:
        """What its text ends with."""
        return self._tail(500).rstrip().rpartition("\n")[2]

    def _tail(self, length: int) -> str:
        """The last `length` characters, without joining all pieces."""
        pieces, missing = [], length
        for piece in reversed(self.pieces):
            if missing <= 0:
                break
            pieces.append(piece)
            missing -= len(piece)
        return "".join(reversed(pieces))[-length:] if length else ""
