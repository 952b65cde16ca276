"""The layers of a body, its choices and their messages, whatever a gateway wraps them in."""

from collections.abc import Iterator, Mapping
from typing import Any

from generations.protocol.json import MAX_DEPTH, read_json, short

MAX_CHOICES = 128
_WRAPPERS = ("output", "data", "response", "result", "body", "completion", "payload")


def layers_of(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The body and the bodies nested in it by gateways: `{output: {choices}}`, `{code, data: {…}}`, `{response:
    {…}}`, or as JSON in a string."""
    waiting = [(body, 0)]
    while waiting:
        layer, depth = waiting.pop(0)
        yield layer
        if depth < 3:
            inner = [parsed(value) if isinstance(value := layer.get(key), str) else value for key in _WRAPPERS]
            waiting += [(value, depth + 1) for value in inner if isinstance(value, dict)]


def parsed(text: str) -> Any:
    """The JSON document in a string; the string itself when it is none."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        inner = read_json(text)
    except ValueError:
        return text
    return inner if isinstance(inner, dict | list) else text


def text_of(content: Any, joint: str, depth: int = 0) -> str:
    """The text of a content: a string, a part, or the texts of a list of parts."""
    match content:
        case str():
            return content
        case dict() | list() if depth > MAX_DEPTH:
            return ""
        case {"parts": list() as parts}:
            return text_of(parts, joint, depth + 1)
        case {"text": str() as text}:
            return "" if content.get("thought") or str(content.get("type")).startswith("reasoning") else text
        case {"text": {"value": str() as text}}:
            return text
        case list():
            return joint.join(text for part in content if (text := text_of(part, joint, depth + 1)))
    return ""


def native_reason(choice: Mapping[str, Any]) -> str | None:
    """The provider's own finish reason: on the choice (OpenRouter) or in `provider_specific_fields` (LiteLLM)."""
    message = choice.get("message")
    extras = [layer.get("provider_specific_fields") for layer in (choice, message) if isinstance(layer, dict)]
    layers = [choice, *(extra for extra in extras if isinstance(extra, dict))]
    names = ("native_finish_reason", "nativeFinishReason")
    return next((reason for layer in layers for name in names if (reason := short(layer.get(name)))), None)


def choices_of(value: Any) -> list[Mapping[str, Any]]:
    """The choices of a list or one in it, of an object by their numbers, or of one that is a choice itself. A text is a
    choice too."""
    if isinstance(value, dict):
        value = list(value.values()) if all(key.isdecimal() for key in value) else [value]
    entries = [value] if isinstance(value, str) else entries_of(value)
    entries = entries[0] if len(entries) == 1 and isinstance(entries[0], list) else entries
    return [{"text": entry} if isinstance(entry, str) else entry for entry in entries if isinstance(entry, str | dict)]


def messages_of(value: Any) -> list[Mapping[str, Any]]:
    """The messages of a choice: an object, a text, or a list of them, of which those of a model count."""
    entries = value if isinstance(value, list) else [value]
    messages = [{"content": entry} if isinstance(entry, str) else entry for entry in entries[:MAX_CHOICES]]
    return [it for it in messages if isinstance(it, dict) and it.get("role") not in ("user", "system", "developer")]


def percent(layer: Mapping[str, Any]) -> int | None:
    """How far a task is, in percent: `progress: 60`, `"60%"` or `0.6`; None where it says nothing of it."""
    value = next((layer[key] for key in ("progress", "percent", "percentage", "progress_pct") if layer.get(key)), None)
    if isinstance(value, str) and value.strip().endswith("%"):
        digits = value.strip()[:-1].strip()[:6]
        value = float(digits) if digits.replace(".", "", 1).isdecimal() else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    value = value * 100 if isinstance(value, float) and 0 < value < 1 else value
    return int(value) if 1 <= value <= 100 else None


def entries_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
