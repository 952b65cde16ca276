"""The socket layer itself: what ends a wait, which addresses are public, whose certificate is asked for."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from generations.client import Client
from generations.errors import AddressRefused, Cancelled, PictureRefused, TimedOut
from generations.imaging.fetch import fetch
from generations.wire import CancelScope, is_public, make_request, make_transport, sockets, transport, web_address
from tests.support import hostile
from tests.support.hostile import sized, upstream
from tests.support.ports import closed_port
from tests.support.worker import wait_for

PATIENCE = httpx.Timeout(90)


def get(url: str, scope: CancelScope | None = None, **options: Any) -> bytes:
    transport = make_transport(**{"private_ok": True, **options})
    with (
        scope or CancelScope(120),
        closing(transport.handle_request(make_request("GET", httpx.URL(url), {}, PATIENCE))) as answer,
    ):
        return b"".join(answer.iter_raw())


def is_early(scope: CancelScope) -> bool:
    """Whether no wait can have ended by itself yet: each may last a minute at least."""
    return scope.deadline is not None and time.monotonic() < scope.deadline - 60


# The scope


def test_a_wait_is_as_long_as_the_shortest_of_its_bounds() -> None:
    assert CancelScope().remaining() is None
    assert CancelScope().remaining(3) == 3
    assert CancelScope(6000).remaining(3) == 3
    assert 400 < (CancelScope(500).remaining(3000) or 0) <= 500
    assert 400 < (CancelScope(6000, outer=CancelScope(500)).remaining() or 0) <= 500
    assert 400 < (CancelScope(500, outer=CancelScope(6000)).remaining(3000) or 0) <= 500


def test_an_expired_or_cancelled_scope_allows_no_wait() -> None:
    for scope in (CancelScope(0), CancelScope(9, outer=CancelScope(0)), CancelScope(0, outer=CancelScope(9))):
        assert scope.expired
        with pytest.raises(TimedOut):
            scope.remaining()
    outer = CancelScope()
    inner = CancelScope(9, outer=outer)
    outer.cancel()
    outer.cancel()
    assert inner.cancelled
    with pytest.raises(Cancelled):
        inner.remaining()


def test_a_cancel_within_leaves_the_outer_scope_alone() -> None:
    outer = CancelScope()
    CancelScope(outer=outer).cancel()
    assert not outer.cancelled
    assert outer.remaining(1) == 1


def test_a_cancel_calls_back_at_once_whoever_registered_before_or_registers_later() -> None:
    outer, released = CancelScope(), []
    inner = CancelScope(outer=outer)
    with inner.on_cancel(lambda: released.append("dropped")):
        pass
    inner.add_callback(lambda: released.append("held"))
    outer.cancel()
    inner.add_callback(lambda: released.append("later"))
    assert released == ["held", "later"]


def test_a_scope_keeps_no_callback_once_the_call_is_over() -> None:
    scope = CancelScope()
    with upstream({"/": sized(b"ok")}) as server:
        for _ in range(3):
            assert get(server.url, CancelScope(9, outer=scope)) == b"ok"
    assert scope._callbacks == []


def test_scopes_of_two_threads_do_not_meet() -> None:
    """Each call has its own; a cut ends one of two that run at once."""
    first, second = CancelScope(120), CancelScope(120)
    ended: list[str] = []

    def call(name: str, scope: CancelScope, url: str) -> None:
        try:
            get(url, scope)
            ended.append(f"{name} whole")
        except Cancelled:
            ended.append(f"{name} cut")

    is_cut = threading.Event()

    def late(line: socket.socket) -> None:
        is_cut.wait(60)
        sized(b"ok")(line)

    with upstream({"/silent": hostile.silent, "/late": late}) as server:
        threads = [
            threading.Thread(target=call, args=("first", first, f"{server.url}/silent")),
            threading.Thread(target=call, args=("second", second, f"{server.url}/late")),
        ]
        for thread in threads:
            thread.start()
        assert wait_for(lambda: len(server.requests) == 2)
        first.cancel()
        threads[0].join()
        is_cut.set()
        threads[1].join()
    assert ended == ["first cut", "second whole"]


# Names and addresses


def slow_look_up(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: [over.wait(90)][:0])
    return over


def test_a_look_up_that_hangs_ends_with_the_connection_time(monkeypatch: pytest.MonkeyPatch) -> None:
    over = slow_look_up(monkeypatch)
    request = make_request("GET", httpx.URL("http://slow.test/"), {}, httpx.Timeout(20, connect=0.3))
    with pytest.raises((TimedOut, httpx.ConnectTimeout)):
        make_transport(private_ok=True).handle_request(request)
    over.set()


def test_a_look_up_that_hangs_can_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    over, scope = slow_look_up(monkeypatch), CancelScope(120)
    threading.Timer(0.2, scope.cancel).start()
    with pytest.raises(Cancelled):
        get("http://slow.test/", scope)
    assert is_early(scope)
    over.set()


def test_the_next_address_is_tried_when_the_first_is_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """localhost is often ::1 first, while the server listens on 127.0.0.1 alone."""
    real = socket.getaddrinfo
    with upstream({"/": sized(b"ok")}) as server, hostile.black_hole() as deaf:

        def getaddrinfo(host: str, port: int, **options: Any) -> list[Any]:
            found = [("127.0.0.1", deaf), ("::1", port), ("127.0.0.1", port)]
            return [info for address, at in found for info in real(address, at, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        request = make_request("GET", httpx.URL(f"http://two.test:{server.port}/"), {}, httpx.Timeout(20, connect=6))
        with closing(make_transport(private_ok=True).handle_request(request)) as answer:
            assert b"".join(answer.iter_raw()) == b"ok"


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "2001:4860:4860::8888"]
)
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)


LIARS = [
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "::169.254.169.254",
    "224.0.0.1",
    "ff02::1",
    "fec0::1",
]
INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.31.255.255",
    "192.168.1.1",
    "0.0.0.0",
    "255.255.255.255",
    "240.0.0.1",
    "198.18.0.1",
    "203.0.113.1",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::ffff:0:10.0.0.1",
    "64:ff9b:1::1",
    "2001:0:53aa:64c:0:0:f5ff:fffe",
    "2001:db8::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fc00::1",
    "100::1",
    "4000::1",
]


@pytest.mark.parametrize("address", LIARS + INSIDE)
def test_addresses_that_lead_inside_or_nowhere_are_not_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_no_ipv6_form_of_an_inside_ipv4_address_is_public(inner: ipaddress.IPv4Address) -> None:
    number = int(inner)
    for form in [number, (0xFFFF << 48) | number, (0x64FF9B << 96) | number, (0x2002 << 112) | (number << 80)]:
        assert not is_public(str(ipaddress.IPv6Address(form)))
    assert is_public(f"::ffff:{inner}") == is_public(str(inner))


@given(st.text())
def test_any_text_is_an_address_or_a_refusal(text: str) -> None:
    try:
        url = web_address(text)
    except AddressRefused as refusal:
        assert refusal.detail.endswith(".")
    else:
        assert url.scheme in ("http", "https")
        assert url.host


def test_sockets_of_this_machine_are_not_dialled() -> None:
    def anywhere(host: str, port: int) -> bool:
        return True

    with pytest.raises(AddressRefused):
        sockets.GuardedBackend(lambda host, port: True, lambda host, port: True, None).connect_unix_socket(
            "/var/run/docker.sock"
        )


def test_the_pool_is_ours() -> None:
    """The one place that reaches into httpx: a release that moves it must not silently bring back another dialler."""
    transport = make_transport(private_ok=False)
    pool = transport._pool
    assert isinstance(pool._network_backend, sockets.GuardedBackend)
    assert (pool._retries, pool._max_keepalive_connections) == (0, 0)
    with pytest.raises(AddressRefused):
        get(f"http://127.0.0.1:{closed_port()}/", private_ok=False)


# TLS


@pytest.fixture(scope="module")
def good_test(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for good.test, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "good.test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("good.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "good.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server_tls(good_test: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    trusting = ssl.create_default_context(cafile=str(good_test))
    monkeypatch.setattr(transport, "_tls", lambda: trusting)
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, **options: real("127.0.0.1", port, **options))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(good_test)
    yield context


def test_the_certificate_is_asked_for_the_name_not_the_address(server_tls: ssl.SSLContext) -> None:
    with upstream({"/": sized(b"secret")}, tls=server_tls) as server:
        assert get(f"https://good.test:{server.port}/") == b"secret"
        for name in ("bad.test", "127.0.0.1", ".good.test"):
            with pytest.raises(httpx.ConnectError):
                get(f"https://{name}:{server.port}/")
    assert len(server.requests) == 1


def test_a_certificate_nobody_signed_is_refused(server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_tls", ssl.create_default_context)
    with upstream({"/": sized(b"secret")}, tls=server_tls) as server:
        with pytest.raises(httpx.ConnectError):
            get(f"https://good.test:{server.port}/")


def test_a_call_says_how_it_was_encrypted_and_whose_certificate_it_did_not_trust(
    server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    with upstream({"/v1/models": sized(b"[]")}, tls=server_tls) as server:
        client = Client(f"https://good.test:{server.port}/v1")
        exchange = client.models()
        assert exchange.status == 200 and exchange.tls.startswith("TLSv1")
        assert exchange.certificate_until and exchange.certificate_until > datetime.datetime.now(datetime.UTC)
        assert Client(f"https://bad.test:{server.port}/v1").models().obstacle == "certificate"


def test_a_picture_is_not_led_on_from_https_to_http(server_tls: ssl.SSLContext) -> None:
    with upstream({"/a": sized(b"picture")}) as plain:
        onward = {"/": hostile.redirect(f"http://good.test:{plain.port}/a"), "/b": hostile.redirect("/c")}
        with upstream(onward | {"/c": sized(b"picture")}, tls=server_tls) as secured:
            assert fetch(f"https://good.test:{secured.port}/b", own_hosts={"good.test"}) == b"picture"
            with pytest.raises(PictureRefused, match="from https to http"):
                fetch(f"https://good.test:{secured.port}/", own_hosts={"good.test"})
        assert plain.requests == []


@pytest.mark.parametrize("end", ["cut", "time"])
def test_a_tls_greeting_that_is_never_answered_ends(server_tls: ssl.SSLContext, end: str) -> None:
    deaf = socket.create_server(("127.0.0.1", 0))
    scope = CancelScope(0.3 if end == "time" else 120)
    if end == "cut":
        threading.Timer(0.3, scope.cancel).start()
    with deaf, pytest.raises((Cancelled, TimedOut)):
        get(f"https://good.test:{deaf.getsockname()[1]}/", scope)
    assert not scope.is_sent


@pytest.mark.parametrize("answer", [hostile.silent, hostile.drip_headers, hostile.drip_body, hostile.endless_body])
def test_a_call_over_tls_can_be_cut(server_tls: ssl.SSLContext, answer: hostile.Answer) -> None:
    scope = CancelScope(120)
    with upstream({"/": hostile.cutting(scope, answer)}, tls=server_tls) as server:
        with pytest.raises(Cancelled):
            get(f"https://good.test:{server.port}/", scope)
        assert is_early(scope)
        assert server.dropped.wait(60)
    assert scope.is_sent


def test_a_call_over_tls_ends_in_time(server_tls: ssl.SSLContext) -> None:
    with upstream({"/": hostile.drip_headers}, tls=server_tls) as server:
        with pytest.raises(TimedOut):
            get(f"https://good.test:{server.port}/", CancelScope(0.5))


def test_cuts_at_any_moment_end_every_call(server_tls: ssl.SSLContext) -> None:
    """Thirty calls, plain and TLS, each cut at a moment of its own: none hangs, none fails in another way."""
    outcomes: list[str] = []

    def call(url: str, scope: CancelScope) -> None:
        try:
            get(url, scope)
        except Cancelled:
            outcomes.append("cut")

    with upstream({"/": hostile.drip_body}) as plain, upstream({"/": hostile.drip_body}, tls=server_tls) as secured:
        urls = [f"http://good.test:{plain.port}/", f"https://good.test:{secured.port}/"]
        scopes = [CancelScope(120) for _ in range(30)]
        calls = [threading.Thread(target=call, args=(urls[n % 2], scope)) for n, scope in enumerate(scopes)]
        cuts = [threading.Timer(n * 0.005, scope.cancel) for n, scope in enumerate(scopes)]
        for thread in [*calls, *cuts]:
            thread.start()
        for thread in calls:
            thread.join(120)
    assert outcomes == ["cut"] * 30
