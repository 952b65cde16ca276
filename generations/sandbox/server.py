"""The sandbox over HTTP, for development, with a thread per call."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from socketserver import ThreadingMixIn
from typing import Any, BinaryIO
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

from generations.sandbox.app import MAX_BODY, Sandbox

_MAX_LINE = 8192


class ThreadedServer(ThreadingMixIn, WSGIServer):
    """A threaded WSGI server for hundreds of waiting calls, none of which keeps the process alive."""

    daemon_threads = True
    request_queue_size = 256


class QuietHandler(WSGIRequestHandler):
    """Answers without a log line, and without a traceback when the caller hangs up."""

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True


def server(host: str, port: int, pace: float = 1.0, has_real_shapes: bool = False) -> ThreadedServer:
    """A server bound to the address (port 0: any free one), not yet serving, that answers as OpenAI's document says
    or with `has_real_shapes` as each model's gateways do. Raises OSError when the address is taken."""
    made = ThreadedServer((host, port), QuietHandler)
    sandbox = Sandbox(pace=pace, has_real_shapes=has_real_shapes)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            environ |= {"wsgi.input": BytesIO(unchunked(environ["wsgi.input"])), "wsgi.input_terminated": True}
        # wsgiref takes no empty pieces before the status; ours are only for callers in process, who may close between.
        return filter(None, sandbox(environ, start_response))

    made.set_app(answer)
    return made


def unchunked(file: BinaryIO) -> bytes:
    """A body in chunks, to its end or to what is no chunk; of one that is too large a byte too many."""
    body = bytearray()
    with suppress(ValueError):
        while len(body) <= MAX_BODY and (size := int(file.readline(_MAX_LINE).partition(b";")[0], 16)) > 0:
            body += file.read(min(size, MAX_BODY + 1 - len(body)))
            file.readline(_MAX_LINE)
    while file.readline(_MAX_LINE).strip():  # what is left unread would cost the answer
        pass
    return bytes(body)


ServerHandler.server_software = "sandbox"
