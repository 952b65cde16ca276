"""An exchange as people read it: calls on one time axis, bodies coloured, pictures named by their size, keys masked."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from generations.errors import BY_KIND, NotStored
from generations.models import Attempt, Generation
from generations.views import access
from generations.views.notice import CHARGED

# Anybody may have written what these read: each of them gives up where its next match could begin.
MARKER = re.compile(r"⟦picture ([0-9a-f]{64}) [a-z] (\d{1,12}) (\d{1,12})⟧")
BASE64 = re.compile(r"[A-Za-z0-9+/_=\-]{400,}")
TOKEN = re.compile(r'("(?:[^"\\]|\\.)*+"?)(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)\b|(⟪[^⟪⟫]*⟫)')
DELETED = "⟪this picture was deleted⟫"
HIDDEN = re.compile(r"⟪([^⟪⟫]*)⟫")
MOST_SHOWN = 200_000


@dataclass(frozen=True)
class Step:
    """A moment or a stretch on the axis, in percent of the whole."""

    at: str
    text: str
    start: float = 0
    width: float = 0
    look: str = ""

    @property
    def x(self) -> str:
        return f"{self.start:.1f}%"

    @property
    def bar(self) -> str:
        return f"{max(self.width, 0.5):.1f}%"


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

    @property
    def id(self) -> str:
        return f"a-{self.attempt.pk}"


def calls_of(generation: Generation, attempts: Iterable[Attempt]) -> list[Call]:
    """The calls of a generation on the axis from its order to its end."""
    attempts = list(attempts)
    bodies = {attempt.pk: (bytes(attempt.request), _answer(attempt)) for attempt in attempts}
    gone = pictures_gone(body for pair in bodies.values() for body in pair)
    moments = [generation.created_at, generation.finished_at, *(attempt.answered_at for attempt in attempts)]
    axis = Axis(generation.created_at, max(moment for moment in moments if moment))
    return [_call(attempt, axis, *(pretty(body, gone) for body in bodies[attempt.pk])) for attempt in attempts]


def pictures_gone(bodies: Iterable[bytes]) -> set[str]:
    """Hashes of the pictures these bodies refer to and the trash was emptied of; one query."""
    named = {marker[1] for body in bodies for marker in MARKER.finditer(body.decode("utf-8", "replace"))}
    return named - access.files_there(named)


@dataclass(frozen=True)
class Axis:
    """The time a generation took, from its order on."""

    begin: datetime
    end: datetime

    def step(self, text: str, start: datetime | None, stop: datetime | None = None, look: str = "") -> Step:
        """A step that begins at `start` and lasts until `stop`."""
        whole = max((self.end - self.begin).total_seconds(), 0.1)
        start = start or self.begin
        after = (start - self.begin).total_seconds()
        lasts = ((stop or start) - start).total_seconds()
        return Step(f"{after:.1f} s", text, 100 * after / whole, 100 * lasts / whole, look)


def _call(attempt: Attempt, axis: Axis, request: SafeString, answer: SafeString) -> Call:
    error = BY_KIND.get(attempt.kind)
    first, done = attempt.first_byte_at, attempt.answered_at
    return Call(
        attempt=attempt,
        request=request,
        answer=answer,
        curl=curl(attempt),
        is_large=carries_pictures(attempt),
        sent=axis.step("Request", attempt.opened_at, first or done),
        waited=axis.step("First words back", first),
        answered=axis.step("Answer", first or done, done, "is-lamp"),
        verdict=error.title if error else "",
        charged=CHARGED.get(attempt.charged, "") if attempt.has_answer else "",
    )


def _answer(attempt: Attempt) -> bytes:
    """The answer as it is kept: pictures that were stored stand as markers, so this stays short."""
    if attempt.answer_file is None:
        return bytes(attempt.answer or b"")
    try:
        return attempt.answer_file.bytes()
    except NotStored as error:
        return str(error).encode()


def pretty(body: bytes, gone: Collection[str] = ()) -> SafeString:
    """A body with its JSON indented and coloured, base64 cut with its size, pictures that are gone named as deleted.

    Whatever it holds is escaped."""
    text = body.decode("utf-8", "replace")
    text = MARKER.sub(lambda marker: DELETED if marker[1] in gone else _hidden(int(marker[3]) - int(marker[2])), text)
    text = BASE64.sub(lambda found: found[0][:40] + _hidden(len(found[0]) - 40), text)
    with contextlib.suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    cut = len(text) - MOST_SHOWN
    shown = coloured(text[:MOST_SHOWN])
    return format_html('{}\n<span class="x">… {} more characters</span>', shown, cut) if cut > 0 else shown


def _hidden(characters: int) -> str:
    return not_shown(characters * 3 // 4)


def not_shown(size: int) -> str:
    """What stands in a body where so many bytes of a picture were; `pretty` prints it faint."""
    shown = f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, size // 1024)} KB"
    return f"⟪… {shown} not shown⟫"


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


def curl(attempt: Attempt) -> str:
    """The call as a command that runs where KEY is set. A body that carries pictures is a file, which can be had."""
    headers = " ".join(
        f"-H {shlex.quote(f'{name}: {value}')}"
        for name, value in attempt.request_headers.items()
        if name.lower() not in {"authorization", "content-length", "host", "connection"}
    )
    body = "@request.json" if carries_pictures(attempt) else shlex.quote(attempt.request_bytes().decode())
    return f'curl {shlex.quote(attempt.url)} -H "Authorization: Bearer $KEY" {headers} --data-binary {body}'


def carries_pictures(attempt: Attempt) -> bool:
    """Whether its request is more than one pastes."""
    return bool(MARKER.search(bytes(attempt.request).decode("utf-8", "replace")))
