"""How many steps a backtracking matcher takes, where `re` itself only tells how long it took.

`Counted` stands in for a compiled pattern: it gives what `re` gives, and works each search out once more by the parsed
pattern, counting every character that is compared and every way that is tried. Literal prefixes, which `re` skips over
quickly, are counted as if it did not."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from re import _compiler, _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

Next = Callable[[int], int]
Matcher = Callable[[int, Next], int]
NO = -1
ONE_CHARACTER = {"LITERAL", "NOT_LITERAL", "ANY", "ANY_ALL", "IN", "CATEGORY"}


class TooManySteps(AssertionError):
    """More than a test is ready to wait for."""


class Counter:
    """The steps of everything counted so far."""

    def __init__(self, most: int = 50_000_000) -> None:
        self.steps = 0
        self.most = most
        self.rests = False

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Count nothing meanwhile, and work nothing out once more."""
        self.rests = True
        try:
            yield
        finally:
            self.rests = False

    def add(self, steps: int) -> None:
        self.steps += steps
        if self.steps > self.most:
            raise TooManySteps(f"more than {self.most:,} steps")


class Counted:
    """A pattern whose searches are counted."""

    def __init__(self, pattern: re.Pattern[Any], counter: Counter) -> None:
        self.pattern = pattern
        self.counter = counter
        self.tree = _parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
        self.first = _first(self.tree)
        self.run = _Run(pattern.flags, counter)
        self.whole = self.run.sequence(list(self.tree))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.pattern, name)

    def match(self, text: Any, pos: int = 0, end: int | None = None) -> Any:
        self._try(text, pos, end, lambda at: at)
        return self.pattern.match(text, pos, *_ends(end))

    def fullmatch(self, text: Any, pos: int = 0, end: int | None = None) -> Any:
        stop = len(text) if end is None else min(end, len(text))
        self._try(text, pos, end, lambda at: at if at == stop else NO)
        return self.pattern.fullmatch(text, pos, *_ends(end))

    def search(self, text: Any, pos: int = 0, end: int | None = None) -> Any:
        return next(self.finditer(text, pos, end), None)

    def finditer(self, text: Any, pos: int = 0, end: int | None = None) -> Iterator[Any]:
        stop = len(text) if end is None else min(end, len(text))
        position = pos
        for found in self.pattern.finditer(text, pos, *_ends(end)):
            self._search(text, position, end, found.start())
            yield found
            position = max(found.end(), position)
        self._search(text, position, end, stop)

    def sub(self, replacement: Any, text: Any, count: int = 0) -> Any:
        for _ in self.finditer(text):
            pass
        return self.pattern.sub(replacement, text, count)

    def findall(self, text: Any) -> list[Any]:
        for _ in self.finditer(text):
            pass
        return self.pattern.findall(text)

    def _search(self, text: Any, pos: int, end: int | None, last: int) -> None:
        """Try every place from `pos` to `last`, as a search does."""
        if self.counter.rests:
            return
        self.counter.add(max(last - pos, 0))
        starts = range(pos, last + 1)
        for start in (at.start() for at in self.first.finditer(text, pos, last + 1)) if self.first else starts:
            self._try(text, start, end, lambda at: at)

    def _try(self, text: Any, pos: int, end: int | None, done: Next) -> int:
        if self.counter.rests:
            return NO
        self.run.text, self.run.stop = text, len(text) if end is None else min(end, len(text))
        return self.whole(pos, done)


def count_patterns(module: ModuleType, counter: Counter) -> Iterator[tuple[str, Counted]]:
    """What stands in for each pattern of a module."""
    for name, value in vars(module).items():
        if isinstance(value, re.Pattern):
            yield name, Counted(value, counter)


