"""Each fault does what its line in FAULTS says."""

import base64
import re
import zlib
from types import SimpleNamespace

import httpx
import pytest

from generations.protocol.answer import Answer
from generations.sandbox import app
from generations.sandbox.app import Sandbox
from generations.sandbox.faults import FAULTS
from tests.support.asking import ask, pictures, understood

pytestmark = pytest.mark.exhaustive


@pytest.mark.parametrize(
    ("mark", "status", "retry_after"),
    [
        ("429", 429, None), ("429:2", 429, "2"), ("429:absurd", 429, "99999999999"), ("429:negative", 429, "-5"),
        ("500", 500, None), ("502", 502, None), ("503", 503, None), ("503:4", 503, "4"), ("401", 401, None),
        ("402", 402, None), ("403", 403, None), ("404", 404, None), ("quota", 429, None), ("moderation", 400, None),
        ("html", 200, None), ("moved", 307, None),
    ],
)  # fmt: skip
def test_a_mark_sets_the_status(sandbox: httpx.Client, mark: str, status: int, retry_after: str | None) -> None:
    response = ask(sandbox, "flux", f"A lake [[{mark}]]")
    assert (response.status_code, response.headers.get("Retry-After")) == (status, retry_after)
    assert ask(sandbox, f"sandbox-{mark}", "A lake").status_code == status


def test_a_retry_after_may_be_a_date(sandbox: httpx.Client) -> None:
    response = ask(sandbox, "flux", "[[429:date]]")
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", response.headers["Retry-After"])
    assert 0 < understood(response).retry_after <= 4


def test_the_first_calls_fail_and_then_it_draws(sandbox: httpx.Client) -> None:
    statuses = [ask(sandbox, "flux", "A lake [[fail-first:2]]").status_code for _ in range(3)]
    assert statuses == [429, 429, 200]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("mark", "outcome"),
    [
        ("refusal", "refusal"), ("filter", "refusal"), ("sorry", "refusal"), ("text", "text_only"), ("empty", "error"),
        ("no-choices", "error"), ("error", "error"), ("moderation", "refusal"), ("quota", "error"),
        ("error-event", "error"), ("cut", "truncated"), ("cut:image", "truncated"), ("partial", "images"),
        ("duplicate", "images"), ("draft", "images"), ("echo", "images"), ("slow:1", "images"), ("silent:1", "images"),
        ("drip", "images"),
    ],
)  # fmt: skip
def test_a_mark_leads_to_its_outcome(sandbox: httpx.Client, mark: str, outcome: str, stream: bool) -> None:
    answer = understood(ask(sandbox, "sandbox", f"A lake [[{mark}]]", stream=stream, size="64x64"))
    assert answer.outcome == outcome


@pytest.mark.parametrize("stream", [False, True])
def test_length_ends_before_the_picture(sandbox: httpx.Client, stream: bool) -> None:
    answer = understood(ask(sandbox, "gpt-4o-image", "A lake [[length]]", stream=stream))
    assert (answer.images, answer.finish_reasons[-1]) == ((), "length")


def test_a_cut_document_is_shorter_than_it_promised(sandbox: httpx.Client) -> None:
    response = ask(sandbox, "gpt-image-1", "A lake [[cut:image]]", size="64x64")
    assert len(response.content) < int(response.headers["Content-Length"])
    assert b";base64," in response.content


