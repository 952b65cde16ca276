"""The reader under attack: any bytes, any cut, any mutation; and what surrounds the pictures."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generations.protocol.answer import Answer
from generations.protocol.response import read
from tests.protocol.test_answers import FOLDER, body_of
from tests.protocol.test_mixtures import B64, B64_2, URI, A, B, as_body, said, told

OUTCOMES = {"images", "text_only", "refusal", "error", "truncated"}
RECORDS = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]
SHAPES = [record for record in RECORDS if len(body_of(record)) < 20_000]


def is_sound(answer: Answer) -> bool:
    json.dumps(answer.as_json()).encode()
    assert answer.outcome in OUTCOMES
    assert (answer.outcome == "images") == bool(answer.images)
    assert "\x00" not in (answer.text or "")
    (answer.text or "").encode()
    assert all(0 <= percent <= 100 for percent in answer.progress)
    return True


words = st.sampled_from(
    [
        "![",
        "](",
        ")",
        "[",
        "<img src=",
        '"',
        ">",
        "data:image/png;base64,",
        B64,
        "https://x/a.png",
        "```json\n{",
        "```",
        "\n",
    ]
    + [
        '"prompt"',
        "}",
        "进度",
        "7..",
        "[100](",
        "% completed",
        "生成失败",
        "失败原因：",
        "\x00",
        "\ud800",
        "cannot ",
        "> ",
    ]
)


@settings(max_examples=150)
@given(st.lists(words, max_size=25).map("".join))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert is_sound(read(json.dumps(said(text)).encode()))
    assert is_sound(read(told(text, text, finish=None, done=False), ended=False))


@settings(max_examples=150)
@given(st.binary(max_size=400), st.sampled_from([200, 204, 302, 400, 429, 500, 599]))
def test_no_bytes_break_the_reader(body: bytes, status: int) -> None:
    assert is_sound(read(body, status=status, headers={"Retry-After": "x"}, request=body))
    assert is_sound(read(b"data: " + body + b"\n\n", status=status))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([URI, A, B64]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)


def mutated(value: Any, dice: random.Random, odd: Any) -> Any:
    if dice.random() < 0.08:
        return odd
    if isinstance(value, dict):
        return {key: mutated(item, dice, odd) for key, item in value.items() if dice.random() > 0.05}
    if isinstance(value, list):
        return [mutated(item, dice, odd) for item in value]
    return value


@settings(max_examples=200)
@given(st.sampled_from([r for r in SHAPES if "body" in r and not isinstance(r["body"], str)]), values, st.randoms())
def test_no_mutation_of_a_document_breaks_the_reader(record: dict[str, Any], odd: Any, dice: random.Random) -> None:
    body = mutated(record["body"], dice, odd)
    assert is_sound(read(json.dumps(body).encode(), status=record["http_status"]))


@pytest.mark.parametrize("record", SHAPES, ids=lambda record: record["id"])
def test_no_cut_yields_half_a_picture(record: dict[str, Any]) -> None:
    body, status = body_of(record), record["http_status"]
    whole = {(ref.url, ref.data) for ref in read(body, status=status).images}
    for end in range(0, len(body), max(1, len(body) // 60)):
        answer = read(body[:end], status=status, ended=False)
        assert is_sound(answer)
        assert {(ref.url, ref.data) for ref in answer.images} <= whole


@pytest.mark.parametrize("size", [1, 3, 17])
@pytest.mark.parametrize(
    "text", [f"Look ![a]({URI}) and", f"Look {URI}", f'<img src="{A}?x=1"> b', f"see {A}?sig=abcdef"]
)
def test_no_cut_of_a_finely_split_stream_yields_half_a_picture(text: str, size: int) -> None:
    events = [told(text[i : i + size], finish=None, done=False) for i in range(0, len(text), size)]
    whole = {(ref.url, ref.data) for ref in read(b"".join(events) + told()).images}
    assert len(whole) == 1
    for count in range(0, len(events), max(1, len(events) // 100)):
        assert {(ref.url, ref.data) for ref in read(b"".join(events[:count])).images} <= whole


def test_what_was_sent_is_not_what_came_back() -> None:
    request = as_body(
        {
            "model": "m",
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": f"make {B} red"},
                        {"type": "image_url", "image_url": {"url": URI}},
                    ],
                }
            ],
        }
    )
    echo = said(f"![ref]({B}) ![ref]({URI}) ![new]({A})")
    assert [ref.url for ref in read(as_body(echo), request=request).images] == [A]
    assert len(read(as_body(echo)).images) == 3
    assert read(as_body(said(f"![ref]({B})")), request=request).outcome != "images"


def test_the_last_n_are_the_pictures_asked_for() -> None:
    images = [{"image_url": {"url": url}} for url in (URI, f"data:image/png;base64,{B64_2}", A)]
    answer = read(as_body(said(None, images=images)))
    assert [ref.kind for ref in answer.images] == ["data", "data", "url"]
    assert answer.last(1) == answer.images[-1:]
    assert answer.last(9) == answer.images
    assert answer.last(0) == ()


def asked(schema: dict[str, Any]) -> bytes:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    return as_body({"model": "m", "messages": [{"content": "x"}], "response_format": form})


STEPS = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def test_a_structured_answer_is_parsed_and_validated() -> None:
    assert read(as_body(said('{"n": 1}')), request=asked(STEPS)).parsed == {"n": 1}
    assert read(as_body(said('```json\n{"n": 1}\n```')), request=asked(STEPS)).parsed == {"n": 1}
    wrong = read(as_body(said('{"n": "x"}')), request=asked(STEPS))
    assert wrong.parsed == {"n": "x"}
    assert wrong.parse_problem == "At $.n: 'x' is not of type 'integer'"
    assert "not JSON" in (read(as_body(said("sure")), request=asked(STEPS)).parse_problem or "")
    assert "schema" in (read(as_body(said("{}")), request=asked({"type": "nonsense"})).parse_problem or "")


def test_tool_calls_and_usage_are_put_together() -> None:
    chunks = [
        {
            "choices": [
                {
                    "delta": {
                        "tool_calls": [
                            {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a'}}
                        ]
                    }
                }
            ]
        },
        {
            "choices": [
                {
                    "delta": {"tool_calls": [{"index": 0, "function": {"arguments": '":1}'}}]},
                    "finish_reason": "tool_calls",
                }
            ]
        },
        {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}},
    ]
    answer = read(b"".join(b"data: " + as_body(chunk) + b"\n\n" for chunk in chunks))
    assert answer.tool_calls == ({"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}},)
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (3, 4, 7)
    assert answer.finish_reasons == ("tool_calls",)
    assert answer.outcome == "text_only"


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([{"id": "chatcmpl-1", "choices": []}, {"id": "chatcmpl-1", "choices": []}], "chatcmpl-1"),
        ([{"choices": []}, {"id": "late", "choices": []}, {"id": "later"}], "late"),
        ([{"type": "response.completed", "response": {"id": "resp_1", "output": []}}], "resp_1"),
        ([{"choices": [{"message": {"content": "x", "tool_calls": [{"id": "call_1"}]}}]}], None),
        ([{"id": 7, "choices": []}], None),
        ([{"id": "", "choices": []}], None),
        ([{"id": "a\0b" + "c" * 999, "choices": []}], "a\ufffdb" + "c" * 497),
    ],
)
def test_the_providers_name_for_an_answer_is_the_first_it_gives(pieces: list, expected: str | None) -> None:
    assert read(b"".join(b"data: " + as_body(piece) + b"\n\n" for piece in pieces)).response_id == expected


def test_a_key_is_masked_in_all_that_is_kept_of_an_answer() -> None:
    choice = {"message": {"content": "the sk-secret"}, "finish_reason": "sk-secret"}
    answer = read(as_body({"id": "x-sk-secret", "choices": [choice]})).redacted(["sk-secret"])
    kept = [answer.text, *answer.finish_reasons, answer.response_id]
    assert not [text for text in kept if "sk-secret" in (text or "")] and all(kept)


def test_a_partial_failure_is_a_remark() -> None:
    answer = read(as_body({"data": [{"url": A}], "error": {"message": "one failed", "code": "x_y"}}))
    assert (answer.outcome, answer.remark) == ("images", "one failed")


PLACES = ["content", "parts", "text", "error", "data", "images", "output", "tool_calls", "usage", "details", "message"]


@pytest.mark.parametrize("depth", [40, 400, 800])
@pytest.mark.parametrize("place", PLACES)
def test_a_picture_beside_deep_nesting_is_found(place: str, depth: int) -> None:
    for opening, closing in (("[", "]"), ('{"content":', "}"), ('{"parts":', "}"), ('{"error":', "}")):
        deep = opening * depth + "1" + closing * depth
        picture = json.dumps({"message": {"content": URI}, "finish_reason": "stop"})
        body = f'{{"choices":[{picture},{{"message":{{"{place}":{deep}}},"delta":{{"{place}":{deep}}}}}],"x":{deep}}}'
        answer = read(body.encode())
        assert is_sound(answer)
        assert len(answer.images) == 1
