"""Categories of upstream errors, by code first, then by message, then by HTTP status."""

import re
from enum import Enum
from http import HTTPStatus

from generations import errors
from generations.protocol.delay import delay_in
from generations.protocol.patterns import account, credit, moderation, rejection, upstream
from generations.protocol.upstream_error import UpstreamError


class ErrorCategory(Enum):
    """What an upstream's error is about.

    `retryable` says whether the same request may work later, None where nothing is known; `error` is the class of
    failure it amounts to.
    """

    DECLINED = "declined", False, errors.Declined
    ACCOUNT = "account", False, errors.KeyRefused
    QUOTA = "quota", False, errors.QuotaExhausted
    NO_CHANNEL = "no channel", None, errors.ModelNotFound
    RATE = "rate", True, errors.RateLimited
    MODEL = "model", False, errors.ModelNotFound
    MODEL_DENIED = "model denied", False, errors.ModelNotAllowed
    KEY = "key", False, errors.KeyRefused
    ADDRESS = "address", False, errors.WrongAddress
    TOO_LARGE = "too large", False, errors.RequestTooLarge
    REJECTED = "rejected", False, errors.RequestRejected
    TRANSIENT = "transient", True, errors.UpstreamFailed
    UNKNOWN = "unknown", None, errors.UpstreamFailed

    def __init__(self, label: str, retryable: bool | None, error: type[errors.GenerationError]) -> None:
        self.label = label
        self.retryable = retryable
        self.error = error


_WORD_TABLE: tuple[tuple[ErrorCategory, re.Pattern[str]], ...] = (
    (ErrorCategory.MODEL_DENIED, upstream.MODEL_DENIED),
    (ErrorCategory.NO_CHANNEL, upstream.NO_CHANNEL),
    (ErrorCategory.RATE, upstream.RATE),
    (ErrorCategory.MODEL, upstream.MODEL),
    (ErrorCategory.ADDRESS, rejection.ROUTE),
    (ErrorCategory.KEY, account.KEY),
    (ErrorCategory.REJECTED, rejection.INVALID),
    (ErrorCategory.TRANSIENT, upstream.TRANSIENT),
)
_STATUS_TABLE: dict[int, ErrorCategory] = {
    401: ErrorCategory.KEY,
    402: ErrorCategory.QUOTA,
    403: ErrorCategory.KEY,
    404: ErrorCategory.MODEL,
    405: ErrorCategory.ADDRESS,
    408: ErrorCategory.TRANSIENT,
    409: ErrorCategory.UNKNOWN,
    425: ErrorCategory.TRANSIENT,
    429: ErrorCategory.RATE,
    451: ErrorCategory.DECLINED,
    499: ErrorCategory.UNKNOWN,
    500: ErrorCategory.UNKNOWN,
    **dict.fromkeys((502, 503, 504, *range(520, 528), 529, 530, 598, 599), ErrorCategory.TRANSIENT),
}


def category_of(error: UpstreamError, status: int) -> ErrorCategory:
    """The category of an error that came with this HTTP status (200 for an error within a good answer)."""
    code = "\n".join(error.names)
    message = error.message or ""
    status = status_of(error, status)
    if is_fault_of_moderator(message) or any(map(is_fault_of_moderator, error.names)):
        return ErrorCategory.UNKNOWN if _is_final(status) else _within(ErrorCategory.TRANSIENT, status)
    if any(map(moderation.MODERATION_CODE.search, error.names)):
        return ErrorCategory.DECLINED
    # A gateway that could not use its own account at a provider says nothing about ours.
    if not (error.is_passed_on and status >= 500):
        if status == 402 or _names_quota(error, status) or _tells_of_quota(error):
            return ErrorCategory.QUOTA
        if is_account_refused(message) and not _passes(message, status):
            return ErrorCategory.ACCOUNT
    if _tells_of_refusal(message):
        return ErrorCategory.DECLINED
    if status == 403 and _is_of_prompt(error):
        return ErrorCategory.DECLINED
    if _is_too_large(code, message, status):
        return ErrorCategory.TOO_LARGE
    if any("key" in name.lower() and account.KEY_CODE.search(name) for name in error.names):
        return _within(ErrorCategory.KEY, status)
    for category, pattern in _WORD_TABLE:
        if pattern.search(message) or pattern.search(code):
            return _within(category, status)
    if status in _STATUS_TABLE:
        return _STATUS_TABLE[status]
    return ErrorCategory.REJECTED if 400 <= status < 500 else ErrorCategory.UNKNOWN


