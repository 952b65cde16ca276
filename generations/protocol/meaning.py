"""What a failure means, whatever its status says: by code first, then by words, then by status."""

import re
from enum import StrEnum

from generations.protocol import words as tell
from generations.protocol.delay import delay_in
from generations.protocol.failure import UpstreamError


class Meaning(StrEnum):
    """What an upstream's failure is about."""

    DECLINED = "declined"
    ACCOUNT = "account"
    QUOTA = "quota"
    NO_CHANNEL = "no channel"
    RATE = "rate"
    MODEL = "model"
    MODEL_DENIED = "model denied"
    KEY = "key"
    REJECTED = "rejected"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"


RETRYABLE: dict[Meaning, bool | None] = {
    Meaning.DECLINED: False,
    Meaning.ACCOUNT: False,
    Meaning.QUOTA: False,
    Meaning.NO_CHANNEL: None,
    Meaning.RATE: True,
    Meaning.MODEL: False,
    Meaning.MODEL_DENIED: False,
    Meaning.KEY: False,
    Meaning.REJECTED: False,
    Meaning.TRANSIENT: True,
    Meaning.UNKNOWN: None,
}


_WORD_TABLE: tuple[tuple[Meaning, re.Pattern[str]], ...] = (
    (Meaning.MODEL_DENIED, tell.MODEL_DENIED),
    (Meaning.NO_CHANNEL, tell.NO_CHANNEL),
    (Meaning.RATE, tell.RATE),
    (Meaning.MODEL, tell.MODEL),
    (Meaning.KEY, tell.KEY),
    (Meaning.REJECTED, tell.INVALID),
    (Meaning.TRANSIENT, tell.TRANSIENT),
)
_STATUS_TABLE: dict[int, Meaning] = {
    401: Meaning.KEY,
    402: Meaning.QUOTA,
    403: Meaning.KEY,
    404: Meaning.MODEL,
    408: Meaning.TRANSIENT,
    409: Meaning.UNKNOWN,
    425: Meaning.TRANSIENT,
    429: Meaning.RATE,
    499: Meaning.UNKNOWN,
    500: Meaning.UNKNOWN,
    **dict.fromkeys((502, 503, 504, *range(520, 528), 529, 530, 598, 599), Meaning.TRANSIENT),
}


def meaning_of(error: UpstreamError, status: int) -> Meaning:
    """What an error of this HTTP status (200 for one inside a good answer) says."""
    code = f"{error.code or ''}\n{error.type or ''}"
    words = error.message or ""
    number = _number(error.code)
    status = status if status >= 400 else number or status
    if tell.MODERATION_CODE.search(str(error.code or "")) or tell.MODERATION_CODE.search(error.type or ""):
        return Meaning.DECLINED
    if tell.ACCOUNT.search(words):
        return Meaning.ACCOUNT
    if _is_quota(code, words, status):
        return Meaning.QUOTA
    if tell.MODERATION_WORDS.search(words) or _is_refusal_code(words):
        return Meaning.DECLINED
    for meaning, pattern in _WORD_TABLE:
        if pattern.search(words) or pattern.search(code):
            return _within(meaning, status)
    if status in _STATUS_TABLE:
        return _STATUS_TABLE[status]
    return Meaning.REJECTED if 400 <= status < 500 else Meaning.UNKNOWN


def _within(meaning: Meaning, status: int) -> Meaning:
    """Words against the status: a 4xx stays final whatever hope its words give, but for the two that mean "later"."""
    if meaning in (Meaning.TRANSIENT, Meaning.RATE) and 400 <= status < 500 and status not in (408, 425, 429):
        return _STATUS_TABLE.get(status, Meaning.REJECTED)
    if meaning in (Meaning.KEY, Meaning.MODEL_DENIED, Meaning.REJECTED) and (status >= 500 or status == 429):
        return _STATUS_TABLE.get(status, Meaning.UNKNOWN)
    if meaning is Meaning.NO_CHANNEL and 400 <= status < 500:
        return _STATUS_TABLE.get(status, meaning)
    if meaning is Meaning.TRANSIENT and status == 429:
        return Meaning.RATE
    return meaning


def _is_quota(code: str, words: str, status: int) -> bool:
    if tell.QUOTA_CODE.search(code) or status == 402:
        return True
    # Gemini says "exceeded your current quota" for its rate limit too, and then tells when to come back.
    return bool(tell.QUOTA_WORDS.search(words)) and delay_in(words) is None


def _is_refusal_code(words: str) -> bool:
    """Whether the words are the name of a moderation's code, or hold one in capitals: `failed: UNSAFE_GENERATION`."""
    names = _CODE_NAME.findall(words[:_WINDOW])
    return any(tell.MODERATION_CODE.search(name) for name in names if name == words or name.isupper())


_CODE_NAME = re.compile(r"\b[A-Za-z]{1,40}(?:_[A-Za-z]{1,40}){1,8}\b")
_WINDOW = 4_000


def _number(code: str | int | None) -> int | None:
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) == 3:
        code = int(code)
    return code if isinstance(code, int) and 400 <= code < 600 else None