@pytest.mark.parametrize("model", ["gpt-4o", "doubao-seedream-4-0-250828", "qwen-image", "gpt-image-1"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_partial_failure_is_told_beside_the_good_picture(sandbox: httpx.Client, model: str, stream: bool) -> None:
    answer = understood(ask(sandbox, model, "A lake [[partial]]", stream=stream, size="1024x1024"))
    assert (answer.outcome, len(answer.images)) == ("images", 1)


def test_duplicates_and_drafts_are_sent(sandbox: httpx.Client) -> None:
    twice = ask(sandbox, "flux", "A lake [[duplicate]]").json()["choices"]
    assert len({c["message"]["content"] for c in twice}) == 1 < len(twice)
    assert len(understood(ask(sandbox, "nano-banana", "A lake [[draft]]")).images) == 2


@pytest.mark.parametrize("model", ["gpt-4o-image", "nano-banana"])
@pytest.mark.parametrize(
    ("mark", "sign"),
    [
        ("not-image", b"<!doctype"),
        ("gif", b"GIF89a"),
        ("svg", b"<svg"),
        ("bomb", b"\x89PNG"),
        ("huge-picture:1", b"\x89PNG"),
    ],
)
def test_the_picture_is_not_what_it_says(sandbox: httpx.Client, model: str, mark: str, sign: bytes) -> None:
    response = ask(sandbox, model, f"A lake [[{mark}]]")
    assert "png" in response.text
    data = next(iter(pictures(sandbox, response)), b"") or _inline(response)
    assert data.startswith(sign)
    assert (len(data) > 1024**2) == mark.startswith("huge")


def _inline(response: httpx.Response) -> bytes:
    url = response.json()["choices"][0]["message"]["images"][0]["image_url"]["url"]
    return base64.b64decode(url.partition(",")[2])


@pytest.mark.parametrize(("mark", "host"), [("loopback", "127.0.0.1"), ("metadata", "169.254.169.254")])
def test_the_picture_is_at_an_address_not_to_be_fetched(sandbox: httpx.Client, mark: str, host: str) -> None:
    assert httpx.URL(understood(ask(sandbox, "flux", f"A lake [[{mark}]]")).images[0].url).host == host


def test_a_gone_picture_comes_back(sandbox: httpx.Client) -> None:
    url = understood(ask(sandbox, "flux", "A lake [[gone:2]]", size="64x64")).images[0].url
    assert [sandbox.get(url, follow_redirects=True).status_code for _ in range(3)] == [404, 404, 200]
    lost = understood(ask(sandbox, "flux", "A lake [[gone]]")).images[0].url
    assert {sandbox.get(lost).status_code for _ in range(4)} == {404}


def test_a_picture_redirects_once_in_a_loop_or_inwards(sandbox: httpx.Client) -> None:
    def link(mark: str) -> str:
        return understood(ask(sandbox, "flux", f"A lake [[{mark}]]", size="64x64")).images[0].url

    assert sandbox.get(link("redirect"), follow_redirects=True).headers["Content-Type"] == "image/jpeg"
    assert "10.0.0.1" in sandbox.get(link("redirect:private")).headers["Location"]
    with pytest.raises(httpx.TooManyRedirects):
        sandbox.get(link("redirect:loop"), follow_redirects=True)


@pytest.mark.parametrize("stream", [False, True])
def test_the_key_is_said_back_only_by_echo(sandbox: httpx.Client, stream: bool) -> None:
    def said(mark: str) -> str:
        response = ask(sandbox, "flux", f"A lake {mark}", stream=stream)
        return f"{response.headers} {response.text}"

    assert said("[[echo]]").count("sk-1234567890abcd") == 2
    for mark in ("", "[[401]]", "[[500]]"):
        assert "sk-1234567890abcd" not in said(mark)


@pytest.mark.parametrize("stream", [False, True])
def test_a_huge_body_is_as_large_as_asked(sandbox: httpx.Client, stream: bool) -> None:
    response = ask(sandbox, "flux", "A lake [[huge:3]]", stream=stream)
    assert 3 * 1024**2 < len(response.content) < 3.1 * 1024**2


def test_a_gzip_bomb_grows_a_thousandfold() -> None:
    body = b'{"model":"flux","messages":[{"role":"user","content":"[[gzip-bomb]]"}]}'
    client = httpx.Client(transport=httpx.WSGITransport(Sandbox(pace=0)), base_url="http://sandbox.local")
    with client.stream("POST", "/v1/chat/completions", content=body) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        member = next(response.iter_raw())
    assert len(zlib.decompress(member, 31)) > 500 * len(member)


def test_an_endless_answer_ends_when_the_caller_leaves(sandbox: httpx.Client) -> None:
    body = {"model": "flux", "stream": True, "messages": [{"role": "user", "content": "[[endless]]"}]}
    with sandbox.stream("POST", "/v1/chat/completions", json=body) as response:
        lines = response.iter_lines()
        assert [next(lines) for _ in range(5)].count(": keep-alive") >= 2


def test_a_closed_answer_stops_waiting_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(app, "time", SimpleNamespace(monotonic=lambda: sum(slept), sleep=slept.append))
    client = httpx.Client(transport=httpx.WSGITransport(Sandbox(pace=1)), base_url="http://sandbox.local")
    body = {"model": "flux", "stream": True, "messages": [{"role": "user", "content": "[[slow:600]]"}]}
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        next(response.iter_raw())
        begun = sum(slept)
    assert sum(slept) == begun < 600


def test_every_fault_is_on_the_page_and_has_one_way_to_act(sandbox: httpx.Client) -> None:
    page = sandbox.get("/").text
    for name, fault in FAULTS.items():
        assert f"[[{name}]]" in page
        assert sum(way is not None for way in (fault.instead, fault.pictures, fault.delivery)) == 1


def test_an_unknown_mark_only_draws(sandbox: httpx.Client) -> None:
    answer: Answer = understood(ask(sandbox, "flux", "A lake [[nothing:3]]"))
    assert answer.outcome == "images"
