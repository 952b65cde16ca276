"""httpcore's network backend and stream: connections to checked addresses only, every wait within a cancel scope."""

import functools
import socket
import ssl
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import httpcore

from generations.errors import AddressRefused
from generations.translatable import Message
from generations.wire.addresses import SocketAddresses, is_public, resolve
from generations.wire.cancellation import CancelScope, current_scope

HostPredicate = Callable[[str, int], bool]
MAX_ADDRESSES_TRIED = 4


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves a name, refuses addresses and ports that are not allowed, and connects to one that is.

    Both predicates are asked with (host, port): `private_ok` for hosts whose address may be private, `any_port_ok` for
    hosts that may be called on any port. `ports` are the ports allowed for all other hosts; None allows any.
    """

    def __init__(self, private_ok: HostPredicate, any_port_ok: HostPredicate, ports: Collection[int] | None) -> None:
        self.private_ok = private_ok
        self.any_port_ok = any_port_ok
        self.ports = ports

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        scope = current_scope() or CancelScope()
        connect_scope = CancelScope(timeout, outer=scope)
        is_trusted = self.private_ok(host, port)
        if not (is_trusted or self.any_port_ok(host, port)) and self.ports is not None and port not in self.ports:
            raise AddressRefused(Message("Port %(port)s of %(host)s is not allowed.", port=str(port), host=host))
        found = resolve(host, port, connect_scope)
        if not is_trusted and not all(is_public(address[0]) for _, address in found):
            raise AddressRefused(Message("%(host)s is not a public address.", host=host))
        return DeadlineStream(_connect(found[:MAX_ADDRESSES_TRIED], connect_scope), scope)

    def connect_unix_socket(self, *args: object, **kwargs: object) -> httpcore.NetworkStream:
        raise AddressRefused(Message("Unix sockets are not allowed."))


def _connect(found: SocketAddresses, scope: CancelScope) -> socket.socket:
    """A connection to the first address that accepts one. Each gets an equal share of the time that remains, so that
    one that drops packets cannot use all of it."""
    for tried, (family, address) in enumerate(found):
        left = scope.remaining()
        try:
            return _connect_one(family, address, left and left / (len(found) - tried), scope)
        except OSError as error:
            scope.remaining()
            if tried == len(found) - 1:
                kind = httpcore.ConnectTimeout if isinstance(error, TimeoutError) else httpcore.ConnectError
                raise kind(error.strerror or str(error)) from error  # in here: the pool cuts the cause, not the context
    raise httpcore.ConnectError(Message("The name has no address."))


def _connect_one(
    family: socket.AddressFamily, address: tuple[Any, ...], timeout: float | None, scope: CancelScope
) -> socket.socket:
    with ExitStack() as undo:
        sock = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
        with scope.on_cancel(functools.partial(_shutdown, sock)):
            sock.settimeout(timeout)
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            scope.remaining()
        undo.pop_all()
    return sock


def _shutdown(sock: socket.socket) -> None:
    """End whatever waits on the socket. Calls the plain socket's method, since SSLSocket.shutdown() discards the TLS
    state that another thread is using."""
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class DeadlineStream(httpcore.NetworkStream):
    """A TCP or TLS connection whose every read and write ends with the scope it was opened in."""

    def __init__(self, sock: socket.socket, scope: CancelScope) -> None:
        self.socket = sock
        self.scope = scope
        self._on_cancel = functools.partial(_shutdown, sock)
        scope.add_callback(self._on_cancel)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._as_httpcore_errors(httpcore.ReadTimeout, httpcore.ReadError):
            self.socket.settimeout(self.scope.remaining(timeout))
            data = self.socket.recv(max_bytes)
        self.scope.remaining()  # after a cancel, recv() returns as if the server had closed
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        with self._as_httpcore_errors(httpcore.WriteTimeout, httpcore.WriteError):
            while rest:
                self.socket.settimeout(self.scope.remaining(timeout))
                rest = rest[self.socket.send(rest) :]
                self.scope.is_sent = True

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "DeadlineStream":
        with ExitStack() as undo, self._as_httpcore_errors(httpcore.ConnectTimeout, httpcore.ConnectError):
            undo.callback(self.close)
            self._secure(ssl_context, server_hostname, timeout)
            undo.pop_all()
        return self

    def _secure(self, ssl_context: ssl.SSLContext, server_hostname: str | None, timeout: float | None) -> None:
        self.scope.remove_callback(self._on_cancel)
        sock = ssl_context.wrap_socket(self.socket, server_hostname=server_hostname, do_handshake_on_connect=False)
        self.socket, self._on_cancel = sock, functools.partial(_shutdown, sock)
        self.scope.add_callback(self._on_cancel)
        sock.settimeout(self.scope.remaining(timeout))
        sock.do_handshake()
        self.scope.remaining()

    @contextmanager
    def _as_httpcore_errors(
        self, late: type[httpcore.TimeoutException], broken: type[httpcore.NetworkError]
    ) -> Iterator[None]:
        """Translate the errors of a socket to those of httpcore. Raises Cancelled or TimedOut instead where the scope
        has ended."""
        try:
            yield
        except TimeoutError as error:
            self.scope.remaining()
            raise late(Message("The connection was idle for too long.")) from error
        except (OSError, ValueError) as error:  # ValueError: a host name that no certificate can hold
            self.scope.remaining()
            raise broken(str(getattr(error, "strerror", None) or error)) from error

    def close(self) -> None:
        self.scope.remove_callback(self._on_cancel)
        self.socket.close()

    def get_extra_info(self, info: str) -> Any:
        return self.socket if info == "ssl_object" and isinstance(self.socket, ssl.SSLSocket) else None
