"""A WSGI application as a transport, under the limits of a socket."""

import functools
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from typing import Any

import httpx

from generations.wire.cancellation import Leash, current_leash

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class InProcess(httpx.BaseTransport):
    """Answers from a WSGI application under the same limits as over a socket: the application runs on its own thread
    and the leash holds the wait for each of its chunks, so one that sleeps or never ends is left behind."""

    def __init__(self, app: WSGIApp) -> None:
        self.app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        leash = current_leash() or Leash()
        leash.left()
        leash.is_sent = True
        chunks = _Chunks(leash, request.extensions.get("timeout", {}).get("read"))
        work = functools.partial(_answer, httpx.WSGITransport(self.app), request, chunks)
        threading.Thread(target=work, name="in-process answer", daemon=True).start()
        with ExitStack() as undo:
            undo.callback(chunks.close)
            head = chunks.take()
            if not isinstance(head, httpx.Response):
                raise httpx.RemoteProtocolError("The application broke off.")
            undo.pop_all()
        length = head.headers.get("content-length", "")
        chunks.expected = int(length) if length.isdecimal() else 0
        return httpx.Response(head.status_code, headers=head.headers, stream=chunks)


class _Chunks(httpx.SyncByteStream):
    """What an application produces, at most a few chunks ahead of who reads it."""

    def __init__(self, leash: Leash, timeout: float | None) -> None:
        self.leash = leash
        self.timeout = timeout
        self.expected = 0
        self.is_whole = False
        self.is_closed = False
        self.waiting: queue.Queue[httpx.Response | bytes | None] = queue.Queue(maxsize=16)

    def take(self) -> httpx.Response | bytes | None:
        """The head, the next chunk, or None at the end."""
        with self.leash.holding(self._wake), suppress(queue.Empty):
            taken = self.waiting.get(timeout=self.leash.left(self.timeout))
            self.leash.left()
            return taken
        self.leash.left()
        raise httpx.ReadTimeout("Nothing came for too long.")

    def __iter__(self) -> Iterator[bytes]:
        count = 0
        while isinstance(chunk := self.take(), bytes):
            count += len(chunk)
            yield chunk
        if not self.is_whole or count < self.expected:
            raise httpx.RemoteProtocolError("The application broke off.")

    def close(self) -> None:
        self.is_closed = True
        with suppress(queue.Empty):  # whoever produces may be waiting for room
            while True:
                self.waiting.get_nowait()

    def _wake(self) -> None:
        with suppress(queue.Full):
            self.waiting.put_nowait(None)


def _answer(transport: httpx.WSGITransport, request: httpx.Request, chunks: _Chunks) -> None:
    """Runs the application and hands over head, chunks and end. If it fails, its traceback is here and a cut is
    there."""
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
