"""The web server: waitress reads a request whole before a thread takes it and sends the answer without one, so slow
clients hold no thread. `manage.py up` runs `python -m imageweb.server DESCRIPTOR` on the socket that it listens on.

Ours is what waitress leaves out: a request is no larger than its address takes, comes at a least speed and can be read
in one way only, a connection's requests are read one at a time, an answer that nobody reads ends, a full house makes
room for who comes new, a stop lets running requests finish, and an answer to HEAD has no body."""

from __future__ import annotations

import gc
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port
from django.urls import reverse
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.server import TcpWSGIServer
from waitress.task import WSGITask
from waitress.utilities import Error, RequestEntityTooLarge, RequestHeaderFieldsTooLarge

from generations.middleware import TAKE_FILES
from imageweb.wsgi import application

Application = Callable[..., Any]

CONNECTIONS = 400  # of a process; with a file for each body, still below the usual 1,024 descriptors
UPLOADS = 32  # of those at once, each up to 82 MB of temporary file with the usual MAX_UPLOAD_MB
UPLOADS_OF_A_CLIENT = UPLOADS // 4
PATIENCE = 30
BODY_PATIENCE = 15
MIN_SENDING_SPEED = 16 * 1024  # bytes a second, of bodies
MIN_READING_SPEED = 8 * 1024  # of answers; half of the other, as the kernel asks for more only when much was read
SEND_BUFFER = 128 * 1024  # Linux keeps twice that of an answer: what a phone reads at 16 KB/s well within PATIENCE
IDLE_SECONDS = 75  # longer than proxies keep a connection, so that they close it and not we
HEADER_BYTES = 64 * 1024
LOOK_SECONDS = 5
STOP_SECONDS = 10
LINGER_SECONDS = 5
RETRY_SECONDS = 5


class TooLarge(RequestEntityTooLarge):
    """413 with a sentence and nothing else."""

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        body = f"{self.body}\n".encode()
        return f"{self.code} {self.reason}", [("Content-Type", "text/plain; charset=utf-8")], body


class TooManyUploads(Error):
    """503 with a sentence, and when to come again."""

    code = 503
    reason = "Service Unavailable"

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", str(RETRY_SECONDS))]
        return f"{self.code} {self.reason}", headers, f"{self.body}\n".encode()


