"""The log: a filter that removes secrets from every line before it is written, and lines as JSON by LOG_FORMAT=json.

A line says by ids what it is about, `log.info(…, extra={"fields": {"generation": key}})`; never a prompt or a key."""

import json
import logging
import re
import secrets
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

from django.conf import settings

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that this thread answers; "" for none."""

REQUEST_ID = re.compile(r"[\w.-]{6,64}", re.ASCII)

KEY_LIKE = re.compile(
    r"(?i)(\b(?:sk|pk|key|iw)[-_][a-z0-9_\-]{12,}|(?<=bearer )[^\s\"']{6,}|(?<=[?&]key=)[^\s&\"']+"
    r"|(?<=[?&]api_key=)[^\s&\"']+|(?<=/[cs]/)[\w-]{16,}|(?<=/join/)[\w-]{16,}"
    r"|(?<=/password/reset/key/)[^\s\"'/]{8,}|(?<=/confirm-email/)[^\s\"'/]{16,}"
    r"|(?<=/welcome/)[^\s\"'/]{16,}|(?<=/unsubscribe/)[^\s\"'/]{16,})"
)
USERINFO = re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)")


class WithoutSecrets(logging.Filter):
    """Masks the configured keys, what has the form of an API key, passwords in URLs and the tokens of addresses that
    open something by themselves: share links, clients' pages, invitations, new passwords."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        clean = without_secrets(text)
        if clean != text:
            record.msg, record.args = clean, ()
        if fields := getattr(record, "fields", None):
            record.fields = {
                name: without_secrets(value) if isinstance(value, str) else value for name, value in fields.items()
            }
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = without_secrets(logging.Formatter().formatException(record.exc_info))
        return True


class AsJson(logging.Formatter):
    """One object a line: time, level, logger, message, and by ids what it is about. Of an exception its type and where
    it was raised: its text may hold anything."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := request_id.get():
            line["request"] = request
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["raised"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False, default=str)


def without_secrets(text: str) -> str:
    """The text with each of them replaced by •••."""
    for secret in (settings.OPENAI_API_KEY, settings.SECRET_KEY):
        if secret and len(secret) > 5:
            text = text.replace(secret, "•••")
    return USERINFO.sub("•••", KEY_LIKE.sub("•••", text))


def new_request_id(given: str) -> str:
    """What a request is called in the log and in X-Request-ID: as the proxy in front calls it, if there is one."""
    is_taken = settings.ALLAUTH_TRUSTED_PROXY_COUNT and REQUEST_ID.fullmatch(given)
    return given if is_taken else f"e-{secrets.token_hex(6)}"
