"""The socket layer: which address is dialled, how long a wait may last, and how it is cut short.

httpx bounds one read; a server that drips a byte every half second is never late by that measure. So every wait of a
call (name, connection, TLS, each write, each read) is held on one `Leash`, which ends all of them together and can be
cut by another thread. A name is looked up once per connection; what was judged is what is dialled.
"""

import contextvars
import functools
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from types import TracebackType
from typing import Any

import httpcore
import httpx

from generations.errors import AddressRefused, Cancelled, TimedOut

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
MayBePrivate = Callable[[str, int], bool]

ADDRESSES_TRIED = 4


class Leash:
    """Bounds everything that happens within `with leash:` on this thread, to `seconds` from now (None: no bound of
    its own).

    `cut()` may be called from any thread, any number of times: what is waited for ends at once, and so does whatever
    is begun later. A leash inside an `outer` one ends with it. `is_sent` says whether a byte of a request left this
    machine.
    """

    def __init__(self, seconds: float | None = None, *, outer: "Leash | None" = None) -> None:
        self.outer = outer
        self.seconds = seconds
        self.ends_at = None if seconds is None else time.monotonic() + seconds
        self.is_sent = False
        self._is_cut = False
        self._lock = threading.Lock()
        self._releases: list[Callable[[], None]] = []
        self._entered: list[contextvars.Token[Leash | None]] = []

    def __enter__(self) -> "Leash":
        self._entered.append(_current.set(self))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _current.reset(self._entered.pop())

    @property
    def is_cut(self) -> bool:
        return self._is_cut or (self.outer is not None and self.outer.is_cut)

    @property
    def is_over(self) -> bool:
        over = self.ends_at is not None and time.monotonic() >= self.ends_at
        return over or (self.outer is not None and self.outer.is_over)

    def left(self, timeout: float | None = None) -> float | None:
        """The seconds the next wait may last: `timeout` or what is left, the shorter. Raises Cancelled or TimedOut."""
        if self._is_cut:
            raise Cancelled("The call was stopped.")
        if self.outer is not None:
            timeout = self.outer.left(timeout)
        if self.ends_at is None:
            return timeout
        if (left := self.ends_at - time.monotonic()) <= 0:
            raise TimedOut(f"It took longer than {self.seconds:g} s.")
        return left if timeout is None else min(timeout, left)

    def cut(self) -> None:
        """Ends every wait on this leash, now and from now on."""
        with self._lock:
            self._is_cut = True
            for release in self._releases:
                release()

    @contextmanager
    def holding(self, release: Callable[[], None]) -> Iterator[None]:
        """While the block runs, a cut of this leash or an outer one calls `release`, which must neither wait nor
        raise."""
        self.hold(release)
        try:
            yield
        finally:
            self.drop(release)

    def hold(self, release: Callable[[], None]) -> None:
        with self._lock:
            self._releases.append(release)
            if self._is_cut:
                release()
        if self.outer is not None:
            self.outer.hold(release)

    def drop(self, release: Callable[[], None]) -> None:
        """After this returns, `release` is not running and will not be called."""
        with self._lock, suppress(ValueError):
            self._releases.remove(release)
        if self.outer is not None:
            self.outer.drop(release)


_current: contextvars.ContextVar[Leash | None] = contextvars.ContextVar("leash", default=None)


def current_leash() -> Leash | None:
    """The leash that this thread is within, the innermost."""
    return _current.get()


def is_public_host(host: str, *, seconds: float = 5) -> bool | None:
    """Whether all addresses of a host are of the open internet; None when its name cannot be looked up now."""
    try:
        return all(is_public(address[0]) for _, address in _look_up(host, 0, Leash(seconds)))
    except (httpcore.ConnectError, httpcore.ConnectTimeout, TimedOut):
        return None


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
        return _InProcess(app)
    trusted: MayBePrivate = private_ok if callable(private_ok) else lambda host, port: private_ok
    return _transport(_Dialler(trusted, own or trusted, ports))


def make_request(
    method: str, url: httpx.URL, headers: Mapping[str, str], timeout: httpx.Timeout, body: bytes | None = None
) -> httpx.Request:
    """A request that asks for an answer without compression. Raises ValueError for a header that HTTP does not
    carry."""
    ours = {"User-Agent": "Imageweb", "Accept-Encoding": "identity"}
    return httpx.Request(
        method, url, headers={**ours, **headers}, content=body, extensions={"timeout": timeout.as_dict()}
    )