class Request(HTTPRequestParser):
    """A request that is being read: its header within half a minute, its body at MIN_SENDING_SPEED and never without a
    byte for longer than BODY_PATIENCE. What came quickly buys no patience for what does not come."""

    error: Error | None
    limit = 0
    client = ""
    is_counted = False  # among the uploads at once

    def __init__(self, adjustments: Adjustments) -> None:
        super().__init__(adjustments)
        self.began_at = time.monotonic()
        self.overdue_at = self.began_at + PATIENCE

    def is_overdue(self) -> bool:
        return time.monotonic() > self.overdue_at

    def parse_header(self, header_plus: bytes) -> None:
        """Refuses what a proxy in front may have read otherwise, and numbers and addresses Python does not read."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError("A number or an address cannot be read") from error
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length beside Transfer-Encoding")
        self.limit = limit_of(self.path, self.headers.get("COOKIE", ""), self.adj.max_request_body_size)

    def received(self, data: bytes) -> int:
        """Refuses a body by its announced length before any of it is kept, and one without a length as it arrives.
        Holds what stands around the chunks of a body to the size of headers."""
        is_body = self.body_rcv is not None
        consumed: int = super().received(data)
        if is_body:
            most = time.monotonic() + BODY_PATIENCE
            self.overdue_at = min(self.overdue_at + consumed / MIN_SENDING_SPEED, most)
        around = self.body_rcv
        is_large = self.error is None and max(self.content_length, self.body_bytes_received) > self.limit
        if is_large or isinstance(self.error, RequestEntityTooLarge):
            self.error = TooLarge(self.refusal)
        elif isinstance(around, ChunkedReceiver) and len(around.control_line) + len(around.trailer) > HEADER_BYTES:
            self.error = RequestHeaderFieldsTooLarge(f"exceeds {HEADER_BYTES} around the chunks")
        if self.error is not None:
            self.completed = True
        if self.completed:
            self.expect_continue = False  # or waitress asks for a body all the same, and waits for it
        return consumed

    def refuse(self, error: Error) -> None:
        """Answer with this before the body came."""
        self.error, self.completed, self.expect_continue = error, True, False

    @property
    def is_upload(self) -> bool:
        """Whether more than a form is coming."""
        form = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return self.limit > form and (self.chunked or self.content_length > form)

    @property
    def shortfall(self) -> float:
        """The bytes of the body by which this request is behind MIN_SENDING_SPEED; negative when it is ahead."""
        return (time.monotonic() - self.began_at) * MIN_SENDING_SPEED - self.body_bytes_received

    @property
    def refusal(self) -> str:
        """What helps who sent too much."""
        if self.path not in upload_paths():
            return f"This is too much at once. At most {self.limit // 2**20} MB can be sent here."
        if self.limit < self.adj.max_request_body_size:
            return "Sign in before you send pictures."
        return f"This is too much at once. Files may have {settings.MAX_UPLOAD_BYTES // 2**20} MB together."


def limit_of(path: str, cookies: str, most: int) -> int:
    """The largest body in bytes: of a form, and more where pictures are brought by somebody who signed in.

    Whether the session is one, Django asks; here its cookie tells visitors from people. What is somewhat too large for
    pictures is Django's to refuse, with a page."""
    is_upload = path in upload_paths() and bool(parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME))
    return most if is_upload else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def client_of(remote: str, forwarded: str) -> str:
    """Who is counted as one: the address of a connection, or the one that the outermost of TRUSTED_PROXIES names in
    X-Forwarded-For. Of an IPv6 address the network counts, since its owner has all addresses of it."""
    count, hops = settings.ALLAUTH_TRUSTED_PROXY_COUNT, forwarded.split(",")
    named = hops[-count].strip() if 0 < count <= len(hops) else ""
    for text in (named, remote):
        domain, _ = split_domain_port(text)  # some proxies name the port too
        with suppress(ValueError):
            address = ip_address((domain or text).strip("[]"))
            if isinstance(address, IPv4Address):
                return str(address)
            return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))
    return remote


@cache
def upload_paths() -> frozenset[str]:
    return frozenset(reverse(name) for name in TAKE_FILES)


class Answer(WSGITask):
    """An answer that ends its connection only where its end could not be seen otherwise: 204 and 304 have no body."""

    def set_close_on_finish(self) -> None:
        if self.has_body or self.request.connection_close or self.version != "1.1":
            super().set_close_on_finish()


