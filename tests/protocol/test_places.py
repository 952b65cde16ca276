"""Pictures in places that nobody listed, in every dress of base64, and at addresses without an extension."""

import base64
import gzip
import json
from typing import Any

import pytest

from generations.protocol.response import read
from tests.protocol.test_mixtures import B64, PNG, URI, as_body, said, seen
from tests.support.samples import picture

LARGE = picture(size=(256, 256))
LONG = base64.b64encode(LARGE).decode()
LONG_URI = f"data:image/png;base64,{LONG}"
HERE = "https://bucket.example.dev/outputs/7f3c?X-Signature=ab"
ITEM = ["image/png"]


def in_lines(text: str, width: int = 76, end: str = "\n") -> str:
    return end.join(text[start : start + width] for start in range(0, len(text), width))


def padded(text: str) -> str:
    """The same bytes, encoded ten at a time."""
    data = base64.b64decode(text)
    return "".join(base64.b64encode(data[start : start + 10]).decode() for start in range(0, len(data), 10))


def url_safe(text: str) -> str:
    return text.replace("+", "-").replace("/", "_").rstrip("=")


def call(**arguments: Any) -> dict[str, Any]:
    return {"id": "c", "type": "function", "function": {"name": "show", "arguments": json.dumps(arguments)}}


