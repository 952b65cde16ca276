"""An exchange as people read it: calls on one time axis, bodies coloured, pictures named by their size, keys masked."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from generations.errors import BY_KIND, NotStored
from generations.models import Attempt, Generation
from generations.presenters.cost import CHARGED
from generations.protocol.externalize import inline
from generations.protocol.json import clean
from generations.queries.exchange import files_there
from generations.translatable import PluralMessage
from generations.translation import number_text, translated
from generations.viewer import Viewer
from generations.withheld import Sayings, Withheld, said_instead

# Anybody may have written what these read: each of them gives up where its next match could begin.
MARKER = re.compile(r"⟦picture (?:([0-9a-f]{64}) [a-z] (\d{1,12}) (\d{1,12}))?⟧")
BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=\-])[A-Za-z0-9+/_=\-]{400,}+")
TOKEN = re.compile(
    r'("(?:[^"\\]|\\.)*+"?)(\s{0,20}+:)?'
    r"|(?<![\w.])(-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?|true|false|null)\b"
    r"|(⟪[^⟪⟫]*+⟫)"
)
PART = re.compile(r'("(?:[^"\\]|\\.)*+"?)|([\[{])|([\]}])|(,)|(:)|(\s++)|([^"\[\]{},:\s]++)')
HIDDEN = re.compile(r"⟪([^⟪⟫]*+)⟫")
MAX_READ = 1_000_000
MAX_SHOWN = 200_000
MAX_INDENT = 32
LEAST = 0.8
"""Percent of the axis that a moment takes."""


@dataclass(frozen=True)
class Step:
    """A moment or a stretch on the axis, in percent of the whole."""

    at: str
    start: float = 0
    width: float = 0
    look: str = ""

    @property
    def x(self) -> str:
        """Where it begins: never so far at the end that nothing of it is left to see."""
        return f"{min(self.start, 100 - max(self.width, LEAST)):.1f}%"

    @property
    def bar(self) -> str:
        """How wide it is drawn."""
        return f"{max(self.width, LEAST):.1f}%"


@dataclass(frozen=True)
class Call:
    """One attempt, ready to be printed."""

    attempt: Attempt
    request: SafeString
    answer: SafeString
    curl: str
    is_large: bool
    sent: Step
    waited: Step
    answered: Step
    verdict: str
    charged: str
    detail: str
    """What its failure says of itself."""
    words: str
    """What the model said, where that is something else."""
    may_save_answer: bool

    @property
    def id(self) -> str:
        return f"a-{self.attempt.pk}"


def calls_of(viewer: Viewer, generation: Generation, attempts: Iterable[Attempt]) -> list[Call]:
    """The calls of a generation on the axis from its order to its end, without words that are not the viewer's to
    read."""
    attempts, withheld = list(attempts), Withheld(viewer, generation)
    there = files_there({sha256 for attempt in attempts for sha256 in attempt.pictures})
    moments = [generation.created_at, generation.finished_at, *(attempt.answered_at for attempt in attempts)]
    axis = Axis(generation.created_at, max(moment for moment in moments if moment))
    return [_call(attempt, axis, there, withheld) for attempt in attempts]


def detail_beside(viewer: Viewer, generation: Generation) -> str:
    """What could not be had of a generation that succeeded nevertheless."""
    is_told = generation.state == "succeeded"
    return Sayings(viewer, [generation]).shown(generation, generation.shown_detail) if is_told else ""


@dataclass(frozen=True)
class Axis:
    """The time a generation took, from its order on."""

    begin: datetime
    end: datetime

    def step(self, start: datetime | None, stop: datetime | None = None, look: str = "") -> Step:
        """A step that begins at `start` and lasts until `stop`."""
        whole = max((self.end - self.begin).total_seconds(), 0.1)
        start = start or self.begin
        after = (start - self.begin).total_seconds()
        lasts = ((stop or start) - start).total_seconds()
        return Step(seconds_after(after), 100 * after / whole, 100 * lasts / whole, look)


def seconds_after(seconds: float) -> str:
    """1.2 s: a moment on the axis."""
    return _("%(seconds)s s") % {"seconds": number_text(seconds, 1)}


def _call(attempt: Attempt, axis: Axis, there: Collection[str], withheld: Withheld) -> Call:
    error = BY_KIND.get(attempt.kind)
    first, done = attempt.first_byte_at, attempt.answered_at
    own = {sha256: sha256 in there for sha256 in attempt.pictures}
    is_large = carries_pictures(attempt)
    request, answer = withheld.kept_request(attempt), _answer(attempt)
    if not withheld.shows(attempt, answer.decode("utf-8", "replace")):
        answer = said_instead().encode()
    return Call(
        attempt=attempt,
        request=pretty(request, own),
        answer=pretty(answer, own, size=attempt.answer_file.size if attempt.answer_file else 0),
        curl=curl(attempt, request, is_large=is_large),
        is_large=is_large,
        sent=axis.step(attempt.opened_at, first or done),
        waited=axis.step(first),
        answered=axis.step(first or done, done, "is-lamp"),
        verdict=translated(error.title) if error else "",
        charged=translated(CHARGED.get(attempt.charged, "")) if attempt.has_answer else "",
        detail=withheld.shown(attempt, attempt.shown_detail),
        words=withheld.shown(attempt, attempt.text) if attempt.text != attempt.detail else "",
        may_save_answer=attempt.has_answer and withheld.may_save_answer(attempt),
    )


def _answer(attempt: Attempt) -> bytes:
    """The beginning of the answer as it is kept; a sentence where the storage does not give it."""
    try:
        return attempt.answer_start(MAX_READ)
    except NotStored as error:
        return translated(error.detail or error.sentence).encode()


def pretty(body: bytes, own: Mapping[str, bool] = {}, *, size: int = 0) -> SafeString:
    """The beginning of a body with its JSON indented and coloured, base64 cut with its size; at most MAX_READ bytes
    are looked at and MAX_SHOWN characters shown.

    `own` are the hashes of the pictures that its markers may name, and whether each is still there; `size` is how long
    the body is where only its beginning is given. Whatever it holds is escaped."""
    text = body[:MAX_READ].decode("utf-8", "replace")
    rest = max(size, len(body)) - MAX_READ
    text = MARKER.sub(lambda marker: _picture(marker, own), text)
    text = BASE64.sub(lambda found: found[0][:40] + _hidden(len(found[0]) - 40), text)
    laid_out, taken = indented(text) if text.lstrip()[:1] in ("{", "[") else (text[:MAX_SHOWN], MAX_SHOWN)
    cut = max(len(text) - taken, 0) + max(rest, 0)
    shown = coloured(laid_out)
    if not cut:
        return shown
    more = PluralMessage("… %(number)s more character", "… %(number)s more characters", cut)
    return format_html('{}\n<span class="x">{}</span>', shown, translated(more))


def _picture(marker: re.Match[str], own: Mapping[str, bool]) -> str:
    if marker[1] is None:
        return "⟦picture "
    if marker[1] not in own:
        return marker[0]
    if not own[marker[1]]:
        return f"⟪{_('this picture was deleted')}⟫"
    return _hidden(int(marker[3]) - int(marker[2]))


def indented(text: str) -> tuple[str, int]:
    """JSON on lines of its own, part by part as it is read, so that neither depth nor what is broken in it matters; and
    how many characters of it were taken. Nothing is left out but white space."""
    lines: list[str] = []
    depth = length = end = 0
    is_fresh = False
    for part in PART.finditer(text):
        if length >= MAX_SHOWN:
            break
        end = part.end()
        if part[6]:
            continue
        depth -= bool(part[3])
        new_line = "\n" + "  " * max(0, min(depth, MAX_INDENT))
        piece = _readable(part[1]) if part[1] else part[0]
        if len(piece) > MAX_SHOWN - length:
            piece = piece[: MAX_SHOWN - length]
            end = part.start() + len(piece)
        if bool(part[3]) is not is_fresh:  # nothing between a bracket and its own closing one
            piece = new_line + piece
        depth += bool(part[2])
        after = "\n" + "  " * max(0, min(depth, MAX_INDENT)) if part[4] else " " if part[5] else ""
        lines.append(piece + after)
        length += len(piece) + len(after)
        is_fresh = bool(part[2])
    return "".join(lines), end


def _readable(string: str) -> str:
    """A string of JSON with its letters as letters, not as escapes."""
    if "\\u" not in string:
        return string
    try:
        return json.dumps(clean(json.loads(string)), ensure_ascii=False)
    except ValueError:
        return string


def _hidden(characters: int) -> str:
    return not_shown(characters * 3 // 4)


def not_shown(size: int) -> str:
    """What stands in a body where so many bytes of a picture were; `pretty` prints it faint."""
    if size >= 1024 * 1024:
        megabytes = number_text(size / 1024 / 1024, 1)
        said = _("… %(number)s MB not shown") % {"number": megabytes}
    else:
        said = _("… %(number)s KB not shown") % {"number": max(1, size // 1024)}
    return f"⟪{said}⟫"


def coloured(text: str) -> SafeString:
    """JSON tokens in spans: keys k, strings s, numbers n, what is not shown x."""
    pieces, position = [], 0
    for token in TOKEN.finditer(text):
        pieces.append(_plain(text[position : token.start()]))
        pieces.append(_span(token))
        position = token.end()
    return mark_safe("".join([*pieces, _plain(text[position:])]))  # noqa: S308 every piece is escaped below


def _span(token: re.Match[str]) -> str:
    if token[1]:
        return f'<span class="{"k" if token[2] else "s"}">{_plain(token[1])}</span>{escape(token[2] or "")}'
    return f'<span class="n">{escape(token[3])}</span>' if token[3] else _plain(token[4])


def _plain(text: str) -> str:
    return HIDDEN.sub(r'<span class="x">\1</span>', str(escape(text)))


def curl(attempt: Attempt, request: bytes, *, is_large: bool) -> str:
    """The call as a command that runs where KEY is set, with this request. A large body is a file, which can be had."""
    headers = " ".join(
        f"-H {shlex.quote(f'{name}: {value}')}"
        for name, value in attempt.request_headers.items()
        if name.lower() not in {"authorization", "content-length", "host", "connection"}
    )
    body = "@request.json" if is_large else shlex.quote(inline(request, lambda _: None, own=(), size=0).decode())
    return f'curl {shlex.quote(attempt.url)} -H "Authorization: Bearer $KEY" {headers} --data-binary {body}'


def carries_pictures(attempt: Attempt) -> bool:
    """Whether its request is more than one pastes."""
    return any(marker[1] for marker in MARKER.finditer(bytes(attempt.request).decode("utf-8", "replace")))
