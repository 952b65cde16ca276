"""What an answer says: whatever bytes came back, one `Answer`. Nothing in here raises for any bytes.

The order of trust: an image is an image; else an error says why there is none; else a refusal; else words; and an
answer without its end is truncated. The shapes are those of tests/protocol/answers/, each with its source.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import jsonschema

from generations.errors import InvalidRequest
from generations.protocol.asides import without_asides
from generations.protocol.delay import delay_in, sane_delay
from generations.protocol.exchange import mask_of
from generations.protocol.failure import MAX_WORDS, UpstreamError, page_words
from generations.protocol.gathered import Gathered, Usage
from generations.protocol.images import ImageRef, distinct, images_in, is_whole, reference, sniff
from generations.protocol.json import after, clean, cleaned, read_json, read_json_prefix
from generations.protocol.links import addresses_in
from generations.protocol.markup import Written, read_markup
from generations.protocol.meaning import RETRYABLE, Meaning, meaning_of
from generations.protocol.progress import percentages
from generations.protocol.refusal import said_in
from generations.protocol.request import Request
from generations.protocol.sse import events
from generations.protocol.words import MODERATION_CODE

Outcome = Literal["images", "text_only", "refusal", "error", "truncated"]
EMPTY = "empty_response"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, read. `retryable` None: no ground for either. `remark`: what failed beside good images.

    `unreadable`: the body is neither JSON nor a stream, but a page or plain words, and `error` says what it reads.
    `declared`: an error object says `error`, not a page and not a model's words.
    """

    outcome: Outcome
    images: tuple[ImageRef, ...] = ()
    text: str | None = None
    progress: tuple[int, ...] = ()
    error: UpstreamError | None = None
    retryable: bool | None = None
    retry_after: float | None = None
    usage: Usage | None = None
    complete: bool = False
    finish_reasons: tuple[str, ...] = ()
    tool_calls: tuple[dict[str, Any], ...] = ()
    parsed: Any = None
    parse_problem: str | None = None
    remark: str | None = None
    unreadable: bool = False
    declared: bool = False

    def last(self, n: int) -> tuple[ImageRef, ...]:
        """The last n images: thinking models send drafts before the pictures that were asked for."""
        return self.images[-n:] if n > 0 else ()

    def redacted(self, secrets: Sequence[str]) -> "Answer":
        """The answer as it may be kept: its pieces together may spell a secret that none of them spells."""
        mask = mask_of(secrets)

        def hidden(text: str | None) -> str | None:
            return mask(text) if text else text

        error = self.error
        if error is not None:
            code = hidden(error.code) if isinstance(error.code, str) else error.code
            error = UpstreamError(hidden(error.message), code, hidden(error.type))
        images = tuple(replace(ref, url=mask(ref.url)) if ref.url else ref for ref in self.images)
        return replace(self, images=images, text=hidden(self.text), error=error, remark=hidden(self.remark))

    def as_json(self) -> dict[str, Any]:
        """The answer as the test files write their expectation."""
        return {
            "outcome": self.outcome,
            "images": [
                {"kind": ref.kind, "value": ref.url if ref.kind == "url" else ref.media_type} for ref in self.images
            ],
            "text": self.text,
            "progress": list(self.progress),
            "error": None
            if self.error is None
            else {"message": self.error.message, "code": self.error.code, "type": self.error.type},
            "retryable": self.retryable,
        }


def read(
    body: bytes,
    *,
    status: int = 200,
    headers: Mapping[str, str] = {},
    request: Request | bytes | None = None,
    base_url: str = "",
    ended: bool = True,
) -> Answer:
    """Read an answer of HTTP `status`. `ended` False: the transport broke off. Never raises, whatever the bytes are.

    `request` gives the reference pictures to drop where they are echoed, and the schema of a structured answer;
    `base_url` is what relative addresses are resolved against.
    """
    if media_type := sniff(body[:1100]):
        return _picture_itself(body, media_type, ended)
    gathered = Gathered(base_url)
    is_document, plain = _gather(body, gathered)
    sent = _sent(request)
    complete = is_document or gathered.is_done or bool(gathered.finish_reasons)
    written = {
        choice.index: read_markup(
            clean(choice.text), base_url, is_complete=is_document or gathered.is_done or bool(choice.finish)
        )
        for choice in gathered.ordered()
    }
    images = _images(gathered, written, _sent_images(request))
    answer = Answer(
        outcome="images",
        images=images,
        text=_text(gathered, written, has_images=bool(images), schema=_schema(sent)),
        progress=tuple(percentages(_told(gathered))),
        usage=gathered.usage,
        complete=complete,
        finish_reasons=gathered.finish_reasons,
        tool_calls=tuple(cleaned(call) for choice in gathered.ordered() for call in choice.tools),
    )
    answer = _judged(answer, gathered, status=status, plain=plain, ended=ended, in_stream=not is_document)
    answer = replace(answer, retry_after=_retry_after(headers, gathered, answer))
    return _structured(answer, gathered, _schema(sent))


