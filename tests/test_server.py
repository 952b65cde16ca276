"""The web server on real sockets: who is slow, who leaves, and who comes to a full house."""

from __future__ import annotations

import http.client
import io
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import waitress.channel
import waitress.server
from pytest_django import Settings

from imageweb.server import Server, channel, limits, listener, parser
from imageweb.server.channel import Channel
from imageweb.server.limits import BODY_STALL_SECONDS, LINGER_SECONDS, MAX_HEADER_BYTES, MIN_UPLOAD_RATE, STALL_SECONDS
from imageweb.server.parser import Request, TooLarge, client_of
from tests.support.worker import wait_for

MB = 2**20
PIECES = 96
FILE_SIZE = 8 * MB
PHONE = 16 * 1024  # bytes a second
SIGNED_IN = "Cookie: other=1; imageweb_session=0123456789abcdefghijklmnopqrstuv"


class House:
    """A running server, and what its application was asked and did."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.asked: list[str] = []
        self.sent = 0
        self.ended = threading.Event()
        self.server = Server(self.answer, self.listener)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()

    def answer(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Any:
        self.asked.append(environ["PATH_INFO"])
        status = "204 No Content" if environ["PATH_INFO"] == "/nothing" else "200 OK"
        if environ["PATH_INFO"] == "/large":
            start_response(status, [("Content-Length", str(PIECES * MB))])
            return self.pieces()
        if environ["PATH_INFO"] == "/file":
            start_response(status, [("Content-Length", str(FILE_SIZE))])
            return environ["wsgi.file_wrapper"](Spooled(self.ended))
        body = b"" if status.startswith("204") else environ["wsgi.input"].read() or b"hello"
        start_response(status, [("Content-Length", str(len(body)))] if body else [])
        return [body]

    def pieces(self) -> Iterator[bytes]:
        try:
            for _ in range(PIECES):
                self.sent += MB
                yield bytes(MB)
        finally:
            self.ended.set()

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60, source_address=(source, 0))

    def begin(
        self, path: str = "/", body: bytes = b"x", length: int = 100_000, cookie: str = "", source: str = "127.0.0.1"
    ) -> socket.socket:
        """A connection with a request that is not whole yet."""
        line = self.connect(source)
        line.sendall(head(path, f"Content-Length: {length}", cookie) + body)
        return line

    def narrow(self, packet: int = 0) -> http.client.HTTPConnection:
        """A connection that takes 4 KB ahead of its reader, in packets of no more than so many bytes if any."""
        line = self.line()
        line.sock = socket.socket()
        line.sock.settimeout(60)
        line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        if packet:
            line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, packet)
        line.sock.connect(("127.0.0.1", self.port))
        return line

    def line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path: str = "/") -> int:
        line = self.line()
        line.request("GET", path)
        return line.getresponse().status

    def close(self) -> None:
        self.server.stop()
        self.server.stop_at = 0.0  # whatever is under way: a clock that is moved by hand stands still by now
        self.thread.join()


class Spooled(io.BytesIO):
    """A file that an answer is read from, and whether it is closed."""

    def __init__(self, ended: threading.Event) -> None:
        super().__init__(bytes(FILE_SIZE))
        self.ended = ended

    def close(self) -> None:
        super().close()
        self.ended.set()


class Hands:
    """The clock of the server, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def monotonic(self) -> float:
        return self.seconds

    time = monotonic


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    for module in (channel, listener, parser, waitress.channel, waitress.server):
        monkeypatch.setattr(module, "time", hands)
    return hands


