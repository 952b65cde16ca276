"""Reads an answer: from any bytes to one `Answer`. Nothing in here raises, whatever the bytes are.

In order of precedence: images; an error; a refusal; text; and an answer without its end is truncated. The shapes are
those recorded under tests/protocol/answers/, each with its source.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from generations.protocol.accumulator import AnswerAccumulator
from generations.protocol.answer import BROKEN, EMPTY, Answer, Outcome
from generations.protocol.body import accumulate
from generations.protocol.call_parameters import prompt_in, results_in, without_call_parameters
from generations.protocol.choice import Choice
from generations.protocol.echoes import request_fingerprints
from generations.protocol.error_category import ErrorCategory, category_of
from generations.protocol.error_pages import looks_like_page, page_error
from generations.protocol.flawed_json import forget, read_flawed
from generations.protocol.image_bytes import half_in, is_whole, scan_start, sniff
from generations.protocol.image_ref import ImageRef, distinct, is_relative, resolved
from generations.protocol.images import IsNew, images_in, refs_in
from generations.protocol.json import clean, cleaned, read_json
from generations.protocol.last_finder import anywhere
from generations.protocol.markup import Markup, read_markup
from generations.protocol.packing import Overlong, unpacked_body
from generations.protocol.patterns.moderation import MODERATION_CODE
from generations.protocol.progress import percentages
from generations.protocol.request import Request
from generations.protocol.retry_after import retry_after
from generations.protocol.structured import schema_of, structured
from generations.protocol.tasks import BegunTask, goes_on, task_in, task_in_words
from generations.protocol.text_classification import classify_text
from generations.protocol.upstream_error import MAX_MESSAGE, UpstreamError
from generations.protocol.work import Seen

MAX_BODY = 128 * 1024 * 1024
"""Bytes that a compressed body may have in the end."""


def read(
    body: bytes,
    *,
    status: int = 200,
    headers: Mapping[str, str] = {},
    request: Request | bytes | None = None,
    sent: Collection[str] = (),
    base_url: str = "",
    ended: bool = True,
) -> Answer:
    """The answer in the body of an HTTP response. Never raises, whatever the bytes are.

    `ended` False: the connection broke off before the end. `request` is the body that was sent: its reference images
    are not taken for new ones where they are echoed, and it holds the schema of a structured answer. `sent`:
    the sha256 of each reference image that stands in `request` as a marker. Relative addresses are resolved against
    `base_url`."""
    with suppress(Overlong):
        body = unpacked_body(body, MAX_BODY)
    if media_type := sniff(body[:1100]):
        return _image_body(body, media_type, ended)
    echoes = request_fingerprints(request) | set(sent)
    accumulator = AnswerAccumulator(echoes, has_failed=status >= 400)
    is_document, plain = accumulate(body, accumulator, ended=ended)
    accumulator.take_fields()
    schema = schema_of(request)
    accumulator.is_structured = schema is not None
    if schema is None:
        accumulator.take_tasks()
    complete = is_document or accumulator.is_done or bool(accumulator.finish_reasons)
    markups = {
        choice.index: read_markup(
            clean(choice.text),
            accumulator.is_new,
            is_complete=is_document or accumulator.is_done or bool(choice.finish),
            is_all=not (choice.images or choice.others or choice.calls or _is_cut(choice)),
        )
        for choice in accumulator.ordered()
    }
    found = _images(accumulator, markups)
    if not found and complete and not accumulator.errors:
        found = _images(accumulator, markups, takes_open=True)
    if status >= 400 or accumulator.is_refused:  # an address in an error leads to a logo, or to where to pay
        found = tuple(ref for ref in found if ref.kind == "data")
    previews = tuple(accumulator.previews.values())
    may_come = accumulator.is_unfinished and accumulator.task is not None and accumulator.task != BegunTask()
    if not (found or may_come or accumulator.errors) and complete and not _refusal(Answer("refusal"), accumulator):
        found, previews = previews, ()  # nothing better comes
    images = tuple(distinct(resolved(ref, base_url) for ref in found))
    answer = Answer(
        outcome="images",
        images=images,
        drafts=() if images else tuple(distinct(resolved(ref, base_url) for ref in previews)),
        text=_text(accumulator, markups, images, schema=schema),
        progress=tuple(percentages(_transcript(accumulator))),
        usage=accumulator.usage,
        complete=complete,
        has_worked=accumulator.seen >= (Seen.SOMETHING if status < 400 else Seen.WORK),
        finish_reasons=accumulator.finish_reasons,
        response_id=accumulator.response_id,
        tool_calls=tuple(cleaned(call) for choice in accumulator.ordered() for call in choice.tools),
    )
    answer = _with_outcome(answer, accumulator, status=status, plain=plain, ended=ended, in_stream=not is_document)
    if status < 400 and _is_empty(answer) and (half := _half_in(answer, accumulator, schema)):
        answer = replace(answer, outcome="error", error=UpstreamError(code=BROKEN, type=half), retryable=False)
    words = (answer.error.message if answer.error and answer.retryable is not False else None) or ""
    answer = replace(answer, retry_after=retry_after(headers, accumulator.delays, words))
    forget()
    return structured(answer, schema)


def _is_cut(choice: Choice) -> bool:
    return (choice.finish or "").lower() in ("length", "max_tokens", "max_output_tokens")


def _is_empty(answer: Answer) -> bool:
    """Whether it holds nothing, or nothing but words in which nobody refuses and nothing fails."""
    is_text = answer.outcome == "text_only" and "length" not in answer.finish_reasons
    return is_text or bool(answer.error and answer.error.code == EMPTY)


def _half_in(answer: Answer, accumulator: AnswerAccumulator, schema: Any) -> str:
    """The media type of a picture of the answer that lacks its end, "" where there is none. Words may hold samples of
    code, and a structured answer says itself what it is."""
    texts = [choice.text for choice in accumulator.ordered()]
    if answer.outcome != "text_only":
        return accumulator.half or next(filter(None, map(half_in, texts)), "")
    if schema is not None:
        return ""
    return accumulator.half_of_field or next(filter(None, (half_in(text, at_end=True) for text in texts)), "")


def _image_body(body: bytes, media_type: str, ended: bool) -> Answer:
    """The answer when the body itself is image data. A JPEG without an end marker is taken as it is when the connection
    delivered all of it."""
    if ended and (is_whole(body) or (media_type == "image/jpeg" and scan_start(body))):
        return Answer("images", (ImageRef("data", data=body, media_type=media_type),), complete=True)
    return Answer("truncated", retryable=True)


def _images(
    accumulator: AnswerAccumulator, markups: dict[int, Markup], *, takes_open: bool = False
) -> tuple[ImageRef, ...]:
    """The images of all choices. In each, structured fields win over text, embedded images over places that nobody
    listed, and these over links; images of the request are dropped, and those that lack their end unless nothing else
    comes any more."""
    found: list[ImageRef] = []

    def is_new(ref: ImageRef) -> bool:
        return accumulator.is_new(ref) and (takes_open or not ref.is_open)

    for choice in accumulator.ordered():
        groups = _groups(choice, markups[choice.index], is_new)
        kept = (new for group in groups if (new := [ref for ref in group if is_new(ref)]))
        found += [replace(ref, choice=choice.index) for ref in next(kept, [])]
    return tuple(distinct(found))


def _groups(choice: Choice, text: Markup, is_new: IsNew) -> Iterator[Iterable[ImageRef]]:
    """Where the images of a choice may be, best first; a place is only looked at when those before it hold none."""
    embedded = _embedded(text, is_new)
    if (data := _stored(choice, embedded)) and not _is_preview(choice.text):
        # Bytes that are all of a message: the address in the field is that of their copy, which expires. What came in
        # pieces, or beside words, may be a draft.
        is_all = len(data) == len(choice.pieces) == 1 and not text.text(has_images=True)
        yield data if is_all else [*data, *(ref for ref in choice.images if not is_relative(ref))]
    # A relative address may be no more than a file's name, which says less than an address in the text.
    if not (
        all(map(is_relative, choice.images))
        and any(not is_relative(ref) and not _is_vector(ref) for ref in text.embedded)
    ):
        yield choice.images
    yield _in_json(choice.text, is_new, is_complete=text.is_complete)
    yield [ref for ref in embedded if not _is_vector(ref)]
    yield choice.others
    yield anywhere([choice.tool_results, choice.tools], is_new, only_data=True)
    # Links in the text of a failure lead to documentation.
    links = (text.linked, text.of_calls)
    yield from links if any(links) and not classify_text(text.body).error else ()
    yield [ref for ref in anywhere(choice.drawn, is_new) if is_new(_without_query(ref))]
    yield embedded  # a drawing of vectors may be an icon


def _stored(choice: Choice, embedded: list[ImageRef]) -> list[ImageRef]:
    """The bytes in the text of a choice of which its fields give as many addresses. An animation is a sign that
    something is loading."""
    data = [ref for ref in embedded if ref.kind == "data"]
    is_stored = len(data) == len(choice.images) and all(ref.kind == "url" for ref in choice.images)
    return data if is_stored and not any(_is_vector(ref) or ref.media_type == "image/gif" for ref in data) else []


def _is_preview(text: str) -> bool:
    """Whether words or a quotation say that what a text shows is not the picture in the end."""
    return bool(_PREVIEW.search(_BYTES.sub("", text)))


_BYTES = re.compile(r"[A-Za-z0-9+/=_-]{60,}+")
_PREVIEW = re.compile(
    r"^\s{0,20}+>|\d\s?%|draft|sketch|preview|loading|spinner|thumb|original|before|input|reference|source|given|sent"
    r"|upload|prompt|progress|generating|草|初稿|预览|預覽|加载|加載|缩略|縮略|原图|原圖|参考|參考|底图|底圖|输入|輸入|上传|上傳|进度|進度|生成中"
    r"|下書き|参照|元画像|초안|원본|미리",
    re.IGNORECASE | re.MULTILINE,
)


def _in_json(text: str, is_new: IsNew = bool, *, is_complete: bool = True) -> list[ImageRef]:
    """The images of a text that is itself a JSON document, but for addresses among the parameters of a call. Where more
    may follow, a document with a prompt is a call whose result is missing."""
    if text.lstrip()[:1] not in ("{", "[", '"') or len(text) > 50_000_000:
        return []
    try:
        document = read_flawed(text)
        document = read_flawed(document) if isinstance(document, str) else document
    except ValueError:
        return []
    results = results_in(document)
    # A list of texts is one of addresses, where it is one of pictures.
    found = images_in(results, is_new) if isinstance(results, Mapping) else []
    if isinstance(document, list) and all(isinstance(entry, str) for entry in document):
        found = refs_in(document, is_new)
    prompt = prompt_in(document)
    found = found or anywhere(results, is_new) or anywhere(document, is_new, only_data=True)
    return [ref for ref in found if ref.kind == "data" or (ref.url not in prompt and (is_complete or not prompt))]


def _embedded(text: Markup, is_new: IsNew) -> list[ImageRef]:
    """The embedded images without stored copies: over the whole text where its words do not tell them apart, else only
    of those right beside each other."""
    runs = [[ref for ref in run if is_new(ref)] for run in text.runs]
    found = distinct(ref for run in runs for ref in run)
    kept = found if text.is_told_apart else _without_stored_copies(found)
    return kept if kept != found else [ref for run in runs for ref in _without_stored_copies(run)]


def _without_stored_copies(refs: list[ImageRef]) -> list[ImageRef]:
    """Of images only the data, where there are as many URLs: those are their stored copies."""
    data = [ref for ref in refs if ref.kind == "data" and not _is_vector(ref)]
    return data if data and len(refs) == 2 * len(data) else refs


def _without_query(ref: ImageRef) -> ImageRef:
    """The picture of which an address may show a smaller one, by its query."""
    return replace(ref, url=ref.url.partition("?")[0])


def _is_vector(ref: ImageRef) -> bool:
    return ref.media_type == "image/svg+xml"


def _text(
    accumulator: AnswerAccumulator, markups: dict[int, Markup], images: tuple[ImageRef, ...], *, schema: Any
) -> str | None:
    """The text of all choices without duplicates; None when there is none."""
    texts, urls = [], {ref.url for ref in images}
    for choice in accumulator.ordered():
        markup = markups[choice.index]
        is_taken = bool(images) and (
            not markup.is_alone or any(is_relative(ref) or ref.url in urls for ref in markup.linked)
        )
        text = markup.text(has_images=is_taken) if schema is None else clean(choice.text).strip()
        if images and _in_json(choice.text):
            text = ""
        texts.append(text)
        texts.append(clean("".join(choice.refusals)).strip())
    return "\n".join(dict.fromkeys(text for text in texts if text)) or None


def _transcript(accumulator: AnswerAccumulator) -> str:
    """All text in order of arrival, without call parameters."""
    return without_call_parameters(clean("".join(accumulator.transcript)))


def _with_outcome(
    answer: Answer, accumulator: AnswerAccumulator, *, status: int, plain: str, ended: bool, in_stream: bool
) -> Answer:
    """The answer with its outcome, by the first rule that applies."""
    error = _first_error(accumulator)
    if answer.images:
        refusal = _refusal(answer, accumulator)
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
    if refusal := _refusal(answer, accumulator):
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
    return "\n".join(clean(choice.text) for choice in accumulator.ordered())


def _task_of_status(accumulator: AnswerAccumulator) -> BegunTask | None:
    """The task that the status lines of a gateway name, in an answer that holds nothing else and does not fail."""
    text = _words(accumulator)
    task = task_in_words(text, is_status=True)
    said = classify_text(text) if task else None
    return task if said and not said.error and not said.is_refusal else None


def _task_in(text: str) -> BegunTask | None:
    """The task that a text names, in words or as JSON."""
    if text.lstrip()[:1] == "{" and len(text) < MAX_MESSAGE * 4:
        try:
            document = read_json(text)
        except ValueError:
            return None
        return task_in(document) if isinstance(document, dict) else None
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
    has_called = any(choice.tools for choice in accumulator.ordered())
    reasons = accumulator.finish_reasons if has_called else _reasons(accumulator)
    failed = next((reason for reason in reasons if _FAILURE.fullmatch(reason)), None)
    if failed and not classify_text(_words(accumulator)).is_refusal:
        native = next((choice.native_finish for choice in accumulator.ordered() if choice.native_finish), None)
        errors.append(UpstreamError(code=native if native and failed == "error" else failed))
    return next((error for error in errors if error.message or error.code), errors[0] if errors else None)


# Ends of a call that broke off: those of Zhipu, DeepSeek and inference servers.
_FAILURE = re.compile(
    r"(?:\w{1,20}_)?error|(?:insufficient|out_of)_(?:system_)?(?:resources?|memory)|abort(?:ed)?|fail(?:ed|ure)|time_?out"
    r"|timed_out|cancell?ed|interrupted|overloaded",
    re.IGNORECASE,
)
_USUAL = re.compile(r"stop\w*|end\w*|complete\w*|finish\w*|done|eos\w*|success\w*|null|none", re.IGNORECASE)


def _reasons(accumulator: AnswerAccumulator) -> list[str]:
    """Why the choices ended, the provider's own reason before that of the gateway."""
    choices = accumulator.ordered()
    return [reason for choice in choices for reason in (choice.native_finish, choice.finish) if reason]


