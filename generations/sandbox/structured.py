"""Example values for a JSON schema: small, valid and always the same."""

from typing import Any

_MAX_DEPTH = 8
_FORMATS = {
    "date": "2025-06-21",
    "date-time": "2025-06-21T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "PT5M",
    "email": "ada@example.com",
    "uri": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "6f1c2d3e-4b5a-4c7d-8e9f-0a1b2c3d4e5f",
}


def example(schema: Any, root: dict[str, Any] | None = None, depth: int = 0) -> Any:
    """A value that `schema` accepts: types, enums, ranges, lengths, local references, anyOf, oneOf and allOf."""
    root = schema if root is None else root
    if schema is True or not isinstance(schema, dict):
        return "sandbox"
    schema = _resolved(schema, root)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            rest = {k: v for k, v in schema.items() if k != key}
            options = sorted(schema[key], key=lambda option: _is_deep(option) if depth >= _MAX_DEPTH else 0)
            return example(_merged(rest, _resolved(options[0], root)), root, depth + 1)
    return _EXAMPLES[_type(schema)](schema, root, depth)


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    for _ in range(16):
        if not isinstance(schema, dict):
            return {}
        if isinstance(schema.get("$ref"), str):
            target: Any = root
            for key in schema["$ref"].lstrip("#/").split("/") if schema["$ref"] != "#" else ():
                target = target.get(key.replace("~1", "/").replace("~0", "~"), {})
            schema = _merged({k: v for k, v in schema.items() if k != "$ref"}, target)
        elif schema.get("allOf"):
            parts = [_resolved(part, root) for part in schema["allOf"]]
            schema = {k: v for k, v in schema.items() if k != "allOf"}
            for part in parts:
                schema = _merged(schema, part)
        else:
            break
    return schema


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    both = first | second
    if "properties" in first and "properties" in second:
        both["properties"] = first["properties"] | second["properties"]
    if "required" in first and "required" in second:
        both["required"] = [*first["required"], *second["required"]]
    return both


def _is_deep(schema: dict[str, Any]) -> int:
    return int("$ref" in schema or _type(schema) in ("object", "array"))


def _type(schema: dict[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if kind is None:
        kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
        if any(key in schema for key in ("minimum", "maximum", "exclusiveMinimum", "multipleOf")):
            kind = "number"
    return kind if kind in _EXAMPLES else "string"


def _object(schema: dict[str, Any], root: dict[str, Any], depth: int) -> dict[str, Any]:
    required = schema.get("required") or []
    properties = schema.get("properties") or {}
    names = [name for name in properties if name in required or depth < _MAX_DEPTH]
    missing = [name for name in required if name not in properties]
    value = {name: example(properties[name], root, depth + 1) for name in names}
    extra = schema.get("additionalProperties", True)
    value |= {name: example(extra, root, depth + 1) for name in missing}
    while len(value) < schema.get("minProperties", 0):
        value[f"key_{len(value)}"] = example(extra, root, depth + 1)
    return value


def _array(schema: dict[str, Any], root: dict[str, Any], depth: int) -> list[Any]:
    first = [example(item, root, depth + 1) for item in schema.get("prefixItems") or []]
    least = schema.get("minItems", 0)
    count = max(least, min(1 if depth < _MAX_DEPTH else 0, schema.get("maxItems", 1)))
    items = schema.get("items")
    while len(first) < count and items is not False:
        value = example(items, root, depth + 1)
        if schema.get("uniqueItems"):
            value = _another(items, value, len(first))
        first.append(value)
    return first


def _another(items: Any, value: Any, place: int) -> Any:
    if isinstance(items, dict) and len(items.get("enum") or []) > place:
        return items["enum"][place]
    if isinstance(value, str) and place:
        return f"{value} {place + 1}"
    return value + place if isinstance(value, int) and not isinstance(value, bool) else value


def _string(schema: dict[str, Any], root: dict[str, Any], depth: int) -> str:
    text = (
        _FORMATS.get(schema.get("format", ""), "") or _of_pattern(schema.get("pattern", "")) or "A quiet lake at dawn"
    )
    least, most = schema.get("minLength", 0), schema.get("maxLength", 10_000)
    while len(text) < least:
        text += " and the hills behind it"
    return text[: max(most, 0)] if "minLength" not in schema else text[: max(least, min(most, len(text)))]


def _of_pattern(pattern: str) -> str:
    return {"^#[0-9a-fA-F]{6}$": "#2f74b8", "^\\d+$": "12", "^[a-z]+$": "lake", "^[A-Z]{2}$": "CH"}.get(pattern, "")


def _number(schema: dict[str, Any], root: dict[str, Any], depth: int) -> float:
    whole = _type(schema) == "integer"
    tick = schema.get("multipleOf") or (1 if whole else 0.5)
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    value = low if low is not None else min(0, high) if high is not None else 1
    steps = -(-value // tick)
    if isinstance(schema.get("exclusiveMinimum"), int | float) and steps * tick <= schema["exclusiveMinimum"]:
        steps += 1
    if isinstance(schema.get("exclusiveMaximum"), int | float) and low is None:
        steps = min(steps, -(-schema["exclusiveMaximum"] // tick) - 1)
    number = steps * tick
    if not whole and high is not None and low is not None and number > high:
        return (low + high) / 2
    return int(number) if whole else number


_EXAMPLES = {
    "object": _object,
    "array": _array,
    "string": _string,
    "number": _number,
    "integer": _number,
    "boolean": lambda schema, root, depth: True,
    "null": lambda schema, root, depth: None,
}
