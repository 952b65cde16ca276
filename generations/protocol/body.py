"""A body's JSON documents or server-sent events, whatever its framing, added to an accumulator."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from generations.protocol.accumulator import AnswerAccumulator
from generations.protocol.flawed_json import read_flawed
from generations.protocol.json import after, read_json, read_json_prefix
from generations.protocol.sse import events
from generations.protocol.work import seen_in_words


def accumulate(body: bytes, accumulator: AnswerAccumulator) -> tuple[bool, str]:
    """Add everything in `body` to `accumulator`.

    Returns whether the body is a JSON document, and its text when it is neither that nor an event stream.
    """
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
    """Add the JSON values at the beginning of a body and return the rest; None when not even the first is complete.
    A body that is one flawed document is added whole."""
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
    if count:
        return text[position:]
    try:
        accumulator.add(read_flawed(text))
    except ValueError:
        return None
    return ""


def _stream(body: bytes, accumulator: AnswerAccumulator) -> bool:
    """Add the events of a body. Returns whether any of them could be parsed."""
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
        if not values and event.name != "error":
            accumulator.seen = max(accumulator.seen, seen_in_words(" ".join(event.lines)))
        found = found or bool(values) or event.name == "error"
    return found


_DONE = object()
_MAX_DOCUMENTS = 100_000
_SPACE = re.compile(r"\s*+")


def _values(lines: tuple[str, ...]) -> Iterator[Any]:
    """The JSON values of an event's data lines: one over all lines or, failing that, one per line; `_DONE` for the end.

    Gateways that omit the blank line between events put several events into one.
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
    """The JSON value at the beginning of a data line, and `_DONE` where the line is or ends with `[DONE]`."""
    data = data.strip()
    # Some proxies prefix "data:" a second time.
    data = data[after(_WRAPPED, data) :]
    if data[:12].strip(" []\"'").upper().startswith("DONE"):
        yield _DONE
    elif data[:1] in ("{", "[", '"'):
        try:
            value, end = read_json_prefix(data)
        except ValueError:
            with suppress(ValueError):
                yield read_flawed(data)
            return
        yield value
        if "[DONE]" in data[end : end + 100]:
            yield _DONE


_WRAPPED = re.compile(r"(?:data:\s{0,20}+)*+")
