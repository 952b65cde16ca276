"""How the tests ask the sandbox."""

import base64
from functools import cache
from typing import Any

import httpx

from generations.protocol.answer import Answer
from generations.protocol.response import read
from generations.sandbox.draw import draw
from generations.sandbox.recipe import Recipe

LAKE = Recipe("lake", "dusk", 7, 192, 128)


@cache
def reference() -> str:
    return "data:image/png;base64," + base64.b64encode(draw(LAKE)).decode()


def ask(client: httpx.Client, model: str, prompt: str, *urls: str, **options: Any) -> httpx.Response:
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    content = [{"type": "text", "text": prompt}, *parts] if urls else prompt
    body = {"model": model, "messages": [{"role": "user", "content": content}], **options}
    return client.post("/v1/chat/completions", json=body)


def understood(response: httpx.Response) -> Answer:
    """The answer, as the project reads it."""
    return read(
        response.content,
        status=response.status_code,
        headers=dict(response.headers),
        request=response.request.content,
        base_url="http://sandbox.local/v1",
    )


def pictures(client: httpx.Client, response: httpx.Response) -> list[bytes]:
    """The bytes of every picture in an answer, fetched where they are linked."""
    return [image.data or client.get(image.url).content for image in understood(response).images]
