"""Pictures put into a request's JSON: what is sent, what is kept, and that the one gives the other back."""

import base64
import hashlib
import json

import pytest

from generations.protocol.embedding import Embedding
from generations.protocol.externalize import MIN_SIZE, externalize, inline, markers
from generations.protocol.request import image_request
from generations.protocol.response import read
from tests.support.upstream import answer, png

LARGE, OTHER, TINY = png("large", 90), png("other", 60), b"\x89PNG\r\n\x1a\n" + bytes(40)


def name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def embedding(*pictures: bytes) -> Embedding:
    return Embedding({name(data): data for data in pictures})


@pytest.mark.parametrize(
    "prompt",
    ["a hill", f"⟦picture {name(LARGE)} s 0 99999⟧", "⟦picture ⟧ ⟦picture", name(LARGE), 'a "quoted" \\ hill\n夕阳'],
)
def test_a_request_is_sent_with_its_pictures_and_kept_with_markers(prompt: str) -> None:
    pictures = embedding(LARGE, OTHER)
    references = [pictures.data_uri(name(data), "image/png") for data in (LARGE, OTHER, LARGE)]
    body = pictures.fill(image_request("m", prompt, references=references, stream=False).to_json())
    text, *parts = json.loads(body.sent)["messages"][0]["content"]
    assert text["text"] == prompt
    urls = [part["image_url"]["url"].split(",") for part in parts]
    assert [(head, base64.b64decode(data)) for head, data in urls] == [
        ("data:image/png;base64", data) for data in (LARGE, OTHER, LARGE)
    ]
    assert body.kept == externalize(body.sent, pictures.pictures)
    assert [sha256 for sha256, _, _ in markers(body.kept)] == [name(data) for data in (LARGE, OTHER, LARGE)]
    assert inline(body.kept, pictures.pictures.get, own=body.pictures, size=len(body.sent)) == body.sent


def test_a_picture_shorter_than_its_marker_stays_as_it_is() -> None:
    pictures = embedding(TINY)
    body = pictures.fill(json.dumps([pictures.data_uri(name(TINY), "image/png")]).encode())
    assert len(base64.b64encode(TINY)) < MIN_SIZE
    assert body.kept == body.sent
    assert base64.b64encode(TINY) in body.sent


def test_a_request_without_pictures_is_its_json() -> None:
    body = embedding().fill(b'{"prompt": "a hill"}')
    assert (body.sent, body.kept, body.pictures) == (b'{"prompt": "a hill"}', b'{"prompt": "a hill"}', frozenset())


def test_an_echoed_reference_is_no_new_picture_whichever_form_the_request_has() -> None:
    pictures = embedding(LARGE)
    uri = pictures.data_uri(name(LARGE), "image/png")
    body = pictures.fill(image_request("m", "a hill", references=[uri], stream=False).to_json())
    both = [f"data:image/png;base64,{base64.b64encode(data).decode()}" for data in (LARGE, OTHER)]
    echo = answer({"images": [{"type": "image_url", "image_url": {"url": url}} for url in both]})
    by_sent, by_kept = read(echo, request=body.sent), read(echo, request=body.kept, sent=body.pictures)
    assert by_sent == by_kept
    assert [ref.data for ref in by_kept.images] == [OTHER]
