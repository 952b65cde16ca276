"""A body's JSON documents and events, put together; whatever came, in whatever framing."""

import re
from collections.abc import Iterator
from typing import Any

from generations.protocol.accumulator import AnswerAccumulator
from generations.protocol.json import after, read_json, read_json_prefix
from generations.protocol.sse import events


def accumulate(body: bytes, accumulator: AnswerAccumulator) -> tuple[bool, str]:
    """Fill `accumulator`. Whether the body is a JSON document, and its text when it is neither that nor a stream."""
    text = body.decode("utf-8-sig", "replace").strip()
    if text[:1] in ("{", "[", '"'):
        rest = _documents(text, accumulator)
        if rest is not None:
            _stream(rest.encode("utf-8", "replace"), accumulator)
            return True, ""
    if _stream(body, accumulator):
        return False, ""
    is_broken_document = text[:1] in ("{", "[", '"') or text.startswith((":", "data:", "event:", "id:"))
    return False, "" if is_broken_document else text


def _documents(text: str, accumulator: AnswerAccumulator) -> str | None:
    """Absorb the JSON values a body begins with, and give the rest; None when not even the first is whole."""
    try:
        accumulator.add(read_json(text))
    except ValueError:
        pass
    else:
        return ""
    position, count = 0, 0
    while text[position : position + 1] in ("{", "[") and count < _MAX_DOCUMENTS:
        try:
            value, position = read_json_prefix(text, position)
        except ValueError:
            break
        accumulator.add(value)
        count += 1
        position = after(_SPACE, text, position)
    return text[position:] if count else None


def _stream(body: bytes, accumulator: AnswerAccumulator) -> bool:
    """Absorb the events of a body. Whether there was any that could be read."""
    found = False
    for event in events(body):
        values = list(_values(event.lines))
        for value in values:
            if value is _DONE:
                accumulator.is_done = True
            else:
                accumulator.add(value, event.name)
        if not values and event.name == "error":
            accumulator.add({"error": {"message": " ".join(event.lines)}})
        found = found or bool(values) or event.name == "error"
    return found


_DONE = object()
_MAX_DOCUMENTS = 100_000
_SPACE = re.compile(r"\s*+")


def _values(lines: tuple[str, ...]) -> Iterator[Any]:
    """The JSON values of an event's data lines: one over all lines or, failing that, one on each; `_DONE` for the end.

    A writer that forgets the blank lines between events puts several on the lines of one.
    """
    whole = "\n".join(lines)
    if len(lines) > 1 and whole[:1] in ("{", "["):
        try:
            yield read_json(whole)
            return
        except ValueError:
            pass
    found = [value for line in lines[:_MAX_DOCUMENTS] for value in _values_of_line(line)]
    yield from found or (_values_of_line(whole) if len(lines) > 1 else ())


def _values_of_line(data: str) -> Iterator[Any]:
    """The JSON value a data line begins with, and `_DONE` where it is the end or ends with it."""
    data = data.strip()
    # A proxy may wrap what is wrapped already.
    data = data[after(_WRAPPED, data) :]
    if data[:12].strip(" []\"'").upper().startswith("DONE"):
        yield _DONE
    elif data[:1] in ("{", "[", '"'):
        try:
            value, end = read_json_prefix(data)
        except ValueError:
            return
        yield value
        if "[DONE]" in data[end : end + 100]:
            yield _DONE


_WRAPPED = re.compile(r"(?:data:\s{0,20}+)*+")
