"""Answers without choices: what they say is kept, whole or in a stream."""

import json
from typing import Any

import pytest

from generations.protocol.response import read
from tests.protocol.test_mixtures import A, as_body, told
from tests.protocol.test_reading import HERE, THERE, check, kind_of

TEXT = f"Hi ![x]({HERE})"


def assistant(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


def events(*entries: dict[str, Any], named: bool = False) -> bytes:
    names = [f"event: {entry['type']}\n" if named else "" for entry in entries]
    return "".join(f"{name}data: {json.dumps(entry)}\n\n" for name, entry in zip(names, entries, strict=True)).encode()


def lines(*entries: dict[str, Any]) -> bytes:
    return "\n".join(map(json.dumps, entries)).encode()


def block(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


SHAPES: dict[str, Any] = {
    "Ollama": {"model": "x", "message": assistant(TEXT), "done": True},
    "Ollama in pieces": lines(
        *({"message": assistant(piece), "done": False} for piece in (TEXT[:6], TEXT[6:20], TEXT[20:])),
        {"message": assistant(""), "done": True, "done_reason": "stop"},
    ),
    "Ollama's other endpoint in pieces": lines(
        {"response": TEXT[:9], "done": False}, {"response": TEXT[9:], "done": False}, {"response": "", "done": True}
    ),
    "Anthropic": {"type": "message", **assistant([{"type": "text", "text": TEXT}]), "stop_reason": "end_turn"},
    "Anthropic in events": events(
        {"type": "message_start", "message": {"id": "m", **assistant([])}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        block(TEXT[:9]),
        block(TEXT[9:]),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
        named=True,
    ),
    "Cohere": {"id": "c", "message": assistant([{"type": "text", "text": TEXT}]), "finish_reason": "COMPLETE"},
    "Dify": {"event": "message", "answer": TEXT, "mode": "chat"},
    "Dify in events": events(
        {"event": "message", "answer": TEXT[:9]}, {"event": "message", "answer": TEXT[9:]}, {"event": "message_end"}
    ),
    "Coze": {"messages": [{"role": "user", "content": f"![x]({A})"}, assistant(TEXT, type="answer")]},
    "a field": {"response": TEXT},
    "a field within": {"success": True, "errors": [], "result": {"response": TEXT}},
    "content": {"content": TEXT},
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_text_of_another_shape_is_read(name: str) -> None:
    check(SHAPES[name], [HERE], "Hi")
    assert read(as_body(SHAPES[name])).complete


def test_a_refusal_of_another_shape_is_one() -> None:
    message = assistant([{"type": "text", "text": "I can't help."}])
    assert kind_of({"type": "message", **message, "stop_reason": "refusal"})[0] == "declined"
    assert kind_of({"message": assistant("I cannot create that image."), "done": True})[0] == "declined"


QUIET: dict[str, Any] = {
    "a message": {"message": "ok"},
    "nothing": {"content": None},
    "a thought": {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": TEXT}},
    "the words of a person": {"messages": [assistant(TEXT), {"role": "user", "content": f"![x]({THERE})"}]},
}


@pytest.mark.parametrize("name", QUIET)
def test_what_is_no_answer_is_not_read(name: str) -> None:
    answer = read(as_body(QUIET[name]))
    assert (answer.images, answer.text) == ((), None)


def test_the_text_of_a_stream_that_breaks_off_is_kept() -> None:
    answer = read(events(block("Hi "), block("there"), named=True))
    assert (answer.outcome, answer.text) == ("truncated", "Hi there")


ONCE: dict[str, tuple[Any, str]] = {
    "two layers": ({"content": "Hi", "data": {"content": "Hi"}}, "Hi"),
    "an answer in its data": ({"answer": "Hi", "data": {"answer": "Hi"}}, "Hi"),
    "chunks and all of it": (told("Hi") + b'data: {"content": "Hi"}\n\n', "Hi"),
    "all of it behind a text": (b'"Hi"\n{"content": "Hi"}', "Hi"),
    "a bill": (told("Hi", done=False) + b'data: {"choices": [], "content": "billing: 3 credits"}\n\n', "Hi"),
    "a heartbeat": (b'data: {"content": "keepalive"}\n\n' + told("Hi"), "Hi"),
    "pieces": (b'data: {"answer": "Hel"}\n\ndata: {"answer": "lo"}\n\ndata: [DONE]\n\n', "Hello"),
}


@pytest.mark.parametrize("name", ONCE)
def test_words_are_read_once_and_never_those_beside_the_answer(name: str) -> None:
    body, text = ONCE[name]
    assert read(as_body(body)).text == text


def test_a_failed_chat_says_why() -> None:
    failed = {"id": "1", "status": "failed", "last_error": {"code": 4011, "msg": "Insufficient credits"}}
    body = f'event: conversation.chat.failed\ndata: {json.dumps(failed)}\n\nevent: done\ndata: "[DONE]"\n\n'
    error = read(body.encode()).error
    assert error is not None
    assert (error.message, error.code) == ("Insufficient credits", 4011)
