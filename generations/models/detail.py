"""What a failure says of itself, in the columns of a row: as English text, and as a message where it is ours."""

from __future__ import annotations

from typing import Any

from generations.translatable import Message, from_json
from generations.translation import translated

MAX_DETAIL = 1000
"""Characters of the text."""


def detail_columns(detail: str, max_length: int | None = MAX_DETAIL) -> dict[str, Any]:
    """The columns `detail` and `detail_message`."""
    return {
        "detail": detail[:max_length],
        "detail_message": detail.to_json() if isinstance(detail, Message) else None,
    }


def detail_in(text: str, message: dict[str, Any] | None) -> str:
    """What `detail_columns` kept: a Message where it was one."""
    return from_json(message) if message else text


def shown_detail_of(text: str, message: dict[str, Any] | None) -> str:
    """What `detail_columns` kept, in the active language where it is ours. What a provider wrote stays as it is."""
    return translated(from_json(message)) if message else text
