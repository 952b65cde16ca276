"""Mail over SMTP within a total time: Django's own backend limits each wait alone, so a server that drips its answers
would hold the one who sends for hours."""

from __future__ import annotations

import smtplib
import socket
import time
from contextlib import suppress
from threading import Timer
from typing import Any

from django.conf import settings
from django.core.mail.backends import smtp


class TotalTime(smtplib.SMTP):
    """A session that ends settings.EMAIL_TOTAL_SECONDS after it began, wherever it is. Only answers can drip: what is
    sent, and a handshake, are each limited as a whole."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.ends_at = time.monotonic() + settings.EMAIL_TOTAL_SECONDS
        super().__init__(*args, **kwargs)

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer. Raises SMTPServerDisconnected, also when the time is over."""
        timer = Timer(max(0, self.ends_at - time.monotonic()), shut, [self.sock])
        timer.daemon = True
        timer.start()
        try:
            return super().getreply()
        finally:
            timer.cancel()


class TotalTimeOverTLS(TotalTime, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class EmailBackend(smtp.EmailBackend):
    """Django's, with sessions that end."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return TotalTimeOverTLS if self.use_ssl else TotalTime


def shut(sock: socket.socket | None) -> None:
    """Wake who waits for this socket, on whatever thread."""
    if sock is not None:
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
