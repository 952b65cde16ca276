"""The job of `generations.reader`: reads an answer in a child process, and carries the Answer over as JSON and
bytes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from generations.protocol.answer import Answer
from generations.protocol.image_ref import ImageRef
from generations.protocol.images import MAX_REFS
from generations.protocol.response import read
from generations.protocol.upstream_error import UpstreamError
from generations.protocol.usage import Usage

MAX_TEXT = 1_000_000
MAX_CALLS = 100_000


def run_in_child(job: str, options: dict[str, Any], parts: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """Entry point of the child process. `parts` are the body and, if there is one, the request."""
    body, *request = parts
    return serialized(read(body, request=request[0] if request else None, **options))


def serialized(answer: Answer) -> tuple[dict[str, Any], list[bytes]]:
    """An answer as a JSON object, and the bytes of its images. Only the last MAX_REFS images, the first MAX_TEXT
    characters and the first tool calls of MAX_CALLS characters are carried over; the parsed structure is not, since it
    may be as large as the answer."""
    text = answer.text and answer.text[:MAX_TEXT]
    fields = asdict(replace(answer, images=(), drafts=(), text=text, parsed=None, tool_calls=_first_calls(answer)))
    images, drafts = answer.images[-MAX_REFS:], answer.drafts[-MAX_REFS:]
    refs = [{**asdict(replace(ref, data=b"")), "data": ""} for ref in (*images, *drafts)]
    parts = [ref.data for ref in (*images, *drafts)]
    return {**fields, "images": refs[: len(images)], "drafts": refs[len(images) :]}, parts


def _first_calls(answer: Answer) -> tuple[dict[str, Any], ...]:
    room, calls = MAX_CALLS, []
    for call in answer.tool_calls:
        room -= len(json.dumps(call))
        if room < 0:
            break
        calls.append(call)
    return tuple(calls)


def deserialized(fields: Mapping[str, Any], parts: Sequence[bytes]) -> Answer:
    """The answer from the values of `serialized`."""
    refs = [*fields["images"], *fields["drafts"]]
    images = tuple(ImageRef(**{**ref, "data": data}) for ref, data in zip(refs, parts, strict=True))
    return Answer(
        **{
            **fields,
            "images": images[: len(fields["images"])],
            "drafts": images[len(fields["images"]) :],
            "error": UpstreamError(**fields["error"]) if fields["error"] else None,
            "usage": Usage(**fields["usage"]) if fields["usage"] else None,
            "progress": tuple(fields["progress"]),
            "finish_reasons": tuple(fields["finish_reasons"]),
            "tool_calls": tuple(fields["tool_calls"]),
        }
    )
