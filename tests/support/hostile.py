"""A web server on loopback that misbehaves, over real sockets: each path is one way to be a bad upstream."""

import gzip
import itertools
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from generations.wire import CancelScope

Answer = Callable[[socket.socket], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIP_EVERY = 0.05


def _has_ipv6() -> bool:
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


HAS_IPV6 = _has_ipv6()


class Upstream:
    """Listens on a port of its own; `requests` are those it read whole, `dropped` is set when a caller hangs up."""

    def __init__(
        self, answers: dict[str, Answer], *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        self.answers = answers
        self.tls = tls
        self.requests: list[bytes] = []
        self.dropped = threading.Event()
        self.listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.port: int = self.listener.getsockname()[1]
        self.url = f"http://{host}:{self.port}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError), self.tls.wrap_socket(line, server_side=True) if self.tls else line as line:
            try:
                request = read_request(line)
                if not request:
                    return
                self.requests.append(request)
                path = request.split(b" ", 2)[1].decode().partition("?")[0]
                self.answers.get(path, missing)(line)
            except OSError:
                self.dropped.set()


@contextmanager
def upstream(
    answers: dict[str, Answer] | Answer, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[Upstream]:
    """An Upstream for the length of a block. One answer alone is given at the path of the paid call."""
    server = Upstream(answers if isinstance(answers, dict) else {"/v1/chat/completions": answers}, host=host, tls=tls)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def tripwire(host: str = "127.0.0.1") -> Iterator[int]:
    """A listener nobody may reach: the block fails if it was contacted at all."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        yield listener.getsockname()[1]
        listener.setblocking(False)
        with suppress(BlockingIOError):
            listener.accept()
            raise AssertionError("something inside was contacted")


def read_request(line: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := line.recv(65536)):
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length:")), 0
    )
    rest = length - len(body)
    pieces = [data]
    while rest > 0 and (piece := line.recv(min(rest, 1 << 20))):
        pieces.append(piece)
        rest -= len(piece)
    return b"".join(pieces)


def sized(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> Answer:
    head = b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
    return lambda line: line.sendall(head + b"".join(row + b"\r\n" for row in headers) + b"\r\n" + body)


def chunked(*chunks: bytes) -> Answer:
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return lambda line: line.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n\r\n")


def close_delimited(body: bytes) -> Answer:
    return lambda line: line.sendall(OK + b"\r\n" + body)


def cut_by_length(body: bytes) -> Answer:
    return lambda line: line.sendall(OK + b"Content-Length: 1000000\r\n\r\n" + body)


def cut_by_chunk(body: bytes) -> Answer:
    return lambda line: line.sendall(
        OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n40\r\nab"
    )


def cut_at_once(line: socket.socket) -> None:
    """The whole request was read and perhaps billed; then nothing."""


def cut_in_the_headers(line: socket.socket) -> None:
    line.sendall(OK[:30])


def reset(line: socket.socket) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(line: socket.socket) -> None:
    """Waits until the caller hangs up."""
    if not line.recv(1):
        raise OSError("the caller hung up")


def cutting(scope: CancelScope, answer: Answer) -> Answer:
    """This answer, begun with a cut of its caller's scope a moment later: the request was surely read."""

    def act(line: socket.socket) -> None:
        threading.Timer(0.1, scope.cancel).start()
        answer(line)

    return act


def drip_headers(line: socket.socket) -> None:
    line.sendall(OK)
    for number in itertools.count():
        line.sendall(b"X-%d: 1\r\n" % number)
        time.sleep(DRIP_EVERY)


def drip_body(line: socket.socket) -> None:
    line.sendall(OK + b"Content-Length: 1000000\r\n\r\n")
    while True:
        line.sendall(b".")
        time.sleep(DRIP_EVERY)


def endless_body(line: socket.socket) -> None:
    line.sendall(OK + b"\r\n")
    block = b"x" * 65536
    while True:
        line.sendall(block)


def endless_header(line: socket.socket) -> None:
    line.sendall(OK + b"X: ")
    block = b"x" * 65536
    while True:
        line.sendall(block)


def gzip_bomb(line: socket.socket) -> None:
    """About 100 KB that unpack to 100 MB."""
    bomb = gzip.compress(bytes(100_000_000), 9)
    sized(bomb, b"Content-Encoding: gzip")(line)


def long_line(line: socket.socket) -> None:
    sized(b'data: {"a":"' + b"A" * 10_000_000 + b'"}\n\n')(line)


def not_http(line: socket.socket) -> None:
    line.sendall(b"SSH-2.0-OpenSSH_9.6\r\n" + b"\r\n")


def redirect(location: str, status: str = "307 Temporary Redirect") -> Answer:
    return sized(b"elsewhere", f"Location: {location}".encode(), status=status.encode())


def missing(line: socket.socket) -> None:
    sized(b'{"error":{"message":"no such path"}}', status=b"404 Not Found")(line)


@contextmanager
def black_hole() -> Iterator[int]:
    """A port whose queue of callers is full: connecting neither succeeds nor fails."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
            waiting.append(caller)
        try:
            yield int(listener.getsockname()[1])
        finally:
            for caller in waiting:
                caller.close()
