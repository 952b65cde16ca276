"""Pictures by address, over real sockets. What must not be reached has a listener that fails the test."""

import gzip
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generations.errors import Cancelled, PictureGone, PictureNotFetched, PictureRefused
from generations.imaging.fetch import fetch
from generations.models import Provider
from generations.wire import CancelScope, sockets
from tests.support import hostile
from tests.support.hostile import HAS_IPV6, Upstream, redirect, sized, tripwire, upstream
from tests.support.ports import closed_port
from tests.support.samples import picture

PICTURE = picture("WEBP")
LOOPBACK = frozenset({"127.0.0.1"})


def refusal(url: str, **options: Any) -> str:
    with pytest.raises(PictureRefused) as caught:
        fetch(url, **options)
    return caught.value.detail


def resolve(monkeypatch: pytest.MonkeyPatch, names: dict[str, list[list[str]]]) -> list[str]:
    """Answers look-ups from `names`, one list of addresses after the other; gives the names as they are looked up."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        if host not in names:
            return real(host, port, *args, **options)
        asked.append(host)
        answers = names[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [info for address in addresses for info in real(address, port, *args, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_picture_of_the_providers_own_host_is_fetched_byte_for_byte() -> None:
    with upstream({"/a.webp": sized(PICTURE)}) as server:
        assert fetch(f"{server.url}/a.webp", own_hosts=LOOPBACK) == PICTURE
        assert fetch(f" {server.url}/a.webp#part\n", own_hosts={f"127.0.0.1:{server.port}"}) == PICTURE
        (request, _) = server.requests
    head = request.lower()
    assert b"accept-encoding: identity" in head
    assert b"authorization" not in head
    assert b"cookie" not in head


SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "0177.0.0.1",
    "0",
    "0.0.0.0",
    "１２７.０.０.１",
    "127。0。0。1",
    "localhost",
    "LOCALHOST.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[::ffff:0:7f00:1]",
    "192.0.0.192",
    "[fe80::1]",
    "[fec0::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "10.0.0.1",
    "100.64.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "224.0.0.1",
    "255.255.255.255",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_an_inside_address_is_refused_however_it_is_spelled(host: str) -> None:
    with tripwire() as four, tripwire("::1" if HAS_IPV6 else "127.0.0.1") as six:
        port = six if host.startswith("[") else four
        with pytest.raises(PictureNotFetched) as caught:
            fetch(f"http://{host}:{port}/a.png", ports={port}, timeouts=(30, 30, 60))
    assert isinstance(caught.value, PictureRefused) or "not found" in caught.value.detail


def test_the_listeners_of_these_tests_do_notice() -> None:
    with pytest.raises(AssertionError, match="something inside"), tripwire() as port:
        with pytest.raises(PictureGone):
            fetch(f"http://127.1:{port}/", own_hosts={"127.1"}, timeouts=(30, 1, 60))


def test_a_name_with_an_inside_address_among_its_answers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, {"mixed.test": [["93.184.216.34", "127.0.0.1"]]})
    with tripwire() as port:
        assert refusal(f"http://mixed.test:{port}/", ports={port}) == "mixed.test is not a public address."


def test_a_name_is_looked_up_once_and_what_was_judged_is_dialled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look-up of the name leads inside: it happens only for a second connection, and is judged there."""
    asked = resolve(monkeypatch, {"rebind.test": [["93.184.216.34"], ["127.0.0.1"]]})
    dialled: list[str] = []
    with upstream({"/": sized(PICTURE)}) as server, tripwire() as port:

        def connect(found: sockets.SocketAddresses, scope: CancelScope) -> socket.socket:
            dialled.extend(address[0] for _, address in found)
            return socket.create_connection(("127.0.0.1", server.port))

        monkeypatch.setattr(sockets, "_connect", connect)
        assert fetch(f"http://rebind.test:{port}/", ports={port}) == PICTURE
        assert (asked, dialled) == (["rebind.test"], ["93.184.216.34"])
        assert "not a public" in refusal(f"http://rebind.test:{port}/", ports={port})
    assert dialled == ["93.184.216.34"]


@pytest.mark.parametrize("port", [22, 6379, 8000, 65535])
def test_other_ports_than_those_of_the_web_are_refused(port: int) -> None:
    assert f"Port {port}" in refusal(f"http://93.184.216.34:{port}/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.png",
        "//host/a.png",
        "/a.png",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://127.0.0.1/a.png",
        "unix:///var/run/docker.sock",
        "http://",
        "http:///a.png",
        "http://user:word@example.com/a.png",
        "http://[::1/a.png",
        "http://example.com:99999/",
        "http://xn--/",
        "http://xn--a/",
        "http://exa\0mple.com/",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_web_address_is_refused_with_a_sentence(url: str) -> None:
    assert refusal(url, timeouts=(30, 30, 60)).endswith(".")


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=60), st.text(max_size=40).map(lambda text: f"http://{text}.invalid:1/{text}")))
def test_any_text_as_an_address_is_an_answer_not_a_crash(url: str) -> None:
    with pytest.raises(PictureNotFetched):
        fetch(url, ports=(), timeouts=(1, 1, 1))


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.1:{inside}/",
        "//127.1:{inside}/",
        "http://[::ffff:127.0.0.1]:{inside}/",
        "http://localhost:{inside}/",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "http://user:word@127.0.0.1/",
        "http://xn--/",
    ],
)
def test_every_hop_is_judged_anew(location: str) -> None:
    with tripwire() as inside:
        with upstream({"/": redirect(location.format(inside=inside), "302 Found")}) as server:
            assert refusal(
                server.url, own_hosts={f"127.0.0.1:{server.port}"}, ports={80, inside}, timeouts=(30, 30, 60)
            )


