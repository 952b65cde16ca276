"""The listening socket: accepts connections up to a limit, admits uploads, and shuts down in order."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from imageweb.server import limits
from imageweb.server.channel import Channel
from imageweb.server.parser import Request
from imageweb.server.stream import Application, streaming


class Server(TcpWSGIServer):
    """Accepts, receives and sends in one thread; `WEB_THREADS` other threads run the application."""

    channel_class = Channel
    accepting: bool
    stop_at: float | None = None

    def __init__(self, application: Application, listener: socket.socket) -> None:
        adjustments = Adjustments(
            sockets=[listener],
            threads=settings.WEB_THREADS,
            # Of an upload; `limit_of` gives the limit of other requests.
            max_request_body_size=2 * (settings.MAX_UPLOAD_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
            max_request_header_size=limits.MAX_HEADER_BYTES,
            channel_timeout=limits.IDLE_SECONDS,
            cleanup_interval=limits.MAINTENANCE_SECONDS,
            connection_limit=2 * limits.MAX_CONNECTIONS,  # never reached: MAX_CONNECTIONS evicts idle ones before
            clear_untrusted_proxy_headers=False,  # TRUSTED_PROXIES says which are trusted
            log_socket_errors=False,
            ident=None,
        )
        where = (listener.family, listener.type, listener.proto, listener.getsockname())
        self.makers = ThreadPoolExecutor(limits.STREAM_THREADS, "stream")
        super().__init__(
            without_head_bodies(streaming(application, self.makers)),
            _sock=listener,
            adj=adjustments,
            sockinfo=where,
            bind_socket=False,
        )

    def handle_accept(self) -> None:
        super().handle_accept()
        if len(self.active_channels) > limits.MAX_CONNECTIONS:
            waiting = (channel for channel in self.active_channels.values() if channel.is_evictable())
            if (oldest := next(waiting, None)) is not None:
                oldest.handle_close()

    def set_socket_options(self, conn: socket.socket) -> None:
        """Limit the kernel's send buffer: with megabytes in it, nobody can tell whether they are read."""
        super().set_socket_options(conn)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.SEND_BUFFER)

    def admit_upload(self, upload: Request) -> bool:
        """Whether an upload may begin. Where all slots are taken, or all of its client, the upload that is furthest
        behind MIN_UPLOAD_RATE ends, which may be the new one.

        The server cannot tell whether a session cookie is valid, so an upload that keeps sending never loses its slot
        to one that has nothing but such a cookie."""
        uploads = [
            (channel, request)
            for channel in self.active_channels.values()
            if (request := channel.request) and request.is_counted
        ]
        of_client = [(channel, request) for channel, request in uploads if request.client == upload.client]
        if len(of_client) >= limits.MAX_UPLOADS_PER_CLIENT:
            candidates = of_client
        elif len(uploads) >= limits.MAX_UPLOADS:
            candidates = uploads
        else:
            return True
        channel, last = max(candidates, key=lambda candidate: candidate[1].shortfall)
        if last.shortfall <= upload.shortfall:
            return False
        channel.handle_close()
        return True

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in list(self.active_channels.values()):
            if channel.is_overdue():
                channel.handle_close()

    def stop(self, *_: object) -> None:
        """Stop accepting connections, and end `run` when no request is being handled, or after SHUTDOWN_SECONDS."""
        self.stop_at = time.monotonic() + limits.SHUTDOWN_SECONDS
        self.pull_trigger()

    def run(self) -> None:
        while not self.is_over():
            wasyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
        self.makers.shutdown(wait=False, cancel_futures=True)

    def is_over(self) -> bool:
        if self.stop_at is None:
            return False
        if self.accepting:
            self.accepting = False
            self.socket.close()
        is_busy = any(channel.is_busy() for channel in self.active_channels.values())
        return not is_busy or time.monotonic() > self.stop_at


def without_head_bodies(application: Application) -> Application:
    """The WSGI application with the body left out of answers to HEAD."""

    def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> Any:
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if hasattr(body, "close"):
            body.close()
        return ()

    return answer
