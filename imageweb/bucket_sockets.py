"""The connections to a bucket: every wait for one, also for the header of an answer, ends with the deadline of who
asked. The library's own timeouts begin anew with each byte, so that a drip holds a thread for hours."""

from __future__ import annotations

import io
import socket
from math import inf
from typing import Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.client import BaseClient

from imageweb.deadline import seconds_left


def keep_deadlines(client: BaseClient) -> None:
    """Have this client connect by the classes below. It is asked for nothing yet."""
    client._endpoint.http_session._pool_classes_by_scheme.update(http=_Pool, https=_TLSPool)


class DeadlineSocket:
    """A connected socket, plain or TLS, that waits until the deadline at most, however its bytes come."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._timeout = sock.gettimeout()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds
        self._sock.settimeout(seconds)

    def sendall(self, data: Any) -> None:
        self.limit()
        self._sock.sendall(data)

    def makefile(self, mode: str = "rb", buffering: int = -1) -> io.RawIOBase | io.BufferedReader:
        """What the HTTP library reads from."""
        reader = _Reader(self, self._sock.makefile(mode, 0))  # type: ignore[call-overload]
        return reader if buffering == 0 else io.BufferedReader(reader)

    def limit(self) -> None:
        """Let the next call wait for what is left. Raises TimeoutError."""
        seconds = seconds_left(inf if self._timeout is None else self._timeout)
        self._sock.settimeout(None if seconds == inf else seconds)


class _Reader(io.RawIOBase):
    def __init__(self, sock: DeadlineSocket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.limit()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Connection(AWSHTTPConnection):
    sock: Any

    def connect(self) -> None:
        seconds_left()
        super().connect()
        self.sock = DeadlineSocket(self.sock)


class _TLSConnection(AWSHTTPSConnection):
    sock: Any

    def connect(self) -> None:
        seconds_left()
        super().connect()
        self.sock = DeadlineSocket(self.sock)


class _Pool(AWSHTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(AWSHTTPSConnectionPool):
    ConnectionCls = _TLSConnection
