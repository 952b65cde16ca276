"""Over HTTP the sandbox answers as the interface's public document says, whatever it is asked."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generations.sandbox.app import Sandbox
from generations.sandbox.families import FAMILIES
from tests.support.asking import ask, pictures, reference

pytestmark = pytest.mark.exhaustive

COUNT = {"type": "integer", "minimum": 0}
TEXT = {"type": "string"}
CHOICE = {
    "type": "object",
    "properties": {
        "index": COUNT,
        "message": {
            "type": "object",
            "properties": {"role": {"const": "assistant"}, "content": TEXT},
            "required": ["role", "content"],
        },
        "finish_reason": TEXT,
    },
    "required": ["index", "message", "finish_reason"],
}
USAGE = {
    "type": "object",
    "properties": {"prompt_tokens": COUNT, "completion_tokens": COUNT, "total_tokens": COUNT},
    "required": ["prompt_tokens", "completion_tokens", "total_tokens"],
}
COMPLETION = {
    "type": "object",
    "properties": {
        "id": TEXT,
        "object": {"const": "chat.completion"},
        "created": COUNT,
        "model": TEXT,
        "choices": {"type": "array", "items": CHOICE, "minItems": 1},
        "usage": USAGE,
    },
    "required": ["id", "object", "created", "model", "choices", "usage"],
}
ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {"message": TEXT, "type": TEXT, "param": {"type": ["string", "null"]}},
            "required": ["message", "type", "param", "code"],
        }
    },
    "required": ["error"],
}
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
CALLED = [
    {"role": "user", "content": "How is the weather?"},
    {"role": "assistant", "content": "", "tool_calls": [{"id": "call_1", "type": "function", "function": {}}]},
    {"role": "tool", "tool_call_id": "call_1", "content": "Rain, 9 °C"},
]


def client() -> httpx.Client:
    sandbox = Sandbox(pace=0, has_real_shapes=False)
    return httpx.Client(transport=httpx.WSGITransport(sandbox), base_url="http://sandbox.local")


@pytest.fixture
def strict() -> Iterator[httpx.Client]:
    with client() as made:
        yield made


def valid(response: httpx.Response) -> dict[str, Any]:
    """The document in an answer, which is a completion or an error."""
    assert response.headers["Content-Type"].startswith("application/json")
    assert response.status_code in (200, 400, 404), response.text
    document = response.json()
    jsonschema.validate(document, COMPLETION if response.status_code == 200 else ERROR)
    return document


def events(response: httpx.Response) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in response.text.split("\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def needed(model: str) -> tuple[list[str], dict[str, Any]]:
    family = FAMILIES[model]
    small = {"image_config": {"aspect_ratio": "1:1"}} if "size" not in family.places else {"size": "256x256"}
    return [reference()] * family.reference_min, small if not family.sizes or (256, 256) in family.sizes else {}


@pytest.mark.parametrize("model", FAMILIES)
def test_every_model_answers_as_the_document_says(strict: httpx.Client, model: str) -> None:
    urls, options = needed(model)
    response = ask(strict, model, "A lake", *urls, **options)
    assert valid(response)["choices"][0]["finish_reason"] == "stop"
    assert len(pictures(strict, response)) == 1


def test_a_choice_is_one_picture(strict: httpx.Client) -> None:
    response = ask(strict, "gpt-4o-image", "A lake", n=3, size="64x64")
    assert [choice["index"] for choice in valid(response)["choices"]] == [0, 1, 2]
    assert len(set(pictures(strict, response))) == 3


@pytest.mark.parametrize("model", ["gpt-4o-image", "nano-banana", "qwen-image", "doubao-seedream-4-0-250828"])
@pytest.mark.parametrize("wanted", [None, {}, {"include_usage": False}, {"include_usage": True}])
def test_a_stream_ends_with_usage_where_it_is_asked_for(
    strict: httpx.Client, model: str, wanted: dict[str, bool] | None
) -> None:
    _, options = needed(model)
    chunks = events(ask(strict, model, "A lake", stream=True, stream_options=wanted, **options))
    is_asked = bool(wanted and wanted.get("include_usage"))
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert [chunk["choices"] for chunk in chunks].count([]) == int(is_asked)
    assert [bool(chunk.get("usage")) for chunk in chunks] == [False] * (len(chunks) - is_asked) + [True] * is_asked
    assert "![image](" in "".join(c["delta"].get("content", "") for chunk in chunks for c in chunk["choices"])


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_is_called_once(strict: httpx.Client, stream: bool) -> None:
    def said(messages: list[dict[str, Any]]) -> str:
        body = {"model": "gpt-4o", "messages": messages, "tools": TOOLS, "stream": stream}
        response = strict.post("/v1/chat/completions", json=body)
        return response.text if stream else json.dumps(valid(response), ensure_ascii=False)

    assert "tool_calls" in said(CALLED[:1]) and "tool_calls" not in said(CALLED)
    assert "tool_calls" in said([*CALLED, {"role": "user", "content": "And tomorrow?"}])
    assert "Rain" in said(CALLED)


NODE: dict[str, Any] = {"type": "object", "properties": {name: {"$ref": "#"} for name in "abcdefghijkl"}}
DOUBLING = {f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}] * 2} for i in range(40)}
TOO_LARGE = {
    "items": {"type": "array", "items": {"type": "integer"}, "minItems": 10**9},
    "as a float": {"type": "array", "items": {"type": "integer"}, "minItems": 1e9},
    "letters": {"type": "string", "minLength": 10**9},
    "a long text": {"type": "string", "minLength": 100_001},
    "properties": {"type": "object", "minProperties": 10**9},
    "arrays of arrays": {"$ref": "#/$defs/0", "$defs": {
        str(i): {"type": "array", "minItems": 50, "items": {"$ref": f"#/$defs/{i + 1}"}} for i in range(7)}},
    "one long text, often": {"type": "array", "minItems": 5000, "items": {"const": "x" * 5000}},
    "a tree of itself": NODE,
    "parts of parts": {"$ref": "#/$defs/a0", "$defs": DOUBLING},
}  # fmt: skip
IMPOSSIBLE: dict[str, Any] = {
    "itself": {"anyOf": [{"$ref": "#"}]},
    "a list of properties": {"type": "object", "properties": ["a"]},
    "a text for a number": {"type": "array", "minItems": "many"},
    "a number for a pattern": {"type": "string", "pattern": ["a"]},
    "a reference into a list": {"$ref": "#/anyOf/a", "anyOf": []},
    "an infinite number": {"const": float("1e999")},
}


@pytest.mark.parametrize("schema", (TOO_LARGE | IMPOSSIBLE).values(), ids=TOO_LARGE | IMPOSSIBLE)
def test_a_schema_without_a_small_example_is_refused(strict: httpx.Client, schema: dict[str, Any]) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "it", "schema": schema}}
    tools = [{"type": "function", "function": {"name": "it", "parameters": schema}}]
    for param, options in {"response_format": {"response_format": wanted}, "tools": {"tools": tools}}.items():
        content = json.dumps({"model": "gpt-4o", "messages": CALLED[:1], **options}).replace("Infinity", "1e999")
        response = strict.post("/v1/chat/completions", content=content.encode())
        assert (response.status_code, valid(response)["error"]["param"]) == (400, param)


def test_many_choices_do_not_multiply_a_large_answer(strict: httpx.Client) -> None:
    schema = {"type": "string", "minLength": 50_000}
    wanted = {"type": "json_schema", "json_schema": {"name": "it", "schema": schema}}
    assert ask(strict, "gpt-4o", "Say it.", response_format=wanted).status_code == 200
    assert ask(strict, "gpt-4o", "Say it.", response_format=wanted, n=100).status_code == 400


@pytest.mark.parametrize("raw", ['{"model": "flux", "messages": [], "temperature": NaN}', '{"n": Infinity}'])
def test_a_body_that_only_looks_like_json_is_refused(strict: httpx.Client, raw: str) -> None:
    assert valid(strict.post("/v1/chat/completions", content=raw))["error"]["code"] == "invalid_json"


def test_every_answer_has_an_id_of_its_own(strict: httpx.Client) -> None:
    seen = [strict.get(path).headers["x-request-id"] for path in ("/v1/models", "/v1/models", "/nowhere", "/")]
    assert len(set(seen)) == 4


def test_another_method_is_told_the_right_one(strict: httpx.Client) -> None:
    assert strict.get("/v1/chat/completions").headers["Allow"] == "POST"
    assert strict.delete("/v1/models").headers["Allow"] == "GET, HEAD"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ADDRESS = st.sampled_from(["http://[", "data:image/png;base64,é", "data:,", "data:image/png;base64,AA==", "", "//"])
PART = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image_url"])},
    optional={"text": ANYTHING | st.text(), "image_url": ANYTHING | st.fixed_dictionaries({"url": ANYTHING | ADDRESS})},
)
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "system", "assistant", "tool"]) | ANYTHING},
    optional={"content": st.text() | st.lists(PART, max_size=2) | ANYTHING, "images": ANYTHING, "tool_calls": ANYTHING},
)
KEYWORDS = ["type", "items", "properties", "required", "enum", "anyOf", "allOf", "$ref", "minItems", "minLength",
            "minimum", "multipleOf", "pattern", "format", "default", "prefixItems", "additionalProperties"]  # fmt: skip
SCHEMA = st.dictionaries(
    st.sampled_from(KEYWORDS), ANYTHING | st.sampled_from(["object", "array", "string", "number", "#"]), max_size=4
)
BODY = st.fixed_dictionaries(
    {"model": st.sampled_from(["gpt-4o", "gpt-4o", "nano-banana"]), "messages": st.lists(MESSAGE, max_size=3)},
    optional={
        "n": ANYTHING,
        "stream_options": ANYTHING,
        "temperature": ANYTHING,
        "stop": ANYTHING,
        "tools": st.lists(st.fixed_dictionaries({"function": st.fixed_dictionaries({"name": st.just("f")}, optional={
            "parameters": SCHEMA | ANYTHING})}), max_size=1) | ANYTHING,
        "tool_choice": st.sampled_from(["auto", "none", "required"]) | ANYTHING,
        "response_format": ANYTHING | st.fixed_dictionaries({"type": st.just("json_schema"), "json_schema":
            st.fixed_dictionaries({"name": st.just("it"), "schema": SCHEMA | ANYTHING})}),
        "image_config": ANYTHING,
    },
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(BODY | ANYTHING)
def test_whatever_is_asked_is_answered_as_the_document_says(body: object) -> None:
    with client() as strict:
        valid(strict.post("/v1/chat/completions", content=json.dumps(body).encode()))
