"""The pieces of an answer: completions, their deltas as server-sent events, and the wait before each piece."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generations.sandbox.order import Order

DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes to send after `wait` seconds (times the pace). `is_picture`: they hold a picture or its link."""

    data: bytes
    wait: float = 0.0
    is_picture: bool = False


def event(data: object, name: str = "") -> bytes:
    """One server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode(errors="replace")


def completion(order: Order, choices: list[dict[str, Any]], words: str = "") -> dict[str, Any]:
    """A `chat.completion` object; `words` is its text, which is counted as tokens."""
    if not order.has_real_shapes:
        choices = [one | {"message": one["message"] | {"content": one["message"]["content"] or ""}} for one in choices]
    return {
        "id": order.id,
        "object": "chat.completion",
        "created": order.created,
        "model": order.request.model,
        "choices": choices,
        "usage": order.usage(words),
    }


def choice(message: dict[str, Any], index: int = 0, finish: str = "stop") -> dict[str, Any]:
    """A choice of a completion."""
    return {"index": index, "message": {"role": "assistant"} | message, "finish_reason": finish}


def delta_event(order: Order, delta: dict[str, Any], index: int = 0, finish: str | None = None) -> bytes:
    """A `chat.completion.chunk` with one delta, as a server-sent event."""
    return event(_chunk(order, [{"index": index, "delta": delta, "finish_reason": finish}]))


def final_chunks(order: Order, words: str = "", choices: int = 1, finish: str = "stop") -> Iterator[Chunk]:
    """The end of a stream: finish_reason for every choice, usage where it is wanted, [DONE]. Gateways send usage
    unasked."""
    for index in range(choices):
        yield Chunk(delta_event(order, {}, index, finish))
    if order.has_real_shapes or order.request.wants_usage:
        yield Chunk(event(_chunk(order, []) | {"usage": order.usage(words)}))
    yield Chunk(DONE)


def text_chunks(
    order: Order, text: str, wait: float = 0.0, index: int = 0, is_picture: bool = False
) -> Iterator[Chunk]:
    """A text as deltas of a few characters, as tokens arrive; base64 as large ones."""
    pieces = re.findall(r"(?s).{1,32768}", text) if len(text) > 4096 else re.findall(r"(?s)\s*\S{1,7}\s?|\s+", text)
    for i, piece in enumerate(pieces):
        yield Chunk(delta_event(order, {"content": piece}, index), 0.0 if i else wait, is_picture)


def _chunk(order: Order, choices: list[dict[str, Any]]) -> dict[str, Any]:
    head = {"id": order.id, "object": "chat.completion.chunk", "created": order.created, "model": order.request.model}
    return head | {"choices": choices}
