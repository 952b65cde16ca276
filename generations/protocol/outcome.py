"""The outcome of an answer, by the first rule that applies: images, an error, a refusal, a task that goes on, text."""

import re
from dataclasses import replace

from generations.protocol.accumulator import AnswerAccumulator
from generations.protocol.answer import EMPTY, Answer, Outcome
from generations.protocol.call_parameters import unfenced
from generations.protocol.choice import is_usual_end
from generations.protocol.error_category import ErrorCategory, category_of
from generations.protocol.error_pages import looks_like_page, page_error
from generations.protocol.json import clean, read_json
from generations.protocol.patterns.moderation import MODERATION_CODE
from generations.protocol.tasks import NAMED_IDS, BegunTask, goes_on, task_in, task_in_words
from generations.protocol.text_classification import classify_text
from generations.protocol.upstream_error import MAX_MESSAGE, UpstreamError


def with_outcome(
    answer: Answer, accumulator: AnswerAccumulator, *, status: int, plain: str, ended: bool, in_stream: bool
) -> Answer:
    """The answer with its outcome, by the first rule that applies."""
    error = _first_error(accumulator)
    if answer.images:
        refusal = refusal_in(answer, accumulator)
        said = error or (refusal.error if refusal else None)  # a flag beside a picture does not undo the picture
        remark = said.message or str(said.code or "") if said else ""
        flag = accumulator.flag.field if accumulator.flag else None
        return replace(answer, error=error, remark=remark or flag)
    task = accumulator.task or (BegunTask() if status == 202 else None)
    answer = replace(answer, task_id=task.id if task else None, task_url=task.url if task else None)
    if error is None and status >= 400:
        error = next(iter(accumulator.notes), None)
    if error or status >= 400:
        return _with_error(answer, error, plain, status, in_stream=in_stream and status < 400)
    if refusal := refusal_in(answer, accumulator):
        return refusal
    has_words = answer.text is not None or bool(answer.tool_calls)
    if task is None and not has_words and (named := _task_of_status(accumulator)):
        answer = replace(answer, task_id=named.id)
        task = named if answer.complete else None
    if task and not has_words and (answer.complete or status == 202 or (ended and task.id)):
        return replace(answer, outcome="error", has_begun=True, retryable=False)
    if note := _failing_note(accumulator, is_all=not in_stream and not has_words):
        if not in_stream and note.message and goes_on(note.message):
            return replace(answer, outcome="error", has_begun=True, retryable=False)
        return _with_error(answer, note, plain, status, in_stream=in_stream)
    if not answer.complete:
        if plain and ended:
            page = page_error(plain)
            known = replace(answer, unreadable=page.code is None, is_page=looks_like_page(plain))
            return _failed(known, page, status, in_stream=False)
        task = task_in_words(_words(accumulator))
        return replace(
            answer, outcome="truncated", retryable=True, task_id=answer.task_id or (task.id if task else None)
        )
    return _of_words(answer, accumulator, status)


def _with_error(answer: Answer, error: UpstreamError | None, plain: str, status: int, *, in_stream: bool) -> Answer:
    """The answer of an error: a declared one, else what its page or its text says."""
    answer = replace(answer, declared=error is not None, is_page=bool(plain) and looks_like_page(plain))
    said = page_error(plain) if plain else UpstreamError(answer.text and answer.text[:MAX_MESSAGE])
    return _failed(answer, error or said, status, in_stream=in_stream)


def _of_words(answer: Answer, accumulator: AnswerAccumulator, status: int) -> Answer:
    """The answer of a complete body without pictures, errors and refusals in its fields: by its text, if it has any."""
    text = _words(accumulator)
    said = classify_text(text, is_structured=accumulator.is_structured)
    if said.is_refusal:
        return replace(answer, outcome="refusal", error=said.error, retryable=False)
    if said.error:
        category = category_of(said.error, status)
        return replace(answer, outcome="error", error=said.error, retryable=category.retryable)
    if task := _task_in(text):
        return replace(answer, outcome="error", has_begun=True, task_id=task.id, task_url=task.url, retryable=False)
    if answer.text is None and not answer.tool_calls:
        if accumulator.failed_calls:
            return _failed(replace(answer, declared=True), accumulator.failed_calls[0], status, in_stream=False)
        return replace(answer, outcome="error", error=_empty(accumulator), retryable=_is_worth_a_retry(accumulator))
    return replace(answer, outcome="text_only")


def _words(accumulator: AnswerAccumulator) -> str:
    """The text of all choices as it came."""
    return "\n".join(clean(choice.text) for choice in accumulator.choices.ordered())


def _task_of_status(accumulator: AnswerAccumulator) -> BegunTask | None:
    """The task that the status lines of a gateway name, in an answer that holds nothing else and does not fail."""
    text = _words(accumulator)
    task = task_in_words(text, is_status=True)
    said = classify_text(text) if task else None
    return task if said and not said.error and not said.is_refusal else None


