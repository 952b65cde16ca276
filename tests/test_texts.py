"""Texts no one expects: each ends in a sentence or is kept as it is, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import pytest

from generations import tasks
from generations.errors import InvalidRequest
from generations.models import Batch, Generation, Person
from generations.submit import Order, clean_text, submit
from tests.support.orders import get_or_make_person, make_model_at
from tests.support.scripted import Wire, answers
from tests.support.upstream import Reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]

KEPT = [
    "🦊 in the snow",
    "ثعلب في الثلج",
    "\u202eevil\u202c",
    "e\u0301",
    "<script>alert(1)</script>",
    "a\r\n\tb",
    "𝕏" * 300,
]
REFUSED = {"a\0b": "NUL", "a\ud800b": "half a character", "   ": "Write what"}


@pytest.mark.parametrize("text", KEPT)
def test_a_text_is_kept_as_it_was_meant(wire: Wire, text: str) -> None:
    batch = submit(Order(get_or_make_person(), text, (make_model_at(),)))
    tasks.generate(batch.generations.get().pk)
    assert Batch.objects.get().prompt == clean_text(text) and batch.generations.get().state == "succeeded"


@pytest.mark.parametrize(("text", "says"), REFUSED.items())
def test_a_text_nobody_takes_is_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        submit(Order(get_or_make_person(), text, (make_model_at(),)))
    assert not Batch.objects.exists()


def test_a_megabyte_is_refused_with_figures() -> None:
    with pytest.raises(InvalidRequest, match=r"at most 32,000 characters; it has 1,000,000"):
        submit(Order(get_or_make_person(), "a" * 1_000_000, (make_model_at(),)))


@pytest.mark.parametrize(
    "body",
    [
        b'{"choices":[{"message":{"content":"no \\u0000 picture \\ud800 here"},"finish_reason":"stop"}]}',
        b'{"error":{"message":"bad \\u0000 \\udfff thing","code":"a\\u0000b"}}',
        b'{"error":{"message":' + b'"\xff\xfe\x00"' + b"}}",
        b'{"usage":{"prompt_tokens":1' + b"0" * 10_000 + b',"completion_tokens":NaN},"choices":[]}',
        b'{"usage":{"prompt_tokens":99999999999999999999,"total_tokens":-4},"choices":[{"message":{"content":"x"}}]}',
        b"[" * 100_000,
        b"\0" * 1000,
        'data: {"choices":[{"delta":{"content":"\u2028 \\u0000"}}]}\n\n'.encode(),
    ],
)
def test_what_an_upstream_says_never_breaks_a_row(wire: Wire, body: bytes) -> None:
    wire.fates.append(answers(Reply(200, body)))
    batch = submit(Order(get_or_make_person(), "A lake", (make_model_at(),)))
    tasks.generate(batch.generations.get().pk)
    generation = Generation.objects.get()
    assert generation.state == "failed" and generation.error is not None
    assert generation.kind != "internal"
    assert generation.attempts.get().answer_bytes() == body


def test_a_name_with_any_character_is_somebody(wire: Wire) -> None:
    person = Person.objects.create(username="Ω\u202e", email="o@example.test", first_name="🦊", last_name="<b>")
    assert submit(Order(person, "A lake", (make_model_at(),))).person.initials
