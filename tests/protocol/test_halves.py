"""Half a picture of the answer is told, whatever stands beside it; half of what was sent is not."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from generations.protocol.response import read
from tests.protocol.test_mixtures import URI, A, as_body, said, told
from tests.protocol.test_reading import HERE, LARGE, check, encoded, kind_of
from tests.protocol.test_work import streamed
from tests.support.samples import picture

OTHER = picture(size=(250, 250))
HALF = encoded(LARGE)[:402]
HALF_URI = f"data:image/png;base64,{HALF}"
BROKEN: dict[str, Any] = {
    "alone": {"data": [{"b64_json": HALF}]},
    "in words": said(f"Here you are!\n![x]({HALF_URI})"),
    "beside words": said("Here you are!", images=[{"image_url": {"url": HALF_URI}}]),
    "over two pieces": told(f"Hi ![x]({HALF_URI[:90]}", f"{HALF_URI[90:]})"),
    "on lines": said("\n".join(HALF[start : start + 76] for start in range(0, len(HALF), 76))),
    "as JSON in a string": {"output": json.dumps({"image": HALF})},
}


@pytest.mark.parametrize("name", BROKEN)
def test_half_a_picture_is_told(name: str) -> None:
    assert kind_of(BROKEN[name])[0] == "bad_picture"


OTHERWISE: dict[str, tuple[Any, str]] = {
    "an echo": (said(None) | {"request": {"image": HALF_URI}}, "empty_response"),
    "an input": (said(None) | {"input": {"image": HALF_URI}}, "empty_response"),
    "a thumbnail": (said(None) | {"thumbnail": HALF}, "empty_response"),
    "an echo beside words": (said("Hi") | {"reference_image": HALF_URI}, "no_image"),
    "a refusal": (said("I cannot create that image.", images=[HALF_URI]), "declined"),
    "a sample": (said(f"A PNG in base64 begins like `{HALF[:100]}`."), "no_image"),
    "a sample of an element": (said(f'Write <img src="{HALF_URI[:110]}…"> there.'), "no_image"),
    "a sample at the end": (said(f"It begins like {HALF[:100]}"), "no_image"),
    "a sample of JSON": (said(f'Send this:\n```json\n{{"image": "{HALF_URI}"}}\n```\nand wait.'), "no_image"),
    "a log": (said("hello") | {"debug": {"log": f"sent {HALF} and waited"}}, "no_image"),
    "a whole picture": (said(f"![x]({URI})", images=[HALF_URI]), ""),
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_half_of_something_else_is_not(name: str) -> None:
    body, kind = OTHERWISE[name]
    assert kind_of(body)[0] == kind


def test_bytes_among_words_are_kept_where_a_field_has_their_address() -> None:
    check(said(f"![x]({URI})", images=[{"url": A}]), ["image/png"], None)
    check(said(f"Hi {URI}", images=[{"image_url": {"url": HERE}}]), ["image/png", HERE], "Hi")
    check(said(f"![x]({URI})", images=[{"url": A}, {"url": HERE}]), [A, HERE], None)


def test_an_echoed_reference_among_words_takes_no_address_away() -> None:
    request = {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": URI}}]}]}
    check(said(f"![given]({URI})", images=[{"url": A}]), [A], None, request=request)


def test_half_a_picture_in_a_structured_answer_is_its_own() -> None:
    request = {"model": "m", "messages": [{"role": "user", "content": "x"}], "response_format": {"type": "json_object"}}
    body = as_body(said(json.dumps({"image": HALF})))
    assert read(body, request=as_body(request)).outcome == "text_only"


WHOLE = encoded(LARGE)
FIELDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "an image": lambda piece: {"choices": [{"index": 0, "delta": {"image": piece}}]},
    "images": lambda piece: {"choices": [{"index": 0, "delta": {"images": [{"image_url": {"url": piece}}]}}]},
    "base64": lambda piece: {"choices": [{"index": 0, "delta": {"b64_json": piece}}]},
    "an event": lambda piece: {"type": "image.delta", "b64_json": piece},
    "a part": lambda piece: {"candidates": [{"content": {"parts": [{"inlineData": {"data": piece}}]}}]},
}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("head", ["", "data:image/png;base64,"])
def test_a_picture_over_several_deltas_of_a_field_is_whole(name: str, head: str) -> None:
    field, whole = FIELDS[name], head + WHOLE
    pieces = [whole[:400], whole[400:700], whole[700:]]
    end = {"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}
    answer = read(streamed(*map(field, pieces), end))
    assert ([ref.data for ref in answer.images], answer.text) == ([LARGE], "Hi")
    assert kind_of(streamed(*map(field, pieces[:2]), end))[0] == "bad_picture"


def test_several_pictures_over_deltas_of_one_field_are_told_apart() -> None:
    pieces = [WHOLE[:400], WHOLE[400:], encoded(OTHER)[:400], encoded(OTHER)[400:]]
    answer = read(streamed(*map(FIELDS["base64"], pieces), "data: [DONE]"))
    assert [ref.data for ref in answer.images] == [LARGE, OTHER]


NUMBERED: dict[str, Callable[[str, int], dict[str, Any]]] = {
    "choices": lambda piece, number: {"choices": [{"index": number, "delta": {"image": piece}}]},
    "outputs": lambda piece, number: {"type": "image.delta", "output_index": number, "b64_json": piece},
    "images": lambda piece, number: {"choices": [{"index": 0, "delta": {"images": [{"index": number, "url": piece}]}}]},
}


@pytest.mark.parametrize("name", NUMBERED)
def test_pictures_whose_pieces_alternate_are_told_apart(name: str) -> None:
    first, second = picture("JPEG", (90, 90)), picture("JPEG", (80, 70))
    pieces = [
        (encoded(data)[part], n) for part in (slice(400), slice(400, None)) for n, data in enumerate((first, second))
    ]
    answer = read(streamed(*(NUMBERED[name](*piece) for piece in pieces), "data: [DONE]"))
    assert [ref.data for ref in answer.images] == [first, second]


PREVIEWS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a partial image": ({"type": "image_generation.partial_image"}, {"type": "image_generation.completed"}),
    "an unfinished task": (
        {"status": "processing", "task_id": "t-12345678"},
        {"status": "succeeded", "task_id": "t-12345678"},
    ),
}


@pytest.mark.parametrize("name", PREVIEWS)
def test_a_preview_in_pieces_is_no_result(name: str) -> None:
    drawing, over = PREVIEWS[name]
    pieces = [drawing | {"b64_json": piece} for piece in (WHOLE[:400], WHOLE[400:])]
    assert not read(streamed(*pieces, "data: [DONE]")).images
    last = over | {"b64_json": encoded(OTHER)}
    assert [ref.data for ref in read(streamed(*pieces, last)).images] == [OTHER]


@pytest.mark.parametrize("size", [40, 90, 301])
def test_the_pieces_of_a_picture_may_be_small(size: int) -> None:
    pieces = [WHOLE[start : start + size] for start in range(0, len(WHOLE), size)]
    answer = read(streamed(*map(FIELDS["base64"], pieces), "data: [DONE]"))
    assert [ref.data for ref in answer.images] == [LARGE]


def test_a_whole_picture_behind_half_of_one_is_one_of_its_own() -> None:
    answer = read(streamed(*map(FIELDS["base64"], [encoded(OTHER)[:400], WHOLE]), "data: [DONE]"))
    assert [ref.data for ref in answer.images] == [LARGE]


def test_pieces_of_a_content_stay_words() -> None:
    uri = f"data:image/png;base64,{WHOLE}"
    assert read(told(uri[:400], uri[400:700], f"{uri[700:]}\n\nHere you are")).text == "Here you are"
