"""Example values for a JSON schema: small, valid and always the same. A schema comes from a stranger: an example that
would be large, or that nobody can make, is refused."""

import json
from dataclasses import dataclass, field, replace
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


_MAX_STEPS = 100_000
_MAX_CHARACTERS = 100_000


class NoExample(ValueError):
    """No example can be made of a schema; the text says why."""


@dataclass(slots=True)
class _Budget:
    """What one example may still cost."""

    steps: int = _MAX_STEPS
    characters: int = _MAX_CHARACTERS

    def take(self, steps: int, characters: float = 0) -> None:
        self.steps -= steps
        if self.steps < 0 or characters > self.characters:
            raise NoExample("its smallest answer would be too large.")
        self.characters -= int(characters)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an example stands: within which schema, how deep, and what is left to spend."""

    root: Any
    depth: int = 0
    budget: _Budget = field(default_factory=_Budget)

    def below(self) -> "_Place":
        return replace(self, depth=self.depth + 1)


def example_json(schema: object, times: int = 1) -> str:
    """An example as JSON, short enough to be said `times` times. Raises NoExample."""
    place = _Place(schema, budget=_Budget(characters=_MAX_CHARACTERS // times))
    try:
        text = json.dumps(_value(schema, place), allow_nan=False)
    except NoExample:
        raise
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as problem:
        raise NoExample("it is no JSON schema that can be followed.") from problem
    return text


def example(schema: Any) -> Any:
    """A value that `schema` accepts: types, enums, ranges, lengths, local references, anyOf, oneOf and allOf."""
    return json.loads(example_json(schema))


def _value(schema: Any, place: _Place) -> Any:
    place.budget.take(1, 2)
    if schema is True or not isinstance(schema, dict):
        return "sandbox"
    schema = _resolved(schema, place)
    for key in ("const", "default"):
        if key in schema:
            return _given(schema[key], place)
    for key in ("enum", "examples"):
        if schema.get(key):
            return _given(schema[key][0], place)
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            place.budget.take(len(schema[key]))
            rest = {k: v for k, v in schema.items() if k != key}
            options = sorted(schema[key], key=lambda option: _is_deep(option) if place.depth >= _MAX_DEPTH else 0)
            return _value(_merged(rest, _resolved(options[0], place), place), place.below())
    return _EXAMPLES[_type(schema)](schema, place)


def _given(value: Any, place: _Place) -> Any:
    """A value that stands in the schema itself, and may stand in the answer many times."""
    place.budget.take(1, len(json.dumps(value)))
    return value


def _resolved(schema: dict[str, Any], place: _Place) -> dict[str, Any]:
    for _ in range(16):
        place.budget.take(1)
        if not isinstance(schema, dict):
            return {}
        if isinstance(schema.get("$ref"), str):
            target: Any = place.root
            for key in schema["$ref"].lstrip("#/").split("/") if schema["$ref"] != "#" else ():
                target = target.get(key.replace("~1", "/").replace("~0", "~"), {})
            schema = _merged({k: v for k, v in schema.items() if k != "$ref"}, target, place)
        elif schema.get("allOf"):
            parts = [_resolved(part, place) for part in schema["allOf"]]
            schema = {k: v for k, v in schema.items() if k != "allOf"}
            for part in parts:
                schema = _merged(schema, part, place)
        else:
            break
    return schema


def _merged(first: dict[str, Any], second: dict[str, Any], place: _Place) -> dict[str, Any]:
    both = first | second
    place.budget.take(sum(len(both.get(key) or ()) for key in ("properties", "required")))
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


def _object(schema: dict[str, Any], place: _Place) -> dict[str, Any]:
    required = dict.fromkeys(schema.get("required") or [])
    properties = schema.get("properties") or {}
    place.budget.take(len(properties) + len(required))
    names = [name for name in properties if name in required or place.depth < _MAX_DEPTH]
    missing = [name for name in required if name not in properties]
    place.budget.take(0, sum(len(name) + 4 for name in [*names, *missing]))
    value = {name: _value(properties[name], place.below()) for name in names}
    extra = schema.get("additionalProperties", True)
    value |= {name: _value(extra, place.below()) for name in missing}
    while len(value) < schema.get("minProperties", 0):
        value[f"key_{len(value)}"] = _value(extra, place.below())
        place.budget.take(0, 12)
    return value


def _array(schema: dict[str, Any], place: _Place) -> list[Any]:
    first = [_value(item, place.below()) for item in schema.get("prefixItems") or []]
    least = schema.get("minItems", 0)
    count = max(least, min(1 if place.depth < _MAX_DEPTH else 0, schema.get("maxItems", 1)))
    items = schema.get("items")
    while len(first) < count and items is not False:
        value = _value(items, place.below())
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


def _string(schema: dict[str, Any], place: _Place) -> str:
    text = (
        _FORMATS.get(schema.get("format", ""), "") or _of_pattern(schema.get("pattern", "")) or "A quiet lake at dawn"
    )
    least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", 10_000))
    place.budget.take(0, max(least, len(text)))
    while len(text) < least:
        text += " and the hills behind it"
    return text[: max(most, 0)] if "minLength" not in schema else text[: max(least, min(most, len(text)))]


def _of_pattern(pattern: str) -> str:
    return {"^#[0-9a-fA-F]{6}$": "#2f74b8", "^\\d+$": "12", "^[a-z]+$": "lake", "^[A-Z]{2}$": "CH"}.get(pattern, "")


def _number(schema: dict[str, Any], place: _Place) -> float:
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
    "boolean": lambda schema, place: True,
    "null": lambda schema, place: None,
}
