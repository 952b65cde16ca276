"""Over HTTP, with OpenAI's own client."""

import base64
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Thread
from typing import Any

import httpx
import openai
import pytest
from pydantic import BaseModel, Field

from generations.sandbox.families import FAMILIES
from generations.sandbox.server import server


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with server("127.0.0.1", 0, pace=0.02) as served:
        Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="sk-any", max_retries=0) as client:
        yield client


def test_openai_lists_the_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == list(FAMILIES)


def test_openai_reads_a_whole_answer_and_its_link(client: openai.OpenAI, address: str) -> None:
    answer = client.chat.completions.create(model="gpt-4o-image", messages=[{"role": "user", "content": "画只猫"}])
    content = answer.choices[0].message.content
    assert answer._request_id.startswith("req_")
    assert (answer.choices[0].finish_reason, answer.usage.total_tokens > 0) == ("stop", True)
    link = content.partition("](")[2].partition(")")[0]
    assert link.startswith(f"{address}/pictures/cat-")
    assert httpx.get(link).content.startswith(b"\x89PNG")


def test_openai_reads_a_stream(client: openai.OpenAI) -> None:
    asked = {"model": "gpt-image-1", "messages": [{"role": "user", "content": "A lake"}], "stream": True}
    asked |= {"stream_options": {"include_usage": True}, "extra_body": {"size": "64x64"}}
    chunks = list(client.chat.completions.create(**asked))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert base64.b64decode(text.partition(";base64,")[2].rpartition(")")[0]).startswith(b"\x89PNG")
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage.completion_tokens > 0


def test_openai_reads_a_structured_answer(client: openai.OpenAI) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
    answer = client.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "user", "content": "Name this."}],
        response_format={"type": "json_schema", "json_schema": {"name": "name", "schema": schema}},
    )
    assert json.loads(answer.choices[0].message.content)["title"]


def test_openai_calls_a_tool_and_hears_its_result(client: openai.OpenAI) -> None:
    """As its own loop of tool calls does: until no more are asked for."""
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    messages: list[Any] = [{"role": "user", "content": "How is the weather in Bern?"}]
    for _ in range(4):
        message = client.chat.completions.create(model="gpt-4o", messages=messages, tools=tools).choices[0].message
        if not message.tool_calls:
            break
        messages += [message, {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "Rain, 9 °C"}]
    assert len(messages) == 3 and "Rain, 9 °C" in message.content


def test_openai_parses_into_a_class(client: openai.OpenAI) -> None:
    class Picture(BaseModel):
        title: str
        tags: list[str] = Field(max_length=3)

    asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Name this."}], "response_format": Picture}
    assert client.chat.completions.parse(**asked).choices[0].message.parsed.title
    with client.chat.completions.stream(**asked) as stream:
        assert stream.get_final_completion().choices[0].message.parsed.title


def test_openai_raises_what_went_wrong(client: openai.OpenAI) -> None:
    def ask(prompt: str) -> None:
        client.chat.completions.create(model="flux", messages=[{"role": "user", "content": prompt}])

    with pytest.raises(openai.RateLimitError) as limited:
        ask("[[429:2]]")
    assert limited.value.response.headers["Retry-After"] == "2"
    with pytest.raises(openai.AuthenticationError):
        ask("[[401]]")
    with pytest.raises(openai.InternalServerError):
        ask("[[503]]")


@pytest.mark.parametrize("pieces", [1, 3, 5000])
def test_a_body_in_chunks_is_read(address: str, pieces: int) -> None:
    body = json.dumps(
        {"model": "flux", "messages": [{"role": "user", "content": "A lake" + " at dawn" * 700}]}
    ).encode()
    size = -(-len(body) // pieces)
    chunks = (body[start : start + size] for start in range(0, len(body), size))
    answer = httpx.post(f"{address}/v1/chat/completions", content=chunks)
    assert answer.status_code == 200 and "/pictures/lake-dawn-" in answer.text


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"3;name=value\r\n{}\n\r\n0\r\nTrailer: x\r\n\r\n", 400),
        (b"no size\r\n{}\r\n", 400),
        (b"-5\r\n{}\r\n", 400),
        (b"", 400),
        (b"7000000\r\n" + bytes(0x6000001), 413),
    ],
)
def test_chunks_that_are_none_end_the_body(address: str, sent: bytes, status: int) -> None:
    host, port = address.removeprefix("http://").split(":")
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=60) as line:
        with suppress(ConnectionError):
            line.sendall(head.encode() + sent)
            line.shutdown(socket.SHUT_WR)
        assert line.makefile("rb").readline().split()[1] == str(status).encode()


def test_a_cut_document_breaks_the_connection(address: str) -> None:
    body = {"model": "flux", "messages": [{"role": "user", "content": "A lake [[cut]]"}]}
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{address}/v1/chat/completions", json=body)


@pytest.mark.slow
def test_a_hundred_slow_calls_are_answered_at_once(address: str) -> None:
    body = {"model": "flux", "stream": True, "messages": [{"role": "user", "content": "A lake [[slow:60]]"}]}

    def ask(_: int) -> int:
        return client.post(f"{address}/v1/chat/completions", json=body).status_code

    with ThreadPoolExecutor(100) as pool, httpx.Client(timeout=600) as client:
        assert list(pool.map(ask, range(100))) == [200] * 100
