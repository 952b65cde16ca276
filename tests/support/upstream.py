"""A provider over HTTP that keeps the books: a call is charged before a byte of its answer leaves, as real ones do.

    with running_upstream(plan) as upstream:
        provider.base_url = upstream.url
        …
        assert upstream.charges["a hill"] == 1

`plan(prompt, n)` says what the n-th call with this prompt is answered; without one, every call gets its own picture.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import select
import socket
import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """What a call is answered. `wait`: seconds before the first byte, or a gate that opens it; `keep`: the part of the
    body that is sent before the connection is closed (below 0: not even a status)."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float | threading.Event = 0.0
    keep: float = 1.0
    is_charged: bool = True


Plan = Callable[[str, int], Reply]


def drawn(prompt: str, n: int = 1, *, count: int = 1, wait: float | threading.Event = 0.0, keep: float = 1.0) -> Reply:
    """Pictures in the answer itself, the same bytes for the same prompt and call."""
    seeds = [f"{prompt} {n}", *(f"{prompt} {n}, {place}" for place in range(2, count + 1))]
    uris = ["data:image/png;base64," + base64.b64encode(png(seed)).decode() for seed in seeds]
    images = [{"type": "image_url", "image_url": {"url": uri}} for uri in uris]
    return Reply(body=answer({"images": images}), wait=wait, keep=keep)


def begun(task: str, *, wait: float = 0.0) -> Reply:
    """A task in place of a picture: charged, and not done."""
    body = json.dumps({"id": task, "object": "task", "status": "submitted", "progress": 0})
    return Reply(body=body.encode(), wait=wait)


def held(gate: threading.Event) -> Plan:
    """Pictures that wait until the gate is open."""
    return lambda prompt, n: drawn(prompt, n, wait=gate)


def linked(url: str) -> Reply:
    """A picture at an address."""
    return Reply(body=answer({"content": f"![a picture]({url})"}))


def said(content: str) -> Reply:
    """An answer in words."""
    return Reply(body=answer({"content": content}))


def failed(status: int, *, code: str = "", wait: float = 0.0, **headers: str) -> Reply:
    """An error in the usual form; only a 5xx is charged. `retry_after="2"` is sent as Retry-After."""
    body = json.dumps(
        {"error": {"message": f"status {status}", "type": code or "error", "code": code or None}}
    ).encode()
    sent = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Reply(status, body, sent, wait=wait, is_charged=status >= 500)


def refused(status: int, message: str, *, code: str = "", **headers: str) -> Reply:
    """An error object with these words; `retry_after="2"` is sent as Retry-After."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": code or None}}).encode()
    sent = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Reply(status, body, sent, is_charged=False)


def hung_up(prompt: str) -> Reply:
    """Takes the request, counts the charge, and closes the connection without a word."""
    return Reply(keep=-1)


def answer(message: dict[str, object]) -> bytes:
    """A whole chat completion around a message."""
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_750_000_000,
            "model": "test",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": None, **message}, "finish_reason": "stop"}
            ],
            "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
        }
    ).encode()


def png(seed: str, side: int = 24) -> bytes:
    """A valid PNG of noise that no other seed has."""
    noise = random.Random(seed)
    rows = b"".join(b"\0" + noise.randbytes(3 * side) for _ in range(side))
    head = struct.pack(">2I5B", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def with_text(picture: bytes, keyword: str, text: str) -> bytes:
    """The PNG with a text chunk before its end, as image tools write their parameters."""
    end = picture.rindex(b"IEND") - 4
    return picture[:end] + _chunk(b"tEXt", f"{keyword}\0{text}".encode("latin-1")) + picture[end:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def prompt_of(body: bytes) -> str:
    """The prompt of a request's JSON."""
    content = json.loads(body)["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0]["text"]


class Upstream:
    """The provider and its books, all by prompt: `calls` read whole, `charges`, answers `finished` to their last byte,
    callers who `left` while they waited. `began` holds the moment of every call (monotonic)."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.models = ["gpt-image-1", "gpt-4o-image", "some-chat-model"]
        self.calls: Counter[str] = Counter()
        self.charges: Counter[str] = Counter()
        self.finished: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.began: list[float] = []
        self.gone: Counter[str] = Counter()
        self.fetches: Counter[str] = Counter()
        self.waiting = 0
        self.most_waiting = 0
        self.lock = threading.Lock()
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.upstream = self

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/v1"

    def picture_url(self, name: str, *, gone: int = 0) -> str:
        """The address of a picture that is 404 the first `gone` times."""
        self.gone[name] = gone
        return f"http://{self.host}/pictures/{name}.png"

    def complete(self, handler: _Handler) -> None:
        """Answer one call."""
        prompt = prompt_of(handler.rfile.read(int(handler.headers["Content-Length"])))
        with self.lock:
            self.calls[prompt] += 1
            self.began.append(time.monotonic())
            reply = self.plan(prompt, self.calls[prompt])
            self.charges[prompt] += reply.is_charged
            self.waiting += 1
            self.most_waiting = max(self.most_waiting, self.waiting)
        stayed = handler.stays(reply.wait)
        with self.lock:
            self.waiting -= 1
            self.left[prompt] += not stayed
        if stayed and handler.give(reply):
            with self.lock:
                self.finished[prompt] += 1

    def picture(self, handler: _Handler) -> None:
        """Serve one picture, or say that it is not there."""
        name = handler.path.removeprefix("/pictures/").removesuffix(".png")
        with self.lock:
            self.fetches[name] += 1
            is_there = self.fetches[name] > self.gone[name]
        handler.give(Reply(body=png(name), headers={"Content-Type": "image/png"}) if is_there else Reply(404))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    upstream: Upstream

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller who leaves is what is tested here."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.upstream.complete(self)

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            listed = {"data": [{"id": name} for name in self.server.upstream.models]}
            self.give(Reply(body=json.dumps(listed).encode()))
        else:
            self.server.upstream.picture(self)

    def stays(self, wait: float | threading.Event) -> bool:
        """Whether the caller is still there after so long, or when the gate opens."""
        began = time.monotonic()
        while not wait.is_set() if isinstance(wait, threading.Event) else time.monotonic() < began + wait:
            readable, _, _ = select.select([self.connection], [], [], 0.05)
            if readable and not self._peek():
                return False
        return True

    def _peek(self) -> bytes:
        try:
            return self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return b""

    def give(self, reply: Reply) -> bool:
        """Send the reply; whether all of it left."""
        self.close_connection = True
        if reply.keep < 0:
            return False
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body[: int(len(reply.body) * reply.keep)])
        return reply.keep >= 1

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def running_upstream(plan: Plan = drawn) -> Iterator[Upstream]:
    """The upstream on a free port of the loopback."""
    upstream = Upstream(plan)
    threading.Thread(target=upstream.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield upstream
    finally:
        upstream.server.shutdown()
        upstream.server.server_close()


def sha256_of(prompt: str, n: int = 1) -> str:
    """The hash of the picture that the n-th call with this prompt was drawn."""
    return hashlib.sha256(png(f"{prompt} {n}")).hexdigest()
