"""Bodies of tasks that go on: what they show is a preview or an address that holds nothing yet, and no result."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from generations.protocol.image_ref import ImageRef, is_picture_path
from generations.protocol.json import clean
from generations.protocol.tasks import MAX_URL, BegunTask, is_begun_state, is_success, state_of, task_in

_ADDRESSES = ("fetch_result", "fetchResult", "result_url", "resultUrl", "href", "url")


def unfinished_task(layers: Iterable[Mapping[str, Any]]) -> BegunTask | None:
    """The task of a body, given with the bodies nested in it, whose state says that it is not over; None for any other.
    One that was only created or accepted may have come with its result."""
    body, *inner = layers
    task = task_in(body)
    states = [state for layer in (body, *inner) if (state := state_of(layer))]
    if task is None or not any(is_begun_state(state) and not is_success(state) for state in states):
        return None
    return replace(task, url=task.url or next((url for layer in (body, *inner) if (url := _address_of(layer))), None))


def _address_of(layer: Mapping[str, Any]) -> str | None:
    """The address at which a task can be asked for, under names that elsewhere are those of a result."""
    values = (layer.get(name) for name in _ADDRESSES)
    urls = (value for value in values if isinstance(value, str) and value.startswith(("https://", "http://")))
    return next((clean(url) for url in urls if len(url) <= MAX_URL and not is_picture_path(url)), None)


def previews_of(task: BegunTask, refs: Iterable[ImageRef]) -> list[ImageRef]:
    """What a task shows before it is over, without its own address."""
    return [ref for ref in refs if ref.kind == "data" or ref.url != task.url]