def _gather(body: bytes, gathered: Gathered) -> tuple[bool, str]:
    """Fill `gathered`. Whether the body is a JSON document, and its text when it is neither that nor a stream."""
    text = body.decode("utf-8-sig", "replace").strip()
    if text[:1] in ("{", "[", '"'):
        rest = _documents(text, gathered)
        if rest is not None:
            _stream(rest.encode("utf-8", "replace"), gathered)
            return True, ""
    if _stream(body, gathered):
        return False, ""
    is_broken_document = text[:1] in ("{", "[", '"') or text.startswith((":", "data:", "event:", "id:"))
    return False, "" if is_broken_document else text


def _documents(text: str, gathered: Gathered) -> str | None:
    """Absorb the JSON values a body begins with, and give the rest; None when not even the first is whole."""
    try:
        gathered.absorb(read_json(text))
    except ValueError:
        pass
    else:
        return ""
    position, count = 0, 0
    while text[position : position + 1] in ("{", "[") and count < _MAX_DOCUMENTS:
        try:
            value, position = read_json_prefix(text, position)
        except ValueError:
            break
        gathered.absorb(value)
        count += 1
        position = after(_SPACE, text, position)
    return text[position:] if count else None


def _stream(body: bytes, gathered: Gathered) -> bool:
    """Absorb the events of a body. Whether there was any that could be read."""
    found = False
    for event in events(body):
        values = list(_values(event.lines))
        for value in values:
            if value is _DONE:
                gathered.is_done = True
            else:
                gathered.absorb(value, event.name)
        if not values and event.name == "error":
            gathered.absorb({"error": {"message": " ".join(event.lines)}})
        found = found or bool(values) or event.name == "error"
    return found


_DONE = object()
_MAX_DOCUMENTS = 100_000
_SPACE = re.compile(r"\s*+")


def _values(lines: tuple[str, ...]) -> Iterator[Any]:
    """The JSON values of an event's data lines: one over all lines or, failing that, one on each; `_DONE` for the end.

    A writer that forgets the blank lines between events puts several on the lines of one.
    """
    whole = "\n".join(lines)
    if len(lines) > 1 and whole[:1] in ("{", "["):
        try:
            yield read_json(whole)
            return
        except ValueError:
            pass
    found = [value for line in lines[:_MAX_DOCUMENTS] for value in _values_of_line(line)]
    yield from found or (_values_of_line(whole) if len(lines) > 1 else ())


def _values_of_line(data: str) -> Iterator[Any]:
    """The JSON value a data line begins with, and `_DONE` where it is the end or ends with it."""
    data = data.strip()
    # A proxy may wrap what is wrapped already.
    data = data[after(_WRAPPED, data) :]
    if data[:12].strip(" []\"'").upper().startswith("DONE"):
        yield _DONE
    elif data[:1] in ("{", "[", '"'):
        try:
            value, end = read_json_prefix(data)
        except ValueError:
            return
        yield value
        if "[DONE]" in data[end : end + 100]:
            yield _DONE


_WRAPPED = re.compile(r"(?:data:\s{0,20}+)*+")


def _picture_itself(body: bytes, media_type: str, ended: bool) -> Answer:
    """The body is a picture, with nothing around it."""
    if ended and is_whole(body):
        return Answer("images", (ImageRef("data", data=body, media_type=media_type),), complete=True)
    return Answer("truncated", retryable=True)


def _images(gathered: Gathered, written: dict[int, Written], sent: set[str]) -> tuple[ImageRef, ...]:
    """Structured fields win over text, embedded over links, per choice; what the request held is dropped."""
    found: list[ImageRef] = []
    for choice in gathered.ordered():
        text = written[choice.index]
        # The links of a failure's words lead to its explanation.
        linked = text.linked if text.linked and not said_in(text.body).error else ()
        groups = (choice.images, _in_json(choice.text), _without_copies(text.embedded), linked)
        kept = (new for group in groups if (new := [ref for ref in group if _print(ref) not in sent]))
        found += [replace(ref, choice=choice.index) for ref in next(kept, [])]
    return tuple(distinct(found))


