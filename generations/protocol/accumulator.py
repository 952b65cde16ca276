"""Accumulates an answer from its parts, whether they are one document, completion chunks or events of a stream."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generations.protocol.call_parameters import object_in
from generations.protocol.choice import Choice, ToolCall
from generations.protocol.echoes import fingerprint
from generations.protocol.error_envelopes import error_in, failure_beside, is_failed, note_in
from generations.protocol.flags import Flag, flag_in, is_reason
from generations.protocol.image_bytes import half_in
from generations.protocol.image_ref import ImageRef, distinct
from generations.protocol.images import MAX_REFS, images_in, refs_in, without_copies
from generations.protocol.json import MAX_DEPTH, read_json, short
from generations.protocol.last_finder import anywhere, texts_in
from generations.protocol.other_shapes import choice_in, field_in
from generations.protocol.patterns.account import OF_KEY_OR_CREDIT
from generations.protocol.retry_after import delays_in
from generations.protocol.tasks import (
    BegunTask,
    is_begun_state,
    is_over,
    state_of,
    task_beside,
    task_in,
    task_layers,
    was_taken,
)
from generations.protocol.unfinished import previews_of, unfinished_task
from generations.protocol.upstream_error import UpstreamError
from generations.protocol.work import Seen, seen_in

MAX_CHOICES = 128
MAX_TASK = 1_000_000
_OF_TASK = re.compile(
    r"(?:task_?|request_?|job_?)?(?:id|uuid|status|state|type|progress|percent(?:age)?)|object|model|message|msg|code"
    r"|success|error|data|result|output|response|task|created(?:_?at)?|updated(?:_?at)?|eta|queue_?position|prompt"
    r"|(?:image|preview|thumbnail|result|fetch|output|picture)s?_?(?:image|urls?|result|links)?|future_links|(?:[a-z]{1,20}_)?urls?|href|images",
    re.IGNORECASE,
)
_ONLY_DATA = re.compile(r"\s{0,20}+(?:data:[^,\s]{0,100}+,)?+\s{0,4}+[A-Za-z0-9+/=_-]{80}")
_READ_ELSEWHERE = ("choices", "candidates", "usage", "error")
_WORDS_OF_ERRORS = ("message", "msg", "Message", "detail", "description", "title", "html")
_READ_OF_CHOICE = ("delta", "message", "messages", "index", "error", "logprobs", "usage")
_WRAPPERS = ("output", "data", "response", "result", "body", "completion", "payload")


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as billed; None where the answer gives none."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None


class AnswerAccumulator:
    """What all parts of an answer add up to. `add` takes its JSON values in order and never raises.

    `transcript` is all text in order of arrival, reasoning included, where gateways write their progress. `delays` are
    the fields of its errors that may say when to come back. `failed_calls` are the errors of calls that the model made
    itself. `notes` are messages that came with nothing else, `flag` is
    that of a moderator, `task` one that has begun, by the last body that speaks of its state, `seen` what shows
    work. `sent` are the fingerprints of the images of the request, which are not taken where they are echoed.
    `is_refused`: a body says that the key or the account was refused, whatever the HTTP status.
    `half` is the media type of a picture in its bodies that lacks its end, `half_of_field` of one that is a field.
    `previews` are unfinished images, the newest of each that is being drawn. `is_unfinished`: the last body that speaks
    of its state shows a task that goes on, whose images are previews. `has_failed`: the HTTP status is an error,
    whose words may show a logo. `is_structured`: the request asked for JSON.
    """

    def __init__(self, sent: Collection[str] = (), *, has_failed: bool = False) -> None:
        self.choices: dict[int, Choice] = {}
        self.transcript: list[str] = []
        self.errors: list[UpstreamError] = []
        self.failed_calls: list[UpstreamError] = []
        self.notes: list[UpstreamError] = []
        self.flag: Flag | None = None
        self.task: BegunTask | None = None
        self.usage: Usage | None = None
        self.response_id: str | None = None
        self.block_reason: str | None = None
        self.is_done = False
        self.seen = Seen.NOTHING
        self.is_refused = False
        self.previews: dict[int, ImageRef] = {}
        self.is_unfinished = False
        self.is_structured = False
        self.half = ""
        self.half_of_field = ""
        self.delays: list[tuple[str, Any]] = []
        self._fields: list[str] = []
        self._has_choices = False
        self._sent = sent
        self._has_failed = has_failed
        self._read_elsewhere = (*_READ_ELSEWHERE, *(_WORDS_OF_ERRORS if has_failed else ()))
        self._channel = ""

    @property
    def finish_reasons(self) -> tuple[str, ...]:
        return tuple(choice.finish for choice in self.ordered() if choice.finish)

    def ordered(self) -> list[Choice]:
        return [self.choices[index] for index in sorted(self.choices)]

    def add(self, piece: Any, name: str = "", depth: int = 0) -> None:
        """Add a body, chunk or event; `name` is the event's name. Lists are added entry by entry, JSON in strings is
        parsed."""
        if isinstance(piece, str):
            piece = _parsed(piece)
        if isinstance(piece, str):
            self._choice(0).add_text(piece, is_whole=False)
            self.seen = max(self.seen, Seen.SOMETHING if piece.strip() else Seen.NOTHING)
        elif isinstance(piece, list) and depth < MAX_DEPTH:
            for entry in piece[:10_000]:
                self.add(entry, name, depth + 1)
        elif isinstance(piece, dict):
            self._add_body({"type": name, **piece} if name and name != "message" else piece)

    def _add_body(self, body: Mapping[str, Any]) -> None:
        known = len(self.errors)
        layers = list(_layers(body))
        self._note_half(body)
        if error := error_in(body):
            self.errors.append(error)
            self.delays += delays_in(body)
            self.task = self.task or task_beside(body)
        elif _is_failure_event(body):
            self.errors.append(UpstreamError(message=short(body.get("message")), code=short(body.get("code"))))
        elif failure := failure_beside(body):
            self.errors.append(failure)
            self.task = self.task or task_beside(body)
            self.is_refused = self.is_refused or _is_refused(failure)
        else:
            self._add_state(body, layers)
        if not error:
            self._add_failed_tasks(body, layers)
        if self.seen is not Seen.WORK:
            self.seen = max(self.seen, seen_in(body, is_error=len(self.errors) > known, has_failed=self._has_failed))
        if any(was_taken(failure.message or "") for failure in self.errors[known:]):
            self.seen = Seen.WORK
        unfinished = None if error else unfinished_task(layers)
        self.flag = self.flag or flag_in({key: value for key, value in body.items() if key != "usage"})
        for layer in layers:
            self.response_id = self.response_id or short(layer.get("id"))
            self._add_usage(layer.get("usage") or layer.get("usageMetadata"))
            self._add_feedback(layer)
            choices = _choices_of(layer.get("choices")) or _choices_of(layer.get("candidates"))
            self._has_choices = self._has_choices or "choices" in layer or "candidates" in layer
            if not choices and not error and not unfinished and (said := choice_in(layer)):
                choices = [said]
            for position, choice in enumerate(choices[:MAX_CHOICES]):
                self._add_choice(choice, position)
            for message in _list(layer.get("output"))[:MAX_CHOICES]:
                if isinstance(message, dict) and message.get("type") == "message":
                    self._add_message(self._choice(0), message, is_whole=True)
            self._add_event(layer)
            # An error may echo the request, so only its lists of results may hold images.
            piece = {key: layer.get(key) for key in ("data", "images")} if error else layer
            if _is_preview(layer):
                self._add_preview(layer)
                continue
            if unfinished:
                continue
            self._add_beside(layer, self._images_in(piece))
            self._add_partial_failures(layer.get("data"))
        if not (error or unfinished or self._has_choices):
            self._fields += next(filter(None, ([text] if (text := field_in(it)) else [] for it in layers)), [])
        if unfinished:
            self._add_unfinished(unfinished, body)
        elif not error and not _is_preview(body) and not any(choice.images for choice in self.choices.values()):
            self._add_others(None, {key: value for key, value in body.items() if key not in self._read_elsewhere})

    def _note_half(self, body: Mapping[str, Any]) -> None:
        """Note a picture that lacks its end."""
        if self.half_of_field:
            return
        for text in texts_in(body):
            if half := half_in(text):
                self.half = self.half or half
                if _ONLY_DATA.match(text):
                    self.half_of_field = half_in(text, at_end=True)

    def _add_state(self, body: Mapping[str, Any], layers: list[Mapping[str, Any]]) -> None:
        """Note a heartbeat's message, and a task that has begun or is over."""
        if state_of(body):
            self.is_unfinished = False
        if (note := note_in(body)) and not is_begun_state(state_of(body)):
            self.notes.append(note)
        if task := task_in(body):
            known = self.task or BegunTask()
            self.task = BegunTask(task.id or known.id, task.url or known.url)
        elif any(is_over(state_of(layer)) for layer in layers):
            self.task = None

    def _add_failed_tasks(self, body: Mapping[str, Any], nested: list[Mapping[str, Any]]) -> None:
        """Note the errors of tasks, and apart from them those of a model's calls, which its words may explain."""
        item = [body["item"]] if isinstance(body.get("item"), dict) else []
        tasks = () if body.get("choices") else task_layers(body)
        layers = {id(layer): layer for layer in (*nested, *tasks, *item) if layer is not body}
        for layer in layers.values():
            if is_failed(state := state_of(layer)):
                errors = self.failed_calls if str(layer.get("type")).endswith("_call") else self.errors
                errors.append(error_in(layer) or UpstreamError(code=short(state)))

    def _add_event(self, layer: Mapping[str, Any]) -> None:
        """Text, refusals, progress and the end, from events of the responses and images endpoints."""
        progress = _percent(layer)
        if progress is not None:
            self._transcribe("event", f"\nprogress: {progress}%\n")
        kind = layer.get("type")
        if not isinstance(kind, str):
            return
        if kind.endswith(("output_text.delta",)) and isinstance(layer.get("delta"), str):
            self._add_text(self._choice(0), layer["delta"], is_whole=False)
        if kind.endswith("refusal.delta") and isinstance(layer.get("delta"), str):
            self._choice(0).refusals.append(layer["delta"])
        if kind in ("response.completed", "response.incomplete") or (kind.endswith(".completed") and "image" in kind):
            self.is_done = True

    def _add_preview(self, event: Mapping[str, Any]) -> None:
        index = event.get("output_index", event.get("index", 0))
        values = [event.get(key) for key in ("b64_json", "partial_image_b64", "url", "image_url", "image")]
        refs = refs_in(values, self.is_new)
        if refs and isinstance(index, int) and (index in self.previews or len(self.previews) < MAX_CHOICES):
            self.previews[index] = refs[-1]

    def add_images(self, refs: list[ImageRef]) -> None:
        """Add images that came on their own."""
        self._add_images(None, [ref for ref in refs if self.is_new(ref)])

    def take_fields(self) -> None:
        """Once all is there, take the texts of bodies that are one field, where nothing else says anything."""
        if self._fields and not self._has_choices and not any(choice.text for choice in self.ordered()):
            self._add_text(self._choice(0), "".join(self._fields), is_whole=False)

    def take_tasks(self) -> None:
        """Once all text is there, read one that is nothing but a task that goes on, and shows a picture, as a body. Any
        field that is none of a task says that the text is an answer of its own."""
        for choice in self.ordered():
            document = object_in(choice.text) if choice.length < MAX_TASK else None
            if not isinstance(document, dict) or not all(map(_OF_TASK.fullmatch, document)):
                continue
            if unfinished_task(_layers(document)) and self._shown_in(document):
                choice.pieces.clear()
                self.add(document)

    def _add_unfinished(self, task: BegunTask, body: Mapping[str, Any]) -> None:
        """Note a task that goes on, and as previews what its body shows beside choices."""
        self.task, self.is_unfinished = task, True
        if previews := previews_of(task, self._shown_in(body)):
            self.previews = dict(enumerate(previews[:MAX_CHOICES]))

    def _shown_in(self, body: Mapping[str, Any]) -> list[ImageRef]:
        """The images of a body, listed or not, but for those of its choices."""
        beside = {key: value for key, value in body.items() if key not in self._read_elsewhere}
        listed = distinct(ref for layer in _layers(body) for ref in self._images_in(layer))
        return listed or anywhere(beside, self.is_new)

    def _add_choice(self, choice: Mapping[str, Any], position: int) -> None:
        index = choice.get("index", position)
        state = self._choice(index if isinstance(index, int) and 0 <= index < 100_000 else position)
        if choice.get("error") and (error := error_in({"error": choice["error"]})):
            self.errors.append(error)
            self.delays += delays_in({"error": choice["error"]})
        before = len(state.images)
        for key in ("delta", "message", "messages"):
            for piece in _messages_of(choice.get(key)):
                self._add_message(state, piece, is_whole=key != "delta")
        self._add_own(state, choice, before)
        finish = choice.get("finish_reason") or choice.get("finishReason") or choice.get("stop_reason")
        state.finish = short(finish) or state.finish
        state.finish_message = (
            short(choice.get("finishMessage") or choice.get("finish_message")) or state.finish_message
        )
        state.native_finish = _native_reason(choice) or state.native_finish

    def _add_own(self, state: Choice, choice: Mapping[str, Any], before: int) -> None:
        """Add what stands on a choice itself. Its text is that of the choice where its messages have none; its images
        count unless they are once more those of its messages, which came after the first `before`."""
        own = {key: value for key, value in choice.items() if value and key not in _READ_OF_CHOICE}
        if not own:
            return
        messages = [piece for key in ("delta", "message", "messages") for piece in _messages_of(choice.get(key))]
        if any(_text_of(piece.get("content"), "") for piece in messages):
            own = {f"own {key}" if key in ("text", "content") else key: value for key, value in own.items()}
        elif isinstance(own.get("text"), str) and "content" not in own:
            own["content"] = own.pop("text")
        of_messages = state.images[before:]
        self._add_message(state, own, is_whole=False)
        state.images[before:] = without_copies([of_messages, state.images[before + len(of_messages) :]])

    def _add_message(self, state: Choice, piece: Mapping[str, Any], *, is_whole: bool) -> None:
        content = piece.get("content")
        text = _text_of(content, "\n" if is_whole else "")
        if text:
            self._add_text(state, text, is_whole=is_whole)
        for key in ("multi_mod_content", "parts"):
            state.fallback_text += [text for text in [_text_of(piece.get(key), "\n")] if text]
        for key in ("reasoning_content", "reasoning", "thinking"):
            if isinstance(thought := piece.get(key), str) and thought:
                self._transcribe("thought", thought)
                break
        for part in (piece, *_list(content)):
            if isinstance(part, dict) and isinstance(part.get("refusal"), str) and part["refusal"]:
                state.refusals.append(part["refusal"])
        images = self._images_in(piece)
        self._add_images(state, images)
        if not images:
            self._add_others(state, piece if not isinstance(content, str) else {**piece, "content": None})
        call = piece.get("function_call")
        self._add_tool_calls(state, piece.get("tool_calls") or ([{"function": call}] if isinstance(call, dict) else ()))

    def _add_text(self, state: Choice, text: str, *, is_whole: bool) -> None:
        state.add_text(text, is_whole=is_whole)
        self._transcribe(f"choice {state.index}", text)

    def _transcribe(self, channel: str, text: str) -> None:
        """Append to the transcript; a line feed separates text of different channels."""
        if channel != self._channel and self.transcript:
            self.transcript.append("\n")
        self._channel = channel
        self.transcript.append(text)

    def _add_images(self, state: Choice | None, refs: list[ImageRef]) -> None:
        if refs:
            images = (state or self._choice(0)).images
            images.extend(refs[: MAX_REFS - len(images)] if len(images) < MAX_REFS else ())

    def _images_in(self, piece: Mapping[str, Any]) -> list[ImageRef]:
        return images_in(piece, self.is_new)

    def is_new(self, ref: ImageRef) -> bool:
        """Whether an image is none of the request."""
        return not self._sent or fingerprint(ref) not in self._sent

    def _add_beside(self, layer: Mapping[str, Any], refs: list[ImageRef]) -> None:
        """Add what a body holds beside its choices, unless it repeats their images."""
        if not refs or not layer.get("choices"):
            self._add_images(None, refs)
            return
        known = distinct(ref for choice in self.ordered() for ref in choice.images)
        kept = without_copies([known, refs])
        if known and kept[: len(known)] != known:  # the data, in place of their URLs
            for choice in self.choices.values():
                choice.images.clear()
            known = []
        self._add_images(next(iter(self.choices.values()), None), kept[len(known) :])

    def _add_others(self, state: Choice | None, piece: Mapping[str, Any]) -> None:
        """Add what the last finder finds, for an answer in which no other finds anything."""
        if refs := anywhere(piece, self.is_new):
            others = (state or self._choice(0)).others
            others.extend(refs[: max(0, MAX_REFS - len(others))])

    def _add_tool_calls(self, state: Choice, calls: Any) -> None:
        for position, call in enumerate(_list(calls)[:MAX_CHOICES]):
            if not isinstance(call, dict):
                continue
            index = call.get("index", position)
            index = index if isinstance(index, int) else position
            if index in state.calls or len(state.calls) < MAX_CHOICES:
                state.calls.setdefault(index, ToolCall()).add(call)

    def _add_usage(self, usage: Any) -> None:
        if not isinstance(usage, dict) or not usage:
            return
        prompt = _count(usage, "prompt_tokens", "input_tokens", "promptTokenCount")
        completion = _count(usage, "completion_tokens", "output_tokens", "candidatesTokenCount")
        total = _count(usage, "total_tokens", "totalTokenCount")
        if (prompt, completion, total) != (None, None, None):
            self.usage = Usage(prompt, completion, total)

    def _add_feedback(self, layer: Mapping[str, Any]) -> None:
        feedback = layer.get("promptFeedback") or layer.get("prompt_feedback")
        if isinstance(feedback, dict):
            reason = short(feedback.get("blockReason") or feedback.get("block_reason"))
            self.block_reason = reason if reason and is_reason(reason) else None
        incomplete = layer.get("incomplete_details")
        if isinstance(incomplete, dict) and (reason := short(incomplete.get("reason"))):
            self._choice(0).finish = reason

    def _add_partial_failures(self, results: Any) -> None:
        """`data: [{url}, {error}]`: one of several images failed."""
        for result in _list(results)[:MAX_CHOICES]:
            if not isinstance(result, dict):
                continue
            failed = (
                {"error": result["error"]} if result.get("error") else result if is_failed(state_of(result)) else {}
            )
            if error := error_in(failed):
                self.errors.append(error)

    def _choice(self, index: int) -> Choice:
        if index not in self.choices and len(self.choices) >= MAX_CHOICES:
            return next(iter(self.choices.values()))
        return self.choices.setdefault(index, Choice(index))