def head(path: str, *lines: str) -> bytes:
    """What a POST begins with."""
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *filter(None, lines), "", ""]).encode()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience for half a second, looked at all the time."""
    monkeypatch.setattr(limits, "STALL_SECONDS", 0.5)
    monkeypatch.setattr(limits, "MAINTENANCE_SECONDS", 0)
    monkeypatch.setattr(limits, "SHUTDOWN_SECONDS", 0.5)


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def is_closed(line: socket.socket) -> bool:
    try:
        return line.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_request_that_drips_ends_and_reaches_no_thread(
    hurried: None, monkeypatch: pytest.MonkeyPatch, house: House
) -> None:
    dripping = house.begin("/dripping")

    def drip() -> bool:
        try:
            dripping.sendall(b"x")
        except OSError:
            return True
        return False

    assert wait_for(drip)
    assert is_closed(house.begin("/stalled"))
    header = house.connect()
    header.sendall(b"GET /header HTTP/1.1\r\nHost")
    assert is_closed(header)
    monkeypatch.setattr(limits, "STALL_SECONDS", 60)
    assert house.get() == 200
    assert house.asked == ["/"]


def test_a_slow_sender_may_take_as_long_as_it_takes(hands: Hands, house: House) -> None:
    request = Request(house.server.adj)
    request.received(head("/compose", f"Content-Length: {40 * MB}", SIGNED_IN))
    for _ in range(40 * MB // MIN_UPLOAD_RATE):
        hands.seconds += 1
        request.received(bytes(MIN_UPLOAD_RATE))
        assert not request.is_overdue()
    assert request.completed and request.error is None


def test_what_came_quickly_buys_no_patience_for_what_does_not_come(hands: Hands, house: House) -> None:
    request = Request(house.server.adj)
    request.received(head("/compose", f"Content-Length: {40 * MB}", SIGNED_IN))
    for _ in range(39):
        request.received(bytes(MB))
    hands.seconds += BODY_STALL_SECONDS - 1
    assert not request.is_overdue()
    for _ in range(3):
        hands.seconds += 1
        request.received(b"x")
    assert request.is_overdue()


def test_a_body_that_stalls_is_given_up_with_its_file(
    monkeypatch: pytest.MonkeyPatch, hands: Hands, house: House
) -> None:
    closed = threading.Event()
    monkeypatch.setattr(Request, "close", lambda request: closed.set())
    stalled = house.begin("/compose", bytes(2 * MB), 40 * MB, SIGNED_IN)

    def has_come() -> bool:
        requests = [channel.request for channel in house.server.active_channels.values()]
        return any(request and request.body_bytes_received == 2 * MB for request in requests)

    assert wait_for(has_come)
    house.server.adj.cleanup_interval = 0
    house.server.next_channel_cleanup = 0
    hands.seconds += BODY_STALL_SECONDS + 1
    assert is_closed(stalled)
    assert closed.wait(60)
    assert house.asked == []


def test_a_full_house_makes_room_for_who_comes_new(monkeypatch: pytest.MonkeyPatch, house: House) -> None:
    monkeypatch.setattr(limits, "MAX_CONNECTIONS", 3)
    waiting = [house.begin() for _ in range(3)]
    assert house.get() == 200
    assert is_closed(waiting[0])
    waiting[1].sendall(bytes(99_999))
    assert waiting[1].recv(12) == b"HTTP/1.1 200"


def test_a_full_house_cuts_no_upload(monkeypatch: pytest.MonkeyPatch, house: House) -> None:
    monkeypatch.setattr(limits, "MAX_CONNECTIONS", 2)
    upload = uploading(house)
    waiting = house.begin()
    assert house.get() == 200
    assert is_closed(waiting)
    upload.sendall(bytes(MB))
    assert upload.recv(12) == b"HTTP/1.1 200"


def test_uploads_at_once_have_their_bounds_and_none_under_way_is_cut(
    monkeypatch: pytest.MonkeyPatch, hands: Hands, house: House
) -> None:
    monkeypatch.setattr(limits, "MAX_UPLOADS", 2)
    form = house.begin("/compose", b"", 2)
    uploads = [uploading(house), uploading(house)]
    hands.seconds += 10
    late = house.begin("/compose", bytes(MB), 2 * MB, SIGNED_IN)
    answer = late.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 503 ") and b"\r\nRetry-After: 5\r\n" in answer
    assert b"Too many uploads are running." in answer
    for line, rest in ((form, b"xx"), (uploads[0], bytes(MB)), (uploads[1], bytes(MB))):
        line.sendall(rest)
        assert line.recv(12) == b"HTTP/1.1 200"
    after = uploading(house)
    after.sendall(bytes(MB))
    assert after.recv(12) == b"HTTP/1.1 200"


def test_the_upload_that_is_furthest_behind_makes_room(
    monkeypatch: pytest.MonkeyPatch, hands: Hands, house: House
) -> None:
    monkeypatch.setattr(limits, "MAX_UPLOADS", 3)
    steady = uploading(house)
    stalled = uploading(house, sent=3000)
    hands.seconds += 1
    begun = uploading(house, sent=0)
    hands.seconds += 1
    late = uploading(house)
    assert is_closed(stalled)
    for line, rest in ((steady, MB), (begun, 2 * MB), (late, MB)):
        line.sendall(bytes(rest))
        assert line.recv(12) == b"HTTP/1.1 200"


def test_one_address_has_a_part_of_the_places_for_uploads(
    monkeypatch: pytest.MonkeyPatch, hands: Hands, house: House
) -> None:
    monkeypatch.setattr(limits, "MAX_UPLOADS_PER_CLIENT", 2)
    others = uploading(house, sent=3000, source="127.0.0.2")
    hands.seconds += 1
    mine = [uploading(house), uploading(house, sent=0)]
    assert refused(house)
    hands.seconds += 1  # one of both is behind now, and the other address's further
    late = uploading(house)
    assert is_closed(mine[1])
    for line, rest in ((others, 2 * MB - 3000), (mine[0], MB), (late, MB)):
        line.sendall(bytes(rest))
        assert line.recv(12) == b"HTTP/1.1 200"


def test_who_asks_first_where_no_place_is_free_is_refused_first(
    monkeypatch: pytest.MonkeyPatch, hands: Hands, house: House
) -> None:
    monkeypatch.setattr(limits, "MAX_UPLOADS", 1)
    upload = uploading(house)
    late = house.begin("/compose", b"", 2 * MB, f"{SIGNED_IN}\r\nExpect: 100-continue")
    answer = late.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 503 ") and b" 100 " not in answer
    upload.close()


def test_a_steady_upload_finishes_whoever_brings_a_forged_cookie(hands: Hands, house: House) -> None:
    """Also from its own address, and from so many others that all places are taken."""
    pieces, most = 200, 0
    size = 3 * MB // pieces
    upload = uploading(house, sent=0, size=pieces * size)
    [mine] = counted(house)
    forgers = []
    for number in range(pieces - 1):
        upload.sendall(bytes(size))
        hands.seconds += 0.1
        assert wait_shortly(lambda number=number: mine.body_bytes_received == size * (number + 1))  # type: ignore[misc]
        forgers.append(house.begin("/compose", b"abc", 2 * MB, SIGNED_IN, f"127.0.0.{1 + number % 8}"))
        assert wait_shortly(lambda: has_come(house, forgers[-1], 3))
        most = max(most, len(counted(house)))
    upload.sendall(bytes(size))
    assert upload.recv(12) == b"HTTP/1.1 200"
    assert most == limits.MAX_UPLOADS
    assert house.asked == ["/compose"]


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "client"),
    [
        (0, "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        (1, "192.0.2.1", "", "192.0.2.1"),
        (1, "192.0.2.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "192.0.2.1", "203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (1, "192.0.2.1", "198.51.100.7:4711", "198.51.100.7"),
        (1, "192.0.2.1", "unknown", "192.0.2.1"),
        (1, "192.0.2.1", "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        (0, "2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        (0, "::1", "", "::/64"),
        (0, "::ffff:192.0.2.1", "", "192.0.2.1"),
        (0, "", "", ""),
    ],
)
def test_a_client_is_an_address_that_can_be_trusted(
    settings: Settings, proxies: int, remote: str, forwarded: str, client: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    assert client_of(remote, forwarded) == client


def test_clients_behind_a_proxy_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, hands: Hands, house: House
) -> None:
    monkeypatch.setattr(limits, "MAX_UPLOADS_PER_CLIENT", 1)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    uploads = [uploading(house, client=client) for client in ("198.51.100.7", "198.51.100.8")]
    assert refused(house, client="203.0.113.9, 198.51.100.8")
    for upload in uploads:
        upload.sendall(bytes(MB))
        assert upload.recv(12) == b"HTTP/1.1 200"


def uploading(
    house: House, sent: int = MB, size: int = 2 * MB, source: str = "127.0.0.1", client: str = ""
) -> socket.socket:
    """An upload that the server knows of, and so many bytes of it."""
    line = house.begin("/compose", bytes(sent), size, with_client(client), source)
    assert wait_shortly(lambda: has_come(house, line, sent))
    return line


def has_come(house: House, line: socket.socket, sent: int) -> bool:
    """Whether what a client sent of an upload has a place and was read."""
    channels = [
        channel for channel in list(house.server.active_channels.values()) if channel.addr == line.getsockname()
    ]
    return any(
        channel.request in counted(house) and channel.request.body_bytes_received == sent for channel in channels
    )


def refused(house: House, client: str = "") -> bool:
    """Whether one more upload has no place."""
    return house.begin("/compose", b"abc", 2 * MB, with_client(client)).recv(12) == b"HTTP/1.1 503"


def with_client(client: str) -> str:
    return f"{SIGNED_IN}\r\nX-Forwarded-For: {client}" if client else SIGNED_IN


def wait_shortly(is_so: Callable[[], object]) -> bool:
    """Whether it became so within a minute, asked all the time."""
    end = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.0005)
    return True


def counted(house: House) -> list[Request]:
    requests = [channel.request for channel in list(house.server.active_channels.values())]
    return [request for request in requests if request and request.is_counted]


def test_a_large_answer_is_made_as_it_is_read(house: House) -> None:
    line = house.line()
    line.request("GET", "/large")
    answer, most = line.getresponse(), 0
    read = 0
    while piece := answer.read(MB):
        read += len(piece)
        most = max(most, house.sent - read)
    assert read == PIECES * MB
    assert most < PIECES // 2 * MB


def test_an_answer_that_nobody_reads_ends(hurried: None, house: House) -> None:
    line = house.line()
    line.request("GET", "/large")
    assert house.ended.wait(60)
    assert house.sent < PIECES * MB


def test_a_slow_reader_may_take_as_long_as_it_takes(hands: Hands, house: House) -> None:
    """In packets as large as the machine itself takes, for which the kernel would hold megabytes."""
    line = house.narrow()
    line.request("GET", "/file")
    answer, read = line.getresponse(), 0
    [channel] = house.server.active_channels.values()
    looks = []
    while piece := answer.read(4096):
        read += len(piece)
        hands.seconds += len(piece) / PHONE
        looks.append(channel.is_overdue())
    assert read == FILE_SIZE
    assert not any(looks)


def test_who_reads_a_little_now_and_then_is_left_and_the_file_with_it(hands: Hands, house: House) -> None:
    """In packets as small as a network's, for which the kernel holds little: what is read soon makes room for more."""
    line = house.narrow(1400)
    line.request("GET", "/file")
    answer, read = line.getresponse(), 0
    with suppress(ConnectionError, http.client.IncompleteRead):
        while piece := answer.read(32 * 1024):
            read += len(piece)
            hands.seconds += STALL_SECONDS - 5
    assert read < FILE_SIZE
    assert house.ended.wait(60)