def test_no_redirect_leads_from_https_to_http(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"location": str(request.url.copy_with(scheme="http", path="/next"))})

    monkeypatch.setattr("generations.imaging.fetch.make_transport", lambda **_: httpx.MockTransport(answer))
    with pytest.raises(PictureRefused) as refused:
        fetch("https://pictures.example/a.png")
    assert refused.value.detail == "The picture’s address redirects from https to http."
    assert asked == ["https://pictures.example/a.png"]


def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    hops = {f"/{n}": redirect(f"{n + 1}?a=b", "302 Found") for n in range(9)} | {"/last": sized(PICTURE)}
    with upstream(hops | {"/3": redirect("/last", "308 Permanent Redirect")}) as server:
        assert fetch(f"{server.url}/1", own_hosts=LOOPBACK) == PICTURE
        assert "more than 3" in refusal(f"{server.url}/0", own_hosts=LOOPBACK)


def test_a_cookie_or_name_is_not_carried_to_the_next_hop() -> None:
    with upstream({"/b": sized(PICTURE)}) as second:
        first_answer = sized(b"", b"Set-Cookie: a=b; Path=/", f"Location: {second.url}/b".encode(), status=b"302 Found")
        with upstream({"/a": first_answer}) as first:
            assert fetch(f"{first.url}/a", own_hosts=LOOPBACK) == PICTURE
        assert b"cookie" not in second.requests[0].lower()
        assert b"referer" not in second.requests[0].lower()


def test_the_query_of_a_signed_address_is_sent_unchanged() -> None:
    query = "X-Sig=a%2Fb%2B%3D%3d&Expires=1&x=a+b/c==~!$'()*,;:@?&%E4%BD%A0"
    with upstream({"/a": sized(PICTURE)}) as server:
        fetch(f"{server.url}/a?{query}", own_hosts=LOOPBACK)
        assert server.requests[0].split(b" ")[1] == f"/a?{query}".encode()


@pytest.mark.parametrize(
    "status", [b"201 Created", b"204 No Content", b"304 Not Modified", b"403 No", b"404 No", b"500 No"]
)
def test_another_status_than_200_may_be_asked_again_later(status: bytes) -> None:
    with upstream({"/": sized(b"x" if b"4 No" not in status else b"", status=status)}) as server:
        with pytest.raises(PictureGone, match=status.decode()[:3]) as caught:
            fetch(server.url, own_hosts=LOOPBACK)
        assert caught.value.retryable


GONE = {
    "silent": hostile.silent,
    "cut at once": hostile.cut_at_once,
    "reset": hostile.reset,
    "cut by length": hostile.cut_by_length(b"x"),
    "cut by chunk": hostile.cut_by_chunk(b"x"),
    "drip in the headers": hostile.drip_headers,
    "drip in the body": hostile.drip_body,
    "endless header": hostile.endless_header,
    "not http": hostile.not_http,
    "empty": sized(b""),
}


@pytest.mark.parametrize("answer", GONE.values(), ids=GONE)
def test_a_server_that_misbehaves_is_a_picture_gone_in_time(answer: hostile.Answer) -> None:
    with upstream({"/": answer}) as server, pytest.raises(PictureGone):
        fetch(server.url, own_hosts=LOOPBACK, timeouts=(1, 0.5, 0.8))


def test_a_closed_port_and_a_full_one_are_a_picture_gone() -> None:
    with pytest.raises(PictureGone):
        fetch(f"http://127.0.0.1:{closed_port()}/", own_hosts=LOOPBACK)
    with hostile.black_hole() as port, pytest.raises(PictureGone, match="took longer"):
        fetch(f"http://127.0.0.1:{port}/", own_hosts=LOOPBACK, timeouts=(0.5, 1, 5))


@pytest.mark.parametrize("answer", [sized(bytes(5000)), hostile.chunked(*[bytes(500)] * 10), hostile.endless_body])
def test_more_bytes_than_the_cap_are_refused(answer: hostile.Answer) -> None:
    with upstream({"/": answer}) as server:
        assert "larger than" in refusal(server.url, own_hosts=LOOPBACK, max_bytes=4999)


def test_exactly_the_cap_is_taken() -> None:
    with upstream({"/": sized(bytes(5000))}) as server:
        assert fetch(server.url, own_hosts=LOOPBACK, max_bytes=5000) == bytes(5000)


