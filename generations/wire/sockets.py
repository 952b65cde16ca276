"""Connections whose every wait is held on a leash, to addresses that were judged."""

import functools
import socket
import ssl
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import httpcore

from generations.errors import AddressRefused
from generations.wire.addresses import Found, is_public, look_up
from generations.wire.cancellation import Leash, current_leash

MayBePrivate = Callable[[str, int], bool]
ADDRESSES_TRIED = 4


class Dialler(httpcore.NetworkBackend):
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
        leash = current_leash() or Leash()
        patience = Leash(timeout, outer=leash)
        is_trusted = self.private_ok(host, port)
        if not (is_trusted or self.own(host, port)) and self.ports is not None and port not in self.ports:
            raise AddressRefused(f"Port {port} of {host} is not one that is called.")
        found = look_up(host, port, patience)
        if not is_trusted and not all(is_public(address[0]) for _, address in found):
            raise AddressRefused(f"{host} is not a public address.")
        return _Line(_connect(found[:ADDRESSES_TRIED], patience), leash)

    def connect_unix_socket(self, *args: object, **kwargs: object) -> httpcore.NetworkStream:
        raise AddressRefused("Sockets of this machine are not called.")


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
