"""What a mail server did where it did not take a message, for the log."""

from __future__ import annotations

from smtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from ssl import SSLError

MAIL_ERRORS = (SMTPException, OSError, ValueError)


def why_not_sent(error: Exception) -> str:
    """A sentence for the log, without an address: what the mail server did, and what to do about it."""
    match error:
        case SMTPNotSupportedError():
            return "The mail server offers no STARTTLS; a relay without it is written smtp+plain:// in EMAIL_URL."
        case SMTPAuthenticationError():
            return "The mail server refused the user or the password of EMAIL_URL."
        case SMTPRecipientsRefused():
            return "The mail server refused the recipient."
        case SMTPSenderRefused():
            return "The mail server refused the sender; EMAIL_FROM has to be one it takes."
        case SMTPServerDisconnected():
            return "The mail server did not answer, or ended the connection."
        case SMTPException():
            return f"The mail server did not take the message ({type(error).__name__})."
        case SSLError():
            return "The mail server's encryption cannot be used; smtp:// begins with STARTTLS, smtps:// with TLS."
        case OSError():
            return f"The mail server of EMAIL_URL cannot be reached ({error.strerror or type(error).__name__})."
        case _:
            return f"The message cannot be written ({type(error).__name__})."
