"""An endpoint is entered, tested, drawn with and offered, without Django's administration."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client
from django.urls import reverse

from generations.models import Batch, Generation, Provider
from tests.support.cast import Cast, make_provider

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[..., Client]
KEY = "sk-of-the-tests-0123456789"
Answer = tuple[int, str, bytes]
LISTED = json.dumps({"data": [{"id": name} for name in ("gpt-4o-image", "gpt-image-1", "some-chat-model")]}).encode()


@contextmanager
def endpoint(answers: dict[str, Answer], key: str = KEY) -> Iterator[str]:
    """An endpoint on a free port that gives these answers by path, and refuses other keys at /v1."""
    said: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said.append(self.headers.get("Authorization", ""))
            status, kind, body = answers.get(self.path, (404, "application/json", b"{}"))
            if self.path.startswith("/v1") and status == 200 and said[-1] != f"Bearer {key}":
                status, body = 401, b'{"error": {"message": "Incorrect API key provided"}}'
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if status == 308:
                self.send_header("Location", body.decode())
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def json_answer(body: bytes = LISTED) -> Answer:
    return 200, "application/json", body


PAGE = (200, "text/html", b"<!doctype html><title>Gateway</title><p>Welcome")


def test_an_endpoint_is_entered_tested_drawn_with_and_offered(cast: Cast, signed_in: SignIn) -> None:
    sam = signed_in(cast.sam)
    page = sam.get("/setup").content.decode()
    assert 'name="base_url"' in page and 'name="new_key"' in page
    with endpoint({"/v1/models": json_answer()}) as host:
        fields = {"base_url": f"{host}/v1/chat/completions", "new_key": KEY}
        first, second = sam.post("/setup/connect", fields), sam.post("/setup/connect", fields)
    assert first["Location"] == second["Location"]
    provider = Provider.objects.get(base_url=f"{host}/v1")
    page = sam.get(first["Location"]).content.decode()
    assert KEY not in page and "Works" in page and "3 models listed; known to draw: 2" in page
    assert 'value="gpt-image-1" autocomplete="off" checked' in " ".join(page.split())
    assert "gpt-4o-image, about $0.03" in page and "some-chat-model, price unknown" in page
    assert not provider.models.exists()

    draw = {"model": "gpt-4o-image", "submission": "s-1", "here": first["Location"]}
    for _ in range(2):
        assert sam.post(reverse("draw_test", args=[provider.key]), draw)["Location"] == f"{first['Location']}#test"
    batch = Batch.objects.get()
    assert (batch.person, batch.visibility) == (cast.sam, "private") and batch.generations.get().price is not None
    assert "Waiting for a worker" in sam.get(first["Location"]).content.decode()
    version = Generation.objects.get().version
    address = reverse("drawing", args=[provider.key])
    assert sam.get(address, {"version": version}).status_code == 204
    assert sam.get(address, {"version": version + 1}).status_code == 200

    ticked = {"offer": ["gpt-image-1", "some-chat-model"], "shown": ["gpt-4o-image", "gpt-image-1"]}
    prices = {"price-gpt-image-1": "$0,05", "price-gpt-4o-image": "0.03"}
    sam.post(reverse("offer_models", args=[provider.key]), ticked | prices)
    offered = dict(provider.models.values_list("name", "is_enabled"))
    assert offered == {"gpt-4o-image": False, "gpt-image-1": True, "some-chat-model": True}
    model = provider.models.get(name="gpt-image-1")
    assert str(model.price) == "0.05000" and model.prices.latest("pk").entered_by == cast.sam
    assert model.sizes and "some-chat-model" not in Provider.objects.get(pk=provider.pk).other_models


@pytest.mark.parametrize(
    ("answers", "path", "key", "sentence"),
    [
        ({"/models": PAGE}, "", KEY, "There is a web page at this address"),
        ({"/models": PAGE, "/v1/models": json_answer()}, "", KEY, "The address is incomplete"),
        ({"/v1/models": json_answer()}, "", KEY, "The address is incomplete"),
        ({"/v1/models": json_answer(b'["gpt-image-1"]')}, "/v1", KEY, "as a bare array"),
        ({"/v1/models": json_answer()}, "/v1", "sk-wrong-0123456789abc", "did not accept the key"),
        ({"/v1/models": json_answer(b'{"data": []}')}, "/v1", KEY, "lists no models"),
        ({"/v1/models": json_answer(b'{"hello": 1}')}, "/v1", KEY, "no list of models"),
        ({}, "/v1", KEY, "knows no list of models"),
        ({"/v1/models": (503, "application/json", b"{}")}, "/v1", KEY, "a fault of its own"),
        ({"/v1/models": (429, "application/json", b"{}")}, "/v1", KEY, "is busy"),
        ({"/v1/models": (308, "text/plain", b"https://other.example/v1/models")}, "/v1", KEY, "at another address"),
        ({"/v1/models": (308, "text/plain", b"http://[::1/v1/models")}, "/v1", KEY, "at another address"),
        (
            {"/v1/models": (308, "text/plain", b"http://x.example:99999/v1/models")},
            "/v1",
            KEY,
            "at another address",
        ),
        ({}, "/v1", "sk-\u00e9-not-for-http", "cannot be sent"),
    ],
)
def test_each_fault_has_a_sentence(
    cast: Cast, signed_in: SignIn, answers: dict[str, Answer], path: str, key: str, sentence: str
) -> None:
    sam = signed_in(cast.sam)
    with endpoint(answers) as host:
        page = sam.post("/setup/connect", {"base_url": f"{host}{path}", "new_key": key}, follow=True).content.decode()
    assert sentence in page and key not in page


def test_the_better_address_is_used_with_the_same_key(cast: Cast, signed_in: SignIn) -> None:
    sam = signed_in(cast.sam)
    with endpoint({"/v1/models": json_answer()}) as host:
        sam.post("/setup/connect", {"base_url": host, "new_key": KEY})
        provider = Provider.objects.get(base_url=host)
        page = sam.post(reverse("use_better_address", args=[provider.key]), follow=True).content.decode()
    provider.refresh_from_db()
    assert (provider.base_url, provider.secret) == (f"{host}/v1", KEY) and "Works" in page


@pytest.mark.parametrize(
    ("scheme", "sentence"), [("https", "This port does not speak https"), ("http", "Nothing answers on port")]
)
def test_a_wrong_scheme_and_a_wrong_port_are_told_apart(
    cast: Cast, signed_in: SignIn, scheme: str, sentence: str
) -> None:
    sam = signed_in(cast.sam)
    with endpoint({}) as host:
        here = host.replace("http:", f"{scheme}:")
        if scheme == "https":
            page = sam.post("/setup/connect", {"base_url": here, "new_key": KEY}, follow=True).content.decode()
    if scheme == "http":
        page = sam.post("/setup/connect", {"base_url": here, "new_key": KEY}, follow=True).content.decode()
    assert sentence in page


@pytest.mark.parametrize("address", ["", "\0", "x" * 100_000, "ftp://a.example", "https://a.example/\u202e", "😀"])
def test_hostile_addresses_come_back_with_a_sentence(cast: Cast, signed_in: SignIn, address: str) -> None:
    answer = signed_in(cast.sam).post("/setup/connect", {"base_url": address, "new_key": KEY})
    assert answer.status_code == 422 and 'class="problem"' in answer.content.decode()
    assert not Provider.objects.exclude(name="Sandbox").exists()


def test_prices_that_are_none_change_nothing(cast: Cast, signed_in: SignIn) -> None:
    provider = make_provider("Gateway", "https://gateway.example/v1")
    address = reverse("offer_models", args=[provider.key])
    for price in ("much", "-1", "NaN", "1e99"):
        page = signed_in(cast.sam).post(address, {"offer": "gpt-image-1", "price-gpt-image-1": price}, follow=True)
        assert "Enter prices as numbers" in page.content.decode()
    assert not provider.models.exists()


def test_a_proxy_is_gone_through_with_headers_and_parameters(cast: Cast, signed_in: SignIn) -> None:
    asked = "http://gateway.invalid/v1/models?api-version=2"
    provider = make_provider("Gateway", "http://gateway.invalid/v1", is_private=True)
    with endpoint({asked: json_answer()}) as host:
        said = {"new_proxy": host.replace("//", "//name:word@"), "new_headers": "X-Team: a", "query": "api-version=2"}
        page = signed_in(cast.sam).post(reverse("change_provider", args=[provider.key, "routing"]), said, follow=True)
    assert "3 models listed" in page.content.decode()
