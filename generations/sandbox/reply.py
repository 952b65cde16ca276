"""A reply: its status, its headers, and the chunks of its body."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generations.sandbox.chunks import Chunk

JSON = "application/json; charset=utf-8"
EVENTS = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response. `is_whole`: the body is one chunk, so its length is sent in the header."""

    status: int
    headers: tuple[tuple[str, str], ...]
    chunks: Iterable[Chunk]
    is_whole: bool = True


def document(body: object, status: int = 200, *headers: tuple[str, str], wait: float = 0.0) -> Reply:
    """A JSON document."""
    data = json.dumps(body, ensure_ascii=False).encode(errors="replace")
    return Reply(status, (("Content-Type", JSON), *headers), [Chunk(data, wait)])


def page(data: bytes, media_type: str, status: int = 200, *headers: tuple[str, str]) -> Reply:
    """A document of any other type."""
    return Reply(status, (("Content-Type", media_type), *headers), [Chunk(data)])


def events(chunks: Iterator[Chunk]) -> Reply:
    """A stream of server-sent events."""
    return Reply(200, (("Content-Type", EVENTS), ("Cache-Control", "no-cache")), chunks, is_whole=False)


def failure(status: int, message: str, kind: str = "invalid_request_error", code: str | int | None = None,
            param: str | None = None, *headers: tuple[str, str]) -> Reply:  # fmt: skip
    """An error in the format of OpenAI's API."""
    error = {"message": message, "type": kind, "param": param, "code": code}
    return document({"error": error}, status, *headers)
