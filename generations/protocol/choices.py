"""The choices of an answer, accumulated from their deltas and messages, and from what stands beside them."""

from collections.abc import Collection, Mapping
from typing import Any

from generations.protocol.choice import Choice, ToolCall, is_usual_end
from generations.protocol.echoes import fingerprint
from generations.protocol.image_ref import ImageRef, distinct
from generations.protocol.images import MAX_REFS, images_in, without_copies
from generations.protocol.json import short
from generations.protocol.last_finder import anywhere
from generations.protocol.layers import MAX_CHOICES, entries_of, messages_of, native_reason, text_of

_READ_OF_CHOICE = ("delta", "message", "messages", "index", "error", "logprobs", "usage")


class Choices:
    """The choices `by_index`. `transcript` is all text in order of arrival, reasoning included, where gateways write
    their progress. `sent` are the fingerprints of the images of the request, which are not taken where they are
    echoed."""

    def __init__(self, sent: Collection[str] = ()) -> None:
        self.by_index: dict[int, Choice] = {}
        self.transcript: list[str] = []
        self._sent = sent
        self._channel = ""

    @property
    def finish_reasons(self) -> tuple[str, ...]:
        return tuple(choice.finish for choice in self.ordered() if choice.finish)

    def ordered(self) -> list[Choice]:
        return [self.by_index[index] for index in sorted(self.by_index)]

    def of(self, index: int) -> Choice:
        if index not in self.by_index and len(self.by_index) >= MAX_CHOICES:
            return next(iter(self.by_index.values()))
        return self.by_index.setdefault(index, Choice(index))

    def add(self, choice: Mapping[str, Any], position: int) -> bool:
        """Add a choice of a body, or the delta of one. Returns whether the choice is whole now."""
        index = choice.get("index", position)
        state = self.of(index if isinstance(index, int) and 0 <= index < 100_000 else position)
        before = len(state.images)
        for key in ("delta", "message", "messages"):
            for piece in messages_of(choice.get(key)):
                self.add_message(state, piece, is_whole=key != "delta")
        self._add_own(state, choice, before)
        finish = choice.get("finish_reason") or choice.get("finishReason") or choice.get("stop_reason")
        state.finish = short(finish) or state.finish
        state.finish_message = (
            short(choice.get("finishMessage") or choice.get("finish_message")) or state.finish_message
        )
        state.native_finish = native_reason(choice) or state.native_finish
        return is_usual_end(short(finish) or "")

    def _add_own(self, state: Choice, choice: Mapping[str, Any], before: int) -> None:
        """Add what stands on a choice itself. Its text is that of the choice where its messages have none; its images
        count unless they are once more those of its messages, which came after the first `before`."""
        own = {key: value for key, value in choice.items() if value and key not in _READ_OF_CHOICE}
        if not own:
            return
        messages = [piece for key in ("delta", "message", "messages") for piece in messages_of(choice.get(key))]
        if any(text_of(piece.get("content"), "") for piece in messages):
            own = {f"own {key}" if key in ("text", "content") else key: value for key, value in own.items()}
        elif isinstance(own.get("text"), str) and "content" not in own:
            own["content"] = own.pop("text")
        of_messages = state.images[before:]
        self.add_message(state, own, is_whole=False)
        state.images[before:] = without_copies([of_messages, state.images[before + len(of_messages) :]])

    def add_message(self, state: Choice, piece: Mapping[str, Any], *, is_whole: bool) -> None:
        content = piece.get("content")
        text = text_of(content, "\n" if is_whole else "")
        if text:
            self.add_text(state, text, is_whole=is_whole)
        for key in ("multi_mod_content", "parts"):
            state.fallback_text += [text for text in [text_of(piece.get(key), "\n")] if text]
        for key in ("reasoning_content", "reasoning", "thinking"):
            if isinstance(thought := piece.get(key), str) and thought:
                self.transcribe("thought", thought)
                break
        for part in (piece, *entries_of(content)):
            if isinstance(part, dict) and isinstance(part.get("refusal"), str) and part["refusal"]:
                state.refusals.append(part["refusal"])
        images = self.images_in(piece)
        self.add_images(state, images)
        if not images:
            self.add_others(state, piece if not isinstance(content, str) else {**piece, "content": None})
        call = piece.get("function_call")
        self._add_tool_calls(state, piece.get("tool_calls") or ([{"function": call}] if isinstance(call, dict) else ()))

    def _add_tool_calls(self, state: Choice, calls: Any) -> None:
        for position, call in enumerate(entries_of(calls)[:MAX_CHOICES]):
            if not isinstance(call, dict):
                continue
            index = call.get("index", position)
            index = index if isinstance(index, int) else position
            if index in state.calls or len(state.calls) < MAX_CHOICES:
                state.calls.setdefault(index, ToolCall()).add(call)

    def add_text(self, state: Choice, text: str, *, is_whole: bool) -> None:
        state.add_text(text, is_whole=is_whole)
        self.transcribe(f"choice {state.index}", text)

    def transcribe(self, channel: str, text: str) -> None:
        """Append to the transcript; a line feed separates text of different channels."""
        if channel != self._channel and self.transcript:
            self.transcript.append("\n")
        self._channel = channel
        self.transcript.append(text)

    def images_in(self, piece: Mapping[str, Any]) -> list[ImageRef]:
        return images_in(piece, self.is_new)

    def is_new(self, ref: ImageRef) -> bool:
        """Whether an image is none of the request."""
        return not self._sent or fingerprint(ref) not in self._sent

    def add_images(self, state: Choice | None, refs: list[ImageRef]) -> None:
        if refs:
            images = (state or self.of(0)).images
            images.extend(refs[: MAX_REFS - len(images)] if len(images) < MAX_REFS else ())

    def add_beside(self, layer: Mapping[str, Any], refs: list[ImageRef]) -> None:
        """Add what a body holds beside its choices, unless it repeats their images."""
        if not refs or not layer.get("choices"):
            self.add_images(None, refs)
            return
        known = distinct(ref for choice in self.ordered() for ref in choice.images)
        kept = without_copies([known, refs])
        if known and kept[: len(known)] != known:  # the data, in place of their URLs
            for choice in self.by_index.values():
                choice.images.clear()
            known = []
        self.add_images(next(iter(self.by_index.values()), None), kept[len(known) :])

    def add_others(self, state: Choice | None, piece: Mapping[str, Any]) -> None:
        """Add what the last finder finds, for an answer in which no other finds anything."""
        if refs := anywhere(piece, self.is_new):
            others = (state or self.of(0)).others
            others.extend(refs[: max(0, MAX_REFS - len(others))])
