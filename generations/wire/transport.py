"""httpx requests and transports with the guard of this package: no proxy, no redirect, no retry, no keep-alive."""

import functools
import ssl
from collections.abc import Collection, Mapping
from typing import Any

import httpcore
import httpx

from generations.wire.addresses import web_address
from generations.wire.in_process import InProcessTransport, WSGIApp
from generations.wire.sockets import GuardedBackend, HostPredicate


def make_transport(
    *,
    private_ok: bool | HostPredicate,
    any_port_ok: HostPredicate | None = None,
    ports: Collection[int] | None = None,
    app: WSGIApp | None = None,
    proxy: str = "",
) -> httpx.BaseTransport:
    """A transport that sends one request at a time within the current cancel scope, to allowed addresses only.

    `private_ok` says which (host, port) may have a private address; True allows all of them. All hosts but these and
    those of `any_port_ok` must be called on one of `ports`; None allows any port. With `app`, that WSGI application
    answers every request in this process. With `proxy`, the URL of an HTTP proxy, that alone is connected to, wherever
    it lies, and it looks up the names. It is a bare transport and no `httpx.Client`, since a client would bring
    proxies, netrc, cookies, redirects and retries, each to be turned off.
    """
    if app is not None:
        return InProcessTransport(app)
    trusted: HostPredicate = private_ok if callable(private_ok) else lambda host, port: private_ok
    if proxy:
        via = web_address(str(httpx.URL(proxy).copy_with(username=None, password=None)))
        port = via.port or (443 if via.scheme == "https" else 80)
        return _transport(GuardedBackend(lambda host, asked: (host, asked) == (via.host, port), trusted, None), proxy)
    return _transport(GuardedBackend(trusted, any_port_ok or trusted, ports))


def make_request(
    method: str, url: httpx.URL, headers: Mapping[str, str], timeout: httpx.Timeout, body: bytes | None = None
) -> httpx.Request:
    """A request that asks for an uncompressed answer. Raises ValueError for a header that HTTP cannot carry."""
    ours = {"User-Agent": "Imageweb", "Accept-Encoding": "identity"}
    return httpx.Request(
        method, url, headers={**ours, **headers}, content=body, extensions={"timeout": timeout.as_dict()}
    )


def _transport(backend: "GuardedBackend", proxy: str = "") -> httpx.HTTPTransport:
    """An httpx transport on our network backend. httpx takes none as an argument, so its connection pool is replaced.

    No connection is kept alive: a failure on a fresh connection belongs to this call, never to an earlier one.
    """
    transport = httpx.HTTPTransport(verify=_tls(), trust_env=False, retries=0)
    how: dict[str, Any] = {
        "ssl_context": _tls(),
        "max_connections": None,
        "max_keepalive_connections": 0,
        "retries": 0,
        "network_backend": backend,
    }
    transport._pool = _proxy_pool(proxy, how) if proxy else httpcore.ConnectionPool(**how)
    return transport


def _proxy_pool(proxy: str, how: Mapping[str, Any]) -> httpcore.HTTPProxy:
    """A pool behind an HTTP proxy, whose name and password stand in its URL."""
    url = httpx.URL(proxy)
    auth = (url.username.encode(), url.password.encode()) if url.username or url.password else None
    plain = url.copy_with(username=None, password=None)
    tls = _tls() if url.scheme == "https" else None
    return httpcore.HTTPProxy(str(plain), proxy_auth=auth, proxy_ssl_context=tls, **how)


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
