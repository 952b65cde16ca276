"""Token counts of an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as billed; None where the answer gives none."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None


def usage_in(usage: Any) -> Usage | None:
    """The counts in a field `usage` or `usageMetadata`; None where it gives none."""
    if not isinstance(usage, dict):
        return None
    prompt = _count(usage, "prompt_tokens", "input_tokens", "promptTokenCount")
    completion = _count(usage, "completion_tokens", "output_tokens", "candidatesTokenCount")
    total = _count(usage, "total_tokens", "totalTokenCount")
    return None if (prompt, completion, total) == (None, None, None) else Usage(prompt, completion, total)


def _count(usage: Mapping[str, Any], *keys: str) -> int | None:
    for key in keys:
        value = usage.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53:
            return value
    return None