def _layers(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The body and the bodies nested in it by gateways: `{output: {choices}}`, `{code, data: {…}}`, `{response:
    {…}}`, or as JSON in a string."""
    waiting = [(body, 0)]
    while waiting:
        layer, depth = waiting.pop(0)
        yield layer
        if depth < 3:
            inner = [_parsed(value) if isinstance(value := layer.get(key), str) else value for key in _WRAPPERS]
            waiting += [(value, depth + 1) for value in inner if isinstance(value, dict)]


def _is_refused(error: UpstreamError) -> bool:
    """Whether the key or the account is refused, so that an address beside it says where to pay or to sign in."""
    return str(error.code) in ("401", "402") and bool(OF_KEY_OR_CREDIT.search(error.message or ""))


def _is_preview(event: Mapping[str, Any]) -> bool:
    """Whether an event of the responses or images endpoint shows an image that is not finished."""
    kind = event.get("type") or event.get("object")
    return isinstance(kind, str) and "partial_image" in kind


def _is_failure_event(body: Mapping[str, Any]) -> bool:
    kind = body.get("type")
    return isinstance(kind, str) and (kind == "error" or kind.endswith(".failed"))


def _parsed(text: str) -> Any:
    """The JSON document in a string; the string itself when it is none."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        inner = read_json(text)
    except ValueError:
        return text
    return inner if isinstance(inner, dict | list) else text


def _text_of(content: Any, joint: str, depth: int = 0) -> str:
    """The text of a content: a string, a part, or the texts of a list of parts."""
    match content:
        case str():
            return content
        case dict() | list() if depth > MAX_DEPTH:
            return ""
        case {"parts": list() as parts}:
            return _text_of(parts, joint, depth + 1)
        case {"text": str() as text}:
            return "" if content.get("thought") or str(content.get("type")).startswith("reasoning") else text
        case {"text": {"value": str() as text}}:
            return text
        case list():
            return joint.join(text for part in content if (text := _text_of(part, joint, depth + 1)))
    return ""


def _native_reason(choice: Mapping[str, Any]) -> str | None:
    """The provider's own finish reason: on the choice (OpenRouter) or in `provider_specific_fields` (LiteLLM)."""
    message = choice.get("message")
    extras = [layer.get("provider_specific_fields") for layer in (choice, message) if isinstance(layer, dict)]
    layers = [choice, *(extra for extra in extras if isinstance(extra, dict))]
    names = ("native_finish_reason", "nativeFinishReason")
    return next((reason for layer in layers for name in names if (reason := short(layer.get(name)))), None)


def _choices_of(value: Any) -> list[Mapping[str, Any]]:
    """The choices of a list or one in it, of an object by their numbers, or of one that is a choice itself. A text is a
    choice too."""
    if isinstance(value, dict):
        value = list(value.values()) if all(key.isdecimal() for key in value) else [value]
    entries = [value] if isinstance(value, str) else _list(value)
    entries = entries[0] if len(entries) == 1 and isinstance(entries[0], list) else entries
    return [{"text": entry} if isinstance(entry, str) else entry for entry in entries if isinstance(entry, str | dict)]


def _messages_of(value: Any) -> list[Mapping[str, Any]]:
    """The messages of a choice: an object, a text, or a list of them, of which those of a model count."""
    entries = value if isinstance(value, list) else [value]
    messages = [{"content": entry} if isinstance(entry, str) else entry for entry in entries[:MAX_CHOICES]]
    return [it for it in messages if isinstance(it, dict) and it.get("role") not in ("user", "system", "developer")]


def _percent(layer: Mapping[str, Any]) -> int | None:
    """How far a task is, in percent: `progress: 60`, `"60%"` or `0.6`; None where it says nothing of it."""
    value = next((layer[key] for key in ("progress", "percent", "percentage", "progress_pct") if layer.get(key)), None)
    if isinstance(value, str) and value.strip().endswith("%"):
        digits = value.strip()[:-1].strip()[:6]
        value = float(digits) if digits.replace(".", "", 1).isdecimal() else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    value = value * 100 if isinstance(value, float) and 0 < value < 1 else value
    return int(value) if 1 <= value <= 100 else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(usage: Mapping[str, Any], *keys: str) -> int | None:
    for key in keys:
        value = usage.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53:
            return value
    return None
