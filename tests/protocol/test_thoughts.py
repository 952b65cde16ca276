"""A thought is no answer, unless it never ends and nothing else came."""

import json

import pytest

from generations.protocol.response import read
from tests.protocol.test_mixtures import said, told
from tests.protocol.test_reading import HERE, THERE, Case, check, kind_of

THOUGHTS: dict[str, Case] = {
    "a thought without its end": (said(f"<think>plan\n\n![y]({HERE})"), [HERE], "plan"),
    "one in pieces": (told("<think>plan", f"\n![y]({HERE})"), [HERE], "plan"),
    "words in a thought without its end": (said("<thinking>Here is how."), [], "Here is how."),
    "a thought with its end": (said(f"<think>![y]({HERE})</think>\n![x]({THERE})"), [THERE], None),
    "a thought that is all": (said(f"<think>![y]({HERE})</think>"), [], None),
    "a thought beside the picture": (said("<think>long secret", images=[THERE + ".png"]), [THERE + ".png"], None),
    "a thought that was cut off": (told(f"<think>plan ![y]({HERE})", finish="length"), [], None),
    "a thought that is still going on": (told("<think>plan ", f"![y]({HERE}) ", finish=None, done=False), [], None),
}


@pytest.mark.parametrize("name", THOUGHTS)
def test_a_thought_is_read_only_where_nothing_else_can_come(name: str) -> None:
    check(*THOUGHTS[name])


def test_a_refusal_behind_an_opening_tag_is_one() -> None:
    assert kind_of(said("<think>I cannot create that image."))[0] == "declined"


def test_an_answer_that_ended_for_its_length_still_says_so() -> None:
    body = said("<think>A long plan")
    body["choices"][0]["finish_reason"] = "length"
    assert kind_of(body)[0] == "length_reached"
    assert read(json.dumps(body).encode()).images == ()