def status_of(error: UpstreamError, status: int) -> int:
    """The HTTP status of an error, which may be its code where that of the answer is good. A number of a gateway's own
    is none, though it may look like one."""
    code = error.code
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) == 3:
        code = int(code)
    return code if status < 400 and isinstance(code, int) and code in _STATUSES else status


_STATUSES = frozenset((*(int(status) for status in HTTPStatus if status >= 400), *_STATUS_TABLE))


def _within(category: ErrorCategory, status: int) -> ErrorCategory:
    """Weigh a category found in the message against the status: a 4xx is final whatever its message promises, except
    408, 425 and 429."""
    if category in (ErrorCategory.TRANSIENT, ErrorCategory.RATE) and _is_final(status):
        return _STATUS_TABLE.get(status, ErrorCategory.REJECTED)
    if category in (ErrorCategory.KEY, ErrorCategory.MODEL_DENIED, ErrorCategory.REJECTED) and (
        status >= 500 or status == 429
    ):
        return _STATUS_TABLE.get(status, ErrorCategory.UNKNOWN)
    if category is ErrorCategory.REJECTED and status == 451:
        return ErrorCategory.DECLINED
    if category is ErrorCategory.ADDRESS and status not in _UNKNOWN_PATH:
        return _STATUS_TABLE.get(status, ErrorCategory.REJECTED if 400 <= status < 500 else ErrorCategory.UNKNOWN)
    if category is ErrorCategory.NO_CHANNEL and 400 <= status < 500:
        return _STATUS_TABLE.get(status, category)
    if category is ErrorCategory.TRANSIENT and status == 429:
        return ErrorCategory.RATE
    return category


def names_quota(error: UpstreamError) -> bool:
    """Whether a code says that the credit is used up: a whole name does, a word in one does not
    (`load_balancer_error`, `invalid_white_balance`)."""
    return any(credit.QUOTA_NAME.fullmatch(name) or credit.BILLING_NAME.fullmatch(name) for name in _bare_names(error))


def _names_quota(error: UpstreamError, status: int) -> bool:
    """A server's fault may have the name of its billing, but not that of an empty balance."""
    if status < 500:
        return names_quota(error)
    return any(map(credit.QUOTA_NAME.fullmatch, _bare_names(error)))


def _tells_of_quota(error: UpstreamError) -> bool:
    """Whether a message says that the credit is used up, or a limit of anything but the rate reached."""
    message = error.message or ""
    if credit.EMPTY_WORDS.search(message) and not credit.COMES_BACK.search(message):
        return True
    is_told = (
        credit.EMPTY_WORDS.search(message)
        or credit.QUOTA_WORDS.search(message)
        or (credit.LIMIT_WORDS.search(message) and not _is_of_rate(error))
    )
    # Gemini words its rate limit as "exceeded your current quota" too, but then gives a delay.
    return bool(is_told) and delay_in(message) is None


def _is_of_rate(error: UpstreamError) -> bool:
    """Whether an error speaks of its rate. Google names every limit RESOURCE_EXHAUSTED."""
    names = [name for name in error.names if name != "RESOURCE_EXHAUSTED"]
    return any(map(upstream.RATE.search, (error.message or "", *names)))


def _bare_names(error: UpstreamError) -> list[str]:
    """Each name without separators, and its part after the last dot: `AllocationQuota.FreeTierOnly`."""
    names = [part for name in error.names for part in (name, name.rpartition(".")[2])]
    return [_SEPARATORS.sub("", name.lower()) for name in names]


