"""A body's JSON documents or server-sent events, whatever its framing, added to an accumulator."""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

from generations.protocol.accumulator import AnswerAccumulator
from generations.protocol.error_pages import looks_like_page
from generations.protocol.flawed_json import read_flawed
from generations.protocol.image_bytes import sniff
from generations.protocol.image_ref import from_bytes
from generations.protocol.json import after, read_json, read_json_prefix
from generations.protocol.markup import read_markup
from generations.protocol.plain_body import as_utf8, is_addresses, is_data_uri, is_picture_text, parts_of
from generations.protocol.sse import Event, events
from generations.protocol.work import Seen, is_said, seen_in_words


def accumulate(body: bytes, accumulator: AnswerAccumulator, *, ended: bool = True) -> tuple[bool, str]:
    """Add everything in `body` to `accumulator`; `ended` False: more of it was to come.

    Returns whether the body is a whole document, and its text when it is neither that nor an event stream.
    """
    body = as_utf8(body)
    parts = [_part(part, accumulator) for part in parts_of(body)]
    if any(parts):
        return ended, ""
    text = body.decode("utf-8", "replace").strip()
    if text[:1] in ("{", "[", '"'):
        rest = _documents(text, accumulator)
        if rest is not None:
            _stream(rest.encode("utf-8", "replace"), accumulator)
            return True, ""
    is_stream = text.startswith((":", "data:", "event:", "id:", "retry:")) and not is_data_uri(text)
    if not is_data_uri(text) and _stream(body, accumulator, takes_words=is_stream):
        return False, ""
    if is_stream or text[:1] in ("{", "[", '"'):
        return False, ""
    if is_picture_text(text):
        accumulator.add(text)
        return ended, ""
    return False, "" if is_data_uri(text) else text


def _part(content: bytes, accumulator: AnswerAccumulator) -> bool:
    """Add a part of a multipart body that is a picture or a document. Returns whether it is either."""
    if ref := from_bytes(content) if sniff(content[:1100]) else None:
        accumulator.add_images([ref])
        return True
    text = content.decode("utf-8", "replace").strip()
    return text.startswith("{") and _documents(text, accumulator) is not None


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
        if value:
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


def _stream(body: bytes, accumulator: AnswerAccumulator, *, takes_words: bool = False) -> bool:
    """Add the events of a body; with `takes_words` also those that are plain text, where none is JSON. Returns whether
    any of them could be read."""
    found = False
    words: list[str] = []
    is_json = False
    idle: Event | None = None
    for count, event in enumerate(events(body)):
        if event.name != "error" and (event == idle or not any(event.lines)):
            continue
        values = list(_values(event.lines, may_mend=count < _MAX_MENDED))
        idle = event if values and not any(map(is_said, values)) else None  # the same once more adds nothing
        for value in values:
            if value is _DONE:
                accumulator.is_done = True
                continue
            is_json = True
            is_error = event.name == "error" and isinstance(value, str)
            accumulator.add({"error": {"message": value}} if is_error else value, event.name)
        if not values and event.name == "error":
            accumulator.add({"error": {"message": " ".join(event.lines)}})
        if not values and event.name != "error":
            said = " ".join(event.lines)
            is_sign = bool(event.name) and len(said) < _MAX_SIGN and "/" not in said and not seen_in_words(event.name)
            seen = Seen.NOTHING if is_sign else seen_in_words(said)
            accumulator.seen = max(accumulator.seen, seen)
            words += ["\n".join(event.lines)] if seen and not any(map(_NO_WORDS.search, event.lines)) else []
        found = found or bool(values) or event.name == "error"
    if takes_words and words and not is_json and not accumulator.errors and _is_told(said := _joined(words)):
        accumulator.add(said)
        return True
    return found


def _is_told(text: str) -> bool:
    """Whether words that came as events are an answer, and no page or the address of one."""
    if looks_like_page(text) or (is_addresses(text) and not is_addresses(text, of_pictures=True)):
        return False
    return is_picture_text(text) or not read_markup(text).embedded


# JSON that cannot be read, comments, and bytes that are no text.
_NO_WORDS = re.compile(r'\A\s*+(?:[:{"]|\[\s*+[\[{"\d\]-])|[\x00-\x08\x0e-\x1f\ufffd]')


def _joined(words: list[str]) -> str:
    """Words that came as events: pieces of one text where spaces stand at their ends, else lines."""
    are_pieces = any(before[-1:].isspace() or after[:1].isspace() for before, after in pairwise(words))
    return ("" if are_pieces else "\n").join(words)


_DONE = object()
_MAX_SIGN = 40
_MAX_MENDED = 10_000
_MAX_DOCUMENTS = 100_000
_SPACE = re.compile(r"\s*+")


def _values(lines: tuple[str, ...], *, may_mend: bool) -> Iterator[Any]:
    """The JSON values of an event's data lines: one over all lines or, failing that, one per line; `_DONE` for the end.
    Flawed JSON is mended where it `may_mend`.

    Gateways that omit the blank line between events put several events into one.
    """
    whole = "\n".join(lines)
    if len(lines) > 1 and whole[:1] in ("{", "["):
        try:
            yield read_json(whole)
            return
        except ValueError:
            pass
    found = [value for line in lines[:_MAX_DOCUMENTS] for value in _values_of_line(line, may_mend=may_mend)]
    yield from found or (_values_of_line(whole, may_mend=may_mend) if len(lines) > 1 else ())


def _values_of_line(data: str, *, may_mend: bool) -> Iterator[Any]:
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
            if may_mend:
                with suppress(ValueError):
                    yield read_flawed(data)
            return
        yield value
        if "[DONE]" in data[end : end + 100]:
            yield _DONE


_WRAPPED = re.compile(r"(?:data:\s{0,20}+)*+")