class Channel(HTTPChannel):
    """A connection, and what it waits for.

    Pipelined requests are read one at a time: before waitress makes a second answer, the thread that made the first
    waits until that is read. `behind` is what came in one packet with a request; nothing is read until it was."""

    parser_class = Request
    task_class = Answer
    close_when_flushed: bool
    request: Request | None
    behind = b""
    overdue_at = 0.0
    is_refusing = False
    linger_until: float | None = None

    def is_busy(self) -> bool:
        """Whether something of a request or of its answer is on the way."""
        return bool(self.request or self.requests or self.total_outbufs_len)

    def may_make_room(self) -> bool:
        """Whether it may end for a new connection: no request is being answered, and none is an upload, whose number
        is bounded in another way."""
        is_upload = self.request is not None and self.request.is_counted
        return not (self.requests or self.total_outbufs_len or is_upload)

    def is_overdue(self) -> bool:
        """Whether its client is too slow to be waited for."""
        if self.linger_until is not None:
            return time.monotonic() > self.linger_until
        if self.total_outbufs_len:
            return time.monotonic() > self.overdue_at
        return self.request is not None and self.request.is_overdue()

    def service(self) -> None:
        self.is_refusing = self.requests[0].error is not None
        super().service()

    def readable(self) -> bool:
        return not self.behind and self.is_ready()

    def writable(self) -> bool:
        return bool(super().writable()) or bool(self.behind and self.is_ready())

    def is_ready(self) -> bool:
        """Whether all answers are sent and another request may follow."""
        return bool(super().readable())

    def handle_write(self) -> None:
        """Sends, and reads what came behind the request once its answer is sent."""
        self.flush()
        if self.behind and self.connected and self.is_ready():
            data, self.behind = self.behind, b""
            self.received(data)

    def flush(self) -> None:
        """After a refusal, or with requests that get no answer, ends its own side first: a socket that is closed with
        bytes unread resets the connection, and the client may lose the end of the answer."""
        is_last = self.close_when_flushed and bool(self.is_refusing or self.behind)
        if is_last:
            self.close_when_flushed = False
        super().handle_write()
        if is_last and self.total_outbufs_len:
            self.close_when_flushed = True
        elif is_last and self.connected:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
            self.linger_until = time.monotonic() + LINGER_SECONDS

    def received(self, data: bytes) -> bool:
        """Takes one request. Whether the data was of use; what comes after a refusal is not."""
        with self.requests_lock:
            if self.linger_until is not None or self.will_close or self.close_when_flushed:
                return False
            while data and not self.requests:
                data = data[self.take(data) :]
            self.behind = data
        return True

    def take(self, data: bytes) -> int:
        """How many of the bytes belong to the request that is being read."""
        request = self.request = self.request or Request(self.adj)
        count = request.received(data)
        if request.is_upload and not (request.is_counted or request.completed):
            request.client = client_of(self.addr[0], request.headers.get("X_FORWARDED_FOR", ""))
            request.is_counted = self.server.has_place_for(request)
            if not request.is_counted:
                request.refuse(TooManyUploads("Many files are being sent now. Try again in a few seconds."))
        if request.expect_continue:
            self.await_reader()
            self.send_continue()
        if request.completed:
            self.request = None
            if not request.empty:
                self.requests.append(request)
                self.server.add_task(self)
        return count

    def handle_close(self) -> None:
        super().handle_close()
        if self.request is not None:
            self.request.close()  # with the file that its body lies in

    def write_soon(self, data: Any) -> int:
        self.await_reader()
        count: int = super().write_soon(data)
        return count

    def await_reader(self) -> None:
        """Patience with who reads an answer begins when there is something to read, however long it took to make."""
        if not self.total_outbufs_len:
            self.overdue_at = time.monotonic() + PATIENCE

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Buys patience with what is read, at MIN_READING_SPEED and never more than there was at first: a byte now and
        then keeps no file on the disk."""
        count: int = super().send(data, do_close)
        self.overdue_at = min(self.overdue_at + count / MIN_READING_SPEED, time.monotonic() + PATIENCE)
        return count


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
            max_request_header_size=HEADER_BYTES,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=LOOK_SECONDS,
            connection_limit=2 * CONNECTIONS,  # ours comes first, and locks nobody out
            clear_untrusted_proxy_headers=False,  # TRUSTED_PROXIES says which count
            log_socket_errors=False,
            ident=None,
        )
        where = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            bodiless_to_head(application), _sock=listener, adj=adjustments, sockinfo=where, bind_socket=False
        )

    def handle_accept(self) -> None:
        super().handle_accept()
        if len(self.active_channels) > CONNECTIONS:
            waiting = (channel for channel in self.active_channels.values() if channel.may_make_room())
            if (oldest := next(waiting, None)) is not None:
                oldest.handle_close()

    def set_socket_options(self, conn: socket.socket) -> None:
        """Bounds what the kernel takes of an answer: with megabytes in its buffer nobody sees whether they are read."""
        super().set_socket_options(conn)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

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
        if len(of_client) >= UPLOADS_OF_A_CLIENT:
            rivals = of_client
        elif len(uploads) >= UPLOADS:
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
        self.stop_at = time.monotonic() + STOP_SECONDS
        self.pull_trigger()

    def run(self) -> None:
        while not self.is_over():
            wasyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)

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


def main() -> None:
    server = Server(application, socket.socket(fileno=int(sys.argv[1])))
    import_module(settings.ROOT_URLCONF)  # now, and not for the first visitor
    gc.collect()
    gc.freeze()  # what is loaded stays; walking it again and again would hold up one page in a hundred
    signal.signal(signal.SIGTERM, server.stop)
    signal.signal(signal.SIGINT, server.stop)
    server.run()


if __name__ == "__main__":
    main()
