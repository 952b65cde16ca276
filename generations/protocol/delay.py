"""Delays in the words of an error message: "try again in 20s", "请20秒后重试", and the dresses of a delay's value."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_DELAY = 86_400.0
_WINDOW = 4_000
_UNITS = (
    r"(?:(?P<d>\d{1,3})\s?d(?:ays?)?\s?(?:and\s)?)?(?:(?P<h>\d{1,4})\s?h(?:ours?|rs?)?\s?(?:and\s)?)?"
    r"(?:(?P<m>\d{1,5})\s?m(?:in(?:ute)?s?)?(?![a-z])\s?(?:and\s)?)?"
    r"(?:(?P<s>\d{1,7}(?:\.\d{1,9})?)\s?(?P<unit>ms|milli(?:second)?s?|s(?:ec(?:ond)?s?)?)\b)?"
)
_LATIN = re.compile(
    rf"(?:again|retry|wait|reset|available|come back|after|expires?)[^.\d]{{0,40}}(?=\d){_UNITS}", re.IGNORECASE
)
_DURATION = re.compile(_UNITS, re.IGNORECASE)
_OTHER_LATIN = re.compile(
    r"(?P<n>\d{1,6})\s?(?P<unit>se[cgk]\w{0,6}|min\w{0,6}|stunden?|heures?|horas?|сек\w{0,6}|мин\w{0,6}|час\w{0,3})",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"réessay|reessay|patient|erneut|warten|de nuevo|nuevamente|espere|novamente|aguarde|повтор|подожд|попроб"
    r"|riprova|attend",
    re.IGNORECASE,
)
_CJK = re.compile(
    r"(?P<n>\d{1,6}(?:\.\d{1,3})?)\s?(?P<unit>秒|分|小时|小時|時間|초|분|시간)[^\d。\n]{0,8}?"
    r"(?:重试|重試|再试|再試|尝试|再次|再度|다시|お試し|試し|后|後|뒤|후)"
    r"|(?:等待|等候|稍候|间隔)\s?(?P<n2>\d{1,6})\s?(?P<unit2>秒|分)"
)
_SECONDS = {"秒": 1, "초": 1, "分": 60, "분": 60, "小": 3600, "時": 3600, "시": 3600}
_MOMENT = re.compile(
    r"(?:again|retry|wait|resets?|available|until|after|重试|重試|重置|恢复)[^\d\n]{0,40}"
    r"(?P<iso>\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?)"
    r"|(?:resets?|until|after|available)[^\d\n]{0,20}(?P<epoch>1\d{9}(?:\d{3})?)(?!\d)",
    re.IGNORECASE,
)


def delay_in(text: str, now: datetime | None = None) -> float | None:
    """The delay in seconds that a message asks for; None where it asks for none, or for an absurd one."""
    text = text[:_WINDOW]
    if moment := _MOMENT.search(text):
        return delay_of(moment["iso"] or moment["epoch"], now)
    for match in _LATIN.finditer(text):
        if (seconds := _sum_of(match)) is not None:
            return sane_delay(seconds)
    if asked := _CJK.search(text):
        number, unit = asked["n"] or asked["n2"], asked["unit"] or asked["unit2"]
        return sane_delay(float(number) * _SECONDS[unit[0]])
    if _ASKS.search(text) and (asked := _OTHER_LATIN.search(text)):
        return sane_delay(float(asked["n"]) * _SECONDS_OF_LATIN[asked["unit"][0].lower()])
    return None


_SECONDS_OF_LATIN = {"s": 1, "с": 1, "m": 60, "м": 60, "h": 3600, "ч": 3600}


def delay_of(value: object, now: datetime | None = None, *, scale: float = 1) -> float | None:
    """The delay in seconds that a field or header gives, as a number of seconds (times `scale`), "34s", "6m0s", "17ms",
    a time in seconds or milliseconds since 1970, an ISO 8601 time or an HTTP date; None for anything else."""
    now = now or datetime.now(UTC)
    if isinstance(value, dict):  # google.protobuf.Duration
        value = value.get("seconds")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()[:100]
    try:
        number = float(text)
    except ValueError:
        duration = _DURATION.fullmatch(text)
        seconds = _sum_of(duration) if duration and text else None
        if seconds is not None:
            return sane_delay(seconds)
        moment = moment_in(text)
        return sane_delay((moment - now).total_seconds()) if moment else None
    if number > 1e9:
        return sane_delay((number / 1000 if number > 1e11 else number) - now.timestamp())
    return sane_delay(number * scale)


def sane_delay(seconds: float) -> float | None:
    """A delay in seconds; None for one that is negative, not a number or longer than a day."""
    return seconds if 0 <= seconds <= MAX_DELAY else None


def _sum_of(match: re.Match[str]) -> float | None:
    if not (match["d"] or match["h"] or match["m"] or match["s"]):
        return None
    seconds = float(match["d"] or 0) * 86_400 + float(match["h"] or 0) * 3600 + float(match["m"] or 0) * 60
    return seconds + float(match["s"] or 0) / (1000 if (match["unit"] or "").lower().startswith("m") else 1)


def moment_in(text: str) -> datetime | None:
    """An ISO 8601 time or an HTTP date, in UTC where it names no zone."""
    iso = re.sub(r"\s?(?:Z|UTC|GMT)\Z", "+00:00", text, flags=re.IGNORECASE)
    try:
        date = datetime.fromisoformat(iso)
    except ValueError:
        try:
            date = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError):
            return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
