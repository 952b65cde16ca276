"""JSON in a model's text: the parameters of its image call, which are not meant for a person, and results as JSON."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generations.protocol.json import read_json_prefix
from generations.protocol.links import MAX_LINKS

_MAX_PARSED = 16


@dataclass(frozen=True, slots=True)
class Block:
    """JSON in a text, from `start` to `end` with its fence; `document` is None where it cannot be parsed. `is_call`: it
    has the parameters of an image call."""

    start: int
    end: int
    document: Any
    is_call: bool


def without_call_parameters(text: str) -> str:
    """The text without JSON call parameters, fenced or at its beginning, and without a leading `<think>` block."""
    text = without_thought(text)
    pieces, position = [], 0
    for block in blocks_in(text):
        if block.is_call:
            pieces.append(text[position : block.start])
            position = block.end
    return "".join([*pieces, text[position:]])


def without_thought(text: str) -> str:
    return _THOUGHT.sub("", text)


def prompt_in(document: Any) -> str:
    """The prompt among call parameters, "" without one."""
    names = ("prompt", "user_prompt") if isinstance(document, dict) else ()
    return " ".join(str(document[name]) for name in names if document.get(name))


def blocks_in(text: str) -> Iterator[Block]:
    """The JSON at the beginning of a text, if more than that follows, and in its fences, in order; of what is no call
    only that which can be parsed."""
    position = 0
    if leading := _leading(text):
        yield leading
        position = leading.end
    if "```" not in text and "~~~" not in text:
        return
    for count, fence in enumerate(_FENCE.finditer(text, position)):
        if fence.start() >= position and count <= MAX_LINKS:
            block = _fenced(text, fence, try_json=count < _MAX_PARSED)
            if block.is_call or block.document is not None:
                yield block
                position = block.end


def _leading(text: str) -> Block | None:
    """Unfenced JSON at the beginning of a text that goes on behind it."""
    start = len(text) - len(text.lstrip())
    if not text.startswith(("{", "["), start):
        return None
    document = None
    try:
        document, end = read_json_prefix(text, start)
    except ValueError:
        closing = _BRACE_AT_END.search(text, start)
        end = closing.end() if closing else len(text)
    else:
        if not text[end:].strip():
            return None
    is_call = text[start] == "{" and _is_call(text, start, end)
    return Block(0, end, document, is_call) if is_call or document else None


_BRACE_AT_END = re.compile(r"\}[ \t]{0,20}+$", re.MULTILINE)
_THOUGHT = re.compile(r"\A\s*+<(think|thinking)>.*?(?:</\1>|\Z)", re.DOTALL)
_FENCE = re.compile(r"(?:```|~~~)[ \t]{0,20}+\w{0,12}+[ \t\n]{0,20}+(?=[{\[])")
_PARAMETER = re.compile(
    r'"(?:user_)?prompt"|"(?:aspect_)?ratio"|"size"|"width"|"image_urls?"|"referenced_image_ids"|"n"\s*:'
)


def _is_call(text: str, start: int, end: int) -> bool:
    return bool(_PARAMETER.search(text, start, min(end, start + 100_000)))


def _fenced(text: str, fence: re.Match[str], *, try_json: bool) -> Block:
    """The block that a fence opens: up to the fence that closes it or, where that belongs to another, up to the end of
    its JSON."""
    start, end, document = fence.end(), None, None
    if try_json:
        try:
            document, end = read_json_prefix(text, start)
        except ValueError:
            end = None
    closing = _CLOSING.search(text, start if end is None else end)
    close = closing.end() if closing else len(text)
    if end is not None and (not closing or text[end : closing.start()].strip()):
        close = end
    is_call = text[start] == "{" and _is_call(text, start, close)
    return Block(fence.start(), close, document, is_call)


_CLOSING = re.compile(r"(?:```|~~~)[ \t]*+")
