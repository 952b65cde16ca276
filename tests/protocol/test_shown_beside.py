"""What a text shows beside the picture takes nothing away from it: previews, samples and drawings of vectors."""

from typing import Any
from urllib.parse import quote

import pytest

from generations.protocol.response import read
from tests.protocol.test_mixtures import URI, A, as_body, said, seen, told
from tests.protocol.test_reading import HERE, URI_2, Case, check

FIELD = {"images": [{"image_url": {"url": A}}]}
GIF = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
PREVIEWS: dict[str, Case] = {
    "a preview": (said(f"![preview]({URI})", **FIELD), [A], None),
    "a quotation": (said(f"> ![50%]({URI})\n\nDone", **FIELD), [A], "Done"),
    "an original": (said(f"Original: ![in]({URI})\n\nEdited:", **FIELD), [A], "Original: Edited:"),
    "a draft": (said(f"Draft: ![x]({URI})", **FIELD), [A], "Draft:"),
    "a spinner": (said(f"![.]({GIF})", **FIELD), [A], None),
    "a thumbnail": (said(f'<img src="{URI}" alt="thumbnail">', **FIELD), [A], None),
    "a preview in a stream": (told(f"![preview]({URI})", **FIELD), [A], None),
    "two that may be drafts": (
        said(f"![x]({URI})\n![y]({URI_2})", images=[A, HERE]),
        ["image/png", "image/png", A, HERE],
        None,
    ),
    "one in pieces": (told("![x](", f"{URI})", **FIELD), ["image/png", A], None),
    "a file's name": (
        said(f"Here it is.\n\n![cat]({URI})", images=[{"image_url": {"url": "files/img_1.png"}}]),
        ["image/png"],
        "Here it is.",
    ),
    "words that say nothing of it": (said(f"Hi ![x]({URI})", **FIELD), ["image/png", A], "Hi"),
}


@pytest.mark.parametrize("name", PREVIEWS)
def test_a_preview_among_words_does_not_stand_for_the_picture_of_a_field(name: str) -> None:
    check(*PREVIEWS[name])


SVG = '<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>'
STYLE = f"<style>.a{{background:url(data:image/svg+xml;utf8,{SVG})}}</style>"
CODE = f"`data:image/svg+xml;utf8,{SVG}`"
VECTORS: dict[str, tuple[Any, list[str]]] = {
    "an icon before the picture": (said(f"![icon](data:image/svg+xml,{quote(SVG)})\n\n![result]({A})"), [A]),
    "an icon behind it": (said(f"![result]({A})\n![icon](data:image/svg+xml,{quote(SVG)})"), [A]),
    "a style before the picture": (said(f"{STYLE}\n![x]({A})"), [A]),
    "a badge beside a link": (said(f"Here is your cat: {A}\n\nA badge: {CODE}"), [A]),
    "a badge in Markdown beside a link": (said(f"Your cat: {A}\n\n![badge](data:image/svg+xml;utf8,{SVG})"), [A]),
    "a style": (said(f"Write this:\n{STYLE}"), []),
    "a style in quotes": (said(f"a{{background:url('data:image/svg+xml;utf8,{SVG}')}} is how."), []),
    "code": (said(f"Write {CODE} there."), []),
}


@pytest.mark.parametrize("name", VECTORS)
def test_a_drawing_of_vectors_does_not_take_the_place_of_an_address(name: str) -> None:
    body, images = VECTORS[name]
    assert seen(read(as_body(body))) == images
