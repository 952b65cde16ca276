"""The result of reading an answer: its outcome, images, text and error, as one immutable value."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from generations.protocol.image_ref import ImageRef
from generations.protocol.masking import mask_of
from generations.protocol.upstream_error import UpstreamError
from generations.protocol.usage import Usage

Outcome = Literal["images", "text_only", "refusal", "error", "truncated"]
EMPTY = "empty_response"
BROKEN = "broken_picture"
"""Our own code for an answer that holds nothing but a picture which is cut off."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, as `response.read` gives it.

    `drafts`: unfinished previews that came in place of `images`.
    `retryable`: whether the same request may work later; None where nothing is known. `retry_after` is in seconds.
    `complete`: the answer's own end was seen. `finish_reasons`: those of its choices, in order. `response_id`: the
    provider's own name for it. `remark`: the error that came beside good images. `unreadable`: the body
    is neither JSON nor an event stream but a page or plain text, which `error` quotes; `is_page`: it is an HTML page.
    `has_begun`: instead of a picture it names a task that goes on at the provider, by `task_id` and the `task_url` at
    which it can be asked for, where it names them. `has_worked`: it shows that work had begun, whatever came of it.
    `declared`: the error comes from an error object, not from a page and not from the model's text. `parsed` and
    `parse_problem` are those of a structured answer: its JSON, and a sentence where that does not follow the schema."""

    outcome: Outcome
    images: tuple[ImageRef, ...] = ()
    drafts: tuple[ImageRef, ...] = ()
    text: str | None = None
    progress: tuple[int, ...] = ()
    error: UpstreamError | None = None
    retryable: bool | None = None
    retry_after: float | None = None
    usage: Usage | None = None
    complete: bool = False
    has_worked: bool = False
    finish_reasons: tuple[str, ...] = ()
    response_id: str | None = None
    tool_calls: tuple[dict[str, Any], ...] = ()
    parsed: Any = None
    parse_problem: str | None = None
    remark: str | None = None
    unreadable: bool = False
    is_page: bool = False
    declared: bool = False
    has_begun: bool = False
    task_id: str | None = None
    task_url: str | None = None

    def last(self, n: int) -> tuple[ImageRef, ...]:
        """The last `n` images. Reasoning models send drafts before the images that were requested."""
        return self.images[-n:] if n > 0 else ()

    @property
    def words(self) -> str:
        """What it says without pictures: its text, then its tool calls, each as `name(arguments)` on a line."""
        functions = [call.get("function") for call in self.tool_calls]
        calls = [f"{it.get('name', '')}({it.get('arguments', '')})" for it in functions if isinstance(it, dict)]
        return "\n".join([*([self.text] if self.text else []), *calls])

    def redacted(self, secrets: Sequence[str]) -> "Answer":
        """The answer with every secret masked. The body is masked before it is read, but text joined from several
        deltas may spell a secret that no single delta does."""
        mask = mask_of(secrets)

        def hidden(text: str | None) -> str | None:
            return mask(text) if text else text

        error = self.error
        if error is not None:
            code = hidden(error.code) if isinstance(error.code, str) else error.code
            message, kind, reason = hidden(error.message), hidden(error.type), hidden(error.reason)
            error = replace(error, message=message, code=code, type=kind, reason=reason)
        images, drafts = (
            tuple(replace(ref, url=mask(ref.url)) if ref.url else ref for ref in refs)
            for refs in (self.images, self.drafts)
        )
        return replace(
            self,
            images=images,
            drafts=drafts,
            text=hidden(self.text),
            error=error,
            finish_reasons=tuple(mask(reason) for reason in self.finish_reasons),
            response_id=hidden(self.response_id),
            tool_calls=tuple(json.loads(mask(json.dumps(call, ensure_ascii=False))) for call in self.tool_calls),
            task_id=hidden(self.task_id),
            task_url=hidden(self.task_url),
            remark=hidden(self.remark),
        )

    def as_json(self) -> dict[str, Any]:
        """The answer as `manage.py read_answer` prints it and the recorded answers under tests/protocol expect it."""
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