def test_an_answer_that_took_long_to_make_is_not_too_late_to_be_read(
    monkeypatch: pytest.MonkeyPatch, house: House
) -> None:
    def late(environ: dict[str, Any], start_response: Callable[..., object]) -> Any:
        environ["waitress.client_disconnected"].__self__.deadline -= 3600
        start_response("200 OK", [("Content-Length", "5")])
        return [b"hello"]

    looks: list[bool] = []
    flush = Channel._flush_some

    def looked_at(channel: Channel, **options: bool) -> bool:
        looks.append(channel.is_overdue())
        return flush(channel, **options)

    monkeypatch.setattr(Channel, "_flush_some", looked_at)
    house.server.application = late
    assert house.get() == 200
    assert looks and not any(looks)


def test_who_leaves_is_not_answered_any_more(house: House) -> None:
    line = house.line()
    line.request("GET", "/large")
    assert wait_for(lambda: house.asked)
    line.sock.close()
    assert house.ended.wait(60)
    assert house.sent < PIECES * MB


def test_a_connection_serves_many_requests(house: House) -> None:
    line = house.line()
    line.connect()
    first = line.sock
    for method, path, length in [("GET", "/", 5), ("HEAD", "/", 0), ("GET", "/nothing", 0), ("HEAD", "/large", 0)]:
        line.request(method, path)
        answer = line.getresponse()
        assert len(answer.read()) == length
        assert line.sock is first
    assert house.ended.is_set() is False
    line.request("POST", "/", b"12345678")
    assert line.getresponse().read() == b"12345678"


