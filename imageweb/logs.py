"""A log filter that removes secrets from every line before it is written."""

import logging
import re

from django.conf import settings

KEY_LIKE = re.compile(
    r"(?i)(\b(?:sk|pk|key|iw)[-_][a-z0-9_\-]{12,}|(?<=bearer )[^\s\"']{6,}|(?<=[?&]key=)[^\s&\"']+"
    r"|(?<=[?&]api_key=)[^\s&\"']+|(?<=/[cs]/)[\w-]{16,})"
)
USERINFO = re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)")


class WithoutSecrets(logging.Filter):
    """Masks the configured keys, what has the form of an API key, passwords in URLs and the tokens of share links
    and of clients' pages."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        clean = without_secrets(text)
        if clean != text:
            record.msg, record.args = clean, ()
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = without_secrets(logging.Formatter().formatException(record.exc_info))
        return True


def without_secrets(text: str) -> str:
    """The text with each of them replaced by •••."""
    for secret in (settings.OPENAI_API_KEY, settings.SECRET_KEY):
        if secret and len(secret) > 5:
            text = text.replace(secret, "•••")
    return USERINFO.sub("•••", KEY_LIKE.sub("•••", text))