def _in_json(text: str) -> list[ImageRef]:
    """The images of a content that is itself a JSON document, unless it is the parameters of the call."""
    if text.lstrip()[:1] != "{" or len(text) > 50_000_000:
        return []
    try:
        document = read_json(text)
    except ValueError:
        return []
    if not isinstance(document, Mapping) or any(key in document for key in ("prompt", "user_prompt", "ratio")):
        return []
    return images_in(document)


def _without_copies(refs: tuple[ImageRef, ...]) -> tuple[ImageRef, ...]:
    """Bytes and as many addresses are pictures and their stored copies."""
    data = tuple(ref for ref in refs if ref.kind == "data")
    return data if data and len(refs) == 2 * len(data) else refs


def _text(gathered: Gathered, written: dict[int, Written], *, has_images: bool, schema: Any) -> str | None:
    """The words for a person, of all choices, the same words once."""
    texts = []
    for choice in gathered.ordered():
        words = written[choice.index].words(has_images=has_images) if schema is None else clean(choice.text).strip()
        if _in_json(choice.text) and has_images:
            words = ""
        texts.append(words)
        texts.append(clean("".join(choice.refused)).strip())
    return "\n".join(dict.fromkeys(text for text in texts if text)) or None


def _told(gathered: Gathered) -> str:
    """Everything told in order of arrival, without parameter blocks."""
    return without_asides(clean("".join(gathered.told)))


def _judged(answer: Answer, gathered: Gathered, *, status: int, plain: str, ended: bool, in_stream: bool) -> Answer:
    """The outcome, by the first ground that holds."""
    error = _first_error(gathered)
    if answer.images:
        return replace(answer, error=error, remark=error.message or str(error.code or "") or None if error else None)
    if error or status >= 400:
        answer = replace(answer, declared=error is not None)
        error = error or UpstreamError(page_words(plain) if plain else answer.text and answer.text[:MAX_WORDS])
        return _failed(answer, error, status, in_stream=in_stream and status < 400)
    if refusal := _refusal(answer, gathered):
        return refusal
    if not answer.complete:
        if plain and ended:
            return _failed(replace(answer, unreadable=True), UpstreamError(page_words(plain)), status, in_stream=False)
        return replace(answer, outcome="truncated", retryable=True)
    said = said_in("\n".join(clean(choice.text) for choice in gathered.ordered()))
    if said.is_refusal:
        return replace(answer, outcome="refusal", error=said.error, retryable=False)
    if said.error:
        meaning = meaning_of(said.error, status)
        return replace(answer, outcome="error", error=said.error, retryable=RETRYABLE[meaning])
    if answer.text is None and not answer.tool_calls:
        return replace(
            answer, outcome="error", error=UpstreamError(code=EMPTY), retryable=_may_fill_next_time(gathered)
        )
    return replace(answer, outcome="text_only")


def _first_error(gathered: Gathered) -> UpstreamError | None:
    """The first error that says something; an empty one only when there is no other."""
    errors = list(gathered.errors)
    if "error" in (choice.finish for choice in gathered.ordered()):
        errors.append(UpstreamError(code="error"))
    return next((error for error in errors if error.message or error.code), errors[0] if errors else None)


def _failed(answer: Answer, error: UpstreamError, status: int, *, in_stream: bool) -> Answer:
    meaning = meaning_of(error, status)
    retryable = True if in_stream and meaning is Meaning.UNKNOWN else RETRYABLE[meaning]
    outcome: Outcome = "refusal" if meaning is Meaning.DECLINED else "error"
    return replace(answer, outcome=outcome, error=error, retryable=retryable)


def _refusal(answer: Answer, gathered: Gathered) -> Answer | None:
    """A refusal that the answer's fields declare: `refusal`, then finish_reason, then the provider's own reason."""
    reasons = [choice.finish for choice in gathered.ordered()] + [c.native_finish for c in gathered.ordered()]
    code = next((reason for reason in [*reasons, gathered.block_reason] if reason and _is_moderation(reason)), None)
    code = code or gathered.block_reason
    if code or any(choice.refused for choice in gathered.ordered()):
        error = UpstreamError(code=code) if code else None
        return replace(answer, outcome="refusal", error=error, retryable=False)
    return None


def _is_moderation(reason: str) -> bool:
    return bool(MODERATION_CODE.search(reason)) or reason.upper() in ("SAFETY", "REFUSAL", "LANGUAGE", "IMAGE_OTHER")