def web_address(text: str, *, seen_from: httpx.URL | None = None) -> httpx.URL:
    """An http or https address, which may be relative to one `seen_from`. Raises AddressRefused, its detail a
    sentence."""
    try:
        url = seen_from.join(text.strip()) if seen_from else httpx.URL(text.strip())
        host, port = url.host, url.port  # read here, since only reading them shows a malformed one
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressRefused(f"This is not an address: {error}.") from error
    if url.scheme not in ("http", "https") or not host:
        raise AddressRefused("Only http and https addresses are called.")
    if port is not None and not 0 < port < 65536:
        raise AddressRefused(f"There is no port {port}.")
    if url.userinfo:
        raise AddressRefused("An address with a name and password in it is not called.")
    return url


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the open internet. `is_global` alone says yes to multicast, to site-local, to
    the services of a cloud that look public, and to the forms (NAT64, 6to4, Teredo, IPv4-compatible, -translated) that
    a gateway on the way unwraps to any IPv4 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not any(ip in network for network in _CLOUD)
    if ip.ipv4_mapped:
        return is_public(str(ip.ipv4_mapped))
    return ip in _GLOBAL_UNICAST and ip.is_global and ip.sixtofour is None and ip.teredo is None


_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_CLOUD = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("168.63.129.16/32"))


def _transport(dialler: "_Dialler") -> httpx.HTTPTransport:
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


class _Dialler(httpcore.NetworkBackend):
    """Turns a name into a connection to an address it has judged."""

    def __init__(self, private_ok: MayBePrivate, own: MayBePrivate, ports: Collection[int] | None) -> None:
        self.private_ok = private_ok
        self.own = own
        self.ports = ports

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        leash = _current.get() or Leash()
        patience = Leash(timeout, outer=leash)
        is_trusted = self.private_ok(host, port)
        if not (is_trusted or self.own(host, port)) and self.ports is not None and port not in self.ports:
            raise AddressRefused(f"Port {port} of {host} is not one that is called.")
        found = _look_up(host, port, patience)
        if not is_trusted and not all(is_public(address[0]) for _, address in found):
            raise AddressRefused(f"{host} is not a public address.")
        return _Line(_connect(found[:ADDRESSES_TRIED], patience), leash)

    def connect_unix_socket(self, *args: object, **kwargs: object) -> httpcore.NetworkStream:
        raise AddressRefused("Sockets of this machine are not called.")


Found = list[tuple[socket.AddressFamily, tuple[Any, ...]]]


def _look_up(host: str, port: int, leash: Leash) -> Found:
    """All addresses of a name, each once. The system's look-up cannot be interrupted, so it is left behind on its
    thread."""
    answers: queue.SimpleQueue[Found | OSError | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys((info[0], info[4]) for info in infos)))
        except OSError as error:
            answers.put(error)
        except ValueError:  # a label no name can have
            answers.put(OSError("no such name"))

    threading.Thread(target=ask, name=f"look up {host[:40]}", daemon=True).start()
    with leash.holding(functools.partial(answers.put, None)), suppress(queue.Empty):
        found = answers.get(timeout=leash.left())
        if isinstance(found, list) and found:
            return found
        leash.left()
        raise httpcore.ConnectError(f"The name {host} was not found: {found}.")
    raise httpcore.ConnectTimeout(f"The name {host} was not found in time.")


def _connect(found: Found, leash: Leash) -> socket.socket:
    """The first address that answers. Each gets its share of the time, so that a silent one cannot use it all up."""
    failure = OSError("no address")
    for tried, (family, address) in enumerate(found):
        left = leash.left()
        try:
            return _reach(family, address, left and left / (len(found) - tried), leash)
        except OSError as error:
            leash.left()
            failure = error
    kind = httpcore.ConnectTimeout if isinstance(failure, TimeoutError) else httpcore.ConnectError
    raise kind(failure.strerror or str(failure)) from failure


def _reach(
    family: socket.AddressFamily, address: tuple[Any, ...], timeout: float | None, leash: Leash
) -> socket.socket:
    with ExitStack() as undo:
        line = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
        with leash.holding(functools.partial(_shut, line)):
            line.settimeout(timeout)
            line.connect(address)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            leash.left()
        undo.pop_all()
    return line


def _shut(line: socket.socket) -> None:
    """Ends whatever waits on the socket. The plain socket's own method: that of a TLS socket would pull its state away
    from the thread that is using it."""
    with suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


