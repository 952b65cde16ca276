"""Accumulates an answer from its parts, whether they are one document, completion chunks or events of a stream."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from generations.protocol.call_parameters import object_in
from generations.protocol.choices import Choices
from generations.protocol.error_envelopes import error_in, failure_beside, is_failed, note_in
from generations.protocol.flags import Flag, flag_in, is_reason
from generations.protocol.halves import Halves
from generations.protocol.image_ref import ImageRef, distinct
from generations.protocol.images import refs_in
from generations.protocol.json import MAX_DEPTH, short
from generations.protocol.last_finder import anywhere
from generations.protocol.layers import MAX_CHOICES, choices_of, entries_of, layers_of, parsed, percent
from generations.protocol.other_shapes import choice_in, field_in
from generations.protocol.patterns.account import OF_KEY_OR_CREDIT
from generations.protocol.retry_after import delays_in
from generations.protocol.tasks import (
    BegunTask,
    goes_on,
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
from generations.protocol.usage import Usage, usage_in
from generations.protocol.work import Seen, seen_in

MAX_TASK = 1_000_000
_OF_TASK = re.compile(
    r"(?:task_?|request_?|job_?)?(?:id|uuid|status|state|type|progress|percent(?:age)?)|object|model|message|msg|code"
    r"|success|error|data|result|output|response|task|created(?:_?at)?|updated(?:_?at)?|eta|queue_?position|prompt"
    r"|(?:image|preview|thumbnail|result|fetch|output|picture)s?_?(?:image|urls?|result|links)?|future_links|(?:[a-z]{1,20}_)?urls?|href|images",
    re.IGNORECASE,
)
_READ_ELSEWHERE = ("choices", "candidates", "usage", "error")
_WORDS_OF_ERRORS = ("message", "msg", "Message", "detail", "description", "title", "html")


class AnswerAccumulator:
    """What all parts of an answer add up to. `add` takes its JSON values in order and never raises.

    `delays` are the fields of its errors that may say when to come back. `failed_calls` are the errors of calls that
    the model made itself. `notes` are messages that came with nothing else, `flag` is that of a moderator, `task` one
    that has begun, by the last body that speaks of its state, `seen` what shows work. `sent` are the fingerprints of
    the images of the request. `is_refused`: a body says that the key or the account was refused, whatever the HTTP
    status.
    `halves` are pictures in its bodies that lack their end. `previews` are unfinished images, the newest of each that
    is being drawn. `is_unfinished`: the last body that speaks of its state, or of the end of a choice, shows a task
    that goes on, whose images are previews. `has_failed`: the HTTP status is an error, whose words may show a logo.
    `is_structured`: the request asked for JSON.
    """

    def __init__(self, sent: Collection[str] = (), *, has_failed: bool = False) -> None:
        self.choices = Choices(sent)
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
        self.halves = Halves()
        self.delays: list[tuple[str, Any]] = []
        self._fields: list[str] = []
        self._has_choices = False
        self._has_failed = has_failed
        self._read_elsewhere = (*_READ_ELSEWHERE, *(_WORDS_OF_ERRORS if has_failed else ()))

    def add(self, piece: Any, name: str = "", depth: int = 0) -> None:
        """Add a body, chunk or event; `name` is the event's name. Lists are added entry by entry, JSON in strings is
        parsed."""
        if isinstance(piece, str):
            piece = parsed(piece)
        if isinstance(piece, str):
            self.choices.of(0).add_text(piece, is_whole=False)
            self.seen = max(self.seen, Seen.SOMETHING if piece.strip() else Seen.NOTHING)
        elif isinstance(piece, list) and depth < MAX_DEPTH:
            for entry in piece[:10_000]:
                self.add(entry, name, depth + 1)
        elif isinstance(piece, dict):
            self._add_body({"type": name, **piece} if name and name != "message" else piece)

    def _add_body(self, body: Mapping[str, Any]) -> None:
        known = len(self.errors)
        body = self.halves.without_more(body)
        layers = list(layers_of(body))
        if error := error_in(body):
            self.errors.append(error)
            self.delays += delays_in(body)
            self.task = self.task or task_beside(body)
        elif _is_failure_event(body):
            known_error = error_in({"error": body.get("last_error")})
            self.errors.append(known_error or UpstreamError(short(body.get("message")), short(body.get("code"))))
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
        self.halves.note(body, is_result=not (error or unfinished or any(map(_is_preview, layers))))
        self.flag = self.flag or flag_in({key: value for key, value in body.items() if key != "usage"})
        for layer in layers:
            self.response_id = self.response_id or short(layer.get("id"))
            self.usage = usage_in(layer.get("usage") or layer.get("usageMetadata")) or self.usage
            self._add_feedback(layer)
            choices = choices_of(layer.get("choices")) or choices_of(layer.get("candidates"))
            self._has_choices = self._has_choices or "choices" in layer or "candidates" in layer
            if not choices and not error and not unfinished and (said := choice_in(layer)):
                choices = [said]
            for position, choice in enumerate(choices[:MAX_CHOICES]):
                self._add_choice(choice, position)
            for message in entries_of(layer.get("output"))[:MAX_CHOICES]:
                if isinstance(message, dict) and message.get("type") == "message":
                    self.choices.add_message(self.choices.of(0), message, is_whole=True)
            self._add_event(layer)
            # An error may echo the request, so only its lists of results may hold images.
            piece = {key: layer.get(key) for key in ("data", "images")} if error else layer
            if _is_preview(layer):
                self._add_preview(layer)
                continue
            if unfinished:
                continue
            self.choices.add_beside(layer, self.choices.images_in(piece))
            self._add_partial_failures(layer.get("data"))
        if not (error or unfinished or self._has_choices):
            self._fields += next(filter(None, ([text] if (text := field_in(it)) else [] for it in layers)), [])
        if unfinished:
            self._add_unfinished(unfinished, body)
        elif (
            not error and not _is_preview(body) and not any(choice.images for choice in self.choices.by_index.values())
        ):
            self.choices.add_others(
                None, {key: value for key, value in body.items() if key not in self._read_elsewhere}
            )

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
        progress = percent(layer)
        if progress is not None:
            self.choices.transcribe("event", f"\nprogress: {progress}%\n")
        kind = layer.get("type")
        if not isinstance(kind, str):
            return
        if kind.endswith(("output_text.delta",)) and isinstance(layer.get("delta"), str):
            self.choices.add_text(self.choices.of(0), layer["delta"], is_whole=False)
        if kind.endswith("refusal.delta") and isinstance(layer.get("delta"), str):
            self.choices.of(0).refusals.append(layer["delta"])
        if kind in ("response.completed", "response.incomplete") or (kind.endswith(".completed") and "image" in kind):
            self.is_done = True

    def _add_preview(self, event: Mapping[str, Any]) -> None:
        index = event.get("output_index", event.get("index", 0))
        values = [event.get(key) for key in ("b64_json", "partial_image_b64", "url", "image_url", "image")]
        refs = refs_in(values, self.choices.is_new)
        if refs and isinstance(index, int) and (index in self.previews or len(self.previews) < MAX_CHOICES):
            self.previews[index] = refs[-1]

    def add_images(self, refs: list[ImageRef]) -> None:
        """Add images that came on their own."""
        self.choices.add_images(None, [ref for ref in refs if self.choices.is_new(ref)])

    def take_fields(self) -> None:
        """Once all is there, take the texts of bodies that are one field, where nothing else says anything."""
        if self._fields and not self._has_choices and not any(choice.text for choice in self.choices.ordered()):
            self.choices.add_text(self.choices.of(0), "".join(self._fields), is_whole=False)

    def take_halves(self) -> None:
        """Once all is there, take the pictures that came in pieces."""
        for index, ref in self.halves.joined():
            self.choices.add_images(self.choices.of(index), [ref] if self.choices.is_new(ref) else [])

    def take_tasks(self) -> None:
        """Once all text is there, read one that is nothing but a task that goes on, and shows a picture, as a body. Any
        field that is none of a task says that the text is an answer of its own."""
        for choice in self.choices.ordered():
            document = object_in(choice.text) if choice.length < MAX_TASK else None
            if not isinstance(document, dict) or not all(map(_OF_TASK.fullmatch, document)):
                continue
            if unfinished_task(layers_of(document)) and self._shown_in(document):
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
        listed = distinct(ref for layer in layers_of(body) for ref in self.choices.images_in(layer))
        return listed or anywhere(beside, self.choices.is_new)

    def _add_choice(self, choice: Mapping[str, Any], position: int) -> None:
        if choice.get("error") and (error := error_in({"error": choice["error"]})):
            self.errors.append(error)
            self.delays += delays_in({"error": choice["error"]})
        if self.choices.add(choice, position) and self.is_unfinished:
            self.is_unfinished = any(goes_on(it.last_line) for it in self.choices.ordered())

    def _add_feedback(self, layer: Mapping[str, Any]) -> None:
        feedback = layer.get("promptFeedback") or layer.get("prompt_feedback")
        if isinstance(feedback, dict):
            reason = short(feedback.get("blockReason") or feedback.get("block_reason"))
            self.block_reason = reason if reason and is_reason(reason) else None
        incomplete = layer.get("incomplete_details")
        if isinstance(incomplete, dict) and (reason := short(incomplete.get("reason"))):
            self.choices.of(0).finish = reason

    def _add_partial_failures(self, results: Any) -> None:
        """`data: [{url}, {error}]`: one of several images failed."""
        for result in entries_of(results)[:MAX_CHOICES]:
            if not isinstance(result, dict):
                continue
            failed = (
                {"error": result["error"]} if result.get("error") else result if is_failed(state_of(result)) else {}
            )
            if error := error_in(failed):
                self.errors.append(error)


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