PLACES: dict[str, tuple[Any, list[str], str | None]] = {
    "content_blocks": (said("Hi", content_blocks=[{"type": "image_url", "image_url": {"url": URI}}]), ITEM, "Hi"),
    "attachments by address": (said("Hi", attachments=[{"contentType": "image/png", "url": HERE}]), [HERE], "Hi"),
    "attachments by data": (said("Hi", attachments=[{"contentType": "image/png", "data": B64}]), ITEM, "Hi"),
    "artifacts": ({"artifacts": [{"base64": B64, "finishReason": "SUCCESS", "seed": 1}]}, ITEM, None),
    "predictions": ({"predictions": [{"bytesBase64Encoded": B64, "mimeType": "image/png"}]}, ITEM, None),
    "a file among parts": (said([{"type": "file", "mediaType": "image/png", "data": B64}]), ITEM, None),
    "an address among parts": (said([{"type": "file", "mediaType": "image/png", "url": HERE}]), [HERE], None),
    "files": (said("Hi", files=[{"mediaType": "image/png", "base64": B64}]), ITEM, "Hi"),
    "file_data": (said([{"type": "file", "file": {"filename": "a.png", "file_data": URI}}]), ITEM, None),
    "a source": (said([{"type": "image", "source": {"type": "base64", "data": B64}}]), ITEM, None),
    "a name nobody knows": (said("Hi", zeichnung={"roh": B64}), ITEM, "Hi"),
    "a body nobody knows": ({"weird": {"deep": [{"x": f"See {URI}"}]}}, ITEM, None),
    "Markdown nobody reads": ({"reply": {"body": f"Here: ![a]({HERE})"}}, [HERE], None),
    "JSON in a string of JSON": (said(json.dumps({"result": json.dumps({"b64_json": B64})})), ITEM, None),
    "arguments of a call": (said(None, tool_calls=[call(image=B64)]), ITEM, None),
    "a data URI in a call": (said(None, tool_calls=[call(image={"url": URI})]), ITEM, None),
    "arguments as an object": (
        said(None, tool_calls=[{"function": {"name": "show", "arguments": {"i": B64}}}]),
        ITEM,
        None,
    ),
    "a function call of old": (
        said(None, function_call={"name": "show", "arguments": json.dumps({"i": B64})}),
        ITEM,
        None,
    ),
    "a list of two kinds": ({"code": 10000, "data": {"binary_data_base64": [B64], "image_urls": None}}, ITEM, None),
    "an output that is an address": ({"status": "succeeded", "output": HERE}, [HERE], None),
    "a stream of blocks": (
        b"data: "
        + json.dumps({"choices": [{"delta": {"content_blocks": [{"delta": {"image_url": {"url": URI}}}]}}]}).encode()
        + b"\n\ndata: [DONE]\n\n",
        ITEM,
        None,
    ),
}
DRESSES: dict[str, tuple[Any, list[str], str | None]] = {
    "lines of 76": (said(f"Here:\n{in_lines(LONG_URI)}\nEnjoy!"), ITEM, "Here: Enjoy!"),
    "lines of 64 and CRLF": (
        said(f"Here:\r\n{in_lines(LONG_URI, 64, chr(13) + chr(10))}\r\nEnjoy!"),
        ITEM,
        "Here: Enjoy!",
    ),
    "lines without a label": (said(f"Here:\n{in_lines(LONG)}\n\nEnjoy!"), ITEM, "Here: Enjoy!"),
    "a word on the next line": (said(f"{LONG_URI}\nDone"), ITEM, "Done"),
    "one line below the other": (said(f"{URI}\n{LONG_URI}"), ITEM * 2, None),
    "a fence": (said(f"Hi\n```base64\n{LONG}\n```\nBye"), ITEM, "Hi Bye"),
    "JSON in a fence": (said(f'Hi\n```json\n{{\n "b64_json": "{LONG}"\n}}\n```\nBye'), ITEM, "Hi Bye"),
    "a space behind the comma": (said(f"x data:image/png;base64, {B64} y"), ITEM, "x y"),
    "no media type": (said(f"x data:;base64,{B64} y"), ITEM, "x y"),
    "octets": (said(f"x data:application/octet-stream;base64,{B64} y"), ITEM, "x y"),
    "two prefixes": (said(f"x data:image/png;base64,{URI} y"), ITEM, "x y"),
    "two prefixes in Markdown": (said(f"x ![a](data:image/png;base64,{URI}) y"), ITEM, "x y"),
    "octets in Markdown": (said(f"x ![a](data:application/octet-stream;base64,{B64}) y"), ITEM, "x y"),
    "a space in Markdown": (said(f"x ![a](data:image/png;base64, {B64}) y"), ITEM, "x y"),
    "angle brackets in Markdown": (said(f"x ![a](<{LONG_URI}>) y"), ITEM, "x y"),
    "lines in Markdown": (said(f"x ![a]({in_lines(LONG_URI)}) y"), ITEM, "x y"),
    "lines in a tag": (said(f'<img alt="x" src="{in_lines(LONG_URI)}">'), ITEM, None),
    "the URL's alphabet": (said(f"x data:image/png;base64,{url_safe(LONG)} y"), ITEM, "x y"),
    "the URL's alphabet alone": (said(url_safe(LONG)), ITEM, None),
    "the URL's alphabet without a label": (said(f"x {url_safe(LONG)} y"), ITEM, "x y"),
    "quotes": (said(f'"{B64}"'), ITEM, None),
    "half a prefix": ({"data": [{"b64_json": f"image/png;base64,{B64}"}]}, ITEM, None),
    "a literal of Python": ({"data": [{"b64_json": f"b'{B64}'"}]}, ITEM, None),
    "lines in a field": ({"data": [{"b64_json": in_lines(LONG)}]}, ITEM, None),
    "escaped line breaks": ({"data": [{"b64_json": in_lines(LONG, end=chr(92) + "n")}]}, ITEM, None),
    "gzip in a field": ({"data": [{"b64_json": base64.b64encode(gzip.compress(PNG)).decode()}]}, ITEM, None),
    "pieces of which each is padded": (said(f"![x](data:image/png;base64,{padded(B64)})"), ITEM, None),
    "such pieces in a field": ({"data": [{"b64_json": padded(B64)}]}, ITEM, None),
    "gzip among words": (said(f"x {base64.b64encode(gzip.compress(PNG)).decode()} y"), ITEM, "x y"),
}
ALONE: dict[str, tuple[Any, list[str], str | None]] = {
    "nothing else": (said(HERE), [HERE], None),
    "angle brackets": (said(f"<{HERE}>"), [HERE], None),
    "quotes": (said(f'"{HERE}"'), [HERE], None),
    "backticks": (said(f"`{HERE}`"), [HERE], None),
    "a fence": (said(f"```\n{HERE}\n```"), [HERE], None),
    "a fence below words": (said(f"Your image:\n```text\n{HERE}\n```"), [HERE], "Your image:"),
    "a part": (said([{"type": "text", "text": HERE}]), [HERE], None),
    "behind words": (said(f"Here is your image: {HERE}"), [HERE], "Here is your image:"),
    "below words": (said(f"Voici le résultat :\n\n{HERE}\n"), [HERE], "Voici le résultat :"),
    "behind Chinese words": (said(f"生成结果：{HERE}"), [HERE], "生成结果："),
    "one on each line": (said(f"1. {HERE}\n2. {HERE}2"), [HERE, f"{HERE}2"], None),
    "a list of JSON": (said(json.dumps([HERE])), [HERE], None),
}
COPIES: dict[str, tuple[Any, list[str], str | None]] = {
    "content and data": (
        said([{"type": "image_url", "image_url": {"url": HERE}}], data=[{"url": f"{HERE}2"}]),
        [HERE],
        None,
    ),
    "an address and data": (
        said([{"type": "image_url", "image_url": {"url": HERE}}], data=[{"b64_json": B64}]),
        ITEM,
        None,
    ),
    "content and images": (
        said([{"type": "image_url", "image_url": {"url": HERE}}], images=[{"image_url": {"url": HERE}}]),
        [HERE],
        None,
    ),
    "a message and its body": (said([{"image_url": {"url": HERE}}]) | {"data": [{"url": f"{HERE}2"}]}, [HERE], None),
    "a message and the data of its body": (
        said([{"image_url": {"url": HERE}}]) | {"data": [{"b64_json": B64}]},
        ITEM,
        None,
    ),
    "two of one and one of another": (
        said(None, images=[HERE, f"{HERE}2"], data=[{"url": f"{HERE}3"}]),
        [HERE, f"{HERE}2", f"{HERE}3"],
        None,
    ),
}
ALL = {
    f"{kind}: {name}": case
    for kind, cases in (("place", PLACES), ("dress", DRESSES), ("alone", ALONE), ("copies", COPIES))
    for name, case in cases.items()
}


