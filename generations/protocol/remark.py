"""What a model remarks while it draws: the newest whole sentence of a stream, without what only reports progress.

Gateways write everything into one text: they quote the call (the prompt, as JSON, in a fence), name the task, count up
and link to the picture. Between these stands what the model has to say.
"""

import re
from collections.abc import Iterator

from generations.protocol.readable_lines import is_status

MAX_REMARK = 200
# A shorter text stands in many sentences by chance.
_MIN_ECHO = 8
_REMOVED = "\x00"


def newest_sentence(text: str, prompt: str = "") -> str:
    """The last sentence of a text that goes on, at most MAX_REMARK characters; "" without one.

    A sentence that is not over yet is none, neither is one that repeats the `prompt`, a label or a status."""
    echoed = letters_of(prompt)
    for line, is_whole in _lines(_without_code(text)):
        for sentence in reversed(_sentences(line, is_whole=is_whole)):
            if not _is_echo(letters_of(sentence), echoed):
                return sentence[:MAX_REMARK]
    return ""


def letters_of(text: str) -> str:
    """Letters and digits alone, in one case, without percentages: what remains of a text wherever it is quoted."""
    return "".join(filter(str.isalnum, _PERCENT.sub(" ", text).casefold()))


def _without_code(text: str) -> str:
    """Without fences, JSON, links and tags, also those that have only begun; a mark stands for an address."""
    for pattern in (_FENCE, _LINK, _OBJECT, _OBJECT, _OPEN_OBJECT, _JSON_LINE):
        text = pattern.sub(" ", text)
    return _TAG.sub(" ", _ADDRESS.sub(_REMOVED, text))


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """The lines, the last one first; each with whether it is over."""
    *whole, open_line = text.split("\n")
    yield open_line, False
    for line in reversed(whole):
        yield line, True


def _sentences(line: str, *, is_whole: bool) -> list[str]:
    """The sentences of a line that are over; of a whole line also the last one, though no full stop ends it."""
    if _LABEL.match(line):
        return []
    words = _MARKUP.sub(" ", _EMPHASIS.sub("", _PERCENT.sub(" ", _COUNT.sub(" ", line))))
    parts = [_tidied(part) for part in _END.split(words)]
    if not (_ENDED.search(parts[-1]) or (is_whole and _is_long(parts[-1]))):
        parts.pop()
    return list(filter(_is_remark, parts))


def _tidied(part: str) -> str:
    return " ".join(part.split()).rstrip(" ,;·-–—")


def _is_remark(part: str) -> bool:
    """Whether a sentence has words of its own: it is no label, no status, and no address was taken out of it."""
    has_words = sum(map(str.isalpha, part[:MAX_REMARK])) > 1
    return has_words and _REMOVED not in part and not part.endswith((":", "：")) and not is_status(part)


def _is_long(part: str) -> bool:
    """Whether a line without a full stop is more than a word that stands alone, such as "Here" or "prompt"."""
    return " " in part or bool(_WIDE.search(part))


def _is_echo(letters: str, echoed: str) -> bool:
    return bool(echoed) and (letters in echoed or (len(echoed) >= _MIN_ECHO and echoed in letters))


_FENCE = re.compile(r"(?:```|~~~).*?(?:```|~~~|\Z)", re.DOTALL)
_LINK = re.compile(r"!?\[[^\[\]]{0,300}\]\([^()\s]{0,4000}(?:\)|\Z)|!\[[^\[\]]{0,300}\Z")
_OBJECT = re.compile(r"\{[^{}]{0,4000}\}")
_OPEN_OBJECT = re.compile(r"[{\[]\s{0,20}[{\"].*\Z", re.DOTALL)
_JSON_LINE = re.compile(r"^[ \t]{0,80}+(?:[}\]]|\"[^\"\n]{0,200}\"[ \t]{0,9}[:,]).*$", re.MULTILINE)
_ADDRESS = re.compile(
    r"(?:https?://|data:|www\.)\S*+|\S{0,400}\\u[0-9a-f]{4}\S*+|[A-Za-z0-9+/=_-]{48,}+|\b\w{0,20}_?(?=\w{0,12}\d)\w{16,47}\b",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-z][^<>\n]{0,200}>?", re.IGNORECASE)
_EMPHASIS = re.compile(r"[*`]++|(?<![^\W_])_++|_++(?![^\W_])")
_MARKUP = re.compile(r"[#>|~\[\]]++|!(?=\[)")
_PERCENT = re.compile(
    r"\b\d{1,3}(?:[.,]\d{1,4})?\s?(?:[%％]|/\s?100\b)(?:\s?(?:completed?\b|done\b|finished\b|完成))?", re.IGNORECASE
)
_COUNT = re.compile(
    r"(?:进度|進度|progress)(?:\s{1,9}(?:is|at))?(?:[\W_]{0,160}\d{1,4}){1,200}[\W_]{0,160}", re.IGNORECASE
)
_LABEL = re.compile(
    r"[\W_]{0,40}(?:(?:revised|final|user|image|negative) )?(?:prompt|提示词|提示詞|task|id|任务|ratio|size|model|seed)"
    r"(?: ?id)?[\W_]{0,4}?[:：]",
    re.IGNORECASE,
)
_END = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"'”’)])\s+|(?<=[。！？])(?![”’」』）])|(?<=[。！？][”’」』）])")
_ENDED = re.compile(r"[.!?…。！？][\"'”’)」』）]?\Z")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}")
