r"""JSON with a small flaw is read, as a body, in an event and in the text of an answer; what is cut off is not."""

import json

import pytest

from generations.protocol import flawed_json
from generations.protocol.flawed_json import read_flawed
from generations.protocol.json import read_json
from generations.protocol.response import read
from tests.protocol.test_mixtures import A, as_body, said
from tests.protocol.test_reading import HERE, THERE, Case, check, fenced

FLAWED: dict[str, tuple[str, object]] = {
    "a comma too many": ('{"a": [1, 2, ], "b": "x,]", }', {"a": [1, 2], "b": "x,]"}),
    "commas missing": ('{"a": "x" "b": true\n"c": {"d": [1]}\n"e": 2}', {"a": "x", "b": True, "c": {"d": [1]}, "e": 2}),
    "comments": ('{"a": 1, // one\n /* two, ] */ "b": "http://x // y"}', {"a": 1, "b": "http://x // y"}),
    "Python": (
        "{'a': 'it\\'s \"x\"', 'b': True, 'c': None, 'd': b'\\x41'}",
        {"a": 'it\'s "x"', "b": True, "c": None, "d": "A"},
    ),
    "a list of Python": (f"['{HERE}', '{THERE}']", [HERE, THERE]),
    "escapes": (r'{"a": "b\_c\'d\u00e4 \"e\" \\ \/ C:\q"}', {"a": 'b_c\'dä "e" \\ / C:q'}),
    "words that look like literals": ('{"a": "True, None",}', {"a": "True, None"}),
}


@pytest.mark.parametrize("name", FLAWED)
def test_a_small_flaw_is_mended(name: str) -> None:
    text, value = FLAWED[name]
    assert read_flawed(text) == value


@pytest.mark.parametrize(
    "text", ['{"a": "x', '{"a": 1', '{"a": [1, 2}', "{'a': 'x}", '{"a": "b "c" d"}', "{it's}", "[ERROR] no]"]
)
def test_what_is_cut_off_or_no_json_is_not(text: str) -> None:
    with pytest.raises(ValueError, match=r"line \d"):
        read_flawed(text)


WITHOUT = f'{{"choices": [{{"message": {{"content": "![x]({A})"}}, "finish_reason": "stop"}},], }}'
BODIES = {
    "a comma too many": WITHOUT,
    "Python": repr(said(f"![it's]({A})", name=None)),
    "an escape": json.dumps(said("a#b ![x](" + A + ")")).replace("a#b", r"\_"),
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("dress", ["%s", "data: %s\n\ndata: [DONE]\n\n"])
def test_a_body_with_one_flaw_is_read(name: str, dress: str) -> None:
    answer = read((dress % BODIES[name]).encode())
    assert [ref.url for ref in answer.images] == [A]
    assert answer.complete


def test_a_body_that_is_cut_off_is_not_complete() -> None:
    assert not read(WITHOUT[:-6].encode()).complete


IN_TEXT: dict[str, Case] = {
    "a comma too many": (said(f'{{"image_url": "{HERE}",}}'), [HERE], None),
    "a list of Python": (said(f"['{HERE}', '{THERE}']"), [HERE, THERE], None),
    "a comment": (
        said(f'```json\n{{\n  // the picture\n  "size": "1024x1024", "image_url": "{HERE}"}}\n```'),
        [HERE],
        None,
    ),
    "a comma missing": (said(f'{{"size": "1024x1024" "url": "{HERE}"}}'), [HERE], None),
    "beyond repair": (said(f'{{"size": "a "big" one", "url": "{A}"}}'), [], None),
    "a sample beyond repair": (
        said(f'```json\n{{"size": "1024x1024", "image_urls": ["{A}"] oops}}\n```\nSure, wait.'),
        [],
        "Sure, wait.",
    ),
    "code": (
        said(f'```js\n{{"size": 3, "image_url": "{A}", fn: () => 1}}\n```\nExample of a call.'),
        [],
        "Example of a call.",
    ),
    "a sample of a call": (
        said(fenced({"url": HERE, "width": 100, "height": 50}) + "\nCall it like this."),
        [],
        "Call it like this.",
    ),
    "a film": (said(json.dumps({"video": 1, "url": HERE, "width": 1280}) + "\nWatch."), [], "Watch."),
    "a call beyond repair": (said(f'{{"prompt": "a "red" cat", "image_url": "{A}"}}\n\n![x]({HERE})'), [HERE], None),
    "an address and its measures": (said(fenced({"url": HERE, "width": 1024, "height": 1024})), [HERE], None),
    "an address of an interface": (said(fenced({"base_url": HERE, "size": "auto", "n": 1}) + "\nHi"), [], "Hi"),
}


@pytest.mark.parametrize("name", IN_TEXT)
def test_flawed_json_in_a_text_loses_no_picture(name: str) -> None:
    check(*IN_TEXT[name])


def test_a_text_is_mended_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mended: list[str] = []

    def counted(text: str) -> object:
        mended.append(text)
        return read_json(text)

    monkeypatch.setattr(flawed_json, "read_json", counted)
    text = "{" + "'" * 40 + "}"
    read(as_body(said(text)))
    assert len([it for it in mended if it != text]) == 1


def test_events_without_number_are_not_all_mended() -> None:
    flawed = b'data: {"usage": {},}\n\n' * 10_000
    assert read(flawed + b'data: {"answer": "Hi",}\n\ndata: {"answer": "you"}\n\n').text == "you"