class _Line(httpcore.NetworkStream):
    """One connection, on the leash it was dialled under."""

    def __init__(self, line: socket.socket, leash: Leash) -> None:
        self.line = line
        self.leash = leash
        self.release = functools.partial(_shut, line)
        leash.hold(self.release)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._in_their_words(httpcore.ReadTimeout, httpcore.ReadError):
            self.line.settimeout(self.leash.left(timeout))
            data = self.line.recv(max_bytes)
        self.leash.left()  # a cut looks like the other side's own end
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        with self._in_their_words(httpcore.WriteTimeout, httpcore.WriteError):
            while rest:
                self.line.settimeout(self.leash.left(timeout))
                rest = rest[self.line.send(rest) :]
                self.leash.is_sent = True

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "_Line":
        with ExitStack() as undo, self._in_their_words(httpcore.ConnectTimeout, httpcore.ConnectError):
            undo.callback(self.close)
            self._secure(ssl_context, server_hostname, timeout)
            undo.pop_all()
        return self

    def _secure(self, ssl_context: ssl.SSLContext, server_hostname: str | None, timeout: float | None) -> None:
        self.leash.drop(self.release)
        line = ssl_context.wrap_socket(self.line, server_hostname=server_hostname, do_handshake_on_connect=False)
        self.line, self.release = line, functools.partial(_shut, line)
        self.leash.hold(self.release)
        line.settimeout(self.leash.left(timeout))
        line.do_handshake()
        self.leash.left()

    @contextmanager
    def _in_their_words(
        self, late: type[httpcore.TimeoutException], broken: type[httpcore.NetworkError]
    ) -> Iterator[None]:
        """What a socket raises, as httpcore says it; a leash that is cut or over speaks first."""
        try:
            yield
        except TimeoutError as error:
            self.leash.left()
            raise late("Nothing moved for too long.") from error
        except (OSError, ValueError) as error:  # ValueError: a name no certificate can be for
            self.leash.left()
            raise broken(str(getattr(error, "strerror", None) or error)) from error

    def close(self) -> None:
        self.leash.drop(self.release)
        self.line.close()

    def get_extra_info(self, info: str) -> Any:
        return self.line if info == "ssl_object" and isinstance(self.line, ssl.SSLSocket) else None


class _InProcess(httpx.BaseTransport):
    """Answers from a WSGI application under the same limits as over a socket: the application runs on its own thread
    and the leash holds the wait for each of its chunks, so one that sleeps or never ends is left behind."""

    def __init__(self, app: WSGIApp) -> None:
        self.app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        leash = _current.get() or Leash()
        leash.left()
        leash.is_sent = True
        chunks = _Chunks(leash, request.extensions.get("timeout", {}).get("read"))
        work = functools.partial(_answer, httpx.WSGITransport(self.app), request, chunks)
        threading.Thread(target=work, name="in-process answer", daemon=True).start()
        with ExitStack() as undo:
            undo.callback(chunks.close)
            head = chunks.take()
            if not isinstance(head, httpx.Response):
                raise httpx.RemoteProtocolError("The application broke off.")
            undo.pop_all()
        length = head.headers.get("content-length", "")
        chunks.expected = int(length) if length.isdecimal() else 0
        return httpx.Response(head.status_code, headers=head.headers, stream=chunks)


class _Chunks(httpx.SyncByteStream):
    """What an application produces, at most a few chunks ahead of who reads it."""

    def __init__(self, leash: Leash, timeout: float | None) -> None:
        self.leash = leash
        self.timeout = timeout
        self.expected = 0
        self.is_whole = False
        self.is_closed = False
        self.waiting: queue.Queue[httpx.Response | bytes | None] = queue.Queue(maxsize=16)

    def take(self) -> httpx.Response | bytes | None:
        """The head, the next chunk, or None at the end."""
        with self.leash.holding(self._wake), suppress(queue.Empty):
            taken = self.waiting.get(timeout=self.leash.left(self.timeout))
            self.leash.left()
            return taken
        self.leash.left()
        raise httpx.ReadTimeout("Nothing came for too long.")

    def __iter__(self) -> Iterator[bytes]:
        count = 0
        while isinstance(chunk := self.take(), bytes):
            count += len(chunk)
            yield chunk
        if not self.is_whole or count < self.expected:
            raise httpx.RemoteProtocolError("The application broke off.")

    def close(self) -> None:
        self.is_closed = True
        with suppress(queue.Empty):  # whoever produces may be waiting for room
            while True:
                self.waiting.get_nowait()

    def _wake(self) -> None:
        with suppress(queue.Full):
            self.waiting.put_nowait(None)


def _answer(transport: httpx.WSGITransport, request: httpx.Request, chunks: _Chunks) -> None:
    """Runs the application and hands over head, chunks and end. If it fails, its traceback is here and a cut is
    there."""
    try:
        response = transport.handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        chunks.waiting.put(response)
        with closing(response.stream):
            for chunk in response.stream:
                if chunks.is_closed:
                    return
                chunks.waiting.put(chunk)
        chunks.is_whole = True
    finally:
        chunks.waiting.put(None)
