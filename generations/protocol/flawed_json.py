r"""JSON with small flaws, as models and hurried gateways write it: commas too many or missing, comments, single quotes
and the literals of Python, escapes that JSON does not know (`\_`, `\'`). What is cut off stays unreadable."""

import re
from functools import lru_cache
from typing import Any

from generations.protocol.json import read_json

# Each takes what it begins to its end or to that of the text, so that nothing is read twice.
_TEXT = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)'
_PYTHON_TEXT = r"(?<!\w)[bru]{0,2}'[^'\\]*+(?:\\.[^'\\]*+)*+(?:'|\Z)"
_SPACE = r"[ \t\r\n]"
_TOKEN = re.compile(
    rf"(?P<text>{_TEXT})|(?P<python>{_PYTHON_TEXT})"
    r"|(?P<comment>//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))"
    r"|(?P<name>\b(?:True|False|None|undefined)\b)",
    re.DOTALL,
)
_COMMA = re.compile(
    rf"(?P<text>{_TEXT})|(?P<surplus>,)(?={_SPACE}*+[}}\]])|(?P<missing>(?<=[\"}}\]\del]){_SPACE}++(?=[\"{{]))",
    re.DOTALL,
)
_QUOTE = re.compile(r'(?<!\\)"')
_LITERALS = {"True": "true", "False": "false", "None": "null", "undefined": "null"}
_ESCAPE = re.compile(r"\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4}|x(?P<hex>[0-9a-fA-F]{2})|(?P<char>.))", re.DOTALL)


def read_flawed(text: str) -> Any:
    """Parse JSON of an answer, mended where it is flawed. Raises only ValueError."""
    try:
        return read_json(text)
    except ValueError:
        if not text.rstrip().endswith(("}", "]")):
            raise
    mended = _mended(text)
    if isinstance(mended, ValueError):
        raise mended
    return mended


@lru_cache(maxsize=4)
def _mended(text: str) -> Any:
    """The JSON of a flawed text, or the error of one beyond repair. One text is asked for several times in a row."""
    try:
        return read_json(_COMMA.sub(_with_comma, _TOKEN.sub(_strict, text)))
    except ValueError as error:
        return error.with_traceback(None)


def forget() -> None:
    """Let go of the texts that were mended last, which may be large."""
    _mended.cache_clear()


def _strict(token: re.Match[str]) -> str:
    """A token as JSON writes it."""
    match token.lastgroup:
        case "comment":
            return " "
        case "name":
            return _LITERALS[token[0]]
        case "python":
            inner = token[0].partition("'")[2].removesuffix("'")
            return '"' + _ESCAPE.sub(_escape, _QUOTE.sub(r"\"", inner)) + '"'
    return _ESCAPE.sub(_escape, token[0]) if "\\" in token[0] else token[0]


def _escape(escape: re.Match[str]) -> str:
    """An escape that JSON knows; of any other only its character."""
    return f"\\u00{escape['hex']}" if escape["hex"] else escape["char"] or escape[0]


def _with_comma(token: re.Match[str]) -> str:
    match token.lastgroup:
        case "surplus":
            return ""
        case "missing":
            return ", "
    return token[0]
