"""Progress percentages in the text of gateways: a number after 进度 or "Progress", or before "% completed".

Ratios (9:16), list numbers, "10s elapsed", "1/1" and "1K" are numbers as well, and are not taken for progress.
"""

import re
from collections.abc import Iterator

_MAX_FOUND = 1_000
_BAR = r"\s*_:：=|>\-–—~(（\[【\]】░▒▓█▏▎▍▌▋▊▉■□▰▱⬛⬜🟩🟦●○◼◻"
_NOT_PROGRESS = r"(?![\d\w])(?!\s{0,2}[:：/／]\s?(?!100\b)\d)(?!\s{1,3}(?:of|s|sec|seconds|images?|秒|张|步|个)\b)"
_NUMBER = rf"(?P<n>\d{{1,3}}+)(?:\.\d{{1,4}}+)?\s?(?:[%％]|(?:percent|/\s?100)\b|{_NOT_PROGRESS})"
_AFTER = re.compile(
    rf"(?:进度|進度|progress)(?:[ \t]{{1,9}}+(?:is|at))?+(?:(?!\n)[{_BAR}]){{0,160}}+(?={_NUMBER})", re.IGNORECASE
)
_BEFORE = re.compile(r"(?<![\d.:/])(?P<n>\d{1,3})(?:\.\d{1,4})?\s?[%％]\s?(?:completed?\b|done\b|完成)", re.IGNORECASE)
_HERE = re.compile(rf"(?:\d{{1,9}}+\.\d{{1,9}}+(?=\s?[%％]))|{_NUMBER}")
_NEXT = re.compile(r"(?:\]\([^()\s]{0,2000}+\)|[.…·,，、→%％|\[\]> \t-]){1,400}+(?=\d)")
_WORD = re.compile(r"进度|進度|progress|[%％]\s?(?:completed?\b|done\b|完成)", re.IGNORECASE)


def percentages(text: str) -> list[int]:
    """Every progress percentage in a text, in order, each from 0 to 100."""
    found: list[int] = []
    position = 0
    while len(found) < _MAX_FOUND and (word := _WORD.search(text, position)):
        position = word.end()
        for number, end in _chain(text, word):
            found.append(number)
            position = end
    return found


def _chain(text: str, word: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The numbers of one progress word, each with its end: `进度 7....13..[100](url)`, or one before `% completed`."""
    if word[0][0] in "%％":
        before = _BEFORE.search(text, max(0, word.start() - 12), word.end())
        if before and int(before["n"]) <= 100:
            yield int(before["n"]), word.end()
        return
    opening = _AFTER.match(text, word.start())
    position = opening.end() if opening else None
    while position is not None and (here := _HERE.match(text, position)):
        number = int(float(here[0].split("%")[0].split("％")[0])) if here["n"] is None else int(here["n"])
        if number > 100:
            return
        tail = _TAIL.match(text, here.end())
        end = tail.end() if tail else here.end()
        yield number, end
        following = _NEXT.match(text, end)
        position = following.end() if following else None


_TAIL = re.compile(r"\s?[%％]?\s?(?:completed?\b|done\b|完成)?", re.IGNORECASE)
