"""OpenAI's own answer format: for function calls, structured answers and words, and for pictures unless the families'
own formats are wanted. `content` is always a text, as the interface's document says.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from generations.sandbox.chunks import Chunk, choice, completion, delta_event, final_chunks, text_chunks
from generations.sandbox.order import Order, Picture
from generations.sandbox.recipe import without_marks


@dataclass(frozen=True, slots=True)
class Shape:
    """An answer format: as a JSON document, and as a stream."""

    whole: Callable[[Order], dict[str, Any]]
    stream: Callable[[Order], Iterator[Chunk]]


def openai_shape(order: Order) -> Shape | None:
    """The format of an answer that is no picture; None for pictures."""
    if order.request.tool is not None:
        return Shape(_call, _call_stream)
    if order.request.schema is not None:
        return Shape(_texts, _texts_stream)
    if order.request.has_tool_results:
        return Shape(_words, _words_stream)
    return None


def caption(order: Order) -> str:
    prompt = without_marks(order.request.prompt).strip()
    return f"Here is the generated image of {prompt[:160] or 'what you described'}."


# --- Pictures: one choice each, a Markdown image and a caption


def _image(order: Order, picture: Picture) -> str:
    is_inline = order.family.shape in ("inline", "images")
    return f"![image]({picture.data_uri() if is_inline else picture.url()})\n\n"


def _pictures(order: Order) -> dict[str, Any]:
    texts = [_image(order, picture) + caption(order) for picture in order.pictures]
    return completion(order, [choice({"content": text}, i) for i, text in enumerate(texts)], caption(order))


def _pictures_stream(order: Order) -> Iterator[Chunk]:
    for i, picture in enumerate(order.pictures):
        yield Chunk(delta_event(order, {"role": "assistant", "content": ""}, i), 1.5)
        yield from text_chunks(order, _image(order, picture), 1.0, i, is_picture=True)
        yield from text_chunks(order, caption(order), 0.1, i)
    yield from final_chunks(order, caption(order), len(order.pictures))


PICTURES = Shape(_pictures, _pictures_stream)


# --- A text in each choice: structured answers, and what is said of a tool's result


def _all_of(order: Order, text: str) -> dict[str, Any]:
    return completion(order, [choice({"content": text, "refusal": None}, i) for i in range(order.request.n)], text)


def _all_of_stream(order: Order, text: str) -> Iterator[Chunk]:
    for i in range(order.request.n):
        yield Chunk(delta_event(order, {"role": "assistant", "content": ""}, i))
        yield from text_chunks(order, text, 0.5, i)
    yield from final_chunks(order, text, order.request.n)


def _texts(order: Order) -> dict[str, Any]:
    return _all_of(order, order.structured)


def _texts_stream(order: Order) -> Iterator[Chunk]:
    return _all_of_stream(order, order.structured)


def _said(order: Order) -> str:
    return f"The tool answered: {order.request.tool_result[:2000]}"


def _words(order: Order) -> dict[str, Any]:
    return _all_of(order, _said(order))


def _words_stream(order: Order) -> Iterator[Chunk]:
    return _all_of_stream(order, _said(order))


# --- Function calls


def _calling(order: Order) -> dict[str, Any]:
    name = (order.request.tool or {})["name"]
    return {
        "id": f"call_{order.id[9:]}",
        "type": "function",
        "function": {"name": name, "arguments": order.structured},
    }


def _call(order: Order) -> dict[str, Any]:
    return completion(order, [choice({"content": None, "tool_calls": [_calling(order)]}, 0, "tool_calls")], "call")


def _call_stream(order: Order) -> Iterator[Chunk]:
    call = _calling(order)
    arguments = call["function"]["arguments"]
    opening = call | {"index": 0, "function": {"name": call["function"]["name"], "arguments": ""}}
    yield Chunk(delta_event(order, {"role": "assistant", "content": None, "tool_calls": [opening]}), 0.4)
    for piece in re.findall(r"(?s).{1,16}", arguments):
        yield Chunk(delta_event(order, {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}))
    yield from final_chunks(order, arguments, finish="tool_calls")