class _Run:
    """One try of a pattern: each part is a function of a place and of what is to be matched after it."""

    text: Any = ""
    stop = 0

    def __init__(self, flags: int, counter: Counter) -> None:
        self.flags, self.counter = flags, counter
        self.groups: dict[int, Any] = {}

    def sequence(self, parts: list[Any]) -> Matcher:
        matchers = [self.part(part) for part in parts]

        def match(pos: int, after: Next, index: int = 0) -> int:
            if index == len(matchers):
                return after(pos)
            return matchers[index](pos, lambda at: match(at, after, index + 1))

        return match

    def part(self, part: Any) -> Matcher:
        name, value = str(part[0]), part[1]
        if name in ONE_CHARACTER:
            return self.character(part)
        return getattr(self, name.lower())(value)

    def character(self, part: Any) -> Matcher:
        fits = _fits(part, self.flags)

        counter = self.counter

        def match(pos: int, after: Next) -> int:
            counter.steps += 1  # whoever tries this again and again asks whether it is too often
            return after(pos + 1) if pos < self.stop and fits(self.text[pos : pos + 1]) else NO

        return match

    def at(self, where: Any) -> Matcher:
        look = _look(str(where), self.flags)

        def match(pos: int, after: Next) -> int:
            self.counter.add(1)
            return after(pos) if look(self.text, pos, self.stop) else NO

        return match

    def branch(self, value: Any) -> Matcher:
        ways = [self.sequence(list(way)) for way in value[1]]

        def match(pos: int, after: Next) -> int:
            for way in ways:
                self.counter.add(1)
                if (end := way(pos, after)) != NO:
                    return end
            return NO

        return match

    def subpattern(self, value: Any) -> Matcher:
        group, added, _, inner = value
        if added:
            raise NotImplementedError("flags within a pattern")
        body = self.sequence(list(inner))

        def match(pos: int, after: Next) -> int:
            def close(end: int) -> int:
                if group is not None:
                    self.groups[group] = self.text[pos:end]
                return after(end)

            return body(pos, close)

        return match

    def groupref(self, group: int) -> Matcher:
        def match(pos: int, after: Next) -> int:
            said = self.groups.get(group)
            self.counter.add(len(said or "") + 1)
            return after(pos + len(said)) if said is not None and self.text.startswith(said, pos) else NO

        return match

    def look(self, value: Any, *, wanted: bool = True) -> Matcher:
        direction, inner = value
        body = self.sequence(list(inner))

        def match(pos: int, after: Next) -> int:
            start = pos - inner.getwidth()[0] if direction < 0 else pos
            found = start >= 0 and body(start, lambda at: at) != NO
            return after(pos) if found is wanted else NO

        return match

    def assert_not(self, value: Any) -> Matcher:
        return self.look(value, wanted=False)

    def atomic_group(self, inner: Any) -> Matcher:
        body = self.sequence(list(inner))

        def match(pos: int, after: Next) -> int:
            end = body(pos, lambda at: at)
            return after(end) if end != NO else NO

        return match

    def max_repeat(self, value: Any) -> Matcher:
        least, most, inner = int(value[0]), int(value[1]), list(value[2])
        if len(inner) == 1 and str(inner[0][0]) in ONE_CHARACTER:
            return self.run_of(inner[0], least, most)
        body = self.sequence(inner)

        def match(pos: int, after: Next, count: int = 0) -> int:
            self.counter.add(1)
            if count < most:
                end = body(pos, lambda at: match(at, after, count + 1) if at > pos else NO)
                if end != NO:
                    return end
            return after(pos) if count >= least else NO

        return match

    def run_of(self, part: Any, least: int, most: int) -> Matcher:
        """A run of one character, the longest first."""
        run = self.run(part)

        def match(pos: int, after: Next) -> int:
            for end in range(run(pos, most), pos + least - 1, -1):
                self.counter.add(1)
                if (found := after(end)) != NO:
                    return found
            return NO

        return match

    def run(self, part: Any) -> Callable[[int, int], int]:
        fits = _fits(part, self.flags)

        def run(pos: int, most: int) -> int:
            end, last = pos, min(self.stop, pos + most)
            while end < last and fits(self.text[end : end + 1]):
                end += 1
            self.counter.add(end - pos + 1)
            return end

        return run

    def min_repeat(self, value: Any) -> Matcher:
        least, most, inner = int(value[0]), int(value[1]), list(value[2])
        body = self.sequence(inner)

        def match(pos: int, after: Next) -> int:
            for count in range(most + 1):
                self.counter.add(1)
                if count >= least and (found := after(pos)) != NO:
                    return found
                end = body(pos, lambda at: at)  # which is exact for what these patterns repeat lazily
                if end == NO:
                    return NO
                pos = end
            return NO

        return match

    def possessive_repeat(self, value: Any) -> Matcher:
        least, most, inner = int(value[0]), int(value[1]), list(value[2])
        if len(inner) == 1 and str(inner[0][0]) in ONE_CHARACTER:
            run = self.run(inner[0])

            def match_run(pos: int, after: Next) -> int:
                end = run(pos, most)
                return after(end) if end - pos >= least else NO

            return match_run
        body = self.sequence(inner)

        def match(pos: int, after: Next) -> int:
            count = 0
            while count < most and (end := body(pos, lambda at: at)) not in (NO, pos):
                pos, count = end, count + 1
                self.counter.add(1)
            return after(pos) if count >= least else NO

        return match


