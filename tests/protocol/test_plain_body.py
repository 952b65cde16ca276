"""Bodies that are no JSON: pictures and words as plain text, in events, in parts, in other encodings."""

import json
from typing import Any

import pytest

from generations.protocol.classification import classify
from generations.protocol.exchange import Exchange
from generations.protocol.response import read
from tests.protocol.test_mixtures import B64, PNG, URI, A, as_body, said, seen
from tests.protocol.test_reading import HERE

DONE = "\n\ndata: [DONE]\n\n"
PICTURES: dict[str, tuple[str, list[str], str | None]] = {
    "Markdown": (f"![x]({A})", [A], None),
    "Markdown among words": (f"Hi ![x]({HERE}) there", [HERE], "Hi there"),
    "an address": (A, [A], None),
    "base64": (B64, ["image/png"], None),
    "a data URI": (URI, ["image/png"], None),
    "an element": (f'<img src="{A}">', [A], None),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize(
    "dress", ["%s", "%s\n", "data: %s" + DONE, ": hi\n\ndata: ping\n\nevent: message\ndata: %s" + DONE]
)
def test_a_picture_as_plain_text_is_found(name: str, dress: str) -> None:
    text, images, words = PICTURES[name]
    answer = read((dress % text).encode())
    assert (seen(answer), answer.complete) == (images, True)
    assert (" ".join(answer.text.split()) if answer.text else None) == words


NONE = {
    "a page": f"<html><body><img src='{A}'></body></html>",
    "a piece of a page": f"<div><img src='{A}'></div>",
    "a sentence with an address": "Unavailable. See https://status.example/now",
    "words and an address": f"Moved: {A}",
    "a logo": f"Sorry, service unavailable. ![logo]({A})",
    "a firewall": f"<img src='{A}'><br>Access denied by WAF",
    "a limit": f"Rate limit exceeded <br> <img src='{A}'>",
    "what was not found": "404 page not found. See ![docs](docs/index)",
    "an address without an extension": HERE,
    "such an address in an event": f"data: {HERE}{DONE}",
    "a logo in an event": f"data: Sorry, service unavailable. ![logo]({A}){DONE}",
    "a page in an event": f"data: <html><body>502 Bad Gateway <img src='{A}'></body></html>{DONE}",
    "half a data URI": URI[:-30],
    "binary data": "data: \x01\x02 " + A,
}


@pytest.mark.parametrize("name", NONE)
def test_what_only_holds_an_address_is_no_picture(name: str) -> None:
    assert read(NONE[name].encode()).images == ()


def test_a_plain_picture_in_an_error_or_a_body_that_broke_off_is_none() -> None:
    assert read(A.encode(), status=500).images == ()
    assert read(HERE.encode(), ended=False).images == ()


def kind(body: str) -> str:
    exchange = Exchange("POST", "u", status=200, body=body.encode(), ended=True)
    return classify(exchange, read(exchange.body)).kind


WORDS = {
    "data: error: upstream timeout" + DONE: ("upstream_failed", "error: upstream timeout"),
    "data: Hel\n\ndata: lo\n\ndata:  you" + DONE: ("no_image", "Hello you"),
    "data: One moment.\n\ndata: Here you are." + DONE: ("no_image", "One moment.\nHere you are."),
    'event: error\ndata: "Insufficient credits"\n\n': ("quota_exhausted", None),
    'data: {"choices": [{"del' + DONE: ("empty_response", None),
    "data: : PROCESSING" + DONE: ("empty_response", None),
    "data: ping" + DONE: ("empty_response", None),
}


@pytest.mark.parametrize("body", WORDS)
def test_words_in_events_are_read(body: str) -> None:
    assert (kind(body), read(body.encode()).text) == WORDS[body]


def test_words_between_chunks_are_none_of_the_answer() -> None:
    chunk = json.dumps({"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]})
    assert read(f"data: waiting\n\ndata: {chunk}{DONE}".encode()).text == "Hi"


HEAD = b"--b1\r\nContent-Type: image/png\r\n"
PARTS: dict[str, bytes] = {
    "bytes": HEAD + b"\r\n" + PNG + b"\r\n--b1--\r\n",
    "base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + B64.encode() + b"\r\n--b1--\r\n",
    "behind JSON": b'--b1\r\nContent-Type: application/json\r\n\r\n{"id": "x"}\r\n'
    + HEAD
    + b"\r\n"
    + PNG
    + b"\r\n--b1--",
}


@pytest.mark.parametrize("name", PARTS)
def test_a_picture_in_a_part_is_found(name: str) -> None:
    assert seen(read(PARTS[name])) == ["image/png"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("dress", ["%s", "data: %s" + DONE, "\ufeff%s"])
def test_a_body_in_another_encoding_is_read(encoding: str, dress: str) -> None:
    body: dict[str, Any] = said(f"Grüße ![é]({A})")
    answer = read((dress % json.dumps(body, ensure_ascii=False)).encode(encoding))
    assert (seen(answer), answer.text) == ([A], "Grüße")


@pytest.mark.parametrize(
    "sign",
    [
        "event: ping\ndata: 2026-11-30T12:00:00Z",
        "event: heartbeat\ndata: still there",
        "data: 1700000000",
        "data: ping",
    ],
)
def test_signs_of_life_are_no_words(sign: str) -> None:
    answer = read(f"{sign}\n\ndata: Hello\n\n{sign}{DONE}".encode())
    assert (answer.text, answer.complete) == ("Hello", True)
    assert not read(f"{sign}{DONE}".encode()).text


def test_the_address_of_a_site_is_no_picture() -> None:
    assert seen(read(as_body({"data": [{"url": "https://gw.example"}]}))) == ["https://gw.example"]
    for url in ("https://gw.example", "https://gw.example/"):
        assert not read(as_body(said(url))).images
        assert not read(as_body({"content": url})).images
    assert seen(read(as_body({"content": "https://gw.example/view?id=3"}))) == ["https://gw.example/view?id=3"]


def test_what_is_more_than_a_sign_of_life_is_read_whatever_its_event_is_called() -> None:
    assert seen(read(f"event: open\ndata: ![x]({A})\n\n{DONE}".encode())) == [A]
    assert read(f"data: 1320098173412546\n\n{DONE}".encode()).text == "1320098173412546"
