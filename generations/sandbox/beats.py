"""What an answer is written with: chat completions and their chunks, as beats of a stream."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generations.sandbox.order import Order

DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Beat:
    """`wait` seconds (before the pace), then `data`; `is_picture` where a picture or its link is inside."""

    data: bytes
    wait: float = 0.0
    is_picture: bool = False


def event(data: object, name: str = "") -> bytes:
    """One server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode(errors="replace")


def completion(order: Order, choices: list[dict[str, Any]], words: str = "") -> dict[str, Any]:
    return {
        "id": order.id,
        "object": "chat.completion",
        "created": order.created,
        "model": order.asked.model,
        "choices": choices,
        "usage": order.usage(words),
    }


def choice(message: dict[str, Any], index: int = 0, finish: str = "stop") -> dict[str, Any]:
    return {"index": index, "message": {"role": "assistant"} | message, "finish_reason": finish}


def chunk(order: Order, delta: dict[str, Any], index: int = 0, finish: str | None = None) -> bytes:
    return event(_chunk(order, [{"index": index, "delta": delta, "finish_reason": finish}]))


def ending(order: Order, words: str = "", choices: int = 1, finish: str = "stop") -> Iterator[Beat]:
    """finish_reason for every choice, usage, [DONE]."""
    for index in range(choices):
        yield Beat(chunk(order, {}, index, finish))
    yield Beat(event(_chunk(order, []) | {"usage": order.usage(words)}))
    yield Beat(DONE)


def words(order: Order, text: str, wait: float = 0.0, index: int = 0, is_picture: bool = False) -> Iterator[Beat]:
    """Text in deltas of a few characters, as tokens come; base64 in large ones."""
    pieces = re.findall(r"(?s).{1,32768}", text) if len(text) > 4096 else re.findall(r"(?s)\s*\S{1,7}\s?|\s+", text)
    for i, piece in enumerate(pieces):
        yield Beat(chunk(order, {"content": piece}, index), 0.0 if i else wait, is_picture)


def _chunk(order: Order, choices: list[dict[str, Any]]) -> dict[str, Any]:
    head = {"id": order.id, "object": "chat.completion.chunk", "created": order.created, "model": order.asked.model}
    return head | {"choices": choices}
