"""Delays in the text of an error message: "try again in 20s", "请20秒后重试"."""

import re

MAX_DELAY = 86_400.0
_WINDOW = 4_000
_LATIN = re.compile(
    r"(?:again|retry|wait|reset|available|come back)[^.\d]{0,40}(?=\d)"
    r"(?:(?P<h>\d{1,4})\s?h(?:ours?)?\s?(?:and\s)?)?(?:(?P<m>\d{1,5})\s?m(?:in(?:ute)?s?)?(?![a-z])\s?)?"
    r"(?:(?P<s>\d{1,7}(?:\.\d{1,9})?)\s?(?P<unit>ms|milliseconds?|s(?:ec(?:ond)?s?)?)\b)?",
    re.IGNORECASE,
)
_CJK = re.compile(
    r"(?P<n>\d{1,6}(?:\.\d{1,3})?)\s?(?P<unit>秒|分|小时|小時|時間|초|분)[^\d。\n]{0,8}?"
    r"(?:重试|重試|再试|再試|尝试|再次|再度|다시|お試し|試し)"
    r"|(?:等待|等候|稍候|间隔)\s?(?P<n2>\d{1,6})\s?(?P<unit2>秒|分)"
)
_SECONDS = {"秒": 1, "초": 1, "分": 60, "분": 60, "小": 3600, "時": 3600}


def delay_in(text: str) -> float | None:
    """The delay in seconds that a message asks for; None where it asks for none, or for an absurd one."""
    for match in _LATIN.finditer(text[:_WINDOW]):
        if match["h"] or match["m"] or match["s"]:
            seconds = float(match["h"] or 0) * 3600 + float(match["m"] or 0) * 60
            return sane_delay(seconds + float(match["s"] or 0) / (1000 if _is_milli(match["unit"]) else 1))
    if asked := _CJK.search(text[:_WINDOW]):
        number, unit = asked["n"] or asked["n2"], asked["unit"] or asked["unit2"]
        return sane_delay(float(number) * _SECONDS[unit[0]])
    return None


def sane_delay(seconds: float) -> float | None:
    """A delay in seconds; None for one that is negative, not a number or longer than a day."""
    return seconds if 0 <= seconds <= MAX_DELAY else None


def _is_milli(unit: str | None) -> bool:
    return (unit or "").lower().startswith("m")
