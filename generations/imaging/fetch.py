"""Downloads the image at a URL that a model's answer names. The URL is an attacker's until proven otherwise.

The address of every hop is checked when it is dialled, no credential is sent, and size, time and redirects are limited.
"""

import io
from collections.abc import Collection
from contextlib import closing
from functools import partial

import httpx

from generations.errors import (
    AddressRefused,
    Cancelled,
    GenerationError,
    PictureGone,
    PictureHostRefused,
    PictureNotFetched,
    PictureRefused,
)
from generations.protocol.image_bytes import sniff
from generations.protocol.packing import is_packed, unpacked_file
from generations.translatable import Message, message_in
from generations.wire import CancelScope, WSGIApp, is_public_host, make_request, make_transport, web_address

MAX_REDIRECTS = 3
MIB = 1024 * 1024
IN_PROCESS_HOST = "sandbox.local"


def fetch(
    url: str,
    *,
    own_hosts: Collection[str] = frozenset(),
    own_may_be_private: bool = True,
    allowed_hosts: Collection[str] = frozenset(),
    app: WSGIApp | None = None,
    proxy: str = "",
    max_bytes: int = 40 * MIB,
    timeouts: tuple[float, float, float] = (5, 15, 60),
    ports: Collection[int] = frozenset({80, 443}),
    scope: CancelScope | None = None,
) -> bytes:
    """The bytes at an http(s) URL, following at most three redirects.

    `own_hosts` are the provider's ("host:port", or "host" for any port): they are called on any port and, with
    `own_may_be_private`, at private addresses. `allowed_hosts` are named alike and always may be private.
    With `app`, that WSGI application answers for the host sandbox.local. With `proxy`, the URL of an HTTP proxy, all
    hosts but those that may be private are fetched through it.
    `timeouts` are seconds: to connect, between two reads, in total. Raises PictureGone (a later try may succeed) or
    PictureRefused (it will not), each with a sentence as detail, and Cancelled when `scope` is cancelled.
    """
    connect, idle, total = timeouts
    own = frozenset(host.lower() for host in own_hosts)
    timeout = httpx.Timeout(idle, connect=connect, pool=None)
    allowed = frozenset(host.lower() for host in allowed_hosts)
    private = allowed | own if own_may_be_private else allowed
    known = own | allowed
    outside = make_transport(private_ok=partial(_is_own, private), any_port_ok=partial(_is_own, known), ports=ports)
    inside = make_transport(private_ok=False, app=app) if app else None
    through = make_transport(private_ok=False, proxy=proxy) if proxy else None
    with CancelScope(total, outer=scope) as fetch_scope:
        try:
            target = web_address(url)
            for _ in range(MAX_REDIRECTS + 1):
                if inside and target.host == IN_PROCESS_HOST:
                    transport = inside
                elif through and not _is_own(private, *_place(target)):
                    _judge(target, () if _is_own(known, *_place(target)) else ports)
                    transport = through
                else:
                    transport = outside
                request = make_request("GET", target, {"Accept": "image/*, */*;q=0.5"}, timeout)
                with closing(_respond(transport, request)) as response:
                    if not response.has_redirect_location:
                        return _read(response, max_bytes)
                    target = _redirect_target(target, response.headers["location"])
        except PictureNotFetched:
            raise
        except (httpx.HTTPError, GenerationError) as error:
            raise _failure(error, fetch_scope) from error
    raise PictureRefused(Message("The picture’s address redirects more than %(max)s times.", max=MAX_REDIRECTS))


def _place(target: httpx.URL) -> tuple[str, int]:
    return target.raw_host.decode("ascii"), target.port or (443 if target.scheme == "https" else 80)


def _judge(target: httpx.URL, ports: Collection[int]) -> None:
    """Refuse what our own sockets would refuse, where a proxy dials in their place. It looks up the names: one that
    leads inside from here, or has no dot, is refused, and one that nobody knows here is for the proxy to find."""
    host, port = _place(target)
    if ports and port not in ports:
        raise PictureHostRefused(Message("Port %(port)s of %(host)s is not allowed.", port=str(port), host=host))
    is_public = is_public_host(host)
    if is_public is False or (is_public is None and "." not in host.strip(".")):
        raise PictureHostRefused(Message("%(host)s is not a public address.", host=host))


def _respond(transport: httpx.BaseTransport, request: httpx.Request) -> httpx.Response:
    try:
        return transport.handle_request(request)
    except AddressRefused as error:
        raise PictureHostRefused(error.detail) from error


def _is_own(own: frozenset[str], host: str, port: int) -> bool:
    name = f"[{host}]" if ":" in host else host
    return name in own or host in own or f"{name}:{port}" in own


def _redirect_target(target: httpx.URL, location: str) -> httpx.URL:
    target_url = web_address(location, relative_to=target)
    if target.scheme == "https" and target_url.scheme == "http":
        raise PictureRefused(Message("The picture’s address redirects from https to http."))
    return target_url


def _read(response: httpx.Response, max_bytes: int) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise PictureGone(Message("The picture’s address returned HTTP %(status)s.", status=str(response.status_code)))
    too_large = PictureRefused(Message("The picture is larger than %(max)s MiB.", max=max_bytes / MIB))
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > max_bytes:
        raise too_large
    data = io.BytesIO()
    for chunk in response.iter_raw():
        data.write(chunk)
        if data.tell() > max_bytes:
            raise too_large
    if not data.tell():
        raise PictureGone(Message("The picture’s address returned an empty file."))
    picture = unpacked_file(data.getvalue(), max_bytes)
    if is_packed(picture) and not sniff(picture[:1100]):
        raise PictureRefused(Message("The picture is compressed once more and could not be unpacked."))
    return picture


def _failure(error: Exception, scope: CancelScope) -> GenerationError:
    if scope.cancelled:
        return Cancelled(Message("The download was stopped."), charged="yes")
    if isinstance(error, AddressRefused):
        return PictureRefused(error.detail)
    return PictureGone(Message("The picture could not be fetched: %(reason)s", reason=message_in(error)))