@pytest.mark.parametrize("size", [1, 100, 2**20], ids=["by byte", "in pieces", "at once"])
def test_pipelined_requests_are_answered_in_order(house: House, size: int) -> None:
    posts = [(f"/{number}", f"body {number}" * number) for number in range(1, 100)]
    data = b"".join(head(path, f"Content-Length: {len(body)}") + body.encode() + b"\r\n" for path, body in posts[:-1])
    data += head(posts[-1][0], "Connection: close", f"Content-Length: {len(posts[-1][1])}") + posts[-1][1].encode()
    line = house.connect()
    sending = threading.Thread(target=lambda: [line.sendall(data[at : at + size]) for at in range(0, len(data), size)])
    sending.start()
    assert bodies(line) == [body.encode() for _, body in posts]
    assert house.asked == [path for path, _ in posts]
    sending.join()


def bodies(line: socket.socket) -> list[bytes]:
    """What the answers on a connection hold, until it ends."""
    found = []
    with line.makefile("rb") as file:
        while file.readline():
            found.append(file.read(int(http.client.parse_headers(file)["Content-Length"])))
    return found


def test_who_sends_no_more_after_pipelined_requests_gets_all_answers(house: House) -> None:
    line = house.connect()
    line.sendall(3 * b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    line.shutdown(socket.SHUT_WR)
    assert bodies(line) == [b"hello"] * 3


def test_what_comes_behind_the_last_request_costs_no_answer(house: House) -> None:
    line = house.connect()
    last = b"GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with suppress(ConnectionError):
        line.sendall(last + 40_000 * b"GET /more HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert bodies(line) == [b"hello"]
    assert house.asked == ["/last"]


def test_a_header_has_its_bounds(house: House) -> None:
    line = house.connect()
    with suppress(ConnectionError):  # it need not read to the end what it refuses
        line.sendall(head("/", "X: " + "x" * 70_000))
    assert line.recv(12)[9:] == b"431"


@pytest.mark.parametrize(
    ("sent", "method", "status"),
    [
        (head("/accounts/login/", f"Content-Length: {2 * MB}"), "POST", 413),
        (head("/compose", f"Content-Length: {2 * MB}", SIGNED_IN) + b"abc", "POST", 503),
        (head("/", "X: " + "x" * MAX_HEADER_BYTES), "-", 431),
        (head("/", "Content-Length: two"), "POST", 400),
        (head("/", "Transfer-Encoding: gzip"), "POST", 501),
        (b"no request\r\n\r\n", "-", 400),
        (b"no request\r\nHost: localhost\r\n\r\n", "-", 400),
    ],
)
@pytest.mark.parametrize("proxies", [0, 1])
def test_what_the_server_itself_refuses_has_an_id_and_a_line_in_the_log(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    proxies: int,
    sent: bytes,
    method: str,
    status: int,
) -> None:
    monkeypatch.setattr(limits, "MAX_UPLOADS", 1)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    upload, line = uploading(house), house.connect()
    with caplog.at_level("INFO", "imageweb.requests"), suppress(ConnectionError):
        line.sendall(sent.replace(b"Host:", b"X-Request-ID: of-the-proxy\r\nHost:"))
        answer = line.makefile("rb").read().decode()
    upload.close()
    assert answer.split()[1] == str(status)
    (number,) = re.findall(r"^X-Request-Id: (.+)\r$", answer, re.MULTILINE)
    assert (number == "of-the-proxy") if proxies and b"Host:" in sent and status != 431 else number.startswith("e-")
    (entry,) = [entry for entry in caplog.records if entry.name == "imageweb.requests"]
    assert entry.__dict__["fields"] == {"method": method, "status": status}


@pytest.mark.parametrize(
    ("path", "cookie", "size", "status"),
    [
        ("/", "", 1, 200),
        ("/accounts/login/", "", 2, 413),
        ("/accounts/login/", "signed in", 2, 413),
        ("/compose", "", 1, 200),
        ("/compose", "", 2, 413),
        ("/compose", "Cookie: other=1; imageweb_session=", 2, 413),
        ("/compose", "Cookie: imageweb_session_x=1", 2, 413),
        ("/compose", "signed in", 40, 200),
        ("/compose/preview", "signed in", 40, 200),
        ("/references", "signed in", 40, 200),
        ("/references/", "signed in", 2, 413),
        ("/compose", "signed in", 90, 413),
    ],
)
def test_a_body_is_no_larger_than_its_address_takes(
    house: House, path: str, cookie: str, size: int, status: int
) -> None:
    body = bytes(size * MB if status == 200 else 0)
    line = house.begin(path, body, size * MB, SIGNED_IN if cookie == "signed in" else cookie)
    assert line.recv(12)[9:] == str(status).encode()
    assert house.asked == [path] * (status == 200)


def test_who_asks_first_is_refused_first(house: House) -> None:
    line = house.connect()
    line.sendall(head("/accounts/login/", f"Content-Length: {5 * MB}", "Expect: 100-continue"))
    answer = line.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 413 ") and b" 100 " not in answer


def test_who_asks_first_and_sends_no_body_is_answered_at_once(house: House) -> None:
    line = house.connect()
    line.sendall(2 * head("/", "Content-Length: 0", "Expect: 100-continue"))
    assert line.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 200"
    line.sendall(head("/", "Content-Length: 2", "Expect: 100-continue", "Connection: close"))
    with line.makefile("rb") as file:
        statuses = []
        while status := file.readline().split()[1:2]:
            statuses += status
            file.read(int(http.client.parse_headers(file).get("Content-Length", 0)))
            if status == [b"100"]:
                line.sendall(b"xx")
    assert statuses == [b"200", b"200", b"100", b"200"]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [("/draft", "The request is too large. At most 1 MB can be sent here."), ("/compose", "Sign in before you upload")],
)
def test_who_sends_on_all_the_same_can_read_why_not(house: House, path: str, sentence: str) -> None:
    line = house.begin(path, b"", 20 * MB)
    assert wait_for(lambda: any(channel.linger_until for channel in house.server.active_channels.values()))
    for _ in range(20):
        line.sendall(bytes(MB))
    answer = line.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 413 ") and sentence.encode() in answer
    assert house.asked == []


def test_who_sends_on_after_a_refusal_is_left_soon(hands: Hands, house: House) -> None:
    line = house.begin("/draft", b"", 20 * MB)
    assert wait_for(lambda: any(channel.linger_until for channel in house.server.active_channels.values()))
    [channel] = house.server.active_channels.values()
    assert not channel.is_overdue()
    hands.seconds += LINGER_SECONDS + 1
    assert channel.is_overdue()
    line.close()


@pytest.mark.parametrize(("path", "cookie", "most"), [("/", "", 1), ("/compose", "", 1), ("/compose", "signed in", 82)])
def test_a_body_without_a_length_is_held_to_the_same_as_it_arrives(
    house: House, path: str, cookie: str, most: int
) -> None:
    request = Request(house.server.adj)
    request.received(head(path, "Transfer-Encoding: chunked", SIGNED_IN if cookie else ""))
    sent = 0
    while not request.completed:
        request.received(f"{MB:x}\r\n".encode() + bytes(MB) + b"\r\n")
        sent += 1
    assert sent == most and isinstance(request.error, TooLarge)


def test_a_body_in_chunks_is_read_as_one_with_a_length(house: House) -> None:
    request = Request(house.server.adj)
    request.received(head("/", "Transfer-Encoding: chunked"))
    request.received(b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n")
    assert (request.completed, request.error) == (True, None)
    assert (request.headers["CONTENT_LENGTH"], request.get_body_stream().read()) == ("7", b"abcdefg")


def test_a_body_without_a_length_is_refused_while_it_comes(house: House) -> None:
    line = house.connect()
    line.sendall(head("/", "Transfer-Encoding: chunked") + f"{2 * MB:x}\r\n".encode())
    with suppress(ConnectionError):
        line.sendall(bytes(2 * MB))
    assert line.recv(12)[9:] == b"413"
    assert house.asked == []


@pytest.mark.parametrize(
    "head",
    [
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        "POST / HTTP/1.1\r\nContent-Length: " + "9" * 5000,
        "GET http://[ HTTP/1.1",
    ],
    ids=["two lengths", "a number of 5,000 digits", "half an address"],
)
def test_a_request_that_can_be_read_in_two_ways_or_none_is_refused(house: House, head: str) -> None:
    line = house.connect()
    line.sendall(f"{head}\r\nHost: localhost\r\n\r\n0\r\n\r\nGET /second HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    answer = line.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert house.asked == []


@pytest.mark.parametrize("begin", [b"1;", b"0\r\n"], ids=["extension", "trailer"])
def test_what_stands_around_the_chunks_has_its_bounds(house: House, begin: bytes) -> None:
    line = house.connect()
    line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + begin)
    with suppress(ConnectionError):
        line.sendall(b"x" * (MAX_HEADER_BYTES + 1))
    assert line.recv(12)[9:] == b"431"
    assert house.asked == []


def test_a_stop_lets_what_runs_finish(monkeypatch: pytest.MonkeyPatch, house: House) -> None:
    monkeypatch.setattr(limits, "SHUTDOWN_SECONDS", 120)
    begun = house.begin(length=2)
    house.get()
    house.server.stop()

    def is_refused() -> bool:
        try:
            house.connect().close()
        except ConnectionError:  # refused, or reset: it came while the door was closing
            return True
        return False

    assert wait_for(is_refused)
    begun.sendall(b"y")
    assert begun.recv(12) == b"HTTP/1.1 200"
    house.thread.join(60)
    assert not house.thread.is_alive()
