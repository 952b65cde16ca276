"""Requests: every documented field, both ways; and bad bodies refused with a sentence."""

import json
from typing import Any

import pytest

from generations.errors import InvalidRequest
from generations.protocol.request import ChatMessage, Request, image_request, ratio_of

EVERYTHING: dict[str, Any] = {
    "model": "gpt-4o",
    "messages": [
        {"role": "system", "content": "You are a helpful math tutor.", "name": "tutor"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "画只猫"},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "high"}},
                {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": []},
    ],
    "stream": False,
    "n": 2,
    "size": "1024x1024",
    "temperature": 0.5,
    "top_p": 1,
    "max_tokens": 4096,
    "stop": ["a", "b"],
    "presence_penalty": -2,
    "frequency_penalty": 2,
    "logit_bias": None,
    "user": "u",
    "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}},
    "seen": 7,
    "seed": 7,
    "tools": ["x", {"type": "function"}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "modalities": ["image", "text"],
    "image_config": {"aspect_ratio": "3:2"},
}


def test_every_field_of_the_documentation_goes_out_as_it_came_in() -> None:
    request = Request.from_json(json.dumps(EVERYTHING).encode())
    assert json.loads(request.to_json()) == EVERYTHING


def test_only_what_is_set_goes_out_and_stream_always() -> None:
    request = Request.from_json(b'{"model":"m","messages":[{"content":"hi"}]}')
    assert request.to_json() == b'{"model":"m","messages":[{"content":"hi"}],"stream":false}'


def test_prompt_and_references_are_found() -> None:
    request = Request.from_json(json.dumps(EVERYTHING).encode())
    assert request.prompt() == "画只猫"
    assert request.references() == ["https://example.com/a.png"]


def test_an_image_url_may_be_a_string() -> None:
    body = b'{"model":"m","messages":[{"content":[{"type":"image_url","image_url":"https://e.com/a.png"}]}]}'
    assert Request.from_json(body).references() == ["https://e.com/a.png"]


def with_field(name: str, value: Any) -> bytes:
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}], name: value}).encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"{", "not JSON: line 1"),
        (b"[]", "must be a JSON object"),
        (b"{}", "model"),
        (b"[" * 100_000, "nested deeper"),
        (b'{"model":"m","messages":[{"content":"x"}],"x":' + b"[" * 40 + b"]" * 40 + b"}", "nested deeper than 32"),
        (with_field("x", 1).replace(b"1}", b"NaN}"), "NaN"),
        (with_field("x", 1).replace(b"1}", b"-Infinity}"), "-Infinity"),
        (with_field("x", 1).replace(b"1}", b"1e999}"), "out of range"),
        (with_field("x", 1).replace(b"1}", b"1" * 10_000 + b"}"), "digits"),
        (with_field("user", "a\x00b"), "NUL"),
        (with_field("user", "\ud800"), "surrogate"),
        (with_field("\ud800", 1), "surrogate"),
        (with_field("temperature", 2.1), "temperature"),
        (with_field("temperature", "1"), "temperature"),
        (with_field("top_p", -1), "top_p"),
        (with_field("n", 0), "n is not valid"),
        (with_field("n", True), "n is not valid"),
        (with_field("max_tokens", 0), "max_tokens"),
        (with_field("stop", ["1", "2", "3", "4", "5"]), "stop"),
        (with_field("presence_penalty", 3), "presence_penalty"),
        (with_field("messages", []), "messages"),
        (with_field("messages", [{"content": [{"type": "image_url"}]}]), "image_url"),
        (with_field("model", ""), "model"),
    ],
)
def test_a_bad_body_is_refused_with_a_sentence(body: bytes, words: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        Request.from_json(body)
    assert words in refusal.value.detail
    assert refusal.value.detail.endswith(".")


def test_a_drawing_is_a_plain_message_without_references() -> None:
    request = image_request("m", "a cat", stream=True, options={"seed": 3}, extra={"watermark": False})
    assert json.loads(request.to_json()) == {
        "model": "m",
        "messages": [{"role": "user", "content": "a cat"}],
        "stream": True,
        "seed": 3,
        "watermark": False,
    }


def test_references_and_history_come_along() -> None:
    history = [
        ChatMessage(role="user", content="a cat"),
        ChatMessage(role="assistant", content="![a](https://e.com/c.png)"),
    ]
    request = image_request(
        "m", "in a hat", references=["data:image/png;base64,AA=="], history=history, n=2, stream=False
    )
    assert [message.role for message in request.messages] == ["user", "assistant", "user"]
    assert (request.prompt(), request.references(), request.n) == ("in a hat", ["data:image/png;base64,AA=="], 2)


@pytest.mark.parametrize(
    ("placement", "size", "where", "value"),
    [
        ("size", "1536x1024", ["size"], "1536x1024"),
        ("image_config.aspect_ratio", "1536x1024", ["image_config", "aspect_ratio"], "3:2"),
        (
            "extra_body.google.image_config.aspect_ratio",
            "9:16",
            ["extra_body", "google", "image_config", "aspect_ratio"],
            "9:16",
        ),
        ("prompt: [{ratio}]", "1024x768", ["messages", 0, "content"], "a {cat} [4:3]"),
        ("prompt: 【{ratio}】", "1024x1536", ["messages", 0, "content"], "a {cat} 【2:3】"),
        ("prompt: {width} by {height}", "10x20", ["messages", 0, "content"], "a {cat} 10 by 20"),
        ("prompt: [{ratio}]", "2K", ["messages", 0, "content"], "a {cat}"),
        ("", "10x20", ["messages", 0, "content"], "a {cat}"),
    ],
)
def test_the_size_goes_where_the_model_wants_it(placement: str, size: str, where: list[Any], value: str) -> None:
    fields = json.loads(image_request("m", "a {cat}", size=size, placement=placement, stream=False).to_json())
    for step in where:
        fields = fields[step]
    assert fields == value


def test_a_placement_keeps_its_neighbours_and_leaves_the_catalogue_alone() -> None:
    extra = {"image_config": {"image_size": "2K"}, "stream": True, "model": "other"}
    request = image_request("m", "x", size="1:1", placement="image_config.aspect_ratio", stream=False, extra=extra)
    fields = json.loads(request.to_json())
    assert fields["image_config"] == {"image_size": "2K", "aspect_ratio": "1:1"}
    assert (fields["model"], fields["stream"]) == ("m", False)
    assert extra["image_config"] == {"image_size": "2K"}


@pytest.mark.parametrize(
    ("size", "ratio"),
    [("1536x1024", "3:2"), ("1328*1328", "1:1"), ("1792×1024", "7:4"), ("9:16", "9:16"), ("auto", None), ("0x0", None)],
)
def test_a_ratio_is_reduced(size: str, ratio: str | None) -> None:
    assert ratio_of(size) == ratio
