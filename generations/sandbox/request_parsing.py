"""Parses and checks a chat-completions request, with the error messages of OpenAI's API."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from generations.sandbox.fields import Rejected, check_fields
from generations.sandbox.recipe import Recipe, from_name


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """A checked request. A reference is the bytes of a picture, or the recipe of one that this sandbox linked to."""

    body: dict[str, Any]
    model: str
    prompt: str
    instructions: str  # the system and developer messages
    references: tuple[bytes | Recipe, ...]
    n: int
    size: str
    seed: int | None
    is_streamed: bool

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON schema that the answer must follow; `{}` for json_object; None for a picture."""
        wanted = self.body.get("response_format") or {}
        match wanted.get("type"):
            case "json_schema":
                return wanted["json_schema"].get("schema") or {}
            case "json_object":
                return {}
            case _:
                return None

    @property
    def wants_usage(self) -> bool:
        """Whether a stream is to end with the tokens used."""
        return bool((self.body.get("stream_options") or {}).get("include_usage"))

    @property
    def has_tool_results(self) -> bool:
        """Whether functions were called and answered since the user last spoke."""
        return bool(self.body["messages"]) and self.body["messages"][-1]["role"] in ("tool", "function")

    @property
    def tool_result(self) -> str:
        """What the last function answered."""
        return _text(self.body["messages"][-1])

    @property
    def tool(self) -> dict[str, Any] | None:
        """The function to call: the chosen one, else the first where a call is required, or once where the model draws
        no pictures by itself."""
        tools, choice = self.body.get("tools"), self.body.get("tool_choice")
        if not tools or choice == "none":
            return None
        functions = [tool["function"] for tool in tools]
        if isinstance(choice, dict):
            return next(f for f in functions if f["name"] == choice["function"]["name"])
        is_due = choice == "required" or (self.model == "gpt-4o" and not self.has_tool_results)
        return functions[0] if is_due else None


def parse_request(raw: bytes) -> ParsedRequest:
    """The request in a body. Raises Rejected, which names the field."""
    try:
        body = json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Rejected("We could not parse the JSON body of your request.", None, "invalid_json") from None
    if not isinstance(body, dict):
        raise Rejected("The body of the request must be a JSON object.", None, "invalid_type")
    for name in ("model", "messages"):
        if body.get(name) is None:
            raise Rejected(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")
    check_fields(body)
    # A message without a role is the user's.
    return _read(
        body | {"messages": [message | {"role": message.get("role") or "user"} for message in body["messages"]]}
    )


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not JSON.")


def _read(body: dict[str, Any]) -> ParsedRequest:
    messages = body["messages"]
    last = max((i for i, m in enumerate(messages) if m["role"] == "user"), default=len(messages) - 1)
    references = _references(messages[last])
    if not references:
        references = next((found[-1:] for m in reversed(messages[:last]) if (found := _references(m))), [])
    return ParsedRequest(
        body=body,
        model=body["model"],
        prompt=_text(messages[last]),
        instructions=" ".join(_text(m) for m in messages if m["role"] in ("system", "developer")),
        references=tuple(references),
        n=body.get("n") or 1,
        size=body.get("size") or "",
        seed=body.get("seed"),
        is_streamed=bool(body.get("stream")),
    )


def _text(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if isinstance(part.get("text"), str))
    return content or ""


def _references(message: dict[str, Any]) -> list[bytes | Recipe]:
    content = message.get("content")
    images = message.get("images")
    parts = [*(content if isinstance(content, list) else []), *(images if isinstance(images, list) else [])]
    urls = [part["image_url"] for part in parts if isinstance(part, dict) and "image_url" in part]
    if message["role"] == "assistant":
        links = _LINK.findall(_text(message))
        return [r for link in links if (r := _picture(link)) is not None] or [
            r for url in urls if (r := _picture(_url(url))) is not None
        ]
    return [_reference(_url(url)) for url in urls]


def _url(value: object) -> str:
    url = value.get("url") if isinstance(value, dict) else value
    if not isinstance(url, str):
        raise Rejected(
            "Missing required parameter: 'messages[].content[].image_url.url'.", "messages", "invalid_image_url"
        )
    return url


def _reference(url: str) -> bytes | Recipe:
    found = _picture(url)
    if found is None:
        raise Rejected(f"Error while downloading {url[:200]}.", "messages", "invalid_image_url")
    return found


def _picture(url: str) -> bytes | Recipe | None:
    if url.startswith("data:"):
        head, _, payload = url.partition(",")
        try:
            return base64.b64decode(payload, validate=True) if head.endswith(";base64") else unquote_to_bytes(payload)
        except ValueError:
            return None
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    return from_name(_EXTENSION.sub("", path.rpartition("/pictures/")[2]))


_LINK = re.compile(r"!\[[^\[\]]{0,500}+\]\(([^()\s]{1,8192}+)\)")
_EXTENSION = re.compile(r"\.\w{1,5}+$")
