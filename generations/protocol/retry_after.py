"""The delay before a retry that an answer asks for: in a header, in a field of its error, or in its message."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from generations.protocol.accumulator import AnswerAccumulator
from generations.protocol.answer import Answer
from generations.protocol.delay import delay_in, sane_delay


def retry_after(headers: Mapping[str, str], accumulator: AnswerAccumulator, answer: Answer) -> float | None:
    """The delay in seconds, from `retry-after-ms`, `Retry-After` (RFC 9110, section 10.2.3), a field of the error, a
    reset time, or the message; None where none is given."""
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    if (milliseconds := _seconds(lower.get("retry-after-ms", ""))) is not None:
        return sane_delay(milliseconds / 1000)
    if "retry-after" in lower:
        return _header_delay(lower["retry-after"], lower.get("date", ""))
    if (delay := _seconds(str(accumulator.retry_after or "").removesuffix("s"))) is not None:
        return sane_delay(delay)
    if (reset := _seconds(lower.get("x-ratelimit-reset", "") or str(accumulator.reset or ""))) is not None:
        return _until(reset)
    message = (answer.error.message if answer.error else None) or ""
    return delay_in(message) if answer.retryable is not False else None


def _header_delay(value: str, date: str) -> float | None:
    seconds = _seconds(value)
    if seconds is not None:
        return sane_delay(seconds)
    then, now = _date(value), _date(date) or datetime.now(UTC)
    return sane_delay((then - now).total_seconds()) if then else None


def _until(reset: float) -> float | None:
    """The seconds until a reset time in seconds or milliseconds since 1970; a small number is a delay by itself."""
    if reset > 1e9:
        reset = (reset / 1000 if reset > 1e11 else reset) - datetime.now(UTC).timestamp()
    return sane_delay(reset)


def _seconds(value: str) -> float | None:
    try:
        return float(value) if value.strip() else None
    except ValueError:
        return None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
