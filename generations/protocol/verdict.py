"""What follows from an exchange: the class of failure, or None when there are pictures.

Meaning beats status, and status beats hope: only what was surely refused before any work is "not charged".
"""

from generations import errors
from generations.errors import GenerationError
from generations.protocol.exchange import Exchange
from generations.protocol.meaning import Meaning, meaning_of
from generations.protocol.response import EMPTY, Answer

LONGEST_DETAIL = 1_000

_REFUSED: dict[Meaning, type[GenerationError]] = {
    Meaning.DECLINED: errors.Declined,
    Meaning.ACCOUNT: errors.KeyRefused,
    Meaning.QUOTA: errors.QuotaExhausted,
    Meaning.NO_CHANNEL: errors.ModelNotFound,
    Meaning.RATE: errors.RateLimited,
    Meaning.MODEL: errors.ModelNotFound,
    Meaning.KEY: errors.KeyRefused,
    Meaning.REJECTED: errors.RequestRejected,
}


def judge(exchange: Exchange, answer: Answer) -> GenerationError | None:
    """The failure that an exchange and its answer amount to; None when at least one picture came whole.

    `detail` is the upstream's own words, at most 1,000 characters.
    """
    if answer.images:
        return None
    failure, status = exchange.failure, exchange.status
    if failure is not None and not (exchange.body and answer.complete):
        return failure
    if status is None:
        return errors.Cut("No answer came.")
    detail = _detail(answer)
    if 300 <= status < 400:
        return errors.Redirected(detail)
    match answer.outcome:
        case "refusal":
            return errors.Declined(detail)
        case "truncated":
            return errors.Cut(detail)
        case "text_only":
            return errors.NoImage(detail)
    return _failed(exchange, answer, status, detail)


def _failed(exchange: Exchange, answer: Answer, status: int, detail: str) -> GenerationError:
    error = answer.error
    if error is None or (error.code == EMPTY and status < 400):
        return errors.EmptyResponse(detail)
    if answer.unreadable:
        return errors.Unreadable(detail)
    meaning = meaning_of(error, status)
    if meaning is Meaning.TRANSIENT and status == 503 and _says_when(exchange):
        return errors.ProviderBusy(detail, retry_after=answer.retry_after)
    if meaning is Meaning.RATE and not _is_turned_away(answer, status):
        return errors.UpstreamFailed(detail, retry_after=answer.retry_after)
    if cause := _REFUSED.get(meaning):
        return cause(detail, retry_after=answer.retry_after)
    return errors.UpstreamFailed(detail)


def _says_when(exchange: Exchange) -> bool:
    return any(name.lower() in ("retry-after", "retry-after-ms") for name in exchange.headers)


def _is_turned_away(answer: Answer, status: int) -> bool:
    """Whether a rate limit was met before any work: nothing was drawn or said yet, and it was said as an error."""
    return status == 429 or (status < 500 and answer.text is None and not answer.progress and not answer.usage)


def _detail(answer: Answer) -> str:
    words = (answer.error.message if answer.error else None) or answer.text
    code = str(answer.error.code or "") if answer.error and answer.error.code != EMPTY else ""
    return (words or code)[:LONGEST_DETAIL]
