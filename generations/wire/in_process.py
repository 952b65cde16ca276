"""A WSGI application as an httpx transport, under the same deadline and cancel as a socket."""

import functools
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from typing import Any

import httpx

from generations.translatable import Message
from generations.wire.cancellation import CancelScope, current_scope

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class InProcessTransport(httpx.BaseTransport):
    """Runs a WSGI application on a thread of its own and waits for each of its chunks within the cancel scope, so an
    application that sleeps or never ends is abandoned."""

    def __init__(self, app: WSGIApp) -> None:
        self.app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        scope = current_scope() or CancelScope()
        scope.remaining()
        scope.is_sent = True
        chunks = ChunkStream(scope, request.extensions.get("timeout", {}).get("read"))
        work = functools.partial(_answer, httpx.WSGITransport(self.app), request, chunks)
        threading.Thread(target=work, name="in-process answer", daemon=True).start()
        with ExitStack() as undo:
            undo.callback(chunks.close)
            head = chunks.take()
            if not isinstance(head, httpx.Response):
                raise httpx.RemoteProtocolError(Message("The application ended before its answer was complete."))
            undo.pop_all()
        length = head.headers.get("content-length", "")
        chunks.expected = int(length) if length.isdecimal() else 0
        return httpx.Response(head.status_code, headers=head.headers, stream=chunks)


class ChunkStream(httpx.SyncByteStream):
    """The chunks of an application's answer, through a bounded queue: it is at most 16 chunks ahead of the reader."""

    def __init__(self, scope: CancelScope, timeout: float | None) -> None:
        self.scope = scope
        self.timeout = timeout
        self.expected = 0
        self.is_whole = False
        self.is_closed = False
        self.waiting: queue.Queue[httpx.Response | bytes | None] = queue.Queue(maxsize=16)

    def take(self) -> httpx.Response | bytes | None:
        """The response head first, then each chunk, and None at the end. Raises Cancelled, TimedOut or
        httpx.ReadTimeout."""
        with self.scope.on_cancel(self._wake), suppress(queue.Empty):
            taken = self.waiting.get(timeout=self.scope.remaining(self.timeout))
            self.scope.remaining()
            return taken
        self.scope.remaining()
        raise httpx.ReadTimeout(Message("The connection was idle for too long."))

    def __iter__(self) -> Iterator[bytes]:
        count = 0
        while isinstance(chunk := self.take(), bytes):
            count += len(chunk)
            yield chunk
        if not self.is_whole or count < self.expected:
            raise httpx.RemoteProtocolError(Message("The application ended before its answer was complete."))

    def close(self) -> None:
        self.is_closed = True
        with suppress(queue.Empty):  # the application may be blocked on a full queue
            while True:
                self.waiting.get_nowait()

    def _wake(self) -> None:
        with suppress(queue.Full):
            self.waiting.put_nowait(None)


def _answer(transport: httpx.WSGITransport, request: httpx.Request, chunks: ChunkStream) -> None:
    """Run the application and put its head, its chunks and the end into the queue. An exception of the application is
    reported on its own thread; the reader sees an answer that ended early."""
    try:
        response = transport.handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        chunks.waiting.put(response)
        with closing(response.stream):
            for chunk in response.stream:
                if chunks.is_closed:
                    return
                chunks.waiting.put(chunk)
        chunks.is_whole = True
    finally:
        chunks.waiting.put(None)
