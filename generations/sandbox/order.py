"""An order: a checked request, its model family, and the pictures to answer with, drawn only when they are sent."""

import base64
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from generations.sandbox.draw import MEDIA_TYPES, NotAPicture, draw, opened
from generations.sandbox.families import Family, check, count_of, size_of
from generations.sandbox.fields import Rejected
from generations.sandbox.recipe import Recipe, recipe
from generations.sandbox.request_parsing import ParsedRequest
from generations.sandbox.structured import NoExample, example_json


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of an answer, drawn by its recipe unless its bytes are `made` already; `link` replaces its address."""

    host: str
    media: str
    recipe: Recipe
    reference: bytes | None = None
    made: bytes | None = None
    link: str = ""

    def content(self) -> bytes:
        return self.made if self.made is not None else draw(self.recipe, self.media, self.reference)

    def data_uri(self) -> str:
        return self.link or f"data:{MEDIA_TYPES[self.media]};base64,{self.base64()}"

    def base64(self) -> str:
        return base64.b64encode(self.content()).decode()

    def url(self, has_extension: bool = True) -> str:
        """A link, since the recipe in it is enough to draw the picture. An edit of uploaded bytes is sent inline."""
        if self.link or self.reference is not None:
            return self.link or self.data_uri()
        extension = f".{self.media}" if has_extension else ""
        return f"{self.host}/pictures/{self.recipe.name}{extension}"


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that an answer is made from. `size` is in pixels, `structured` a function's arguments or an answer's
    JSON. `has_real_shapes`: it is answered as this family's gateways do, not as OpenAI's document says."""

    request: ParsedRequest
    family: Family
    pictures: tuple[Picture, ...]
    size: tuple[int, int]
    host: str
    key: str = ""
    structured: str = ""
    has_real_shapes: bool = True
    call_number: int = 1  # among the calls with this prompt
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def usage(self, words: str = "", count: int | None = None) -> dict[str, Any]:
        """Token counts as the family counts them: text by its length, pictures by their area."""
        drawn = len(self.pictures) if count is None else count
        area = self.size[0] * self.size[1] / 1024**2
        asked = (
            8 + _tokens(self.request.prompt) + _tokens(self.request.instructions) + 85 * len(self.request.references)
        )
        answered = _tokens(words) + round(self.family.tokens * area) * drawn
        return {
            "prompt_tokens": asked,
            "completion_tokens": answered,
            "total_tokens": asked + answered,
            "prompt_tokens_details": {"cached_tokens": 0, "text_tokens": asked},
            "completion_tokens_details": {"reasoning_tokens": 0, "image_tokens": answered - _tokens(words)},
        }


def make_order(request: ParsedRequest, family: Family, host: str, key: str) -> Order:
    """The order for a request. Raises Rejected where the family does not accept it."""
    if request.schema is not None or request.tool is not None:
        return Order(request, family, (), (0, 0), host, key, _structured(request))
    if request.has_tool_results:
        return Order(request, family, (), (0, 0), host, key)
    check(family, request)
    source = request.references[0] if request.references else None
    size = _size(family, request, source)
    pictures = (_picture(request, family, size, index, source, host) for index in range(count_of(family, request)))
    return Order(request, family, tuple(pictures), size, host, key)


def _picture(request: ParsedRequest, family: Family, size: tuple[int, int], index: int, source: bytes | Recipe | None,
             host: str) -> Picture:  # fmt: skip
    reference = source if isinstance(source, bytes) else None
    of = source if isinstance(source, Recipe) else None
    what = recipe(request.model, request.prompt, request.seed, index, size, of, is_edit=source is not None)
    return Picture(host, family.media, what, reference)


def _structured(request: ParsedRequest) -> str:
    """JSON for the function that is called, else for the schema of the answer."""
    if request.tool is not None:
        return _example(request.tool.get("parameters") or {"type": "object"}, "tools")
    return _example(request.schema, "response_format", request.n) if request.schema else _ANY_OBJECT


def _example(schema: object, param: str, times: int = 1) -> str:
    try:
        return example_json(schema, times)
    except NoExample as problem:
        raise Rejected(f"Invalid schema in '{param}': {problem}", param, "invalid_json_schema") from None


def _size(family: Family, request: ParsedRequest, source: bytes | Recipe | None) -> tuple[int, int]:
    size = size_of(family, request)
    if source is None:
        return size
    try:
        seen = opened(source) if isinstance(source, bytes) else source
    except NotAPicture as problem:
        raise Rejected(str(problem), "messages", "invalid_image") from None
    return size if request.size or size != family.size else _like(seen.width, seen.height, size)


def _like(width: int, height: int, size: tuple[int, int]) -> tuple[int, int]:
    """The size of an edit without a requested size: the proportions of its reference."""
    ratio = min(max(width / height, 0.34), 3.0)
    area = size[0] * size[1]
    return round((area * ratio) ** 0.5 / 8) * 8, round((area / ratio) ** 0.5 / 8) * 8


_ANY_OBJECT = '{"answer": "A quiet lake at dawn"}'


def _tokens(text: str) -> int:
    return -(-len(text.encode(errors="replace")) // 4)
