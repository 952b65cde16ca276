"""Whether an answer shows that the provider had begun to work before it failed. What had begun may be charged, whatever
the error after it says."""

import re
from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import Any

from generations.protocol.json import MAX_DEPTH
from generations.protocol.tasks import NAMED_IDS, is_begun_state, state_of

_MAX_VISITS = 200
_CHOICES = ("choices", "candidates")
_ANSWERS = ("delta", "message", "text", "content", "images", "image", "b64_json", "url")
_COUNTS = (
    *("prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens"),
    *("promptTokenCount", "candidatesTokenCount", "totalTokenCount"),
)
_IDLE = frozenset(
    (
        *("id", "object", "created", "created_at", "timestamp", "model", "provider", "service_tier", "usage"),
        *("system_fingerprint", "prompt_filter_results", "prompt_annotations", "obfuscation", "request_id"),
        *(
            "heartbeat",
            "ping",
            "keepalive",
            "index",
            "logprobs",
            "role",
            "name",
            "type",
            "error",
            "content_filter_results",
            "native_finish_reason",
        ),
    )
)
"""Fields that a gateway may send of itself, before it has asked a model for anything."""


class Seen(IntEnum):
    """What a part of an answer shows: nothing but an error or a sign of life; something else; or work, beyond doubt."""

    NOTHING = 0
    SOMETHING = 1
    WORK = 2


def seen_in(body: Mapping[str, Any], *, is_error: bool, has_failed: bool = False) -> Seen:
    """What one body, chunk or event shows of work. Of an error only what is beyond doubt counts: text or pictures of an
    answer, tokens billed, a task's own number or its state. `has_failed`: the HTTP status is an error."""
    if _shows_work(body, ids=_GIVEN_BY_PROVIDERS if is_error and has_failed else NAMED_IDS):
        return Seen.WORK
    return Seen.NOTHING if is_error or all(_is_idle(key, value) for key, value in body.items()) else Seen.SOMETHING


def seen_in_words(words: str) -> Seen:
    """What data that is no JSON shows: a word that keeps a connection alive shows nothing."""
    return Seen.NOTHING if _HEARTBEAT.fullmatch(words[:100]) else Seen.SOMETHING


_HEARTBEAT = re.compile(
    r"\W*+(?:ping|pong|keep[ _-]?alive|heart[ _-]?beat|connected|open|null|ok)?+\W*+"
    r"(?:1[5-9]\d{8}(?:\d{3})?+(?:\.\d{1,9}+)?+)?+\W*+"
    r"|\d{4}-\d\d-\d\d[\dT :.Z+-]*+",
    re.IGNORECASE,
)


def _shows_work(body: Mapping[str, Any], *, ids: Collection[str]) -> bool:
    waiting: list[Any] = [body]
    for _ in range(_MAX_VISITS):
        if not waiting:
            return False
        value = waiting.pop()
        if isinstance(value, dict):
            if _names_task(value, ids) or any(_is_billed(value.get(key)) for key in ("usage", "usageMetadata")):
                return True
            if any(_has_content(choice) for key in _CHOICES for choice in _entries(value.get(key))):
                return True
            if any(map(_is_output, _entries(value.get("output")))):
                return True
            value = list(value.values())
        if isinstance(value, list):
            waiting += [entry for entry in value[:_MAX_VISITS] if isinstance(entry, dict | list)]
    return False


def _names_task(layer: Mapping[str, Any], ids: Collection[str]) -> bool:
    if layer.get("taskUUID") and any(_OF_WORK.search(str(layer.get(key))[:1_000]) for key in ("code", "message")):
        return True
    return is_begun_state(state_of(layer)) or any(
        isinstance(layer.get(name), str | int) and bool(layer[name]) for name in ids
    )


_OF_WORK = re.compile(r"provider|time[ _-]?(?:d[ _-]?)?out|process|generat|inference|upstream", re.IGNORECASE)

# Runware names every error by the number that the caller gave its task, which is none of work in one that was refused
# by its status.
_GIVEN_BY_PROVIDERS = tuple(name for name in NAMED_IDS if name != "taskUUID")


def _is_billed(usage: Any) -> bool:
    return isinstance(usage, dict) and any(isinstance(count := usage.get(key), int) and count > 0 for key in _COUNTS)


def _has_content(choice: Mapping[str, Any]) -> bool:
    """Whether a choice, its delta or its message holds anything but a role and empty fields."""
    return any(is_said(choice.get(key)) for key in _ANSWERS)


def _is_output(item: Mapping[str, Any]) -> bool:
    """Whether an item of the responses endpoint holds a thought, words or a picture."""
    return any(is_said(item.get(key)) for key in ("summary", "content", "result", "text"))


def is_said(value: Any, depth: int = 0) -> bool:
    """Whether a value holds more than a role and what is empty. What is nested too deep for an answer counts."""
    if isinstance(value, dict):
        value = [entry for key, entry in value.items() if key not in ("role", "type", "index")]
    if isinstance(value, list) and value and depth < MAX_DEPTH:
        return any(is_said(entry, depth + 1) for entry in value[:_MAX_VISITS])
    return bool(value.strip() if isinstance(value, str) else value)


def _is_idle(key: str, value: Any) -> bool:
    """Whether a field says no more than that the gateway is there."""
    if isinstance(value, str) and _HEARTBEAT.fullmatch(value[:100]):
        return True
    if key in _CHOICES:
        return all(_is_idle(name, entry) for choice in _entries(value) for name, entry in choice.items())
    if key in ("finish_reason", "finishReason"):
        return value in (None, "", "error")
    return key in _IDLE or not is_said(value)


def _entries(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value[:_MAX_VISITS] if isinstance(entry, dict)] if isinstance(value, list) else []
