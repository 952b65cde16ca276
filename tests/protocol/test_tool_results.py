"""What came of a tool call is a picture of the answer; what was given to it is not."""

import json
from typing import Any

import pytest

from tests.protocol.test_mixtures import URI, A, said
from tests.protocol.test_reading import HERE, THERE, check

CALLS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "the output of a function": ({"function": {"name": "draw", "arguments": "{}", "output": URI}}, ["image/png"]),
    "an output as JSON": ({"function": {"name": "draw", "output": json.dumps({"image_url": HERE})}}, [HERE]),
    "an output in Markdown": ({"function": {"name": "draw", "output": f"Done ![x]({HERE})"}}, [HERE]),
    "the interpreter": (
        {"type": "code_interpreter", "code_interpreter": {"outputs": [{"type": "image", "image": {"url": HERE}}]}},
        [HERE],
    ),
    "a result": ({"type": "image_generation", "result": {"image_url": HERE}}, [HERE]),
    "a result beside arguments": (
        {"function": {"name": "edit_image", "arguments": json.dumps({"image_url": A})}, "result": {"image_url": HERE}},
        [HERE],
    ),
    "arguments": ({"function": {"name": "edit", "arguments": json.dumps({"image_url": A})}}, []),
    "a page that was found": (
        {"type": "web_search", "output": {"results": [{"title": "Cats", "link": THERE, "image": A}]}},
        [],
    ),
    "pages of a search for images": ({"function": {"name": "image_search", "output": [{"url": A}]}}, []),
    "a page": ({"type": "function", "function": {"name": "look_up"}, "output": [{"title": "T", "url": HERE}]}, []),
    "the text of a page": ({"type": "browser", "result": [{"type": "text", "text": f"See ![logo]({A})"}]}, []),
    "arguments in a result": ({"result": {"input": {"image_url": A}, "text": f"See {THERE}"}}, []),
}


@pytest.mark.parametrize("name", CALLS)
def test_only_what_came_of_a_tool_call_is_a_picture(name: str) -> None:
    call, images = CALLS[name]
    check(said(None, tool_calls=[{"id": "c", **call}]), images, None)


def test_a_reference_that_a_tool_gives_back_is_no_result() -> None:
    request = {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": HERE}}]}]}
    for url in (HERE, f"{HERE}?w=100"):
        call = {"function": {"name": "draw"}, "result": {"image_url": url}}
        check(said(None, tool_calls=[call]), [], None, request=request)


def test_an_address_among_the_words_comes_before_that_of_a_tool() -> None:
    call = {"function": {"name": "draw_image"}, "result": {"images": [HERE]}}
    check(said(f"Here: {A}", tool_calls=[call]), [A], "Here:")


def drawn(name: str, output: Any, **more: Any) -> dict[str, Any]:
    return said(None, tool_calls=[{"id": "c", "function": {"name": name}, "output": output, **more}])


UNFINISHED: dict[str, dict[str, Any]] = {
    "an error": drawn("generate_image", {"error": "out of memory", "image_url": HERE}),
    "an error as JSON": drawn("generate_image", json.dumps({"error": "out of memory", "url": HERE})),
    "a failure": drawn("generate_image", {"status": "failed", "image_url": HERE}),
    "no success": drawn("generate_image", {"success": False, "image_url": HERE}),
    "a task": drawn("generate_image", json.dumps({"status": "pending", "url": HERE})),
    "a task within": drawn("generate_image", {"data": {"state": "running", "url": HERE}}),
    "a call that goes on": drawn("generate_image", {"image_url": HERE}, status="in_progress"),
    "a report": drawn("generate_report", {"url": HERE}),
    "a file of a report": drawn("generate_pdf", {"url": A}),
    "a withdrawal": drawn("withdraw_funds", {"url": HERE}),
}


@pytest.mark.parametrize("name", UNFINISHED)
def test_what_is_no_finished_drawing_is_no_picture(name: str) -> None:
    check(UNFINISHED[name], [], None)


def test_one_failure_among_several_drawings_takes_nothing_from_the_others() -> None:
    check(drawn("generate_images", [{"url": HERE}, {"url": THERE, "error": "out of memory"}]), [HERE], None)


def test_the_code_of_an_interpreter_is_no_error() -> None:
    call = {"type": "code_interpreter_call", "code": "print(1)", "status": "completed"}
    check(said(None, tool_calls=[{"id": "c", **call, "outputs": [{"type": "image", "url": HERE}]}]), [HERE], None)


@pytest.mark.parametrize("tool", ["generate_image", "generate", "draw", "create_artwork", "make_logo", "textToImage"])
@pytest.mark.parametrize(
    "state", [{}, {"status": "completed"}, {"success": True}, {"status": "created", "error": None}, {"code": 1}]
)
def test_a_finished_drawing_is_a_picture(tool: str, state: dict[str, Any]) -> None:
    check(drawn(tool, {"image_url": HERE} | state), [HERE], None)
    check(drawn(tool, json.dumps({"image_url": HERE} | state)), [HERE], None)


@pytest.mark.parametrize(
    "tool", ["generate_visual", "flux_generate", "generateFlux", "generate_icon", "generate_text_image"]
)
def test_what_a_tool_generates_is_a_picture_unless_it_is_named_otherwise(tool: str) -> None:
    check(drawn(tool, {"url": HERE}), [HERE], None)


@pytest.mark.parametrize("error", [{"code": 0, "message": "success"}, "none", "0", False])
def test_an_error_that_is_none_fails_no_drawing(error: Any) -> None:
    check(drawn("draw_map", {"image_url": HERE, "error": error}), [HERE], None)