def _task_in(text: str) -> BegunTask | None:
    """The task that a text names, in words or as JSON."""
    inner = unfenced(text) if len(text) < MAX_MESSAGE * 4 else ""
    if inner.startswith("{"):
        try:
            document = read_json(inner)
        except ValueError:
            return None
        # What is fenced may be an answer that was asked for, unless it names a task as such.
        is_told = text.lstrip().startswith("{") or any(name in document for name in NAMED_IDS)
        return task_in(document) if isinstance(document, dict) and is_told else None
    return task_in_words(text)


def _failing_note(accumulator: AnswerAccumulator, *, is_all: bool) -> UpstreamError | None:
    """The last message that came with nothing else, if its words are those of an error, or if it `is_all` that came."""
    for note in reversed(accumulator.notes):
        words = note.message or ""
        if category_of(note, 200) is not ErrorCategory.UNKNOWN or classify_text(words).error:
            return note
    return accumulator.notes[-1] if is_all and accumulator.notes else None


def _first_error(accumulator: AnswerAccumulator) -> UpstreamError | None:
    """The first error with a message or code; an empty one only when there is no other."""
    errors = list(accumulator.errors)
    has_called = any(choice.tools for choice in accumulator.choices.ordered())
    reasons = accumulator.choices.finish_reasons if has_called else _reasons(accumulator)
    failed = next((reason for reason in reasons if _FAILURE.fullmatch(reason)), None)
    if failed and not classify_text(_words(accumulator)).is_refusal:
        native = next((choice.native_finish for choice in accumulator.choices.ordered() if choice.native_finish), None)
        errors.append(UpstreamError(code=native if native and failed == "error" else failed))
    return next((error for error in errors if error.message or error.code), errors[0] if errors else None)


# Ends of a call that broke off: those of Zhipu, DeepSeek and inference servers.
_FAILURE = re.compile(
    r"(?:\w{1,20}_)?error|(?:insufficient|out_of)_(?:system_)?(?:resources?|memory)|abort(?:ed)?|fail(?:ed|ure)|time_?out"
    r"|timed_out|cancell?ed|interrupted|overloaded",
    re.IGNORECASE,
)


def _reasons(accumulator: AnswerAccumulator) -> list[str]:
    """Why the choices ended, the provider's own reason before that of the gateway."""
    choices = accumulator.choices.ordered()
    return [reason for choice in choices for reason in (choice.native_finish, choice.finish) if reason]


def _empty(accumulator: AnswerAccumulator) -> UpstreamError:
    """The error of an answer that holds nothing, with what it says of its end."""
    message = next((choice.finish_message for choice in accumulator.choices.ordered() if choice.finish_message), None)
    reason = next((reason for reason in _reasons(accumulator) if not is_usual_end(reason)), None)
    return UpstreamError(message, EMPTY, reason=reason)


def _failed(answer: Answer, error: UpstreamError, status: int, *, in_stream: bool) -> Answer:
    category = category_of(error, status)
    retryable = True if in_stream and category is ErrorCategory.UNKNOWN else category.retryable
    outcome: Outcome = "refusal" if category is ErrorCategory.DECLINED else "error"
    return replace(answer, outcome=outcome, error=error, retryable=retryable)


def refusal_in(answer: Answer, accumulator: AnswerAccumulator) -> Answer | None:
    """A refusal by the fields of the answer: `refusal`, `finish_reason`, the provider's own reason, `blockReason`."""
    stops = [
        (reason, choice.finish_message)
        for choice in accumulator.choices.ordered()
        for reason in (choice.native_finish, choice.finish)
        if reason and _is_moderation(reason)
    ]
    flag = accumulator.flag
    code, message = stops[0] if stops else (accumulator.block_reason, None)
    if code or flag or any(choice.refusals for choice in accumulator.choices.ordered()):
        code = code or (flag.code if flag else None)
        message = message or (flag.message if flag else None)
        error = UpstreamError(message, code) if code or message else None
        return replace(answer, outcome="refusal", error=error, retryable=False)
    return None


def _is_moderation(reason: str) -> bool:
    return bool(MODERATION_CODE.search(reason)) or reason.upper() in _MODERATION_REASONS


_MODERATION_REASONS = (
    "SAFETY",
    "REFUSAL",
    "LANGUAGE",
    "IMAGE_OTHER",
    "BLOCKED",
    "FILTERED",
    "GUARDRAIL_INTERVENED",
    "MODEL_ARMOR",
)


def _is_worth_a_retry(accumulator: AnswerAccumulator) -> bool:
    """Whether an empty answer is worth a retry: only when it billed no tokens. One that lost a billed image would lose
    it again."""
    billed = accumulator.usage.completion_tokens if accumulator.usage else None
    return billed == 0 or (billed is None and not accumulator.choices.by_index)
