"""The listening socket: connections are accepted up to a number, and uploads get their places."""

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
    """Accepts, reads and sends in one thread; `WEB_THREADS` others answer."""

    channel_class = Channel
    accepting: bool
    stop_at: float | None = None

    def __init__(self, application: Application, listener: socket.socket) -> None:
        adjustments = Adjustments(
            sockets=[listener],
            threads=settings.WEB_THREADS,
            # Of an upload; `limit_of` says what others may bring.
            max_request_body_size=2 * (settings.MAX_UPLOAD_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
            max_request_header_size=limits.HEADER_BYTES,
            channel_timeout=limits.IDLE_SECONDS,
            cleanup_interval=limits.LOOK_SECONDS,
            connection_limit=2 * limits.CONNECTIONS,  # ours comes first, and locks nobody out
            clear_untrusted_proxy_headers=False,  # TRUSTED_PROXIES says which count
            log_socket_errors=False,
            ident=None,
        )
        where = (listener.family, listener.type, listener.proto, listener.getsockname())
        self.makers = ThreadPoolExecutor(limits.MAKERS, "stream")
        super().__init__(
            bodiless_to_head(streaming(application, self.makers)),
            _sock=listener,
            adj=adjustments,
            sockinfo=where,
            bind_socket=False,
        )

    def handle_accept(self) -> None:
        super().handle_accept()
        if len(self.active_channels) > limits.CONNECTIONS:
            waiting = (channel for channel in self.active_channels.values() if channel.may_make_room())
            if (oldest := next(waiting, None)) is not None:
                oldest.handle_close()

    def set_socket_options(self, conn: socket.socket) -> None:
        """Bounds what the kernel takes of an answer: with megabytes in its buffer nobody sees whether they are read."""
        super().set_socket_options(conn)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.SEND_BUFFER)

    def has_place_for(self, upload: Request) -> bool:
        """Whether an upload may begin. Where all places are taken, or all that its client may take, the one that is
        furthest behind MIN_SENDING_SPEED goes, which may be the one that wants to begin.

        Whether a session's cookie is one, nobody here can tell: nobody who keeps sending may lose the place to
        somebody who brings nothing but such a cookie."""
        uploads = [
            (channel, request)
            for channel in self.active_channels.values()
            if (request := channel.request) and request.is_counted
        ]
        of_client = [(channel, request) for channel, request in uploads if request.client == upload.client]
        if len(of_client) >= limits.UPLOADS_OF_A_CLIENT:
            rivals = of_client
        elif len(uploads) >= limits.UPLOADS:
            rivals = uploads
        else:
            return True
        channel, last = max(rivals, key=lambda rival: rival[1].shortfall)
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
        """Take no more connections, and end as soon as nothing is under way."""
        self.stop_at = time.monotonic() + limits.STOP_SECONDS
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


def bodiless_to_head(application: Application) -> Application:
    """The application, its answers to HEAD without a body."""

    def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> Any:
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if hasattr(body, "close"):
            body.close()
        return ()

    return answer
