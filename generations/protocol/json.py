"""JSON parsing, strict for requests to be sent, lenient for answers that have been paid for."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from generations.errors import InvalidRequest
from generations.translatable import Message

MAX_BYTES = 40 * 1024 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 40
# JSON may contain what PostgreSQL cannot store: NUL and lone surrogates.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse_json(data: bytes | str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Parse JSON that is to be sent. Raises InvalidRequest, whose detail is a sentence the sender can act on."""
    text = _decoded(data, max_bytes)
    try:
        value = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_no_constant)
    except json.JSONDecodeError as fault:
        raise InvalidRequest(
            Message(
                "This is not JSON: line %(line)s, column %(column)s: %(reason)s.",
                line=fault.lineno,
                column=fault.colno,
                reason=fault.msg,
            )
        ) from None
    except RecursionError:
        raise InvalidRequest(Message("The JSON is nested deeper than %(max)s levels.", max=max_depth)) from None
    _check(value, max_depth)
    return value


def read_json(text: str) -> Any:
    """Parse JSON of an answer. NaN, infinities and numbers of more than 40 digits become None. Raises only
    ValueError."""
    return _leniently(lambda decoder: decoder.decode(text))


def read_json_prefix(text: str, start: int = 0) -> tuple[Any, int]:
    """The JSON value at `start` and the position after it, whatever follows. Raises only ValueError."""
    return _leniently(lambda decoder: decoder.raw_decode(text, start))


def after(run: re.Pattern[str], text: str, start: int = 0) -> int:
    """The position after a match of `run` at `start`; `start` where it does not match."""
    found = run.match(text, start)
    return found.end() if found else start


def clean(text: str) -> str:
    """The text as every database can store it: surrogate pairs joined, lone surrogates and NUL replaced by U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    if not _UNSTORABLE.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\x00", "\ufffd")


def short(value: Any) -> str | None:
    """The beginning of a string, cleaned, at most 500 characters; None for an empty one and for anything else."""
    return clean(value)[:500] if isinstance(value, str) and value else None


def cleaned(value: Any, *, max_depth: int = MAX_DEPTH) -> Any:
    """A JSON value with every string cleaned. Lists and objects nested deeper than `max_depth` become None."""
    match value:
        case str():
            return clean(value)
        case list() | dict() if max_depth == 0:
            return None
        case list():
            return [cleaned(item, max_depth=max_depth - 1) for item in value]
        case dict():
            return {clean(key): cleaned(item, max_depth=max_depth - 1) for key, item in value.items()}
    return value


def _decoded(data: bytes | str, max_bytes: int) -> str:
    size = len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        raise InvalidRequest(
            Message("The request is %(size)s bytes; at most %(max)s are allowed.", size=size, max=max_bytes)
        )
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
    except UnicodeDecodeError as fault:
        raise InvalidRequest(
            Message("The request is not UTF-8: byte %(position)s is invalid.", position=fault.start)
        ) from None
    if not text.strip():
        raise InvalidRequest(Message("The request is empty."))
    return text


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise InvalidRequest(
            Message(
                "A number in the request has %(digits)s digits; at most %(max)s are allowed.",
                digits=len(digits),
                max=MAX_DIGITS,
            )
        )
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if len(digits) > MAX_DIGITS * 2 or not math.isfinite(number):
        raise InvalidRequest(Message("The number %(number)s in the request is out of range.", number=digits[:20]))
    return number


def _no_constant(name: str) -> NoReturn:
    raise InvalidRequest(Message("The request contains %(name)s, which is not a JSON number.", name=name))


def _check(value: Any, max_depth: int) -> None:
    """Refuse what json.loads accepts: deep nesting, NUL and lone surrogates. Iterative, since the depth is unknown."""
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            _check_text(item)
        elif isinstance(item, list | dict):
            if depth > max_depth:
                raise InvalidRequest(Message("The JSON is nested deeper than %(max)s levels.", max=max_depth))
            children = item if isinstance(item, list) else [*item.keys(), *item.values()]
            waiting.extend((child, depth + 1) for child in children)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise InvalidRequest(Message("A text in the request contains a NUL character; remove it."))
    if not text.isascii() and _UNSTORABLE.search(text):
        raise InvalidRequest(
            Message("A text in the request contains half of a surrogate pair; it is not valid Unicode.")
        )


def _leniently(decode: Any) -> Any:
    try:
        return decode(_LENIENT)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        # Python refuses to convert integers of more than 4,300 digits; the slower hook runs only then.
        return decode(_LENIENT_DIGITS)


def _nothing(_: str) -> None:
    return None


_LENIENT = json.JSONDecoder(strict=False, parse_constant=_nothing)
_LENIENT_DIGITS = json.JSONDecoder(
    strict=False, parse_constant=_nothing, parse_int=lambda digits: int(digits) if len(digits) <= MAX_DIGITS else None
)


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every leaf of nested objects: its path of keys, and its value as JSON."""
    if isinstance(value, dict) and (value or not path):
        for name, within in value.items():
            yield from leaves(within, (*path, name))
    else:
        yield path, json.dumps(value, ensure_ascii=False)