def _may_fill_next_time(gathered: Gathered) -> bool:
    """An empty answer that billed nothing may be full next time; one that lost a billed picture loses it again."""
    billed = gathered.usage.completion_tokens if gathered.usage else None
    return billed == 0 or (billed is None and not gathered.choices)


def _retry_after(headers: Mapping[str, str], gathered: Gathered, answer: Answer) -> float | None:
    """Seconds to wait, from the header, else from a field of the error, else from its words."""
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    if (milliseconds := _seconds(lower.get("retry-after-ms", ""))) is not None:
        return sane_delay(milliseconds / 1000)
    if "retry-after" in lower:
        return _header_delay(lower["retry-after"], lower.get("date", ""))
    if (delay := _seconds(str(gathered.retry_after or "").removesuffix("s"))) is not None:
        return sane_delay(delay)
    if (reset := _seconds(lower.get("x-ratelimit-reset", "") or str(gathered.reset or ""))) is not None:
        return _until(reset)
    words = (answer.error.message if answer.error else None) or ""
    return delay_in(words) if answer.retryable is not False else None


def _header_delay(value: str, date: str) -> float | None:
    seconds = _seconds(value)
    if seconds is not None:
        return sane_delay(seconds)
    then, now = _date(value), _date(date) or datetime.now(UTC)
    return sane_delay((then - now).total_seconds()) if then else None


def _until(reset: float) -> float | None:
    """Seconds until a moment told in seconds or milliseconds since 1970; what is too small for one is a wait."""
    if reset > 1e9:
        reset = (reset / 1000 if reset > 1e11 else reset) - datetime.now(UTC).timestamp()
    return sane_delay(reset)


def _seconds(value: str) -> float | None:
    try:
        return float(value) if value.strip() else None
    except ValueError:
        return None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date


def _sent(request: Request | bytes | None) -> Request | None:
    if not isinstance(request, bytes):
        return request
    try:
        return Request.from_json(request)
    except InvalidRequest:
        return None


def _sent_images(request: Request | bytes | None) -> set[str]:
    """The prints of every picture and address that the request held, in whichever field, valid or not."""
    refs: list[ImageRef] = []
    for words in _strings(_document(request)):
        ref = reference(words)
        refs += [ref] if ref else []
        if ref is None or ref.kind == "url":
            refs += [ref for address in addresses_in(words) if (ref := reference(address))]
    return {_print(ref) for ref in refs}


def _document(request: Request | bytes | None) -> Any:
    if not isinstance(request, bytes):
        return request.model_dump(exclude_unset=True) if request else None
    try:
        return read_json(request.decode("utf-8-sig", "replace"))
    except ValueError:
        return None


def _strings(document: Any) -> Iterator[str]:
    """Every string of a JSON document. A loop, since nobody vouches for its depth."""
    waiting = [document]
    while waiting:
        match waiting.pop():
            case str() as words:
                yield words
            case list() as entries:
                waiting.extend(entries)
            case dict() as fields:
                waiting.extend(fields.values())


def _print(ref: ImageRef) -> str:
    return ref.url if ref.kind == "url" else hashlib.sha256(ref.data).hexdigest()


def _schema(request: Request | None) -> Any:
    """The JSON schema the request asks for; {} for json_object; None for plain text."""
    form = request.response_format if request else None
    if not isinstance(form, Mapping):
        return None
    if form.get("type") == "json_object":
        return {}
    wrapped = form.get("json_schema")
    if form.get("type") == "json_schema" and isinstance(wrapped, Mapping):
        return wrapped.get("schema", {})
    return None


def _structured(answer: Answer, gathered: Gathered, schema: Any) -> Answer:
    """Parse and validate a structured answer; `parse_problem` is a sentence when it does not fit."""
    if schema is None or answer.outcome != "text_only" or not answer.text:
        return answer
    text = answer.text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        parsed = cleaned(read_json(text))
    except ValueError as fault:
        return replace(answer, parse_problem=f"The answer is not JSON: {fault}"[:500])
    try:
        jsonschema.validate(parsed, schema)
    except jsonschema.ValidationError as fault:
        where = fault.json_path
        return replace(answer, parsed=parsed, parse_problem=f"At {where}: {fault.message}"[:500])
    except (jsonschema.SchemaError, RecursionError, ValueError, TypeError) as fault:
        return replace(answer, parsed=parsed, parse_problem=f"The schema itself is not valid: {fault}"[:500])
    return replace(answer, parsed=parsed)
