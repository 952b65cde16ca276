"""Parts of a model's text that are not meant for a person: the JSON parameters of its image call, and its thoughts."""

import re

from generations.protocol.json import read_json_prefix
from generations.protocol.links import MAX_LINKS


def without_call_parameters(text: str) -> str:
    """The text without JSON call parameters, fenced or at its beginning, and without a leading `<think>` block."""
    text = _THOUGHT.sub("", text)
    text = text[_bare_parameters_end(text) :]
    if "```" not in text and "~~~" not in text:
        return text
    pieces, position = [], 0
    for count, fence in enumerate(_FENCE.finditer(text)):
        if fence.start() < position or count > MAX_LINKS:
            continue
        end = _parameters_end(text, fence.end(), try_json=count < 16)
        if end is not None:
            pieces.append(text[position : fence.start()])
            position = end
    pieces.append(text[position:])
    return "".join(pieces)


def _bare_parameters_end(text: str) -> int:
    """Where unfenced call parameters at the beginning of a text end; 0 when there are none."""
    start = len(text) - len(text.lstrip())
    if not text.startswith("{", start):
        return 0
    try:
        end = read_json_prefix(text, start)[1]
    except ValueError:
        closing = _BRACE_AT_END.search(text, start)
        end = closing.end() if closing else len(text)
    else:
        if not text[end:].strip():
            return 0
    return end if _PARAMETER.search(text, start, min(end, start + 100_000)) else 0


_BRACE_AT_END = re.compile(r"\}[ \t]{0,20}+$", re.MULTILINE)
_THOUGHT = re.compile(r"\A\s*+<(think|thinking)>.*?(?:</\1>|\Z)", re.DOTALL)
_FENCE = re.compile(r"(?:```|~~~)[ \t]{0,20}+\w{0,12}+[ \t\n]{0,20}+(?=\{)")
_PARAMETER = re.compile(
    r'"(?:user_)?prompt"|"(?:aspect_)?ratio"|"size"|"width"|"image_urls?"|"referenced_image_ids"|"n"\s*:'
)


def _parameters_end(text: str, start: int, *, try_json: bool) -> int | None:
    """Where the fenced call parameters that begin at `start` end; None when the block is something else."""
    end = None
    if try_json:
        try:
            end = read_json_prefix(text, start)[1]
        except ValueError:
            end = None
    closing = _CLOSING.search(text, start if end is None else end)
    close = closing.end() if closing else len(text)
    if end is not None and (not closing or text[end : closing.start()].strip()):
        close = end
    is_parameters = _PARAMETER.search(text, start, min(close, start + 100_000))
    return close if is_parameters else None


_CLOSING = re.compile(r"(?:```|~~~)[ \t]*+")
