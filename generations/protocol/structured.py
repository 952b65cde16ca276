"""Structured answers: the JSON schema that a request asks for, and validation of the answer against it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jsonschema

from generations.errors import InvalidRequest
from generations.protocol.answer import Answer
from generations.protocol.json import cleaned, read_json
from generations.protocol.request import Request


def schema_of(request: Request | bytes | None) -> Any:
    """The JSON schema the request asks for; {} for json_object; None for plain text and for a malformed request."""
    sent = _sent(request)
    form = sent.response_format if sent else None
    if not isinstance(form, Mapping):
        return None
    if form.get("type") == "json_object":
        return {}
    wrapped = form.get("json_schema")
    if form.get("type") == "json_schema" and isinstance(wrapped, Mapping):
        return wrapped.get("schema", {})
    return None


def _sent(request: Request | bytes | None) -> Request | None:
    if not isinstance(request, bytes):
        return request
    try:
        return Request.from_json(request)
    except InvalidRequest:
        return None


def structured(answer: Answer, schema: Any) -> Answer:
    """The answer with its text parsed and validated; `parse_problem` is a sentence when it does not follow the
    schema."""
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