@pytest.mark.parametrize("name", ALL)
def test_a_picture_is_found_wherever_it_stands(name: str) -> None:
    body, images, text = ALL[name]
    answer = read(as_body(body))
    assert (answer.outcome, sorted(seen(answer))) == ("images", sorted(images))
    assert (" ".join(answer.text.split()) if answer.text else None) == text


NO_PICTURES: dict[str, Any] = {
    "a citation": said("Hi", citations=["https://a.example/b.png"]),
    "an annotation": said("Hi", annotations=[{"url_citation": {"url": "https://a.example/b.png"}}]),
    "a thought": said("Hi", reasoning_details=[{"type": "reasoning.image", "image_url": URI}]),
    "a signature": said("Hi", extra_content={"google": {"thought_signature": "/9j/" + "A" * 200}}),
    "a logo": said("Hi") | {"provider": {"logo": "https://a.example/logo.png"}},
    "a file name": said("Hi", attachments=[{"name": "a.png"}]),
    "a reference in a call": said(None, tool_calls=[call(image_url="https://a.example/in.png")]),
    "a page among words": said(f"You should read {HERE} about drawing."),
    "a film alone": said("https://a.example/b.mp4"),
    "base64 of something else": said(base64.b64encode(b"nothing that is a picture" * 9).decode()),
}


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_of_the_answer_is_not_taken_for_one(name: str) -> None:
    answer = read(as_body(NO_PICTURES[name]))
    assert (answer.outcome, seen(answer)) == ("text_only", [])
