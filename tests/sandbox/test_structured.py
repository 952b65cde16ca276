"""Example values are valid for the schemas they come from."""

import jsonschema
import pytest

from generations.sandbox.structured import example

SCHEMAS = [
    {},
    {"type": "string", "minLength": 40},
    {"type": "string", "maxLength": 3},
    {"type": "string", "format": "date-time"},
    {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"},
    {"type": "integer", "minimum": 3, "maximum": 4},
    {"type": "integer", "exclusiveMinimum": 3},
    {"type": "integer", "exclusiveMaximum": -3},
    {"type": "number", "minimum": 0.2, "maximum": 0.4},
    {"type": "number", "multipleOf": 0.25, "minimum": 1.1},
    {"type": ["null", "boolean"]},
    {"const": None},
    {"enum": ["a", 1]},
    {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    {"oneOf": [{"type": "object", "properties": {"kind": {"const": "a"}}, "required": ["kind"]}, {"type": "string"}]},
    {"allOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"required": ["b"]}]},
    {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False},
    {"type": "array", "items": {"enum": ["x", "y"]}, "minItems": 2, "uniqueItems": True},
    {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2},
    {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "number"}, "maxItems": 0}}},
    {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                },
                "required": ["name", "children"],
                "additionalProperties": False,
            }
        },
    },
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_an_example_is_valid(schema: dict) -> None:
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(example(schema))


def test_an_example_is_always_the_same() -> None:
    assert example(SCHEMAS[-1]) == example(SCHEMAS[-1])
