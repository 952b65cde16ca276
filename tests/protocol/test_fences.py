"""A fence around an error or a task, and nothing else, changes nothing of it."""

import json
from typing import Any

import pytest

from generations.protocol.response import read
from tests.protocol.test_mixtures import as_body, said
from tests.protocol.test_reading import kind_of

DOCUMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "an error": ({"error": {"message": "boom"}}, "upstream_failed"),
    "a refusal": ({"error": {"message": "Rejected by our safety system"}}, "declined"),
    "its code": ({"error": "content_policy_violation"}, "declined"),
    "a status": ({"code": 500, "msg": "GPU lost"}, "upstream_failed"),
}


@pytest.mark.parametrize("fence", ["%s", "```json\n%s\n```", "```JSON\n%s\n```", "~~~\n%s\n~~~", "```%s```"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_fenced_error_is_one(name: str, fence: str) -> None:
    document, kind = DOCUMENTS[name]
    assert kind_of(said(fence % json.dumps(document)))[0] == kind


def test_a_task_in_a_fence_has_begun() -> None:
    assert kind_of(said('```json\n{"task_id": "t-12345678", "status": "queued"}\n```')) == ("task_begun", "t-12345678")


def test_a_call_that_was_written_down_is_shown_where_there_is_nothing_else() -> None:
    words = '```json\n{"prompt": "a lake", "size": "1024x1024", "n": 1}\n```'
    assert kind_of(said(words))[0] == "no_image"
    assert read(as_body(said(words))).text == words
    assert read(as_body(said(f"I draw a lake.\n{words}"))).text == "I draw a lake."


@pytest.mark.parametrize(
    "words",
    [
        '```python\n{"error": "bad", "code": 500}\n```',
        '```json\n{"status": "processing", "title": "A film", "id": 5}\n```',
        '```json\n{"state": "TX", "status": "pending"}\n```',
    ],
)
def test_what_a_fence_shows_may_be_the_answer(words: str) -> None:
    assert kind_of(said(words))[0] == "no_image"
