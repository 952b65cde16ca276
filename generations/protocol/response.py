"""Reads an answer: from any bytes to one `Answer`. Nothing in here raises, whatever the bytes are.

In order of precedence: images; an error; a refusal; text; and an answer without its end is truncated. The shapes are
those recorded under tests/protocol/answers/, each with its source.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from generations.protocol.accumulator import AnswerAccumulator
from generations.protocol.answer import BROKEN, EMPTY, Answer
from generations.protocol.body import accumulate
from generations.protocol.call_parameters import blocks_in, without_call_parameters
from generations.protocol.choice import Choice
from generations.protocol.echoes import request_fingerprints
from generations.protocol.flawed_json import forget
from generations.protocol.image_bytes import half_in, is_whole, scan_start, sniff
from generations.protocol.image_places import images_of, in_json
from generations.protocol.image_ref import ImageRef, distinct, is_relative, resolved
from generations.protocol.json import clean, cleaned
from generations.protocol.markup import Markup, read_markup
from generations.protocol.outcome import refusal_in, with_outcome
from generations.protocol.packing import Overlong, unpacked_body
from generations.protocol.progress import percentages
from generations.protocol.request import Request
from generations.protocol.retry_after import retry_after
from generations.protocol.structured import schema_of, structured
from generations.protocol.tasks import BegunTask
from generations.protocol.upstream_error import UpstreamError
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
    accumulator.take_halves()
    schema = schema_of(request)
    accumulator.is_structured = schema is not None
    if schema is None:
        accumulator.take_tasks()
    complete = is_document or accumulator.is_done or bool(accumulator.choices.finish_reasons)
    markups = {
        choice.index: read_markup(
            clean(choice.text),
            accumulator.choices.is_new,
            is_complete=is_document or accumulator.is_done or bool(choice.finish),
            is_all=not (choice.images or choice.others or choice.calls or _is_cut(choice)),
        )
        for choice in accumulator.choices.ordered()
    }
    found = images_of(accumulator, markups)
    if not found and complete and not accumulator.errors:
        found = images_of(accumulator, markups, takes_open=True)
    if status >= 400 or accumulator.is_refused:  # an address in an error leads to a logo, or to where to pay
        found = tuple(ref for ref in found if ref.kind == "data")
    previews = tuple(accumulator.previews.values())
    may_come = accumulator.is_unfinished and accumulator.task is not None and accumulator.task != BegunTask()
    if not (found or may_come or accumulator.errors) and complete and not refusal_in(Answer("refusal"), accumulator):
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
        finish_reasons=accumulator.choices.finish_reasons,
        response_id=accumulator.response_id,
        tool_calls=tuple(cleaned(call) for choice in accumulator.choices.ordered() for call in choice.tools),
    )
    answer = with_outcome(answer, accumulator, status=status, plain=plain, ended=ended, in_stream=not is_document)
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
    texts = [choice.text for choice in accumulator.choices.ordered()]
    if answer.outcome != "text_only":
        return accumulator.halves.half or next(filter(None, map(half_in, texts)), "")
    if schema is not None:
        return ""
    return accumulator.halves.half_of_field or next(filter(None, (half_in(text, at_end=True) for text in texts)), "")


def _image_body(body: bytes, media_type: str, ended: bool) -> Answer:
    """The answer when the body itself is image data. A JPEG without an end marker is taken as it is when the connection
    delivered all of it."""
    if ended and (is_whole(body) or (media_type == "image/jpeg" and scan_start(body))):
        return Answer("images", (ImageRef("data", data=body, media_type=media_type),), complete=True)
    return Answer("truncated", retryable=True)


def _text(
    accumulator: AnswerAccumulator, markups: dict[int, Markup], images: tuple[ImageRef, ...], *, schema: Any
) -> str | None:
    """The text of all choices without duplicates; None when there is none."""
    texts, urls = [], {ref.url for ref in images}
    for choice in accumulator.choices.ordered():
        markup = markups[choice.index]
        is_taken = bool(images) and (
            not markup.is_alone or any(is_relative(ref) or ref.url in urls for ref in markup.linked)
        )
        text = markup.text(has_images=is_taken) if schema is None else clean(choice.text).strip()
        if images and in_json(choice.text):
            text = ""
        if not text and not images and any(each.is_call and each.document for each in blocks_in(choice.text)):
            text = clean(choice.text).strip()  # nothing but a call that was written down instead of made
        texts.append(text)
        texts.append(clean("".join(choice.refusals)).strip())
    return "\n".join(dict.fromkeys(text for text in texts if text)) or None


def _transcript(accumulator: AnswerAccumulator) -> str:
    """All text in order of arrival, without call parameters."""
    return without_call_parameters(clean("".join(accumulator.choices.transcript)))
