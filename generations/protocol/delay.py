"""Delays in the words of an error message: "try again in 20s", "请20秒后重试", and the dresses of a delay's value."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_DELAY = 86_400.0
_ABSURD = 10 * 365 * MAX_DELAY
_WINDOW = 4_000
_AND = r"(?:,?\s?(?:and\s)?)"
_UNITS = (
    rf"(?:(?P<d>\d{{1,3}}(?:\.\d{{1,3}})?)\s?d(?:ays?)?{_AND})?(?:(?P<h>\d{{1,4}}(?:\.\d{{1,3}})?)\s?h(?:ours?|rs?)?{_AND})?"
    rf"(?:(?P<m>\d{{1,5}}(?:\.\d{{1,3}})?)\s?m(?:in(?:ute)?s?)?(?![a-z]){_AND})?"
    r"(?:(?P<s>\d{1,7}(?:\.\d{1,9})?)\s?(?P<unit>ms|milli(?:second)?s?|s(?:ec(?:ond)?s?)?)\b)?"
)
_LATIN = re.compile(
    rf"(?:again|retry|wait|reset|available|come back|after|expires?)[^.\d]{{0,40}}(?=\d){_UNITS}", re.IGNORECASE
)
_DURATION = re.compile(rf"(?:pt)?{_UNITS}", re.IGNORECASE)
_CLOCK = r"(?P<hours>\d{1,3}):(?P<minutes>[0-5]\d):(?P<seconds>[0-5]\d)(?:\.\d{1,9})?"
# A time that passes, and not one of the day.
_CLOCK_IN = re.compile(rf"\b(?:in|after|for|within|wait)\s{{1,3}}{_CLOCK}(?!\s?(?:utc|gmt|[ap]m\b|z\b))", re.IGNORECASE)
_CLOCK_ALONE = re.compile(_CLOCK)
_WORDS = {"half a": 0.5, "half an": 0.5, "a": 1, "an": 1, "one": 1, "two": 2, "a couple of": 2, "three": 3, "four": 4}
_WORDS |= {"five": 5, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "sixty": 60}
_IN_WORDS = re.compile(
    rf"(?:again|retry|wait|reset|available|come back|after|expires?)[^.\d]{{0,40}}?"
    rf"\b(?P<n>{'|'.join(_WORDS)}) (?:more )?(?P<unit>second|minute|hour|day)s?\b",
    re.IGNORECASE,
)
_OTHER_LATIN = re.compile(
    r"(?P<n>\d{1,6}|\b(?:une?|eine[mnr]?|uma?|una|jedn[aąeu]|одну|через)\b)\s?"
    r"(?P<unit>se[cgk]\w{0,6}|min\w{0,6}|stunden?|heures?|horas?|ore\b|ora\b|saat|jam\b|сек\w{0,6}|мин\w{0,6}|час\w{0,3}|giây|phút"
    r"|giờ|menit|detik|dakika|saniye)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"réessay|reessay|patient|erneut|warten|de nuevo|nuevamente|espere|novamente|aguarde|повтор|подожд|попроб"
    r"|riprova|attend|ponown|spróbuj|poczekaj|opnieuw|wacht|tekrar|bekley|thử lại|đợi|coba lagi|tunggu",
    re.IGNORECASE,
)
_CJK_UNIT = (
    r"(?:\d{1,6}(?:\.\d{1,3})?|[一二两兩三四五六七八九十半]{1,3})\s?[个個]?"
    r"(?:天|日|일|小时|小時|時間|시간|分钟|分鐘|分|분|秒钟|秒鐘|秒|초)"
)
_CJK_CHAIN = rf"{_CJK_UNIT}(?:\s?[零又と]?{_CJK_UNIT}){{0,3}}"
_CJK = re.compile(
    rf"(?<![\d月.])(?P<before>{_CJK_CHAIN})(?:(?!稍|到期|过期|有效|失效|充值|续费|购买|升级)[^\d。\n]){{0,8}}?"
    r"(?:重试|重試|再试|再試|尝试|嘗試|再次|再度|다시|お試し|試し|(?:后|後|뒤|후)(?!.{0,2}(?:到期|过期|失效|截止)))"
    r"|(?:等待|等候|稍候|稍等|间隔|間隔|冷却|还需|還需|(?P<left>还有|還有|剩余|剩餘))"
    rf"[^\d。，,\n]{{0,4}}?(?P<after>{_CJK_CHAIN})(?!.{{0,2}}(?:到期|过期|有效|失效|截止))"
)
# What is left is a time to wait where something was limited before or comes back after; else it may be anything's.
_LIMITED = re.compile(
    r"等待|冷却|排队|重试|频繁|頻繁|频率|限制|限流|限速|超限|上限|[过過太][快多]|并发|解封|解除|重置|恢复|刷新"
)
_COMES_BACK = re.compile(r"[^\d。\n]{0,6}(?:重置|恢复|恢復|刷新|解除|解封|解锁|可用|再)")
# Points that an account has, and no minutes: 剩余 20 分.
_POINTS = re.compile(
    r"(?:剩余?|剩餘|余额|余|餘|还有|還有|还需|還需|只有|仅有?|共有?|差|积分|積分|点数|點數|额度|得分)[^\d。，,\n]{0,4}\Z"
)
_BARE_POINTS = re.compile(r"[^分]{1,12}分")
_CJK_PART = re.compile(
    r"(?P<n>\d{1,6}(?:\.\d{1,3})?|[一二两兩三四五六七八九十半]{1,3})\s?[个個]?(?P<unit>[天日일小時시分분秒초])"
)
_SECONDS = {
    **dict.fromkeys("秒초", 1),
    **dict.fromkeys("分분", 60),
    **dict.fromkeys("小時시", 3600),
    **dict.fromkeys("天日일", 86_400),
}
_NUMERALS = {numeral: value for value, numeral in enumerate("一二三四五六七八九", 1)} | {"两": 2, "兩": 2}
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
    if clock := _CLOCK_IN.search(text):
        return sane_delay(_of_clock(clock))
    if asked := next((match for match in _CJK.finditer(text) if _is_asked(match)), None):
        parts = _CJK_PART.finditer(asked["before"] or asked["after"])
        return sane_delay(sum(_number(part["n"]) * _SECONDS[part["unit"]] for part in parts))
    if asked := _IN_WORDS.search(text):
        return sane_delay(_WORDS[asked["n"].lower()] * _SECONDS_OF_LATIN[asked["unit"][0].lower()])
    return sane_delay(_of_other_latin(text)) if _ASKS.search(text) else None


def _is_asked(found: re.Match[str]) -> bool:
    """Whether a Chinese duration is one to wait, and neither points nor what is left of a subscription."""
    group = "before" if found["before"] else "after"
    before, after = found.string[: found.start(group)], found.string[found.end(group) :]
    if _BARE_POINTS.fullmatch(found[group]) and _POINTS.search(before[-12:]):
        return False
    return not found["left"] or bool(_LIMITED.search(before[-40:]) or _COMES_BACK.match(after))


def _of_other_latin(text: str) -> float:
    """The first duration of a text, of as many units as follow one another; -1 where there is none."""
    seconds, end = -1.0, None
    for part in _OTHER_LATIN.finditer(text):
        if end is not None and part.start() - end > len(" und "):
            break
        number = float(part["n"]) if part["n"].isdecimal() else 1.0
        unit = part["unit"].lower()
        scale = _OTHER_UNITS.get(unit) or _SECONDS_OF_LATIN[unit[0]]
        seconds, end = max(seconds, 0) + number * scale, part.end()
    return seconds


_SECONDS_OF_LATIN = {"s": 1, "с": 1, "m": 60, "м": 60, "h": 3600, "ч": 3600, "d": 86_400}
_OTHER_UNITS = {
    **dict.fromkeys(("stunde", "stunden", "ora", "ore", "saat", "jam", "giờ"), 3600),
    **dict.fromkeys(("phút", "dakika"), 60),
    **dict.fromkeys(("giây", "detik"), 1),
}


def _of_clock(clock: re.Match[str]) -> float:
    return int(clock["hours"]) * 3600 + int(clock["minutes"]) * 60 + int(clock["seconds"])


def _number(text: str) -> float:
    """A number in digits or in the numerals of Chinese up to ninety-nine; half for 半."""
    if not (text[0] in _NUMERALS or text[0] in "十半"):
        return float(text)
    if "半" in text:
        return 0.5
    tens, ten, ones = text.rpartition("十")
    return (_NUMERALS.get(tens, 1) * 10 if ten else 0) + _NUMERALS.get(ones[:1], 0)


def delay_of(value: object, now: datetime | None = None, *, scale: float = 1) -> float | None:
    """The delay in seconds that a field or header gives, as a number of seconds (times `scale`), "34s", "6m0s",
    "00:01:30", a time in seconds or milliseconds since 1970, an ISO 8601 time or an HTTP date; None for another."""
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
        if clock := _CLOCK_ALONE.fullmatch(text):
            return sane_delay(_of_clock(clock))
        moment = moment_in(text)
        return sane_delay((moment - now).total_seconds()) if moment else None
    if number > 1e9:
        return sane_delay((number / 1000 if number > 1e11 else number) - now.timestamp())
    return sane_delay(number * scale)


def sane_delay(seconds: float) -> float | None:
    """A delay in seconds, of a day at most; None for one that is negative, not a number or longer than ten years."""
    return min(seconds, MAX_DELAY) if 0 <= seconds <= _ABSURD else None


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
