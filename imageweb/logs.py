"""Log lines without secrets: whatever looks like a key is taken out before a line is written."""

import logging
import re

from django.conf import settings

KEY_LIKE = re.compile(
    r"(?i)(\b(?:sk|pk|key|iw)[-_][a-z0-9_\-]{12,}|(?<=bearer )[^\s\"']{6,}|(?<=[?&]key=)[^\s&\"']+"
    r"|(?<=[?&]api_key=)[^\s&\"']+)"
)
USERINFO = re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)")


class WithoutSecrets(logging.Filter):
    """Removes the configured key, anything of a key's shape, and passwords in addresses from a record's text."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        clean = without_secrets(text)
        if clean != text:
            record.msg, record.args = clean, ()
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = without_secrets(logging.Formatter().formatException(record.exc_info))
        return True


def without_secrets(text: str) -> str:
    """The text with every secret replaced by •••."""
    for secret in (settings.OPENAI_API_KEY, settings.SECRET_KEY):
        if secret and len(secret) > 5:
            text = text.replace(secret, "•••")
    return USERINFO.sub("•••", KEY_LIKE.sub("•••", text))
