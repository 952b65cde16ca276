"""The paid call against upstreams that misbehave, over real sockets. `send` answers every one of them with an
Exchange."""

import gzip
import hashlib
import json
import socket
import subprocess
import sys
import textwrap
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generations.client import Client, Timeouts
from generations.errors import (
    AddressRefused,
    Cancelled,
    Cut,
    GenerationError,
    InvalidRequest,
    NotConnected,
    Redirected,
    RequestTooLarge,
    TimedOut,
    TooLarge,
    Unreadable,
)
from generations.protocol.exchange import Exchange
from generations.protocol.request import ChatMessage, Request
from generations.wire import CancelScope
from tests.support import hostile
from tests.support.hostile import chunked, close_delimited, sized, tripwire, upstream
from tests.support.ports import closed_port
from tests.support.threads import at_once

BODY = b'{"model":"m","messages":[],"stream":false}'
STREAMED = b'{"model":"m","messages":[],"stream":true}'
ANSWER = b'{"choices":[]}'


def sent(answer: hostile.Answer, body: bytes = BODY, **options: Any) -> Exchange:
    with upstream(answer) as server:
        return Client(f"{server.url}/v1", "sk-key", **options).send(body)


def soon(act: Callable[[], None]) -> None:
    """Do it in a moment, while this thread waits for something else."""
    threading.Timer(0.1, act).start()


