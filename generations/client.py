"""The HTTP client of providers, and the only place that calls a model: one request out, one Exchange back.

It receives and does not classify: the answer is kept byte for byte, and a failure is a value on the Exchange, never an
exception. Nothing is retried here, since a second call may be charged a second time.
"""

import gzip
import io
import json
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from generations.errors import (
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
from generations.protocol.image_bytes import sniff
from generations.protocol.packing import Overlong, is_text, unpacked_body
from generations.protocol.request import Request
from generations.translatable import Message, message_in
from generations.wire import CancelScope, HostPredicate, WSGIApp, make_request, make_transport, web_address

KEPT_HEADERS = ("content-type", "x-request-id", "date", "server-timing", "location", "operation-location")
KEPT_PREFIXES = ("openai-",)
KEPT_PARTS = ("retry-after", "ratelimit", "rate-limit")

MIB = 1024 * 1024
MIN_COMPRESSED = 1024
"""Bytes. Shorter bodies are sent as they are."""


@dataclass(frozen=True)
class Timeouts:
    """Timeouts in seconds. `idle` is the longest pause between two reads of a streamed answer; an answer that is not
    streamed is limited by `total` alone."""

    connect: float = 5
    write: float = 30
    idle: float = 120
    total: float = 600


class Client:
    """A client of one provider. May be shared by threads and needs no closing.

    `base_url` is the prefix of all URLs (`https://host/v1`; a query in it is kept), `key` the bearer token, `headers`
    are sent with every request, and `max_body` limits the answer in bytes, `max_request` what is sent; 0 is no limit.
    With `compresses`, requests are sent with gzip; with `proxy`, through that HTTP proxy. With `app`, that WSGI
    application in this process is the provider. Private addresses are allowed unless `private_ok` forbids them."""

    def __init__(
        self,
        base_url: str,
        key: str = "",
        *,
        timeouts: Timeouts = Timeouts(),
        max_body: int = 64 * MIB,
        headers: Mapping[str, str] | None = None,
        app: WSGIApp | None = None,
        private_ok: bool | HostPredicate = True,
        proxy: str = "",
        max_request: int = 0,
        compresses: bool = False,
    ) -> None:
        self.base_url = base_url
        self.timeouts = timeouts
        self.max_body = max_body
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.headers |= headers or {}
        self.max_request = max_request
        self.compresses = compresses
        self.transport = make_transport(private_ok=private_ok, app=app, proxy=proxy)

    def send(
        self,
        request: Request | bytes,
        *,
        stream: bool | None = None,
        scope: CancelScope | None = None,
        on_bytes: Callable[[bytes], None] | None = None,
        idempotency_key: str = "",
    ) -> Exchange:
        """Post a request (or its JSON) to the provider's /chat/completions.

        `stream` says whether it asks for a stream; without it the JSON is parsed for that. Never raises for the network
        or the provider: a failure is on the exchange. Ends as Cancelled when `scope` is cancelled. `on_bytes` is called
        with each piece of the answer as it arrives, to show progress; it must not raise, since that would lose the
        answer. `idempotency_key` is sent as the header Idempotency-Key."""
        body = request if isinstance(request, bytes) else request.to_json()
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        if stream is None:
            stream = _asks_for_a_stream(body)
        idle = self.timeouts.idle if stream else None
        return self._exchange("POST", "/chat/completions", headers, body, scope, on_bytes, idle)

    def models(self, *, scope: CancelScope | None = None) -> Exchange:
        """Request the list of models (GET /models), which costs nothing. Fails as `send` does."""
        return self._exchange("GET", "/models", {"Accept": "application/json"}, b"", scope, None, self.timeouts.idle)

    def _exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        scope: CancelScope | None,
        on_bytes: Callable[[bytes], None] | None,
        idle: float | None,
    ) -> Exchange:
        exchange = Exchange(method=method, url=f"{self.base_url}{path}", request_headers={}, request_body=body)
        exchange.sent_at = datetime.now(UTC)
        with CancelScope(self.timeouts.total, outer=scope) as call_scope:
            try:
                request = self._request(exchange, path, {**headers, **self.headers}, idle)
                self._receive(exchange, request, on_bytes)
            except (httpx.HTTPError, GenerationError) as error:
                exchange.failure = _failure(error, exchange, call_scope)
                exchange.obstacle = _obstacle(error)
        exchange.request_written = call_scope.is_sent
        exchange.done_at = datetime.now(UTC)
        return exchange

    def _request(self, exchange: Exchange, path: str, headers: Mapping[str, str], idle: float | None) -> httpx.Request:
        url = _url(self.base_url, path)
        timeout = httpx.Timeout(idle, connect=self.timeouts.connect, write=self.timeouts.write, pool=None)
        body = exchange.request_body
        if self.max_request and len(body) > self.max_request:
            raise RequestTooLarge(
                Message("It may have %(max)s MiB; this one has more.", max=self.max_request / MIB), charged="no"
            )
        if self.compresses and len(body) > MIN_COMPRESSED:
            body, headers = gzip.compress(body, 6), {**headers, "Content-Encoding": "gzip"}
        try:
            request = make_request(exchange.method, url, headers, timeout, body or None)
        except ValueError as error:  # the library's message would repeat the key
            raise InvalidRequest(
                Message("The key or a header contains characters that are not allowed in HTTP.")
            ) from error
        exchange.url = str(url)
        exchange.request_headers = dict(request.headers)
        return request

    def _receive(self, exchange: Exchange, request: httpx.Request, on_bytes: Callable[[bytes], None] | None) -> None:
        with closing(self.transport.handle_request(request)) as response:
            exchange.first_byte_at = datetime.now(UTC)
            exchange.status = response.status_code
            exchange.headers = _kept_headers(response.headers)
            exchange.tls, exchange.certificate_until = _certificate_of(response)
            self._read(exchange, response, on_bytes)
        exchange.ended = True
        if response.has_redirect_location:
            raise Redirected(
                Message(
                    "HTTP %(status)s to %(address)s",
                    status=str(response.status_code),
                    address=response.headers["location"][:500],
                )
            )
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity") and not (is_text(exchange.body) or sniff(exchange.body[:1100])):
            raise Unreadable(
                Message(
                    "The provider compressed the answer (%(encoding)s), although the request did not allow it.",
                    encoding=encoding[:40],
                )
            )

    def _read(self, exchange: Exchange, response: httpx.Response, on_bytes: Callable[[bytes], None] | None) -> None:
        """Read the raw bytes, then unpack them where they are compressed. The limit holds for what is received and for
        what comes out of it."""
        kept = io.BytesIO()
        try:
            for chunk in response.iter_raw():
                kept.write(chunk[: self.max_body - kept.tell()])
                if on_bytes:
                    on_bytes(chunk)
                if response.num_bytes_downloaded > self.max_body:
                    raise TooLarge(Message("The answer is larger than %(max)s MiB.", max=self.max_body / MIB))
        finally:
            exchange.body = kept.getvalue()
            self._unpack(exchange)

    def _unpack(self, exchange: Exchange) -> None:
        try:
            exchange.body = unpacked_body(exchange.body, self.max_body)
        except Overlong as error:
            raise TooLarge(Message("The answer is larger than %(max)s MiB.", max=self.max_body / MIB)) from error


