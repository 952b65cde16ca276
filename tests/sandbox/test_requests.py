"""What is refused, and in which words."""

from typing import Any

import httpx
import pytest

from generations.sandbox.app import Sandbox
from tests.support.asking import ask, reference


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"n": 0}, "n"),
        ({"n": 1.5}, "n"),
        ({"n": True}, "n"),
        ({"n": 11}, "n"),
        ({"size": "large"}, "size"),
        ({"size": "100x100"}, "size"),
        ({"size": 7}, "size"),
        ({"temperature": 2.1}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"presence_penalty": 3}, "presence_penalty"),
        ({"frequency_penalty": -3}, "frequency_penalty"),
        ({"logit_bias": {"50256": 101}}, "logit_bias.50256"),
        ({"user": 1}, "user"),
        ({"response_format": {"type": "xml"}}, "response_format"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"seed": "seven"}, "seed"),
        ({"stream": "yes"}, "stream"),
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"tool_choice": {"type": "function", "function": {"name": "none"}}}, "tool_choice"),
    ],
)
def test_a_field_out_of_range_is_named(sandbox: httpx.Client, options: dict[str, Any], param: str) -> None:
    response = ask(sandbox, "gpt-4o", "A cat", **options)
    error = response.json()["error"]
    assert (response.status_code, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert error["message"]


def test_every_field_of_the_interface_is_accepted(sandbox: httpx.Client) -> None:
    sampling = {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0, "seed": 3, "seen": 3}
    limits = {"n": 1, "size": "256x256", "stop": "###", "max_tokens": 300, "logit_bias": None, "stream": False}
    shape = {"response_format": {"type": "text"}, "tools": [], "tool_choice": "auto", "user": "ada"}
    options = sampling | limits | shape
    assert ask(sandbox, "gpt-4o", "A cat", **options).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"model":"flux"}', b'{"model":"flux","messages":[]}',
                                  b'{"model":"flux","messages":[{"role":"cat"}]}', b'{"messages":[]}', b"[" * 100_000,
                                  b'{"model":"flux","messages":[{"role":"user","content":3}]}'])  # fmt: skip
def test_a_body_that_is_no_request_is_400(sandbox: httpx.Client, body: bytes) -> None:
    response = sandbox.post("/v1/chat/completions", content=body)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("model", "prompt", "urls", "words"),
    [
        ("doubao-seededit-3-0-i2i-250628", "warmer", [], "requires a reference"),
        ("dall-e-3", "a cat", ["ref"], "no reference image"),
        ("recraftv3", "x" * 1001, [], "too long"),
        ("flux", "warmer", ["https://example.com/cat.png"], "downloading"),
        ("flux", "warmer", ["data:image/png;base64,iVBORw0KGgo="], "could not be decoded"),
        ("flux", "warmer", ["data:image/svg+xml,<svg/>"], "unsupported image"),
    ],
)
def test_a_model_says_what_it_does_not_take(
    sandbox: httpx.Client, model: str, prompt: str, urls: list[str], words: str
) -> None:
    response = ask(sandbox, model, prompt, *[reference() if url == "ref" else url for url in urls])
    assert response.status_code == 400
    assert words in response.json()["error"]["message"]


def test_dall_e_3_draws_one_at_a_time(sandbox: httpx.Client) -> None:
    assert ask(sandbox, "dall-e-3", "a cat", n=2).json()["error"]["param"] == "n"


@pytest.mark.parametrize("role", [{}, {"role": None}])
def test_a_message_without_a_role_is_the_users(sandbox: httpx.Client, role: dict[str, None]) -> None:
    said = {"role": "assistant", "content": "Which one?"}
    for messages in ([{"content": "Draw a cat"}], [said, {"content": "Draw a cat"}], [{"content": "Draw a cat"}, said]):
        body = {"model": "gpt-4o-image", "messages": [role | message for message in messages]}
        answer = sandbox.post("/v1/chat/completions", json=body)
        assert answer.status_code == 200 and "/pictures/cat-" in answer.text


@pytest.mark.parametrize(("name", "reference"), [("flux-pro-1.1", 200), ("flux-kontext-max", 200), ("fluxus", 404)])
def test_every_model_of_a_series_is_there(sandbox: httpx.Client, name: str, reference: int) -> None:
    assert ask(sandbox, name, "a cat").status_code == sandbox.get(f"/v1/models/{name}").status_code == reference


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_status_has_its_usual_phrase(sandbox: httpx.Client, method: str) -> None:
    statuses: list[str] = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": "/v1/chat/completions"}
    list(Sandbox(pace=0)(environ, lambda status, headers: statuses.append(status)))
    assert statuses == ["405 Method Not Allowed"]


def test_what_is_not_there_is_a_404_of_json(sandbox: httpx.Client) -> None:
    assert ask(sandbox, "gpt-9", "a cat").json()["error"]["code"] == "model_not_found"
    for path in (
        "/v1/images",
        "/pictures/nothing.png",
        "/pictures/lake-dawn-00-1x1.png",
        "/favicon.ico",
        "/fakes/none.png",
    ):
        response = sandbox.get(path)
        assert (response.status_code, bool(response.json()["error"]["message"])) == (404, True)
    assert sandbox.get("/v1/chat/completions").status_code == 405
    assert sandbox.head("/pictures/lake-dawn-0000000000000001-64x64.png").content == b""
