"""The sandbox over HTTP, for development, with a thread per call."""

from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

from generations.sandbox.app import Sandbox


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
    # wsgiref takes no empty pieces before the status; ours are only for callers in process, who may close between them.
    made.set_app(lambda environ, start_response: filter(None, sandbox(environ, start_response)))
    return made


ServerHandler.server_software = "sandbox"
