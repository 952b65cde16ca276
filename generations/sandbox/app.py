"""The built-in provider that needs no key: a WSGI application that speaks chat completions and draws its own pictures.

It runs in process through a WSGI transport, or over HTTP with `manage.py sandbox`. `GET /` lists models and faults.
"""

import http.client
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from threading import Lock
from typing import Any

from generations.sandbox.chunks import Chunk
from generations.sandbox.draw import MEDIA_TYPES, draw
from generations.sandbox.families import FAMILIES, Family, family_called
from generations.sandbox.faults import FAULTS, named
from generations.sandbox.fields import Rejected
from generations.sandbox.image_faults import FAKES
from generations.sandbox.index import index
from generations.sandbox.order import Order, make_order
from generations.sandbox.recipe import from_name
from generations.sandbox.reply import Reply, document, events, failure, page
from generations.sandbox.request_parsing import ParsedRequest, parse_request
from generations.sandbox.shapes import shape_of

MAX_BODY = 96 * 1024**2
_SLICE = 0.05  # seconds; a waiting answer notices a closed connection this soon
_MAX_COUNTED = 10_000


class Sandbox:
    """The application. `pace` multiplies every wait (0: no waits). `counter` counts calls by prompt and fetches by
    path. `has_real_shapes`: each model answers as its gateways do, else all do as OpenAI's document says."""

    def __init__(self, *, pace: float = 1.0, counter: Counter[str] | None = None, has_real_shapes: bool = True) -> None:
        self.pace = pace
        self.has_real_shapes = has_real_shapes
        self.counter: Counter[str] = Counter() if counter is None else counter
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        """Answer one request. The status is sent with the first bytes, so a waiting answer can still be closed."""
        reply = self._reply(environ)
        reply = replace(reply, headers=(*reply.headers, ("X-Request-Id", f"req_{secrets.token_hex(16)}")))
        is_started = False
        for chunk in reply.chunks:
            yield from self._waiting(chunk.wait)
            if not is_started and (chunk.data or reply.is_whole):
                start_response(_status_line(reply.status), _headers(reply, chunk))
                is_started = True
            if environ["REQUEST_METHOD"] != "HEAD":
                yield chunk.data
        if not is_started:
            start_response(_status_line(reply.status), list(reply.headers))

    def _waiting(self, seconds: float) -> Iterator[bytes]:
        end = time.monotonic() + seconds * self.pace
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE))
            yield b""

    def _reply(self, environ: dict[str, Any]) -> Reply:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        for route_method, pattern, answer in _ROUTES:
            if match := re.fullmatch(pattern, path):
                if method == route_method or (method == "HEAD" and route_method == "GET"):
                    return answer(self, environ, **match.groupdict())
                message = f"Not allowed method for this endpoint ({method} {path})."
                return failure(405, message, "invalid_request_error", None, None, ("Allow", _ALLOWED[route_method]))
        return failure(404, f"Unknown request URL: {method} {path}.", code="unknown_url")

    def _complete(self, environ: dict[str, Any]) -> Reply:
        try:
            request = _as_new(parse_request(_body(environ)), environ)
            family = _family(request)
            order = make_order(request, family, _host(environ), _key(environ))
        except Rejected as problem:
            return failure(problem.status, problem.message, code=problem.code, param=problem.param)
        order = replace(order, has_real_shapes=self.has_real_shapes, call_number=self._count(request.prompt))
        return _answer(order)

    def _models(self, environ: dict[str, Any]) -> Reply:
        return document({"object": "list", "data": [_listed(family) for family in FAMILIES.values()]})

    def _model(self, environ: dict[str, Any], name: str) -> Reply:
        family = family_called(name)
        if family is None:
            return failure(404, f"The model '{name}' does not exist.", code="model_not_found")
        return document(_listed(family) | {"id": name})

    def _index(self, environ: dict[str, Any]) -> Reply:
        return page(index(FAMILIES.values(), FAULTS.values()), "text/html; charset=utf-8")

    def _picture(self, environ: dict[str, Any], name: str, media: str | None = None) -> Reply:
        recipe = from_name(name)
        media = media or "webp"
        if recipe is None or media not in MEDIA_TYPES:
            return failure(404, "There is no such picture.", code="not_found")
        return page(
            draw(recipe, media), MEDIA_TYPES[media], 200, ("Cache-Control", "public, max-age=31536000, immutable")
        )

    def _gone(self, environ: dict[str, Any], times: str, rest: str) -> Reply:
        if times == "always" or self._count(environ["PATH_INFO"]) <= int(times):
            return failure(404, "There is no such picture yet.", code="not_found")
        return _moved(f"{_host(environ)}/pictures/{rest}")

    def _redirect(self, environ: dict[str, Any], how: str, rest: str) -> Reply:
        if how == "private":
            return _moved("http://10.0.0.1/private.png")
        return _moved(f"{_host(environ)}/{'redirect/loop' if how == 'loop' else 'pictures'}/{rest}")

    def _fake(self, environ: dict[str, Any], kind: str, value: str | None = None) -> Reply:
        if kind not in FAKES:
            return failure(404, "There is no such picture.", code="not_found")
        return page(FAKES[kind](value or ""), "image/png")

    def _count(self, what: str) -> int:
        with self._lock:
            if len(self.counter) >= _MAX_COUNTED and what not in self.counter:
                self.counter.clear()
            self.counter[what] += 1
            return self.counter[what]


