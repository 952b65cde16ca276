"""Events that hold nothing: thousands of them cost no more than their lines, and hide nothing between them."""

import pytest

from generations.protocol import body
from generations.protocol.accumulator import AnswerAccumulator
from generations.protocol.response import read

EMPTY = [b"data:\n\n", b"data: {}\n\n", b"{}\n\n", b'data: {"choices":[{"delta":{}}]}\n\n', b"data: {}\r\n\r\n"]


@pytest.mark.parametrize("event", EMPTY)
def test_the_same_empty_event_is_added_once(event: bytes) -> None:
    added: list[object] = []

    class Counting(AnswerAccumulator):
        def add(self, piece: object, name: str = "", depth: int = 0) -> None:
            added.append(piece)
            super().add(piece, name, depth)

    body.accumulate(event * 1_000, Counting())
    assert len(added) <= 2


@pytest.mark.parametrize("event", EMPTY)
def test_empty_events_hide_nothing(event: bytes) -> None:
    said = b'data: {"choices":[{"delta":{"content":"a "}}]}\n\n'
    end = b"event: response.completed\ndata: {}\n\n"
    answer = read(event * 3 + said + event * 3 + said + event * 3 + end)
    assert (answer.text, answer.complete) == ("a a", True)


def test_an_event_of_which_only_a_part_is_empty_counts_each_time() -> None:
    said = b'data: {"choices":[{"delta":{"content":"a "}}]}\ndata: {}\n\n'
    assert read(said * 2 + b"data: [DONE]\n\n").text == "a a"


def test_words_that_repeat_are_words() -> None:
    assert read(b"data: ha \n\n" * 3 + b"data: [DONE]\n\n").text == "ha ha ha"
