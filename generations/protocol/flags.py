"""Fields by which a moderator takes a picture away without a word: `is_image_safe: false`, `has_nsfw_concepts: [true]`,
`raiFilteredReason`, `finishReason: CONTENT_FILTERED`, `status: "Request Moderated"`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from generations.protocol.json import short
from generations.protocol.patterns.moderation import MODERATION_CODE, MODERATION_WORDS, NOTHING_FOUND

MAX_DEPTH = 12
MAX_ENTRIES = 10_000
_SEPARATORS = re.compile(r"[_\-\s]")
_UNSAFE = re.compile(
    r"(?:has|is|contains|content|image|prompt|output|input|was)*(?:nsfw|flagged|moderated|blocked|filtered|unsafe"
    r"|prohibited|sensitive|violation)(?:content|concepts?|words?|image)*(?:detected|found|filtered|blocked)?\Z"
)
_SAFE = re.compile(
    r"(?:is|image|content|prompt|output)*(?:safe|compliant)(?:forwork)?\Z|(?:safety|moderation"
    r"|risk)(?:check)?pass(?:ed)?\Z|respects?moderation\Z"
)
# The verdict of a check, and the words of one that is not passed.
_VERDICT = re.compile(
    r"(?:(?:moderation|safety|audit|review|risk|censor|compliance|nsfw|content(?:check|filter|safety|audit|moderation))"
    r"(?:check)?(?:status|state|result|verdict|conclusion|decision|action)|suggestion|conclusion)\Z"
)
_REFUSING = re.compile(
    r"\W*(?:flag|block|reject|refus|declin|den(?:y|ied)|fail|unsafe|filtered|prohibit|forbid|violat|sensitive|nsfw"
    r"|not[ _-]?(?:pass|safe|compliant|allowed)|不合规|不合規|违规|違規|不通过|不通過|未通过"
    r"|未通過|拒绝|拒絕|拦截|攔截|屏蔽|敏感)",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"(?:rai(?:media)?filteredreasons?|filter(?:ed)?reasons?|block(?:ed)?reason(?:message)?|moderationreasons?"
    r"|rejectionreason|refusalreason|violationreason)\Z"
)
# One that is not made yet, could not be made or is in favour: none of these where the same words say what was blocked.
_PASSED = re.compile(
    r"\bpassed\b(?! (?:on|to|(?:the |its |our )?(?:threshold|limit)|\d[\d.]{0,8}\Z))"
    r"|\bpending\b|\bin progress\b|合规\Z|通过|通過|审核中|審核中|待审核|待審核"
    r"|\btime(?:d )?[ _-]?out\b|\bunavailable\b|超时|超時|不可用",
    re.IGNORECASE,
)
_BLOCKED = re.compile(
    r"(?<!not )(?<!not be )(?<!not been )\b(?:block|reject|refus|flag|declin|den(?:y|ied)|violat|prohibit|forbid)"
    r"|\b(?:fail\w{0,3}|due to|because of) .{0,20}(?:nsfw|moderat|safety|content|sensitiv|polic|inappropriate)"
    r"|(?:\bnot|n['’]t|\bnever)[ _](?:\w{1,16} ){0,3}(?:pass|approv|allow|compl|permit|safe)"
    r"|(?:未|不|没|沒|无法)[^，,。；;：:\n]{0,8}(?:通过|通過)|不合规|不合規"
    r"|(?<![无無未没沒有现現不])(?:违规|違規|违反|違反)|拒绝|拒絕|拦截|攔截|屏蔽|(?<![未不没沒有])(?:含|包含|含有|涉及)",
    re.IGNORECASE,
)
# Where an answer repeats what was set in the request.
_ECHOES = frozenset(
    ("request", "originalrequest", "params", "parameters", "options", "settings", "config", "arguments")
)
_STATE = re.compile(r"(?:native)?(?:finish|stop)reason\Z|(?:task)?(?:status|state)\Z|reason\Z")


@dataclass(frozen=True, slots=True)
class Flag:
    """What a moderator's flag says beside its being set, and the name of its field."""

    message: str | None = None
    code: str | None = None
    field: str | None = None


def flag_in(body: Mapping[str, Any]) -> Flag | None:
    """The first flag of a moderator in a body, at any depth of its objects and lists; None where none is set."""
    waiting: list[tuple[Any, int]] = [(body, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, list):
            waiting += [(entry, depth + 1) for entry in reversed(value[:MAX_ENTRIES]) if isinstance(entry, dict | list)]
        elif isinstance(value, dict) and depth <= MAX_DEPTH:
            inner: list[tuple[Any, int]] = []
            for key, entry in value.items():
                name = _SEPARATORS.sub("", key[:60]).lower()
                if name in _ECHOES or (name in ("input", "inputs") and isinstance(entry, dict) and "prompt" in entry):
                    continue
                if found := _flag(name, entry):
                    return replace(found, field=short(key[:60]))
                if isinstance(entry, dict | list):
                    inner.append((entry, depth + 1))
            waiting += reversed(inner)
    return None


def _flag(name: str, value: Any) -> Flag | None:
    if isinstance(value, str):
        if not value or len(value) > 1_000:
            return None
        if _REASON.match(name):
            return Flag(*_named(value)) if is_reason(value) else None
        if _is_finding(name, value):
            return Flag(*_named(value))
    if _REASON.match(name) and isinstance(value, list) and value:
        return Flag(short(value[0]))
    return Flag() if _is_set(name, value if isinstance(value, list) else [value]) else None


def _is_finding(name: str, value: str) -> bool:
    """Whether a state or the verdict of a check says in words that something was found."""
    if NOTHING_FOUND.search(value) or (_PASSED.search(value) and not _BLOCKED.search(value)):
        return False
    if _STATE.match(name):
        return bool(MODERATION_CODE.search(value) or MODERATION_WORDS.search(value))
    return bool(_VERDICT.match(name) and _REFUSING.match(value) and len(value.split()) <= 3)


def _is_set(name: str, values: list[Any]) -> bool:
    """Whether a field says by yes or no that a picture is unsafe: any of its values does, or all say that none is
    safe."""
    truths = [_truth(name, value) for value in values]
    if _UNSAFE.match(name):
        return any(truths)
    return bool(values) and bool(_SAFE.match(name)) and {False} == set(truths)


def _truth(name: str, value: Any) -> bool | None:
    """Yes or no, also as a text, or as 1 and 0 of a field whose name asks; None for anything else, a score among
    them."""
    if isinstance(value, str):
        return {"true": True, "yes": True, "false": False, "no": False}.get(value.strip().lower())
    is_asked = isinstance(value, bool) or name.startswith(("is", "has", "was", "contains"))
    return bool(value) if is_asked and isinstance(value, int) and value in (0, 1) else None


def is_reason(value: str) -> bool:
    """Whether the reason that an API gives for a block is one: Google's enumerations begin with one that is none."""
    return bool(value) and not value.lower().endswith("unspecified")


def _named(value: str) -> tuple[str | None, str | None]:
    """As a message or, where it is one word or two, as a code."""
    return (None, short(value)) if len(value.split()) <= 2 else (short(value), None)
