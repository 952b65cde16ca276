"""Classifies an exchange: which failure it amounts to, whether it was charged, who has to act, and what it concerns.

What an error says beats its HTTP status. Only what was surely refused before any work is "not charged". Only a status
or an error object concerns more than this call, never a page and never the model's text, since the author of a prompt
may have written those.
"""

import re
from dataclasses import dataclass
from typing import Any

from generations import errors
from generations.errors import Charged, GenerationError, Scope, WhoseMove
from generations.protocol.answer import BROKEN, EMPTY, Answer
from generations.protocol.error_category import ErrorCategory, category_of, is_of_key, names_quota, status_of
from generations.protocol.exchange import Exchange
from generations.protocol.externalize import markers
from generations.protocol.patterns import account, credit, moderation, rejection, upstream
from generations.protocol.upstream_error import UpstreamError
from generations.translatable import Message, PluralMessage

MAX_DETAIL = 1_000

_REFUSING = {401, 402, 403}
"""Statuses by which a provider refuses a key or an account, whatever its message says."""


@dataclass(frozen=True)
class Classification:
    """What an exchange amounts to. `error` is None when at least one complete image came. `task_id` names a task that
    goes on at the provider, where the answer names one."""

    error: GenerationError | None = None
    task_id: str | None = None

    @property
    def kind(self) -> str:
        """The kind of the error, "" for images."""
        return self.error.kind if self.error else ""

    @property
    def charged(self) -> Charged:
        return self.error.charged if self.error else "yes"

    @property
    def scope(self) -> Scope:
        """What was refused: this call, this model, or everything at the provider."""
        return self.error.scope if self.error else "call"

    @property
    def whose_move(self) -> WhoseMove:
        """Who has to act now."""
        return self.error.whose_move if self.error else "nobody"

    @property
    def is_retried(self) -> bool:
        """Whether it is sent again automatically."""
        return self.error is not None and self.error.retryable and self.charged == "no"

    @property
    def detail(self) -> str:
        return self.error.detail if self.error else ""

    def as_json(self) -> dict[str, Any]:
        """As `manage.py read_answer` prints it: what was refused, whose turn it is, whether a machine repeats it."""
        return {
            "kind": self.kind,
            "charged": self.charged,
            "scope": self.scope,
            "turn": self.whose_move,
            "repeats": self.is_retried,
            "task_id": self.task_id,
        }


def classify(exchange: Exchange, answer: Answer, *, model: str = "") -> Classification:
    """Classify an exchange and its answer. `model` is the name of the model in the request.

    The `detail` of the error is the upstream's own message, at most 1,000 characters.
    """
    failure = None if answer.images else _failure(exchange, answer, model)
    return Classification(failure, None if answer.images else answer.task_id)


def _failure(exchange: Exchange, answer: Answer, model: str) -> GenerationError:
    failure, status = exchange.failure, exchange.status
    if failure is not None and not (exchange.body and answer.complete):
        return failure
    if status is None:
        return errors.Cut(Message("No answer came."))
    detail = _detail(answer)
    if 300 <= status < 400:
        return errors.Redirected(detail)
    if answer.has_begun:
        return errors.TaskBegun(_of_task(answer))
    if answer.outcome == "refusal":
        return errors.Declined(detail)
    if is_cut_by_length(answer):
        return errors.LengthReached(detail)
    match answer.outcome:
        case "truncated":
            return errors.Cut(detail)
        case "text_only":
            return _without_picture(answer)(detail)
    return _failed(exchange, answer, status, detail, model)


def _failed(exchange: Exchange, answer: Answer, status: int, detail: str, model: str) -> GenerationError:
    error = answer.error
    if error is None or (error.code == EMPTY and status < 400):
        return errors.EmptyResponse(detail)
    if error.code == BROKEN and not answer.declared:
        title = _TITLES.get(error.type or "", (error.type or "").rpartition("/")[2].upper())
        return errors.BadPicture(Message("This %(format)s is cut off or damaged.", format=title))
    if answer.unreadable:
        return errors.WebPage(detail) if answer.is_page else errors.Unreadable(detail)
    if status == 403 and (not answer.declared or _is_firewall(error)):
        return errors.FirewallBlocked(detail)
    category = category_of(error, status)
    if category is ErrorCategory.MODEL and status == 404 and not answer.declared:
        category = ErrorCategory.ADDRESS
    if category is ErrorCategory.TOO_LARGE:
        return errors.RequestTooLarge(_of_size(exchange, detail), charged=_charged(errors.RequestTooLarge, answer))
    is_busy = category is ErrorCategory.TRANSIENT and status == 503 and _says_when(exchange)
    if answer.has_worked and answer.task_id and (is_busy or category is ErrorCategory.RATE):
        return errors.TaskBegun(_of_task(answer))
    if is_busy and not answer.has_worked:
        return errors.ProviderBusy(detail, retry_after=answer.retry_after, scope=_limit_of(error, model))
    if category is ErrorCategory.RATE:
        if answer.has_worked or status >= 500 or status_of(error, status) in _OF_GATEWAYS:
            return errors.UpstreamFailed(detail, retry_after=answer.retry_after)
        is_sure = status == 429 or str(error.code) == "429"
        if not is_sure and upstream.AFTER_WORK.search(error.message or ""):
            return errors.UpstreamFailed(detail, retry_after=answer.retry_after)
        scope = _limit_of(error, model) if is_sure else "call"
        return errors.RateLimited(detail, retry_after=answer.retry_after, scope=scope)
    cause = category.error
    is_told_in_words = not answer.declared and status < 400
    if cause is errors.UpstreamFailed or (is_told_in_words and cause is not errors.Declined):
        return errors.UpstreamFailed(detail)
    if is_told_in_words:
        return cause(detail)
    scope = _scope(cause, error, status)
    return cause(detail, retry_after=answer.retry_after, charged=_charged(cause, answer), scope=scope)


