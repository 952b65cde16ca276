"""The text of answers that have no choices: Anthropic's messages and their events, Ollama, Cohere, Dify and Coze, and
gateways that answer with one field. Pictures are found wherever they stand; this is for the words beside them."""

from collections.abc import Mapping
from typing import Any

_ROLES = ("assistant", "model", "bot", "ai", None)
# Of a body that is nothing but its answer. A body with a type or a state says otherwise what it is.
_ANSWERS = ("answer", "response", "content", "reply", "completion", "generated_text")
_REASONS = ("stop_reason", "finish_reason", "done_reason")
_OTHERWISE = ("choices", "candidates", "error", "type", "status", "state", "object", "role")
_MAX_MESSAGES = 1_000


def choice_in(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a body of another shape says, as a choice; None where it has choices, or says nothing."""
    if any(body.get(key) for key in ("choices", "candidates", "error")):
        return None
    said = _of_event(body) or _of_message(body) or _of_messages(body.get("messages"))
    is_over = body.get("done") is True or body.get("event") == "message_end" or body.get("type") == "message_stop"
    if said is None and not is_over:
        return None
    reason = next((body[key] for key in _REASONS if isinstance(body.get(key), str)), None)
    return {"finish_reason": reason or ("stop" if is_over else None)} | (said or {})


def _of_event(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Anthropic's events: words, and the reason of the end."""
    delta = body.get("delta")
    match body.get("type"):
        case "content_block_delta" if isinstance(delta, dict) and isinstance(delta.get("text"), str):
            return {"delta": {"content": delta["text"]}}
        case "message_delta" if isinstance(delta, dict):
            return {"finish_reason": delta.get("stop_reason")}
    return None


def _of_message(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """`{message: {role, content}, done}` of Ollama and Cohere, `{type: message, role, content}` of Anthropic."""
    message = body.get("message")
    if isinstance(message, dict):
        is_whole = "done" not in body or isinstance(message.get("content"), list)
        return {"message" if is_whole else "delta": _words(message)} if message.get("role") in _ROLES else None
    is_own = body.get("role") in ("assistant", "model") and body.get("type") in ("message", "answer", None)
    return {"message": _words(body)} if is_own and "content" in body else None


def _of_messages(messages: Any) -> dict[str, Any] | None:
    """`{messages: […]}` of Coze: what the model says behind the last words of a person."""
    said: list[str] = []
    for message in messages[:_MAX_MESSAGES] if isinstance(messages, list) else ():
        if not isinstance(message, dict) or message.get("role") not in ("assistant", "model"):
            said = []
        elif isinstance(content := message.get("content"), str) and message.get("type") in ("answer", None):
            said.append(content)
    return {"message": {"content": "\n".join(said)}} if said else None


def field_in(body: Mapping[str, Any]) -> str:
    """The text of a body that is nothing but one field, "" for any other. Heartbeats and bills look like it too."""
    if any(body.get(key) for key in _OTHERWISE):
        return ""
    return next((body[key] for key in _ANSWERS if isinstance(body.get(key), str) and body[key]), "")


def _words(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message with nothing but the text of its content."""
    content = message.get("content")
    if isinstance(content, list):
        content = [part for part in content if isinstance(part, dict) and part.get("type") in ("text", None)]
    return {"content": content}