PACKED: dict[str, tuple[bytes, bytes]] = {
    "gzip": (gzip.compress(PICTURE), b"Content-Encoding: gzip"),
    "gzip without a label": (gzip.compress(PICTURE), b"X-A: b"),
    "aws-chunked as a label": (PICTURE, b"Content-Encoding: aws-chunked"),
    "gzip as a lie": (PICTURE, b"Content-Encoding: gzip"),
    "aws-chunked": (b"%x;chunk-signature=a\r\n%b\r\n0;chunk-signature=b\r\n\r\n" % (len(PICTURE), PICTURE), b"X-A: b"),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_picture_is_unpacked(name: str) -> None:
    body, header = PACKED[name]
    with upstream({"/": hostile.sized(body, header)}) as server:
        assert fetch(server.url, own_hosts=LOOPBACK) == PICTURE


def test_a_picture_that_would_grow_past_the_limit_is_refused() -> None:
    with upstream({"/": hostile.gzip_bomb}) as server:
        assert "compressed once more" in refusal(server.url, own_hosts=LOOPBACK)


def test_a_person_can_stop_it() -> None:
    scope = CancelScope()
    with upstream({"/": hostile.cutting(scope, hostile.silent)}) as server:
        with pytest.raises(Cancelled) as caught:
            fetch(server.url, own_hosts=LOOPBACK, scope=scope, timeouts=(90, 90, 90))
        assert caught.value.charged == "yes"
        assert server.dropped.wait(60)


def test_proxies_and_netrc_of_the_environment_have_no_effect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password word\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with tripwire() as proxy, upstream({"/": sized(PICTURE)}) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        assert fetch(server.url, own_hosts=LOOPBACK) == PICTURE
        assert b"authorization" not in server.requests[0].lower()


def drawing(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] != "/pictures/a.webp":
        start("302 Found", [("Location", "/pictures/a.webp")])
        return [b""]
    start("200 OK", [("Content-Type", "image/webp")])
    return [PICTURE[:100], PICTURE[100:]]


def test_the_sandbox_is_reached_in_process_under_its_name_alone() -> None:
    assert fetch("http://sandbox.local/pictures/a.webp", app=drawing) == PICTURE
    assert fetch("http://sandbox.local/elsewhere", app=drawing) == PICTURE
    with pytest.raises(PictureNotFetched):
        fetch("http://sandbox.local/pictures/a.webp", timeouts=(1, 1, 1))
    with upstream({"/pictures/a.webp": sized(b"outside")}) as server:
        assert fetch(f"{server.url}/pictures/a.webp", app=drawing, own_hosts=LOOPBACK) == b"outside"


def test_a_provider_by_name_may_be_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, {"gateway.test": [["127.0.0.1"]]})
    with upstream({"/": sized(PICTURE)}) as server:
        assert fetch(f"http://GATEWAY.test:{server.port}/", own_hosts={"Gateway.test"}) == PICTURE
        assert fetch(f"http://gateway.test:{server.port}/", own_hosts={f"gateway.test:{server.port}"}) == PICTURE
        assert refusal(f"http://gateway.test:{server.port}/", own_hosts={"gateway.test:1"}, ports={server.port})
        assert refusal(f"http://gateway.test:{server.port}/", own_hosts={"test", "way.test"}, ports={server.port})


@pytest.mark.parametrize("base_url", ["http://127.0.0.1/v1", "https://127.0.0.1/v1", "http://127.0.0.1:9/v1"])
def test_no_other_port_of_the_providers_host_is_inside(base_url: str) -> None:
    with tripwire() as port:
        assert f"Port {port}" in refusal(f"http://127.0.0.1:{port}/", own_hosts={Provider(base_url=base_url).host})


@pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")
def test_a_provider_on_ipv6_may_be_inside() -> None:
    server = Upstream({"/": sized(PICTURE)}, host="::1")
    try:
        for own in ("::1", "[::1]", f"[::1]:{server.port}"):
            assert fetch(f"http://[::1]:{server.port}/", own_hosts={own}) == PICTURE
    finally:
        server.close()


def test_behind_a_proxy_pictures_of_others_go_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that are known there alone among them; what lies inside is reached directly or not at all."""
    resolve(monkeypatch, {"cdn.example": [[]], "inside.example": [["10.0.0.7"]], "intranet": [[]]})
    with upstream({"http://cdn.example/a.webp": sized(PICTURE)}) as through:
        proxy = f"http://127.0.0.1:{through.port}"
        assert fetch("http://cdn.example/a.webp", proxy=proxy) == PICTURE
        for url in ("http://inside.example/a", "http://127.0.0.1/a", "http://0x7f.1/a", "http://intranet/a"):
            assert "is not a public address" in refusal(url, proxy=proxy)
        assert "Port 8080 of cdn.example is not allowed" in refusal("http://cdn.example:8080/a.webp", proxy=proxy)
        assert len(through.requests) == 1
    with upstream({"/a.webp": sized(PICTURE)}) as direct, tripwire() as trap:
        assert fetch(f"{direct.url}/a.webp", own_hosts=LOOPBACK, proxy=f"http://127.0.0.1:{trap}") == PICTURE