def _empty(accumulator: AnswerAccumulator) -> UpstreamError:
    """The error of an answer that holds nothing, with what it says of its end."""
    message = next((choice.finish_message for choice in accumulator.ordered() if choice.finish_message), None)
    reason = next((reason for reason in _reasons(accumulator) if not _USUAL.fullmatch(reason)), None)
    return UpstreamError(message, EMPTY, reason=reason)


def _failed(answer: Answer, error: UpstreamError, status: int, *, in_stream: bool) -> Answer:
    category = category_of(error, status)
    retryable = True if in_stream and category is ErrorCategory.UNKNOWN else category.retryable
    outcome: Outcome = "refusal" if category is ErrorCategory.DECLINED else "error"
    return replace(answer, outcome=outcome, error=error, retryable=retryable)


def _refusal(answer: Answer, accumulator: AnswerAccumulator) -> Answer | None:
    """A refusal by the fields of the answer: `refusal`, `finish_reason`, the provider's own reason, `blockReason`."""
    stops = [
        (reason, choice.finish_message)
        for choice in accumulator.ordered()
        for reason in (choice.native_finish, choice.finish)
        if reason and _is_moderation(reason)
    ]
    flag = accumulator.flag
    code, message = stops[0] if stops else (accumulator.block_reason, None)
    if code or flag or any(choice.refusals for choice in accumulator.ordered()):
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
    return billed == 0 or (billed is None and not accumulator.choices)
