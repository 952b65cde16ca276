"""A task that goes on is not its picture: what it shows is a draft, and its id and address are kept."""

import json
from typing import Any

import pytest

from generations.protocol.response import read
from tests.protocol.test_mixtures import A, as_body, said, seen
from tests.protocol.test_reading import HERE, URI, check, kind_of
from tests.protocol.test_work import streamed

ASK = "https://gw.example/v1/tasks/task-1"
UNDER_WAY: dict[str, tuple[Any, str | None, list[str]]] = {
    "links of the future": (
        {"status": "processing", "eta": 20.5, "fetch_result": ASK, "id": 1, "output": [], "future_links": [A]},
        ASK,
        [A],
    ),
    "its own address": ({"id": 1, "status": "queued", "url": ASK}, ASK, []),
    "its own address within data": ({"code": 200, "data": {"task_id": 1, "state": "pending", "url": ASK}}, ASK, []),
    "a preview": ({"id": 1, "status": "IN_PROGRESS", "imageUrl": HERE, "progress": "31%"}, None, [HERE]),
    "a preview within data": ({"data": {"task_id": 1, "status": "running", "images": [{"url": A}]}}, None, [A]),
    "a preview as data": ({"id": 1, "status": "rendering", "image": URI}, None, ["image/png"]),
    "an address and a preview": ({"id": 1, "status": "processing", "url": A, "polling_url": ASK}, ASK, [A]),
}


@pytest.mark.parametrize("dress", [lambda body: body, lambda body: said(json.dumps(body))])
@pytest.mark.parametrize("name", UNDER_WAY)
def test_what_a_task_shows_before_it_is_over_is_a_draft(name: str, dress: Any) -> None:
    body, url, drafts = UNDER_WAY[name]
    answer = read(as_body(dress(body)))
    assert (answer.images, answer.task_id, answer.task_url) == ((), "1", url)
    assert [ref.url or ref.media_type for ref in answer.drafts] == drafts
    assert kind_of(dress(body)) == ("task_begun", "1")


OVER: dict[str, Any] = {
    "done": {"id": 1, "status": "succeeded", "imageUrl": A},
    "created with its result": {"id": "x", "status": "created", "data": [{"url": A}]},
    "without a number, so that nothing better comes": {"status": "processing", "images": [A]},
    "no state": {"id": 1, "url": A},
}


@pytest.mark.parametrize("name", OVER)
def test_a_picture_that_is_finished_is_one(name: str) -> None:
    check(OVER[name], [A], None)


@pytest.mark.parametrize("last", [{"id": 1, "status": "SUCCESS", "imageUrl": A}, said(f"![x]({A})")])
def test_the_picture_takes_the_place_of_its_previews(last: Any) -> None:
    events = [{"id": 1, "status": "IN_PROGRESS", "imageUrl": f"{HERE}{n}"} for n in range(3)]
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in [*events, last]) + "data: [DONE]\n\n"
    answer = read(body.encode())
    assert [ref.url for ref in answer.images] == [A]
    assert answer.drafts == ()


def test_the_newest_preview_of_a_stream_without_its_end_is_the_draft() -> None:
    events = [{"id": 1, "status": "IN_PROGRESS", "imageUrl": f"{HERE}{n}"} for n in range(3)]
    answer = read("".join(f"data: {json.dumps(event)}\n\n" for event in events).encode())
    assert [ref.url for ref in answer.drafts] == [f"{HERE}2"]
    assert answer.task_id == "1"


HERO = {"id": "hero-1", "status": "running", "image": A}


def test_an_answer_with_an_id_and_a_state_is_no_task() -> None:
    assert seen(read(as_body(said(json.dumps({"name": "Bob", **HERO}))))) == [A]
    request = {"model": "m", "messages": [{"role": "user", "content": "x"}], "response_format": {"type": "json_object"}}
    assert seen(read(as_body(said(json.dumps(HERO))), request=as_body(request))) == [A]
    assert not read(as_body(said(json.dumps(HERO)))).images


TASK = {"task_id": "1", "status": "processing"}
ENDED: dict[str, tuple[bytes, list[str], list[str]]] = {
    "an end behind it": (
        streamed(TASK | {"image_url": A}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}),
        [A],
        [],
    ),
    "words and an end behind it": (
        streamed(
            TASK | {"data": [{"url": A}]}, {"choices": [{"delta": {"content": "Done!"}, "finish_reason": "stop"}]}
        ),
        [A],
        [],
    ),
    "words that it goes on and an end behind it": (
        streamed(TASK | {"image_url": A}, {"choices": [{"delta": {"content": "Queued"}, "finish_reason": "stop"}]}),
        [],
        [A],
    ),
    "an end before it": (
        streamed({"choices": [{"delta": {"content": "Drawing"}, "finish_reason": "stop"}]}, TASK | {"image_url": A}),
        [],
        [A],
    ),
    "a failure behind it": (
        streamed(TASK | {"image_url": A}, {"choices": [{"delta": {}, "finish_reason": "error"}]}),
        [],
        [A],
    ),
    "no end": (streamed(TASK | {"image_url": A}), [], [A]),
}


@pytest.mark.parametrize("name", ENDED)
def test_the_last_word_tells_whether_a_task_is_over(name: str) -> None:
    body, images, drafts = ENDED[name]
    answer = read(body)
    assert (seen(answer), [ref.url for ref in answer.drafts]) == (images, drafts)