_SEPARATORS = re.compile(r"[^a-z]")


def is_account_refused(message: str) -> bool:
    """Whether a message says that the account is refused, and does not only warn that it may be."""
    message = rejection.OF_PARAMETER.sub(" ", message[:_WINDOW])
    return any(not _is_supposed(message, found) for found in account.ACCOUNT.finditer(message))


def _passes(message: str, status: int) -> bool:
    """Whether what is locked or blocked is so for a moment: by its status and its words."""
    if not (status >= 500 or status in (409, 423, 425, 429)):
        return False
    return bool(upstream.RATE.search(message) or _FOR_NOW.search(message)) or delay_in(message) is not None


_FOR_NOW = re.compile(
    r"\b(?:retry|try again|concurren|another (?:request|process|task)|busy|timed? ?out)", re.IGNORECASE
)


def _is_supposed(message: str, found: re.Match[str]) -> bool:
    """Whether what its sentence says before it makes a warning of it: `多次违规将导致账号封禁`, but not
    `多次违规，账号已封禁`."""
    before = message[max(0, found.start() - 120) : found.start()]
    if "已" in found[0]:
        return bool(account.ONCE.search(before))
    if " is " in found[0] and account.WARNING.search(before + found[0]):
        return True
    return bool(account.IF.search(_SENTENCE.split(before)[-1]))


_SENTENCE = re.compile(r"[.!?。！？；;\n]")


def is_of_key(error: UpstreamError) -> bool:
    """Whether an error speaks of a key or an account."""
    message = error.message or ""
    is_named = any(map(account.KEY_CODE.search, error.names))
    return is_named or bool(account.KEY.search(message)) or is_account_refused(message)


def _is_of_prompt(error: UpstreamError) -> bool:
    """Whether an error speaks of the prompt, and of no key, model or limit."""
    message = error.message or ""
    others = (upstream.MODEL_DENIED, upstream.MODEL, upstream.RATE)
    return (
        bool(moderation.PROMPT.search(message))
        and not is_of_key(error)
        and not any(pattern.search(message) for pattern in others)
    )


def is_fault_of_moderator(words: str) -> bool:
    """Whether a moderator could not do its work, so that it has refused nothing."""
    words = words[:_WINDOW]
    return bool(moderation.FAULT_OF_MODERATOR.search(words)) and not moderation.REFUSED.search(words)


def _is_final(status: int) -> bool:
    return 400 <= status < 500 and status not in (408, 425, 429)


def _is_too_large(code: str, message: str, status: int) -> bool:
    """Whether an error is about the size of the body, and not about what a model can hold."""
    if rejection.OF_TOKENS.search(message) or rejection.OF_TOKENS.search(code) or status == 429:
        return False
    if status != 413 and rejection.OF_RESULT.search(message):
        return False
    if 400 <= status < 500 and rejection.TOO_LARGE_IN_REQUEST.search(message):
        return True
    return status == 413 or bool(rejection.TOO_LARGE.search(message) or rejection.TOO_LARGE.search(code))


_UNKNOWN_PATH = (200, 400, 404, 405)


def _tells_of_refusal(message: str) -> bool:
    """Whether a message speaks of moderation, or is its code, and does not only name a parameter by it."""
    if not (moderation.MODERATION_WORDS.search(message) or _is_refusal_code(message)):
        return False
    rest = rejection.OF_PARAMETER.sub(" ", message)
    return bool(moderation.MODERATION_WORDS.search(rest)) or _is_refusal_code(rest)


def _is_refusal_code(message: str) -> bool:
    """Whether a message is a moderation code, or contains one in capitals: `failed: UNSAFE_GENERATION`."""
    names = _CODE_NAME.findall(message[:_WINDOW])
    return any(moderation.MODERATION_CODE.search(name) for name in names if name == message or name.isupper())


_CODE_NAME = re.compile(r"\b[A-Za-z]{1,40}(?:_[A-Za-z]{1,40}){1,8}\b")
_WINDOW = 4_000