_TITLES = {"image/webp": "WebP"}


_OF_GATEWAYS = frozenset((502, 504, *range(520, 528), 598, 599))
"""Statuses by which a gateway says that it passed the request on. As a code they count as well as of the answer."""


def _charged(cause: type[GenerationError], answer: Answer) -> Charged:
    """What a failure is surely free of is not so once work has begun."""
    return "maybe" if answer.has_worked and cause.charged == "no" else cause.charged


def _without_picture(answer: Answer) -> type[errors.Useless]:
    """What a complete answer holds in place of a picture: tool calls, structured data, else text."""
    if answer.tool_calls:
        return errors.ToolCalled
    return errors.NoImage if answer.parsed is None and not answer.parse_problem else errors.DataOnly


def is_cut_by_length(answer: Answer) -> bool:
    """Whether an answer without a picture or an error ended because its tokens were used up."""
    if answer.error is not None and answer.error.code not in (EMPTY, BROKEN):
        return False
    return any(_LENGTH.match(reason) for reason in answer.finish_reasons)


_LENGTH = re.compile(
    r"(?:model_)?length\Z|(?:model_)?context_(?:window|length)_exceeded|max_(?:output_|completion_)?tokens\Z|token_limit",
    re.IGNORECASE,
)


def _of_task(answer: Answer) -> str:
    if answer.task_id and answer.task_url:
        return Message("Task %(task)s, at %(url)s", task=answer.task_id, url=answer.task_url)
    return Message("Task %(task)s", task=answer.task_id) if answer.task_id else Message("The answer names no task.")


def _of_size(exchange: Exchange, said: str) -> str:
    """How large the request was, how much of it its pictures were, and what the provider said."""
    size, pictures = _sizes(exchange.request_body)
    values = {"size": _megabytes(size), "said": said}
    if not pictures:
        return Message("The request was %(size)s MB. The provider said: %(said)s", **values)
    return PluralMessage(
        "The request was %(size)s MB, %(pictures)s MB of it its reference picture. The provider said: %(said)s",
        "The request was %(size)s MB, %(pictures)s MB of it its %(number)s reference pictures. "
        "The provider said: %(said)s",
        len(pictures),
        pictures=_megabytes(sum(pictures)),
        **values,
    )


def _sizes(body: bytes) -> tuple[int, list[int]]:
    """The size of a request in bytes, kept or as it was sent, and that of each picture in it."""
    kept = list(markers(body))
    if kept:
        return len(body) + sum(length - own for _, length, own in kept), [length for _, length, _ in kept]
    return len(body), [found.end() - found.start() for found in _IN_REQUEST.finditer(body)]


_IN_REQUEST = re.compile(rb"(?<=;base64,)[A-Za-z0-9+/=]{64,}+")


def _megabytes(size: int) -> float:
    return max(0.1, round(size / 1024 / 1024, 1))


def _scope(cause: type[GenerationError], error: UpstreamError, status: int) -> Scope:
    """What a refusal concerns. A key, an account or a model is refused as a whole only where the status or the code
    says so; a message may echo what a person wrote into an option."""
    message = error.message or ""
    if cause is errors.QuotaExhausted and credit.TOO_MUCH_AT_ONCE.search(message):
        return "call"
    # A number in a good answer may be that of a picture that could not be fetched, or a gateway's own.
    if account.OF_KEY_OR_CREDIT.search(message) and not rejection.OF_CALL.search(message):
        status = status_of(error, status)
    # A 403 that mentions no key may come from anything in front of the provider that disliked this request.
    is_plain_403 = status == 403 and cause is errors.KeyRefused and not is_of_key(error)
    if cause.scope == "call" or cause is errors.ModelNotFound or (status in _REFUSING and not is_plain_403):
        return cause.scope
    if cause is errors.ModelNotAllowed:
        is_sure = any(map(upstream.MODEL_DENIED.search, error.names))
    else:
        is_sure = names_quota(error) or any(map(account.KEY_CODE.search, error.names))
    return cause.scope if is_sure or (cause is errors.QuotaExhausted and status == 429) else "call"


def _is_firewall(error: UpstreamError) -> bool:
    return not is_of_key(error) and bool(moderation.FIREWALL.search(error.message or str(error.code or "")))


def _limit_of(error: UpstreamError, model: str) -> Scope:
    """The scope of a rate limit: the model where the message names one, above all the requested one; else the
    provider."""
    message = error.message or ""
    return "model" if upstream.MODEL_LIMIT.search(message) or (len(model) > 3 and model in message) else "provider"


def _says_when(exchange: Exchange) -> bool:
    return any(name.lower().endswith(("retry-after", "retry-after-ms")) for name in exchange.headers)


def _detail(answer: Answer) -> str:
    message = (answer.error.message if answer.error else None) or answer.words
    is_ours = answer.error and answer.error.code in (EMPTY, BROKEN)
    code = str((answer.error.reason if is_ours else answer.error.code) or "") if answer.error else ""
    return (message or code)[:MAX_DETAIL]
