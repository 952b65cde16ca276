"""Base64 of what is no picture is none, wherever it stands and whatever its label says."""

import gzip

import pytest

from tests.protocol.test_mixtures import B64_WEBP, URI, A, said
from tests.protocol.test_reading import Case, check, encoded, kind_of

PAGE = f"data:image/png;base64,{encoded(b'<html>502 Bad Gateway</html>' * 8)}"
SOUND = f"data:audio/mpeg;base64,{encoded(b'ID3' + bytes(200))}"
FONT = f"data:font/woff2;base64,{encoded(b'wOF2' + bytes(200))}"
DOCUMENT = encoded(b"%PDF-1.7" + bytes(200))
VIDEO = f"data:image/png;base64,{encoded(bytes(3) + b' ftypisom' + bytes(200))}"
OTHERS: dict[str, Case] = {
    "a text in the words": (said(f"Sorry. data:text/plain;base64,{encoded(b'hello ' * 20)}"), [], "Sorry."),
    "a font in a style": (said(f"{FONT}\n![x]({A})"), [A], None),
    "sound beside a picture": (said(f"![x]({URI})\n{SOUND}"), ["image/png"], None),
    "sound beside an address": (said(f"![x]({A})", speech=SOUND), [A], None),
    "sound in an unlisted field": (said("Listen.", speech=SOUND), [], "Listen."),
    "a page that is called a picture": (
        said("", images=[{"image_url": {"url": PAGE}}]) | {"data": [{"url": A}]},
        [A],
        None,
    ),
    "a document": ({"data": [{"b64_json": DOCUMENT}, {"b64_json": B64_WEBP}]}, ["image/webp"], None),
    "a video that is called a picture": ({"data": [{"url": VIDEO}, {"url": A}]}, [A], None),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_picture_is_none(name: str) -> None:
    check(*OTHERS[name])


NO_PICTURES = {
    "zeros": bytes(300),
    "PostScript": b"%!PS-Adobe" + bytes(300),
    "packed JSON": gzip.compress(b'{"error": "busy"}' * 9),
}


@pytest.mark.parametrize("data", NO_PICTURES.values(), ids=NO_PICTURES)
def test_a_field_for_a_picture_may_hold_none(data: bytes) -> None:
    assert kind_of({"data": [{"b64_json": encoded(data)}]}) == ("empty_response", None)
