"""Requests, and the transport that carries one of them and its answer."""

import functools
import ssl
from collections.abc import Collection, Mapping

import httpcore
import httpx

from generations.wire.in_process import InProcess, WSGIApp
from generations.wire.sockets import Dialler, MayBePrivate


def make_transport(
    *,
    private_ok: bool | MayBePrivate,
    own: MayBePrivate | None = None,
    ports: Collection[int] | None = None,
    app: WSGIApp | None = None,
) -> httpx.BaseTransport:
    """What carries one request and its answer, dialling only judged addresses, on the current leash. `httpx.Client`
    is left out on purpose: a bare transport has no proxy, netrc, cookie, redirect or second try to be turned off.

    `private_ok` says which (host, port) is trusted whatever its address; any other must be public. All but these and
    those of `own` must be on one of `ports` (None: any). With `app`, every request is answered by that WSGI application
    in this process instead.
    """
    if app is not None:
        return InProcess(app)
    trusted: MayBePrivate = private_ok if callable(private_ok) else lambda host, port: private_ok
    return _transport(Dialler(trusted, own or trusted, ports))


def make_request(
    method: str, url: httpx.URL, headers: Mapping[str, str], timeout: httpx.Timeout, body: bytes | None = None
) -> httpx.Request:
    """A request that asks for an answer without compression. Raises ValueError for a header that HTTP does not
    carry."""
    ours = {"User-Agent": "Imageweb", "Accept-Encoding": "identity"}
    return httpx.Request(
        method, url, headers={**ours, **headers}, content=body, extensions={"timeout": timeout.as_dict()}
    )


def _transport(dialler: "Dialler") -> httpx.HTTPTransport:
    """httpx offers no way to hand over a network backend, so its pool is replaced by the same pool with ours.
    No connection is kept: what fails on a fresh one is surely ours or theirs, never the leftover of an earlier call."""
    transport = httpx.HTTPTransport(verify=_tls(), trust_env=False, retries=0)
    transport._pool = httpcore.ConnectionPool(
        ssl_context=_tls(),
        max_connections=None,
        max_keepalive_connections=0,
        retries=0,
        network_backend=dialler,
    )
    return transport


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