def test_a_request_arrives_as_it_was_given_and_the_answer_is_kept_as_it_came() -> None:
    with upstream(sized(ANSWER, b"X-Request-Id: r1", b"Set-Cookie: a=b", b"X-RateLimit-Left: 3")) as server:
        exchange = Client(f"{server.url}/v1", "sk-key", headers={"X-Team": "blue"}).send(BODY, idempotency_key="i1")
        (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    for line in (
        b"authorization: bearer sk-key",
        b"x-team: blue",
        b"idempotency-key: i1",
        b"accept-encoding: identity",
    ):
        assert line in head.lower()
    assert body == exchange.request_body == BODY
    assert (exchange.method, exchange.url) == ("POST", f"{server.url}/v1/chat/completions")
    assert exchange.request_headers["authorization"] == "Bearer sk-key"
    assert (exchange.status, exchange.body, exchange.ended, exchange.failure) == (200, ANSWER, True, None)
    assert exchange.headers == {
        "content-type": "application/json",
        "x-request-id": "r1",
        "x-ratelimit-left": "3",
    }
    assert exchange.request_written
    assert exchange.sent_at and exchange.first_byte_at and exchange.done_at
    assert exchange.sent_at <= exchange.first_byte_at <= exchange.done_at
    assert exchange.sent_at.tzinfo is UTC


def test_a_request_of_the_protocol_is_sent_as_its_json() -> None:
    with upstream(sized(ANSWER)) as server:
        request = Request(model="m", messages=[ChatMessage(role="user", content="a cat")])
        exchange = Client(f"{server.url}/v1").send(request)
    assert json.loads(exchange.request_body)["messages"] == [{"role": "user", "content": "a cat"}]
    assert b"authorization" not in server.requests[0].lower()


@pytest.mark.parametrize(
    ("base", "target"),
    [
        ("/v1", b"/v1/chat/completions"),
        ("/v1/", b"/v1/chat/completions"),
        ("", b"/chat/completions"),
        ("/", b"/chat/completions"),
        ("/openai/deployments/a%20b?api-version=1#x", b"/openai/deployments/a%20b/chat/completions?api-version=1"),
    ],
)
def test_the_path_is_added_to_any_prefix(base: str, target: bytes) -> None:
    with upstream(sized(ANSWER)) as server:
        Client(f"{server.url}{base}").send(BODY)
        assert server.requests[0].split(b" ")[1] == target


def test_models_are_asked_for_by_get() -> None:
    with upstream({"/v1/models": sized(b'{"data":[]}')}) as server:
        exchange = Client(f"{server.url}/v1", "sk-key").models()
    assert (exchange.method, exchange.status, exchange.body) == ("GET", 200, b'{"data":[]}')
    assert server.requests[0].startswith(b"GET /v1/models HTTP/1.1\r\n")


@pytest.mark.parametrize("answer", [sized(ANSWER), chunked(ANSWER[:3], ANSWER[3:]), close_delimited(ANSWER)])
def test_each_way_to_frame_an_answer_is_read_to_its_end(answer: hostile.Answer) -> None:
    exchange = sent(answer)
    assert (exchange.body, exchange.ended, exchange.failure) == (ANSWER, True, None)


def test_an_answer_is_shown_as_it_arrives() -> None:
    pieces: list[bytes] = []
    with upstream(chunked(b"data: 1\n\n", b"data: 2\n\n")) as server:
        exchange = Client(f"{server.url}/v1").send(STREAMED, on_bytes=pieces.append)
    assert b"".join(pieces) == exchange.body == b"data: 1\n\ndata: 2\n\n"


def test_an_error_status_is_an_answer() -> None:
    exchange = sent(sized(b'{"error":{}}', b"Retry-After: 2", status=b"429 Too Many Requests"))
    assert (exchange.status, exchange.headers["retry-after"], exchange.failure) == (429, "2", None)


CUTS = {
    "by length": (hostile.cut_by_length(b"data: half"), b"data: half"),
    "by chunk": (hostile.cut_by_chunk(b"data: half"), b"data: halfab"),
    "in the headers": (hostile.cut_in_the_headers, b""),
    "at once": (hostile.cut_at_once, b""),
    "by a reset": (hostile.reset, b""),
}


@pytest.mark.parametrize(("answer", "kept"), CUTS.values(), ids=CUTS)
def test_every_cut_after_the_request_is_the_same_failure(answer: hostile.Answer, kept: bytes) -> None:
    exchange = sent(answer)
    assert type(exchange.failure) is Cut
    assert exchange.failure.charged == "maybe"
    assert (exchange.ended, exchange.body, exchange.request_written) == (False, kept, True)


def test_a_request_is_sent_once_whatever_happens() -> None:
    with upstream(hostile.cut_at_once) as server:
        Client(f"{server.url}/v1").send(BODY)
        assert len(server.requests) == 1


def test_a_call_ends_at_its_total_time() -> None:
    endless = [hostile.drip_headers, hostile.drip_body, hostile.silent]
    calls = [partial(sent, answer, body, timeouts=Timeouts(total=4)) for answer in endless for body in (BODY, STREAMED)]
    for exchange in at_once(*calls):
        assert type(exchange.failure) is TimedOut
        assert exchange.failure.detail == "It took longer than 4 s."
        assert exchange.sent_at and exchange.done_at
        assert exchange.request_written
        assert not exchange.ended


def late(line: Any) -> None:
    """The answer after a silence."""
    threading.Event().wait(1)
    sized(ANSWER)(line)


def test_silence_ends_a_streamed_answer_but_not_one_in_one_piece() -> None:
    assert type(sent(hostile.silent, STREAMED, timeouts=Timeouts(idle=0.3)).failure) is TimedOut
    assert sent(late, BODY, timeouts=Timeouts(idle=0.3)).body == ANSWER


@pytest.mark.parametrize("stream", [True, False])
def test_whoever_says_whether_it_is_a_stream_is_believed(stream: bool) -> None:
    body = json.dumps({"model": "m", "stream": not stream}).encode()
    with upstream(late) as server:
        exchange = Client(f"{server.url}/v1", timeouts=Timeouts(idle=0.3)).send(body, stream=stream)
    assert (type(exchange.failure) is TimedOut) == stream


def test_an_answer_that_does_not_end_is_kept_to_the_cap() -> None:
    exchange = sent(hostile.endless_body, max_body=300_000)
    assert type(exchange.failure) is TooLarge
    assert exchange.body == b"x" * 300_000
    assert not exchange.ended


def test_an_answer_of_exactly_the_cap_is_whole() -> None:
    exchange = sent(sized(bytes(300_000)), max_body=300_000)
    assert (len(exchange.body), exchange.ended, exchange.failure) == (300_000, True, None)


def test_a_line_of_ten_million_characters_is_read() -> None:
    exchange = sent(hostile.long_line, STREAMED)
    assert exchange.failure is None
    assert len(exchange.body) == 10_000_000 + len(b'data: {"a":""}\n\n')


PACKED: dict[str, tuple[bytes, bytes]] = {
    "gzip": (gzip.compress(ANSWER), b"Content-Encoding: gzip"),
    "gzip without a label": (gzip.compress(ANSWER), b"X-A: b"),
    "gzip labelled br": (gzip.compress(ANSWER), b"Content-Encoding: br"),
    "gzip twice": (gzip.compress(gzip.compress(ANSWER)), b"Content-Encoding: gzip, gzip"),
    "zlib": (zlib.compress(ANSWER), b"Content-Encoding: deflate"),
    "plain, labelled gzip": (ANSWER, b"Content-Encoding: gzip"),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_compressed_answer_is_kept_unpacked(name: str) -> None:
    body, header = PACKED[name]
    exchange = sent(hostile.sized(body, header))
    assert (exchange.failure, exchange.body, exchange.ended) == (None, ANSWER, True)


def test_a_compressed_answer_that_is_cut_off_is_kept_as_far_as_it_came() -> None:
    answer = b"".join(hashlib.sha256(b"%d" % n).hexdigest().encode() for n in range(500))
    packed = gzip.compress(answer)
    exchange = sent(lambda line: hostile.sized(packed)(_Half(line, len(packed))))
    assert type(exchange.failure) is Cut
    assert answer.startswith(exchange.body)
    assert exchange.body


class _Half:
    """A socket that breaks half-way through the last so many bytes of what is sent."""

    def __init__(self, line: socket.socket, body: int) -> None:
        self.line, self.body = line, body

    def sendall(self, data: bytes) -> None:
        self.line.sendall(data[: len(data) - self.body // 2])


def test_a_compressed_answer_never_grows_past_the_cap() -> None:
    body = gzip.compress(b" " * 5_000_000)
    exchange = sent(hostile.sized(body), max_body=1_000_000)
    assert type(exchange.failure) is TooLarge
    assert exchange.body == body


@pytest.mark.parametrize(
    "answer", [hostile.gzip_bomb, hostile.sized(b"\xfe\xff\x00" * 20, b"Content-Encoding: something")]
)
def test_what_does_not_unpack_to_an_answer_is_kept_packed_and_not_read(answer: hostile.Answer) -> None:
    exchange = sent(answer)
    assert type(exchange.failure) is Unreadable
    assert len(exchange.body) < 200_000
    assert exchange.ended


@pytest.mark.parametrize("answer", [hostile.not_http, hostile.endless_header])
def test_what_is_not_http_is_unreadable(answer: hostile.Answer) -> None:
    assert type(sent(answer).failure) is Unreadable


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_of_the_paid_call_is_not_followed(status: str) -> None:
    with tripwire() as elsewhere:
        exchange = sent(hostile.redirect(f"http://127.0.0.1:{elsewhere}/v1/chat/completions", status))
    assert type(exchange.failure) is Redirected
    assert f"127.0.0.1:{elsewhere}" in exchange.failure.detail
    assert (exchange.status, exchange.body) == (int(status[:3]), b"elsewhere")


@pytest.mark.parametrize("location", ["data:text/html,x", "http://[", "//", "http://a:b:c/", "\x7f", "x" * 9000])
def test_a_hostile_location_is_only_a_redirect(location: str) -> None:
    assert type(sent(hostile.redirect(location)).failure) is Redirected


def test_a_closed_port_was_surely_not_charged() -> None:
    exchange = Client(f"http://127.0.0.1:{closed_port()}/v1").send(BODY)
    assert type(exchange.failure) is NotConnected
    assert (exchange.failure.charged, exchange.request_written, exchange.status) == ("no", False, None)


def test_what_kept_a_connection_from_being_made_is_told_apart() -> None:
    def obstacle(base: str) -> str:
        return Client(base, timeouts=Timeouts(connect=0.5)).models().obstacle

    assert obstacle(f"http://127.0.0.1:{closed_port()}/v1") == "refused"
    assert obstacle("http://no-such-name.invalid/v1") == "name"
    with hostile.black_hole() as port:
        assert obstacle(f"http://127.0.0.1:{port}/v1") == "timeout"
    with upstream(sized(ANSWER)) as server:
        assert obstacle(f"{server.url}/v1") == ""


def test_a_long_request_is_compressed_where_that_is_wanted_and_kept_as_it_was() -> None:
    long = b'{"model":"m","messages":[],"stream":false,"x":"' + b"a" * 5000 + b'"}'
    with upstream(sized(ANSWER)) as server:
        client = Client(f"{server.url}/v1", compresses=True)
        exchanges = [client.send(body) for body in (long, BODY)]
        packed, plain = (request.partition(b"\r\n\r\n") for request in server.requests)
    assert b"content-encoding: gzip" in packed[0].lower() and gzip.decompress(packed[2]) == long
    assert b"content-encoding" not in plain[0].lower() and plain[2] == BODY
    assert [exchange.request_body for exchange in exchanges] == [long, BODY]


def test_a_request_over_the_providers_limit_is_not_sent() -> None:
    with upstream(sized(ANSWER)) as server:
        client = Client(f"{server.url}/v1", max_request=len(BODY))
        assert client.send(BODY).failure is None
        exchange = client.send(BODY + b" ")
        assert len(server.requests) == 1
    assert type(exchange.failure) is RequestTooLarge
    assert (exchange.failure.charged, exchange.request_written) == ("no", False)


def test_a_full_port_and_an_unknown_name_were_surely_not_charged() -> None:
    with hostile.black_hole() as port:
        for base in (f"http://127.0.0.1:{port}/v1", "http://no-such-name.invalid/v1"):
            exchange = Client(base, timeouts=Timeouts(connect=0.5)).send(BODY)
            assert type(exchange.failure) is NotConnected
            assert not exchange.request_written


def test_a_server_that_speaks_no_tls_was_surely_not_charged() -> None:
    with upstream(sized(ANSWER)) as server:
        exchange = Client(f"https://127.0.0.1:{server.port}/v1", timeouts=Timeouts(connect=1)).send(BODY)
    assert type(exchange.failure) is NotConnected
    assert not exchange.request_written


def test_a_body_nobody_takes_may_have_been_charged() -> None:
    """A write that stalls half-way: bytes have left, so nobody can know."""

    over = threading.Event()
    server = hostile.Upstream({})
    server._serve = lambda line: over.wait(60)
    try:
        exchange = Client(f"{server.url}/v1", timeouts=Timeouts(write=0.5)).send(bytes(30_000_000))
    finally:
        over.set()
        server.close()
    assert type(exchange.failure) is TimedOut
    assert exchange.request_written


@pytest.mark.parametrize(
    "base",
    [
        "",
        "example.com/v1",
        "ftp://example.com",
        "file:///etc/passwd",
        "http://",
        "http://[::1",
        "http://user:word@example.com/v1",
        "http://example.com:99999/v1",
        "http://exa\0mple.com",
        "http://xn--/v1",
        "http://example.com:0/v1",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_web_address_is_refused_before_anything_is_sent(base: str) -> None:
    exchange = Client(base).send(BODY)
    assert type(exchange.failure) is AddressRefused
    assert exchange.failure.charged == "no"


def test_an_inside_address_is_called_only_where_it_may_be() -> None:
    with tripwire() as port:
        exchange = Client(f"http://127.1:{port}/v1", private_ok=False).send(BODY)
    assert type(exchange.failure) is AddressRefused


@pytest.mark.parametrize("key", ["sk\r\nX-Evil: 1", "sk-ключ", "sk\0", "sk\n"])
def test_a_key_that_is_no_header_is_refused_without_repeating_it(key: str) -> None:
    with upstream(sized(ANSWER)) as server:
        exchange = Client(f"{server.url}/v1", key).send(BODY)
        assert server.requests == []
    assert type(exchange.failure) is InvalidRequest
    assert "sk" not in exchange.failure.detail
    assert not exchange.request_written


def test_a_person_can_stop_a_running_call() -> None:
    scope = CancelScope()
    with upstream(hostile.drip_body) as server:
        exchange = Client(f"{server.url}/v1").send(BODY, scope=scope, on_bytes=lambda _: soon(scope.cancel))
        assert server.dropped.wait(60)
    assert type(exchange.failure) is Cancelled
    assert exchange.failure.charged == "maybe"
    assert exchange.body.startswith(b".")
    assert not exchange.ended


def test_what_is_stopped_before_it_was_sent_was_surely_not_charged() -> None:
    scope = CancelScope()
    scope.cancel()
    with tripwire() as port:
        exchange = Client(f"http://127.0.0.1:{port}/v1").send(BODY, scope=scope)
    assert type(exchange.failure) is Cancelled
    assert (exchange.failure.charged, exchange.request_written) == ("no", False)


def test_a_stop_during_connecting_ends_it_and_was_surely_not_charged() -> None:
    scope = CancelScope()
    with hostile.black_hole() as port:
        soon(scope.cancel)
        exchange = Client(f"http://127.0.0.1:{port}/v1", timeouts=Timeouts(connect=60)).send(BODY, scope=scope)
    assert type(exchange.failure) is Cancelled
    assert exchange.failure.charged == "no"


def test_a_stop_ends_a_close_delimited_answer_as_a_stop_not_as_its_end() -> None:
    """A socket that we shut down reads like one the other side has closed."""
    scope = CancelScope()

    def half(line: Any) -> None:
        close_delimited(b"data: half")(line)
        hostile.silent(line)

    with upstream(half) as server:
        exchange = Client(f"{server.url}/v1").send(BODY, scope=scope, on_bytes=lambda _: scope.cancel())
    assert type(exchange.failure) is Cancelled
    assert (exchange.body, exchange.ended) == (b"data: half", False)


def test_proxies_and_netrc_of_the_environment_have_no_effect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password word\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with tripwire() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        with upstream(sized(ANSWER)) as server:
            assert Client(f"{server.url}/v1").send(BODY).body == ANSWER
        assert b"authorization" not in server.requests[0].lower()


def test_a_client_is_shared_by_threads() -> None:
    exchanges: list[Exchange] = []
    with upstream(sized(ANSWER)) as server:
        client = Client(f"{server.url}/v1")
        threads = [threading.Thread(target=lambda: exchanges.append(client.send(BODY))) for _ in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [exchange.body for exchange in exchanges] == [ANSWER] * 30


def test_a_cookie_is_not_brought_back() -> None:
    with upstream(sized(ANSWER, b"Set-Cookie: a=b; Path=/")) as server:
        client = Client(f"{server.url}/v1")
        client.send(BODY)
        client.send(BODY)
        assert b"cookie" not in server.requests[1].lower()


def test_endless_and_packed_answers_cost_little_memory() -> None:
    """Measured in a process of its own: at most twice the cap for one without end, next to nothing for a bomb."""
    code = """
        import resource
        from generations.client import Client
        from tests.support import hostile
        def peak():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        answers = {"/v1/chat/completions": hostile.gzip_bomb, "/e/chat/completions": hostile.endless_body}
        with hostile.upstream(answers) as server:
            Client(f"{server.url}/v1").send(b"{}")
            start = peak()
            Client(f"{server.url}/v1").send(b"{}")
            packed = peak()
            Client(f"{server.url}/e", max_body=32 * 2**20).send(b"{}")
            print(packed - start, peak() - packed)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, check=True)
    packed, endless = map(int, run.stdout.split())
    assert packed < 5
    assert endless < 64 + 8


def in_process(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    mark = json.loads(body)["model"]
    assert environ["PATH_INFO"] == "/v1/chat/completions"
    start("200 OK", [("Content-Type", "text/event-stream"), *([("Content-Length", "99")] if mark == "short" else [])])
    return drawing(mark)


over, closed = threading.Event(), threading.Event()


def drawing(mark: str) -> Iterator[bytes]:
    try:
        yield b"data: 1\n\n"
        if mark == "broken":
            raise OSError("the application fell over")
        while mark == "endless":
            yield b"." * 65536
        if mark == "slow":
            while True:
                threading.Event().wait(0.05)
                yield b":\n"
        if mark == "silent":
            over.wait(60)
        yield b"data: [DONE]\n\n"
    finally:
        closed.set()


WHOLE = b"data: 1\n\ndata: [DONE]\n\n"
IN_PROCESS: dict[str, tuple[type[GenerationError] | None, bytes]] = {
    "fine": (None, WHOLE),
    "short": (Cut, WHOLE),
    "broken": (Cut, b"data: 1\n\n"),
    "endless": (TooLarge, b"data: 1\n\n"),
    "slow": (TimedOut, b"data: 1\n\n"),
    "silent": (TimedOut, b"data: 1\n\n"),
}
IMPATIENT = {"slow": Timeouts(total=3), "silent": Timeouts(idle=3)}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("mark", IN_PROCESS)
def test_an_application_in_this_process_is_held_to_the_same_promises(mark: str) -> None:
    failure, kept = IN_PROCESS[mark]
    over.clear()
    closed.clear()
    timeouts = IMPATIENT.get(mark, Timeouts())
    client = Client("http://sandbox.local/v1", app=in_process, timeouts=timeouts, max_body=10_000_000)
    exchange = client.send(json.dumps({"model": mark, "stream": True}).encode())
    over.set()
    assert type(exchange.failure) is (failure or type(None))
    assert exchange.body.startswith(kept)
    assert exchange.request_written
    assert exchange.ended == (failure in (None, Unreadable))
    assert closed.wait(60)


def test_an_application_in_this_process_can_be_stopped() -> None:
    scope = CancelScope()
    over.clear()
    client = Client("http://sandbox.local/v1", app=in_process)
    exchange = client.send(b'{"model":"silent"}', scope=scope, on_bytes=lambda _: soon(scope.cancel))
    over.set()
    assert type(exchange.failure) is Cancelled
    assert exchange.body == b"data: 1\n\n"


def test_an_application_left_before_its_first_byte_does_not_linger() -> None:
    finished = threading.Event()

    def late(environ: dict[str, Any], start: Callable[..., Any]) -> Iterator[bytes]:
        threading.Event().wait(0.6)
        start("200 OK", [])
        return forever()

    def forever() -> Iterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            finished.set()

    exchange = Client("http://sandbox.local/v1", app=late, timeouts=Timeouts(total=0.2)).send(BODY)
    assert type(exchange.failure) is TimedOut
    assert finished.wait(60)


def test_no_free_socket_is_a_connection_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*args: object) -> None:
        raise OSError(24, "Too many open files")

    with upstream(sized(ANSWER)) as server:
        monkeypatch.setattr(socket, "socket", none_left)
        exchange = Client(f"{server.url}/v1").send(BODY)
        monkeypatch.undo()
    assert type(exchange.failure) is NotConnected
    assert exchange.failure.detail == "Too many open files"


HEADS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 307 X\r\nLocation: http://a/b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nab",
]


@settings(max_examples=60)
@given(st.sampled_from(HEADS), st.integers(0, 60), st.integers(0, 9), st.binary(max_size=9))
def test_any_bytes_in_answer_are_an_exchange(head: bytes, at: int, lost: int, put: bytes) -> None:
    spoiled = head[:at] + put + head[at + lost :]
    exchange = sent(lambda line: line.sendall(spoiled))
    assert exchange.done_at
    assert exchange.request_written
    assert exchange.ended or exchange.failure
    assert exchange.status or exchange.failure