setattr(_Run, "assert", _Run.look)


def _ends(end: int | None) -> tuple[int, ...]:
    return () if end is None else (end,)


_KNOWN: dict[tuple[str, int], Callable[[Any], bool]] = {}


def _fits(part: Any, flags: int) -> Callable[[Any], bool]:
    """Whether one character is one that a part takes; `re` decides."""
    key = (repr(part), flags)
    if key not in _KNOWN:
        only = _compiled([part], flags)
        _KNOWN[key] = lru_cache(maxsize=4096)(lambda character: only.fullmatch(character) is not None)
    return _KNOWN[key]


def _compiled(parts: list[Any], flags: int) -> re.Pattern[Any]:
    state = _parser.State()
    state.flags = flags
    state.str = "" if flags & re.UNICODE else b""
    return _compiler.compile(_parser.SubPattern(state, parts), flags)


def _look(where: str, flags: int) -> Callable[[Any, int, int], bool]:
    """Whether a place is what an anchor wants."""
    is_multiline = bool(flags & re.MULTILINE)

    def is_word(text: Any, at: int) -> bool:
        return (
            0 <= at < len(text)
            and re.match(rb"\w" if isinstance(text, bytes) else r"\w", text[at : at + 1]) is not None
        )

    def new_line(text: Any) -> Any:
        return b"\n" if isinstance(text, bytes) else "\n"

    match where:
        case "AT_BEGINNING_STRING":
            return lambda text, at, stop: at == 0
        case "AT_BEGINNING":
            return lambda text, at, stop: at == 0 or (is_multiline and text[at - 1 : at] == new_line(text))
        case "AT_END_STRING":
            return lambda text, at, stop: at == stop
        case "AT_END":
            return lambda text, at, stop: (
                at == stop
                or (at == stop - 1 and text[at : at + 1] == new_line(text))
                or (is_multiline and text[at : at + 1] == new_line(text))
            )
        case "AT_BOUNDARY" | "AT_NON_BOUNDARY":
            wanted = where == "AT_BOUNDARY"
            return lambda text, at, stop: (is_word(text, at - 1) is not is_word(text, at)) is wanted
    raise NotImplementedError(where)


def _first(tree: Any) -> re.Pattern[Any] | None:
    """A pattern of the characters that a match can begin with, so that other places need no try; None if unknown."""
    parts = list(tree)
    if not parts or str(parts[0][0]) not in {"LITERAL", "IN"}:
        return None
    return _compiled([parts[0]], tree.state.flags)
