"""How many steps a backtracking matcher takes, where `re` itself only tells how long it took.

`Counted` stands in for a compiled pattern: it gives what `re` gives, and works each search out once more by the parsed
pattern, counting every character that is compared and every way that is tried. Literal prefixes, which `re` skips over
quickly, are counted as if it did not."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
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
        grouped = groupby(parts, lambda part: str(part[0]) in ONE_CHARACTER)
        matchers: list[Matcher] = []
        for are_characters, group in grouped:
            matchers += [self.characters(list(group))] if are_characters else map(self.part, group)
        if len(matchers) == 1:
            return matchers[0]

        def match(pos: int, after: Next, index: int = 0) -> int:
            if index == len(matchers):
                return after(pos)
            return matchers[index](pos, lambda at: match(at, after, index + 1))

        return match

    def part(self, part: Any) -> Matcher:
        name, value = str(part[0]), part[1]
        return getattr(self, name.lower())(value)

    def characters(self, parts: list[Any]) -> Matcher:
        """One after the other, to the first that does not fit."""
        all_fit = [_fits(part, self.flags) for part in parts]
        counter = self.counter

        def match(pos: int, after: Next) -> int:
            for fits in all_fit:
                counter.steps += 1  # whoever tries this again and again asks whether it is too often
                if pos >= self.stop or not fits(self.text[pos : pos + 1]):
                    return NO
                pos += 1
            return after(pos)

        return match

    def at(self, where: Any) -> Matcher:
        look = _look(str(where), self.flags)

        counter = self.counter

        def match(pos: int, after: Next) -> int:
            counter.steps += 1
            return after(pos) if look(self.text, pos, self.stop) else NO

        return match

    def branch(self, value: Any) -> Matcher:
        """Each way in turn. Of those that a first character alone rules out, only the steps are counted."""
        ways = [(self.sequence(list(way)), self.first_of(list(way))) for way in value[1]]

        @lru_cache(maxsize=4096)
        def worth_trying(character: Any) -> tuple[list[tuple[int, Matcher]], int]:
            steps, found = 0, []
            for way, fits in ways:
                if fits is not None and not fits(character):
                    steps += 2
                else:
                    found.append((steps + 1, way))
                    steps = 0
            return found, steps

        counter = self.counter

        def match(pos: int, after: Next) -> int:
            found, rest = worth_trying(self.text[pos : pos + 1] if pos < self.stop else self.text[:0])
            for steps, way in found:
                counter.steps += steps
                if (end := way(pos, after)) != NO:
                    return end
            counter.steps += rest
            return NO

        return match

    def first_of(self, way: list[Any]) -> Callable[[Any], bool] | None:
        """Whether a character can be its first; None where that takes more than a look."""
        return _fits(way[0], self.flags) if way and str(way[0][0]) in ONE_CHARACTER else None

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
    return _compiler.compile(_of(parts, flags), flags)


def _of(parts: list[Any], flags: int) -> Any:
    state = _parser.State()
    state.flags = flags
    state.str = "" if flags & re.UNICODE else b""
    return _parser.SubPattern(state, parts)


@lru_cache(maxsize=64)
def _boundaries(text: Any) -> frozenset[int]:
    """The places where a word begins or ends, of a text in which many are asked for."""
    return frozenset(found.start() for found in re.finditer(rb"\b" if isinstance(text, bytes) else r"\b", text))


def _look(where: str, flags: int) -> Callable[[Any, int, int], bool]:
    """Whether a place is what an anchor wants."""
    is_multiline = bool(flags & re.MULTILINE)

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
            return lambda text, at, stop: (at in _boundaries(text)) is wanted
    raise NotImplementedError(where)


def _first(tree: Any) -> re.Pattern[Any] | None:
    """A pattern of the characters that a match can begin with, so that at other places nothing is tried: there it ends
    after a few steps, however long the text is. None if unknown."""
    if not (found := _first_of(list(tree))):
        return None
    return _compiled([(_parser.BRANCH, (None, [_of([part], tree.state.flags) for part in found]))], tree.state.flags)


def _first_of(parts: list[Any]) -> list[Any]:
    """The characters of which a match begins with one; nothing where it may be empty, or looks far ahead first."""
    if not parts:
        return []
    (name, value), rest = parts[0], parts[1:]
    match str(name):
        case one if one in ONE_CHARACTER:
            return [parts[0]]
        case "AT":
            return _first_of(rest)
        case "ASSERT" | "ASSERT_NOT" if value[0] < 0:
            return _first_of(rest)
        case "BRANCH":
            ways = [_first_of([*way, *rest]) for way in value[1]]
            return [part for way in ways for part in way] if all(ways) else []
        case "SUBPATTERN":
            return _first_of([*value[3], *rest])
        case "ATOMIC_GROUP":
            return _first_of([*value, *rest])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            ways = [_first_of([*value[2], *rest])] + ([] if value[0] else [_first_of(rest)])
            return [part for way in ways for part in way] if all(ways) else []
    return []
