"""JSON in a model's text: the parameters of its image call, which are not meant for a person, and results as JSON."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generations.protocol.flawed_json import read_flawed
from generations.protocol.json import read_json_prefix
from generations.protocol.link import MAX_LINKS
from generations.protocol.progress import percentages

_MAX_PARSED = 16
_MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Block:
    """JSON in a text, from `start` to `end` with its fence; `document` is None where it cannot be parsed. `is_call`: it
    has the parameters of an image call. `is_inline`: it stands among the words without a fence."""

    start: int
    end: int
    document: Any
    is_call: bool
    is_inline: bool = False


def without_call_parameters(text: str) -> str:
    """The text without JSON call parameters, fenced or at its beginning, and without a leading `<think>` block."""
    text = without_thought(text)
    pieces, position = [], 0
    for block in blocks_in(text, with_inline=False):
        if block.is_call:
            pieces.append(text[position : block.start])
            position = block.end
    return "".join([*pieces, text[position:]])


def without_thought(text: str, *, is_complete: bool = False) -> str:
    """The text without a leading `<think>` block. One without its end swallows the rest, unless the text `is_complete`:
    then nothing better comes, and only its tag is taken out."""
    opening = _UNCLOSED_THOUGHT.match(text) if is_complete else None
    return text[opening.end() :] if opening else _THOUGHT.sub("", text)


def prompt_in(document: Any) -> str:
    """The prompt among call parameters, "" without one."""
    names = ("prompt", "user_prompt") if isinstance(document, dict) else ()
    return " ".join(str(document[name]) for name in names if document.get(name))


def results_in(document: Any, depth: int = 0) -> Any:
    """A document without what stands beside a prompt, but for what is named as its result; equal to it where there is
    no prompt. `image_url` beside a prompt is a reference, `url` or `images` may be what came of it."""
    if isinstance(document, str):
        inner = object_in(document)
        results = results_in(inner, depth + 1) if inner is not None and depth < _MAX_DEPTH else inner
        return document if results == inner else results
    if isinstance(document, list) and depth < _MAX_DEPTH:
        return [results_in(entry, depth + 1) for entry in document]
    if not isinstance(document, dict) or depth >= _MAX_DEPTH:
        return document
    is_call = any(name in document for name in _OF_CALLS)
    return {
        key: value
        if _RESULT.fullmatch(key) and not (key == "data" and isinstance(value, dict))
        else None
        if is_call
        else results_in(value, depth + 1)
        for key, value in document.items()
    }


_OF_CALLS = ("prompt", "user_prompt", "ratio", "referenced_image_ids")
_RESULT = re.compile(
    r"(?:urls?|results?|outputs?|images|data|(?:results?|outputs?|generated|final)_?(?:image|img|picture|file)?s?"
    r"_?(?:urls?)?)",
    re.IGNORECASE,
)


def unfenced(text: str) -> str:
    """A text without white space around it and, where it is nothing but one, without its fence."""
    text = text.strip()
    fence = _WHOLE_FENCE.fullmatch(text)
    return fence["inner"].strip() if fence else text


_WHOLE_FENCE = re.compile(
    r"(?P<fence>```|~~~)[ \t]{0,20}+(?:json[5cl]?)?+(?P<inner>[\s{\[](?:(?!```|~~~).)*+)(?P=fence)",
    re.DOTALL | re.IGNORECASE,
)


def object_in(text: str) -> Any:
    """The object that a text consists of; None for any other."""
    if text[:40].lstrip()[:1] != "{":
        return None
    return _flawed(text)


def is_under_way(text: str, *, is_promised: bool) -> bool:
    """Whether what follows call parameters says that the picture is still to come: queued or drawn and, with
    `is_promised`, any progress and any promise."""
    percents = list(percentages(text))
    if is_promised:
        return bool(percents or _QUEUED.search(text) or _PROMISE.search(text))
    return max(percents) < 100 if percents else bool(_QUEUED.search(text))


_QUEUED = re.compile(
    r"排队|排隊|生成中|绘制中|处理中|\bqueu(?:ed|ing)\b|\bin (?:the )?queue\b|\bpending\b", re.IGNORECASE
)
_PROMISE = re.compile(
    r"\bI(?:['’]ll| will|['’]m| am)\b|\blet me\b|\bgoing to\b|\bplease wait\b|\b(?:one|a) moment\b|\bhold on\b"
    r"|\bstay tuned\b|\bhere (?:is|are|comes|you go)\b|\bhere['’]s\b|\bthis is\b|\bon it\b"
    r"|\b(?:creat|draw|generat|paint|render|work|start|com)ing\b"
    r"|稍等|稍候|请等|正在|马上|将(?:为|会)|我来|我会|我将|这(?:就)?是|这里是|以下是|开始|請等|馬上|這是"
    r"|お待ち|描きます|生成します|作成します|こちら|잠시|그리겠|여기|\bvoici\b|\bje vais\b|\bun momento?\b"
    r"|\baquí\b|\baqui está|\bhier (?:ist|kommt)\b|\bich werde\b|\beinen moment\b|\becco\b|\bвот\b|подожд",
    re.IGNORECASE,
)


def blocks_in(text: str, *, with_inline: bool = True) -> Iterator[Block]:
    """The JSON at the beginning of a text, if more than that follows, in its fences and, `with_inline`, at the
    beginnings of its lines and tags, in order; of what is no call only that which can be parsed."""
    position = 0
    if leading := _leading(text):
        yield leading
        position = leading.end
    for count, fence in enumerate((_OPENING if with_inline else _FENCE).finditer(text, position)):
        if fence.start() >= position and count <= MAX_LINKS:
            is_fenced = fence[0].lstrip()[:3] in ("```", "~~~")
            try_json = count < _MAX_PARSED
            block = _fenced(text, fence, try_json=try_json) if is_fenced else _inline(text, fence, try_json=try_json)
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
        if _flawed(text[start:]) is not None:
            return None
        closing = _BRACE_AT_END.search(text, start)
        end = closing.end() if closing else len(text)
        document = _flawed(text[start:end])
    else:
        if not text[end:].strip():
            return None
    is_call = text[start] == "{" and _is_call(text, start, end)
    return Block(0, end, document, is_call) if is_call or document else None


_BRACE_AT_END = re.compile(r"\}[ \t]{0,20}+$", re.MULTILINE)
_THOUGHT = re.compile(r"\A\s*+<(think|thinking)>.*?(?:</\1>|\Z)", re.DOTALL)
_UNCLOSED_THOUGHT = re.compile(r"\A\s*+<(think|thinking)>(?!.*?</\1>)", re.DOTALL)
_FENCE = re.compile(r"(?:```|~~~)[ \t]{0,20}+\w{0,12}+[ \t\n]{0,20}+(?=[{\[])")
_OPENING = re.compile(
    rf"{_FENCE.pattern}|(?:\n[ \t]{{0,8}}+|>[ \t\n]{{0,8}}+|(?<!`)`)(?=\{{\s{{0,20}}+\"|\[\s{{0,20}}+[{{\"])"
)
_PARAMETER = re.compile(
    r'"(?:user_)?prompt"|"(?:aspect_)?ratio"|"size"|"width"|"image_urls?"|"referenced_image_ids"|"n"\s*:'
)


def _is_call(text: str, start: int, end: int) -> bool:
    return bool(_PARAMETER.search(text, start, min(end, start + 100_000)))


def _inline(text: str, opening: re.Match[str], *, try_json: bool) -> Block:
    """JSON among the words; its document is None where it is none."""
    start = opening.end()
    try:
        document, end = read_json_prefix(text, start) if try_json else (None, start)
    except ValueError:
        document, end = None, start
    end += opening[0] == "`" and text.startswith("`", end)
    start = start if opening[0] != "`" else opening.start()
    return Block(start, end, document, document is not None and _is_call(text, start, end), is_inline=True)


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
    if try_json and end is None and closing:
        document = _flawed(text[start : closing.start()])
    close = closing.end() if closing else len(text)
    if end is not None and (not closing or text[end : closing.start()].strip()):
        close = end
    is_call = text[start] == "{" and _is_call(text, start, close)
    return Block(fence.start(), close, document, is_call)


def _flawed(text: str) -> Any:
    """JSON as models write it; None for what is none."""
    try:
        return read_flawed(text)
    except ValueError:
        return None


_CLOSING = re.compile(r"(?:```|~~~)[ \t]*+")
