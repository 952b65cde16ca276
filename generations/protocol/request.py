"""A request in the chat-completions language: every documented field of the endpoint; unknown fields are kept.

Only fields that are set are sent; `stream` always is, since gateways differ in their default.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, field_validator

from generations import translatable
from generations.errors import InvalidRequest
from generations.protocol.json import parse_json

_OPEN = ConfigDict(extra="allow", strict=True)


class ImageUrl(BaseModel):
    model_config = _OPEN
    url: str = Field(min_length=1)


class TextPart(BaseModel):
    model_config = _OPEN
    type: Literal["text"] = "text"
    text: str


class ImagePart(BaseModel):
    model_config = _OPEN
    type: Literal["image_url"] = "image_url"
    image_url: ImageUrl

    @field_validator("image_url", mode="before")
    @classmethod
    def _as_object(cls, value: Any) -> Any:
        return {"url": value} if isinstance(value, str) else value


def _part_kind(part: Any) -> str:
    kind = part.get("type") if isinstance(part, Mapping) else getattr(part, "type", None)
    return kind if kind in ("text", "image_url") else "other"


Part = Annotated[
    Annotated[TextPart, Tag("text")] | Annotated[ImagePart, Tag("image_url")] | Annotated[dict[str, Any], Tag("other")],
    Discriminator(_part_kind),
]


class ChatMessage(BaseModel):
    model_config = _OPEN
    role: str = Field(default="user", min_length=1, max_length=40)
    content: str | list[Part] | None = None

    def text(self) -> str:
        """The text of the message; text parts are joined by line feeds."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or () if isinstance(part, TextPart))


class Request(BaseModel):
    """The body of POST …/chat/completions. Its bounds are those of OpenAI's API reference."""

    model_config = _OPEN
    model: str = Field(min_length=1, max_length=200)
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: dict[str, Any] | None = None
    n: Annotated[int, Field(ge=1, le=128)] | None = None
    size: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    logit_bias: dict[str, Annotated[float, Field(ge=-100, le=100)]] | None = None
    user: str | None = None
    response_format: dict[str, Any] | None = None
    seed: int | None = None
    tools: list[Any] | None = None
    tool_choice: str | dict[str, Any] | None = None
    modalities: list[str] | None = None

    def to_json(self) -> bytes:
        """The body to send, as compact UTF-8: the fields that are set, and always `stream`."""
        fields = self.model_dump(exclude_unset=True) | {"stream": self.stream}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Request":
        """Parse a body. Raises InvalidRequest, whose detail is a sentence the sender can act on."""
        fields = parse_json(data)
        if not isinstance(fields, dict):
            raise InvalidRequest(translatable.Message("The request must be a JSON object."))
        return _validated(fields)

    def prompt(self) -> str:
        """The text of the last user message that has any."""
        texts = (message.text() for message in reversed(self.messages) if message.role == "user")
        return next((text for text in texts if text.strip()), "")

    def references(self) -> list[str]:
        """The URLs and data URIs of all image parts, in order."""
        parts = (part for message in self.messages for part in _parts(message))
        return [part.image_url.url for part in parts if isinstance(part, ImagePart)]

    def texts(self) -> Iterator[str]:
        """The text of every message that has any."""
        return (text for message in self.messages if (text := message.text()))


def image_request(
    model: str,
    prompt: str,
    *,
    references: Sequence[str] = (),
    history: Sequence[ChatMessage] = (),
    n: int | None = None,
    size: str | None = None,
    placement: str | None = None,
    stream: bool,
    options: Mapping[str, Any] = {},
    extra: Mapping[str, Any] = {},
) -> Request:
    """The request for images. Raises InvalidRequest.

    `size` ("1536x1024", "3:2", "2K", "auto") goes where `placement` says: the field "size", a dotted path such as
    "image_config.aspect_ratio" (a path that ends in `ratio` gets the ratio), or a template appended to the prompt such
    as "prompt: [{ratio}]" ({ratio}, {size}, {width}, {height}). Without a placement no size is sent. `options` are a
    person's choices, `extra` the fields that the model's catalogue entry adds to every request; choices win over
    extras."""
    fields: dict[str, Any] = _merged(dict(extra), dict(options))
    if size and placement:
        prompt = _placed(fields, prompt, size, placement)
    content: str | list[dict[str, Any]] = prompt
    if references:
        content = [{"type": "text", "text": prompt}]
        content += [{"type": "image_url", "image_url": {"url": url}} for url in references]
    if n is not None:
        fields["n"] = n
    turns = [message.model_dump(exclude_unset=True) | {"role": message.role} for message in history]
    messages = [*turns, {"role": "user", "content": content}]
    return _validated({**fields, "model": model, "messages": messages, "stream": stream})


def ratio_of(size: str) -> str | None:
    """The reduced ratio of a size: "1536x1024" gives "3:2"; a ratio is itself; "2K" and "auto" have none."""
    if match := _PIXELS.fullmatch(size.strip()):
        width, height = int(match[1]), int(match[2])
        divisor = math.gcd(width, height)
        return f"{width // divisor}:{height // divisor}" if divisor else None
    return re.sub(r"\s", "", size).replace("：", ":") if _RATIO.fullmatch(size.strip()) else None


_PIXELS = re.compile(r"(\d{1,6})\s*[xX×*]\s*(\d{1,6})", re.ASCII)
_RATIO = re.compile(r"\d{1,4}(?:\.\d{1,3})?\s*[:：]\s*\d{1,4}(?:\.\d{1,3})?", re.ASCII)


def _placed(fields: dict[str, Any], prompt: str, size: str, placement: str) -> str:
    """Put the size into `fields` or append it to the prompt. Returns the prompt."""
    if placement.startswith("prompt:"):
        template = placement.removeprefix("prompt:").strip()
        return _appended(prompt, template, size)
    *path, last = placement.split(".")
    value = ratio_of(size) if "ratio" in last else size
    if value is None:
        return prompt
    for name in path:
        inner = fields.get(name)
        fields[name] = dict(inner) if isinstance(inner, Mapping) else {}
        fields = fields[name]
    fields[last] = value
    return prompt


def _appended(prompt: str, template: str, size: str) -> str:
    pixels = _PIXELS.fullmatch(size.strip())
    values = {
        "{ratio}": ratio_of(size),
        "{size}": size,
        "{width}": pixels[1] if pixels else None,
        "{height}": pixels[2] if pixels else None,
    }
    for name, value in values.items():
        if name in template:
            if value is None:
                return prompt
            template = template.replace(name, value)
    return f"{prompt} {template}"


def _merged(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in above.items():
        inner = below.get(name)
        if isinstance(inner, Mapping) and isinstance(value, Mapping):
            value = _merged(dict(inner), value)
        below[name] = value
    return below


def _parts(message: ChatMessage) -> Sequence[Any]:
    return message.content if isinstance(message.content, list) else ()


def _validated(fields: Mapping[str, Any]) -> Request:
    try:
        return Request.model_validate(fields)
    except ValidationError as fault:
        # Of the errors of a union, the deepest belongs to the branch that was meant.
        deepest = max(fault.errors(include_url=False, include_input=False), key=lambda error: len(error["loc"]))
        path = [str(step) for step in deepest["loc"] if isinstance(step, int) or step.isidentifier()]
        where = ".".join(step for step, after in zip(path, [*path[1:], ""], strict=True) if step != after)
        raise InvalidRequest(
            translatable.Message(
                "The field %(field)s is not valid: %(reason)s.", field=where, reason=deepest["msg"].lower()
            )
        ) from None