def _asks_for_a_stream(body: bytes) -> bool:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(asked, dict) and asked.get("stream") is True


def _url(base_url: str, path: str) -> httpx.URL:
    base = web_address(base_url)
    prefix, mark, query = base.raw_path.partition(b"?")
    return base.copy_with(raw_path=prefix.rstrip(b"/") + path.encode() + mark + query, fragment=None)


def _kept_headers(headers: httpx.Headers) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name in KEPT_HEADERS or name.startswith(KEPT_PREFIXES) or any(part in name for part in KEPT_PARTS)
    }


def _certificate_of(response: httpx.Response) -> tuple[str, datetime | None]:
    """The protocol of an encrypted connection, and until when the certificate of its other end is valid."""
    stream = response.extensions.get("network_stream")
    line = stream.get_extra_info("ssl_object") if stream else None
    if line is None:
        return "", None
    until = (line.getpeercert() or {}).get("notAfter")
    return line.version() or "", datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if until else None


def _obstacle(error: BaseException | None) -> str:
    """What kept a connection from being made, as `Exchange.obstacle` says it."""
    while error is not None:
        match error:
            case ssl.SSLCertVerificationError():
                return "certificate"
            case ssl.SSLError():
                return "not_tls"
            case socket.gaierror():
                return "name"
            case ConnectionRefusedError():
                return "refused"
            case httpx.ProxyError():
                return "proxy"
            case TimeoutError() | httpx.ConnectTimeout():
                return "timeout"
        error = error.__cause__ or error.__context__
    return ""


def _failure(error: Exception, exchange: Exchange, scope: CancelScope) -> GenerationError:
    """The failure that an error of the transport amounts to. Whether the call may have been charged depends on whether
    a byte of the request was sent."""
    if scope.cancelled:
        return Cancelled(charged="maybe" if scope.is_sent else "no")
    if isinstance(error, GenerationError) and not isinstance(error, TimedOut):
        return error
    if isinstance(error, httpx.LocalProtocolError):  # its message would repeat the key
        return InvalidRequest(Message("The key or a header contains characters that are not allowed in HTTP."))
    detail = message_in(error) or type(error).__name__
    if not scope.is_sent:
        return NotConnected(detail)
    if isinstance(error, TimedOut | httpx.TimeoutException):
        return TimedOut(detail)
    is_garbled = isinstance(error, httpx.RemoteProtocolError) and exchange.status is None
    if is_garbled and not detail.startswith("Server disconnected"):
        return Unreadable(Message("The answer is not HTTP: %(reason)s", reason=detail))
    return Cut(detail)
