"""One choice of an answer, put together from its deltas or its message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generations.protocol.images import ImageRef
from generations.protocol.json import short


@dataclass(slots=True)
class ToolCall:
    """A tool call in pieces: its fields, and its function's name and arguments where it has told of one."""

    fields: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    arguments: list[str] | None = None

    def add(self, piece: Mapping[str, Any]) -> None:
        """Take what one delta or message says of it."""
        self.fields.update({key: value for key, value in piece.items() if key not in ("function", "index") and value})
        function = piece.get("function")
        if isinstance(function, dict):
            self.arguments = [] if self.arguments is None else self.arguments
            self.name = short(function.get("name")) or self.name
            if isinstance(arguments := function.get("arguments"), str):
                self.arguments.append(arguments)

    def whole(self) -> dict[str, Any]:
        """The call as one object."""
        if self.arguments is None:
            return self.fields
        return {**self.fields, "function": {"name": self.name, "arguments": "".join(self.arguments)}}


@dataclass(slots=True)
class Choice:
    """One choice, as far as it has been told."""

    index: int
    said: list[str] = field(default_factory=list)
    said_length: int = 0
    spare: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    images: list[ImageRef] = field(default_factory=list)
    calls: dict[int, ToolCall] = field(default_factory=dict)
    finish: str | None = None
    native_finish: str | None = None

    @property
    def text(self) -> str:
        return "".join(self.said) or "\n".join(self.spare)

    @property
    def tools(self) -> list[dict[str, Any]]:
        """Its tool calls, each put together from its pieces."""
        return [call.whole() for call in self.calls.values()]

    def say(self, words: str, *, is_whole: bool) -> None:
        """Add a delta; a whole message takes the place of the deltas it repeats."""
        if is_whole and self.said:
            if len(words) >= self.said_length and words.startswith("".join(self.said)):
                self.said, self.said_length = [], 0
            elif self._tail(len(words)) == words:
                return
        self.said.append(words)
        self.said_length += len(words)

    def _tail(self, length: int) -> str:
        """The last `length` characters, without joining all that was said."""
        pieces, missing = [], length
        for piece in reversed(self.said):
            if missing <= 0:
                break
            pieces.append(piece)
            missing -= len(piece)
        return "".join(reversed(pieces))[-length:] if length else ""
