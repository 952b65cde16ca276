"""Checks the fields of a request, their types and ranges, with the error messages of OpenAI's API."""

from collections.abc import Callable
from typing import Any

Check = Callable[[str, Any], None]


class Rejected(Exception):
    """A request that is answered with this error."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.param, self.code, self.status = message, param, code, status


def check_fields(body: dict[str, Any]) -> None:
    """Check every field that is set; unknown fields are ignored. Raises Rejected, which names the field."""
    for name, value in body.items():
        if value is not None and name in _FIELDS:
            _FIELDS[name](name, value)
    _check_choice(body)


def _number(low: float, high: float) -> Check:
    def check(name: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Rejected(f"Invalid type for '{name}': expected a number.", name, "invalid_type")
        if not low <= value <= high:
            kind = "decimal_below_min_value" if value < low else "decimal_above_max_value"
            raise Rejected(f"Invalid '{name}': {value} is not between {low} and {high}.", name, kind)

    return check


def _whole(low: int, high: int) -> Check:
    def check(name: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Rejected(f"Invalid type for '{name}': expected an integer.", name, "invalid_type")
        if not low <= value <= high:
            kind = "integer_below_min_value" if value < low else "integer_above_max_value"
            raise Rejected(f"Invalid '{name}': {value} is not between {low} and {high}.", name, kind)

    return check


def _kind(expected: type, words: str) -> Check:
    def check(name: str, value: Any) -> None:
        if not isinstance(value, expected):
            raise Rejected(f"Invalid type for '{name}': expected {words}.", name, "invalid_type")

    return check


def _check_messages(name: str, value: Any) -> None:
    if not isinstance(value, list) or not value:
        raise Rejected("Invalid 'messages': expected a non-empty array of messages.", name, "invalid_type")
    for i, message in enumerate(value):
        if not isinstance(message, dict):
            raise Rejected(f"Invalid type for 'messages[{i}]': expected an object.", name, "invalid_type")
        if message.get("role") not in (None, "system", "developer", "user", "assistant", "tool", "function"):
            raise Rejected(f"Invalid value for 'messages[{i}].role'.", f"messages[{i}].role", "invalid_value")
        content = message.get("content")
        is_parts = isinstance(content, list) and all(isinstance(part, dict) for part in content)
        if not is_parts and not isinstance(content, str | None):
            where = f"messages[{i}].content"
            raise Rejected(
                f"Invalid type for '{where}': expected a string or an array of parts.", where, "invalid_type"
            )


def _check_stop(name: str, value: Any) -> None:
    stops = [value] if isinstance(value, str) else value
    if not isinstance(stops, list) or len(stops) > 4 or not all(isinstance(s, str) for s in stops):
        raise Rejected("Invalid 'stop': expected a string or up to 4 strings.", name, "invalid_type")


def _check_bias(name: str, value: Any) -> None:
    _kind(dict, "an object")(name, value)
    for token, bias in value.items():
        _number(-100, 100)(f"logit_bias.{token}", bias)


def _check_format(name: str, value: Any) -> None:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind not in ("text", "json_object", "json_schema"):
        raise Rejected("Invalid 'response_format.type': use text, json_object or json_schema.", name, "invalid_value")
    wanted = value.get("json_schema")
    if kind == "json_schema" and not (isinstance(wanted, dict) and isinstance(wanted.get("name"), str)):
        where = "response_format.json_schema"
        raise Rejected(f"Missing required parameter: '{where}.name'.", where, "missing_required_parameter")
    if kind == "json_schema" and not isinstance(wanted.get("schema", {}), dict):
        raise Rejected("Invalid type for 'response_format.json_schema.schema'.", name, "invalid_type")


def _check_tools(name: str, value: Any) -> None:
    is_list = isinstance(value, list) and len(value) <= 128
    if not is_list or not all(isinstance(tool, dict) and isinstance(tool.get("function"), dict) for tool in value):
        raise Rejected("Invalid 'tools': expected up to 128 objects with a 'function'.", name, "invalid_type")
    if not all(isinstance(tool["function"].get("name"), str) for tool in value):
        raise Rejected("Missing required parameter: 'tools[].function.name'.", name, "missing_required_parameter")


def _check_stream_options(name: str, value: Any) -> None:
    _kind(dict, "an object")(name, value)
    if not isinstance(value.get("include_usage"), bool | None):
        where = f"{name}.include_usage"
        raise Rejected(f"Invalid type for '{where}': expected a boolean.", where, "invalid_type")


def _check_choice(body: dict[str, Any]) -> None:
    choice, tools = body.get("tool_choice"), body.get("tools") or []
    if choice is None or choice in ("none", "auto", "required"):
        return
    chosen = choice.get("function") if isinstance(choice, dict) else None
    wanted = chosen.get("name") if isinstance(chosen, dict) else None
    if wanted not in [tool["function"]["name"] for tool in tools]:
        raise Rejected("Invalid 'tool_choice': it names no function in 'tools'.", "tool_choice", "invalid_value")


_FIELDS: dict[str, Check] = {
    "model": _kind(str, "a string"),
    "messages": _check_messages,
    "stream": _kind(bool, "a boolean"),
    "stream_options": _check_stream_options,
    "n": _whole(1, 128),
    "size": _kind(str, "a string"),
    "temperature": _number(0, 2),
    "top_p": _number(0, 1),
    "max_tokens": _whole(1, 1_000_000),
    "max_completion_tokens": _whole(1, 1_000_000),
    "stop": _check_stop,
    "presence_penalty": _number(-2, 2),
    "frequency_penalty": _number(-2, 2),
    "logit_bias": _check_bias,
    "user": _kind(str, "a string"),
    "response_format": _check_format,
    "seed": _whole(-(2**63), 2**63 - 1),
    "tools": _check_tools,
}
