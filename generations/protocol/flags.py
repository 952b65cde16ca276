"""Fields by which a moderator takes a picture away without a word: `is_image_safe: false`, `has_nsfw_concepts: [true]`,
`raiFilteredReason`, `finishReason: CONTENT_FILTERED`, `status: "Request Moderated"`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generations.protocol.json import short
from generations.protocol.patterns import MODERATION_CODE, MODERATION_WORDS

MAX_DEPTH = 12
MAX_ENTRIES = 10_000
_SEPARATORS = re.compile(r"[_\-\s]")
_UNSAFE = re.compile(
    r"(?:has|is|contains|content|image|prompt|output|input|was)*(?:nsfw|flagged|moderated|blocked|filtered|unsafe"
    r"|prohibited|sensitive|violation)(?:content|concepts?|words?|image)*(?:detected|found|filtered|blocked)?\Z"
)
_SAFE = re.compile(
    r"(?:is|image|content|prompt|output)*(?:safe|compliant)(?:forwork)?\Z|(?:safety|moderation"
    r"|risk)(?:check)?pass(?:ed)?\Z"
)
_REASON = re.compile(
    r"(?:rai(?:media)?filteredreasons?|filter(?:ed)?reasons?|block(?:ed)?reason(?:message)?|moderationreasons?"
    r"|rejectionreason|refusalreason|violationreason)\Z"
)
# A finding that there was nothing to find, or that is not made yet.
_DENIED = re.compile(
    r"\b(?:no|without|free of|not|not been) (?:\w{1,20} ){0,2}?(?:nsfw|flagged|moderated|blocked|filtered|sensitive"
    r"|unsafe|inappropriate|prohibited|(?:\w{1,20} )?violation|moderation)"
    r"|(?<!not )(?<!n't )(?<!n’t )(?<!not_)\bpassed\b(?! (?:on|to)\b)|\bpending\b|\bin progress\b"
    r"|(?:未|没有|無|无)(?:发现|發現|检测到|檢測到|检出|涉及|包含)|(?<!不)合规\Z"
    r"|(?<!未)(?<!未能)(?<!没)(?<!没能)(?<!没有)(?<!沒有)(?<!不)(?<!无法)(?:通过|通過)|审核中|審核中|待审核|待審核",
    re.IGNORECASE,
)
# Where an answer repeats what was set in the request.
_ECHOES = frozenset(("request", "originalrequest", "params", "parameters", "input", "inputs", "options", "settings"))
_ECHOES |= {"config", "arguments"}
_STATE = re.compile(r"(?:native)?(?:finish|stop)reason\Z|(?:task)?(?:status|state)\Z|reason\Z")


@dataclass(frozen=True, slots=True)
class Flag:
    """What a moderator's flag says beside its being set."""

    message: str | None = None
    code: str | None = None


def flag_in(body: Mapping[str, Any]) -> Flag | None:
    """The first flag of a moderator in a body, at any depth of its objects and lists; None where none is set."""
    waiting: list[tuple[Any, int]] = [(body, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, list):
            waiting += [(entry, depth + 1) for entry in reversed(value[:MAX_ENTRIES]) if isinstance(entry, dict | list)]
        elif isinstance(value, dict) and depth <= MAX_DEPTH:
            fields = {bare: entry for key, entry in value.items() if (bare := _bare(key)) not in _ECHOES}
            if found := next((flag for name, entry in fields.items() if (flag := _flag(name, entry))), None):
                return found
            waiting += [(entry, depth + 1) for entry in reversed(fields.values()) if isinstance(entry, dict | list)]
    return None


def _bare(key: str) -> str:
    return _SEPARATORS.sub("", key[:60]).lower()


def _flag(name: str, value: Any) -> Flag | None:
    if isinstance(value, str):
        if not value or len(value) > 1_000:
            return None
        if _REASON.match(name):
            return Flag(*_named(value)) if is_reason(value) else None
        is_said = _STATE.match(name) and (MODERATION_CODE.search(value) or MODERATION_WORDS.search(value))
        return Flag(*_named(value)) if is_said and not _DENIED.search(value) else None
    if _REASON.match(name) and isinstance(value, list) and value:
        return Flag(short(value[0]))
    is_set = value is True or (isinstance(value, list) and bool(value) and any(entry is True for entry in value))
    is_unset = value is False or (isinstance(value, list) and bool(value) and all(entry is False for entry in value))
    return Flag() if (is_set and _UNSAFE.match(name)) or (is_unset and _SAFE.match(name)) else None


def is_reason(value: str) -> bool:
    """Whether the reason that an API gives for a block is one: Google's enumerations begin with one that is none."""
    return bool(value) and not value.lower().endswith("unspecified")


def _named(value: str) -> tuple[str | None, str | None]:
    """As a message or, where it is one word or two, as a code."""
    return (None, short(value)) if len(value.split()) <= 2 else (short(value), None)