def _as_new(request: ParsedRequest, environ: dict[str, Any]) -> ParsedRequest:
    """The request with a seed from its idempotency key, unless it has one: each call gets new pictures, a repeat the
    same."""
    key = environ.get("HTTP_IDEMPOTENCY_KEY", "")
    if not key or request.seed is not None:
        return request
    return replace(request, seed=int.from_bytes(sha256(key.encode()).digest()[:4]))


def _answer(order: Order) -> Reply:
    faults = named(order)
    for fault, value in faults:
        if fault.instead and (reply := fault.instead(order, value)):
            return reply
        if fault.pictures and order.pictures:
            order = fault.pictures(order, value)
    shape = shape_of(order)
    reply = events(shape.stream(order)) if order.request.is_streamed else _whole(order)
    for fault, value in faults:
        if fault.delivery:
            reply = fault.delivery(reply, order, value)
    return reply


def _whole(order: Order) -> Reply:
    return document(shape_of(order).whole(order), wait=4.0 if order.pictures else 1.0)


def _family(request: ParsedRequest) -> Family:
    family = family_called(request.model)
    if family is None:
        message = f"The model `{request.model}` does not exist or you do not have access to it."
        raise Rejected(message, "model", "model_not_found", 404)
    return family


def _listed(family: Family) -> dict[str, Any]:
    return {"id": family.name, "object": "model", "created": 1_750_000_000, "owned_by": family.owner}


def _body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH") or "0"
    size = int(length) if length.isdigit() else 0
    if size > MAX_BODY:
        raise _too_large()
    body: bytes = environ["wsgi.input"].read(MAX_BODY + 1 if _is_chunked(environ) else size)
    if len(body) > MAX_BODY:
        raise _too_large()
    return body


def _too_large() -> Rejected:
    return Rejected(f"The body is larger than {MAX_BODY} bytes.", None, "request_too_large", 413)


def _is_chunked(environ: dict[str, Any]) -> bool:
    """Whether the server ends the input at the end of a chunked body; only then may it be read without a length."""
    return bool(environ.get("wsgi.input_terminated"))


def _host(environ: dict[str, Any]) -> str:
    name = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "sandbox.local")
    return f"{environ.get('wsgi.url_scheme', 'http')}://{name}"


def _key(environ: dict[str, Any]) -> str:
    return environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ").strip()


def _moved(address: str) -> Reply:
    return page(b"", "text/plain", 302, ("Location", address))


def _status_line(status: int) -> str:
    return f"{status} {http.client.responses.get(status, 'Error')}"


def _headers(reply: Reply, first: Chunk) -> list[tuple[str, str]]:
    headers = list(reply.headers)
    if reply.is_whole and not any(name == "Content-Length" for name, _ in headers):
        headers.append(("Content-Length", str(len(first.data))))
    return headers


_ALLOWED = {"GET": "GET, HEAD", "POST": "POST"}
_ROUTES: tuple[tuple[str, str, Callable[..., Reply]], ...] = (
    ("GET", r"/", Sandbox._index),
    ("POST", r"/v1/chat/completions", Sandbox._complete),
    ("GET", r"/v1/models", Sandbox._models),
    ("GET", r"/v1/models/(?P<name>[\w.-]+)", Sandbox._model),
    ("GET", r"/pictures/(?P<name>[\w+~-]+)(?:\.(?P<media>\w+))?", Sandbox._picture),
    ("GET", r"/gone/(?P<times>\d{1,4}|always)/[\w-]+/(?P<rest>[\w+~.-]+)", Sandbox._gone),
    ("GET", r"/redirect/(?P<how>\w+)/(?P<rest>[\w+~.-]+)", Sandbox._redirect),
    ("GET", r"/fakes/(?P<kind>\w+?)(?:-(?P<value>\d+))?\.png", Sandbox._fake),
)

app = Sandbox()
