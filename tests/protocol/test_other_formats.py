"""SVG, TIFF and HEIC among words, as base64 and as they are."""

from urllib.parse import quote

import pytest

from tests.protocol.test_mixtures import said
from tests.protocol.test_reading import Case, check, encoded
from tests.support.samples import picture

SVG = """<svg xmlns='http://www.w3.org/2000/svg' viewBox="0 0 (1) 1"><text>a ) b</text></svg>"""
SVG_URI = f"data:image/svg+xml,{quote(SVG)}"
VECTOR = ["image/svg+xml"]
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(200)
CASES: dict[str, Case] = {
    "escaped in Markdown": (said(f"Hi ![x]({SVG_URI}) bye"), VECTOR, "Hi bye"),
    "as it is in Markdown": (said(f"Hi ![x](data:image/svg+xml;utf8,{SVG}) bye"), VECTOR, "Hi bye"),
    "escaped among words": (said(f"Hi {SVG_URI} bye"), VECTOR, "Hi bye"),
    "a little escaped": (
        said(f"Hi data:image/svg+xml;charset=utf-8,{quote(SVG, safe=' =()/:')} bye"),
        VECTOR,
        "Hi bye",
    ),
    "base64 among words": (said(f"Hi {encoded(SVG.encode())} bye"), VECTOR, "Hi bye"),
    "base64 in a place nobody listed": (said("Hi", zeug=encoded(SVG.encode())), VECTOR, "Hi"),
    "TIFF": (said(f"Hi {encoded(picture('TIFF'))} bye"), ["image/tiff"], "Hi bye"),
    "TIFF in a place nobody listed": (said("Hi", zeug=encoded(picture("TIFF"))), ["image/tiff"], "Hi"),
    "HEIC": (said(f"Hi {encoded(HEIC)} bye"), ["image/heic"], "Hi bye"),
    "a word that begins like one": (said("PHN2Zy begins it."), [], "PHN2Zy begins it."),
}


@pytest.mark.parametrize("name", CASES)
def test_a_picture_of_another_format_is_found(name: str) -> None:
    check(*CASES[name])
