"""What a page has shown and what changed since."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _

from generations.models import Generation
from generations.models.batch import UNFINISHED
from generations.models.retry import is_trying_again
from generations.presenters.frame import Frame, is_heartbeat_late
from generations.presenters.sheet import Row
from generations.presenters.strip import Strip
from generations.queries.pulse import Watched
from generations.translation import sentences

MAX_WATCHED = 200
MAX_NEW = 20
PAGES = ("mine", "team", "picture", "elsewhere")
SEEN = re.compile(r"([a-z0-9]{1,12})\.(\d{1,9})\.([qwtdslf]\d{0,6})\.(\d{1,4})")
HEAD = re.compile(r"(\d{1,18})(w?)")


@dataclass(frozen=True)
class Seen:
    """What a page has shown of one generation."""

    version: int
    shape: str
    pictures: int


@dataclass(frozen=True)
class ClientState:
    """What a page has shown, as `views/pulse.py` writes it out. `whose` and `batch` say which page it is: a feed,
    "mine" or "team", the page of a batch or of a "picture" of it, or one without strips, "elsewhere", that only hears
    of its person's own."""

    newest: int = 0
    knows_nobody_works: bool = False
    seen: Mapping[str, Seen] = field(default_factory=dict)
    whose: str = "mine"
    batch: str = ""

    @classmethod
    def read(cls, said: QueryDict) -> ClientState:
        """From the page's words; what is malformed is left out."""
        head, _, rest = said.get("since", "").partition("~")
        begin = HEAD.fullmatch(head)
        matches = (SEEN.fullmatch(item) for item in rest.split(",")[:MAX_WATCHED])
        return cls(
            newest=int(begin[1]) if begin else 0,
            knows_nobody_works=bool(begin and begin[2]),
            seen={m[1]: Seen(int(m[2]), m[3], int(m[4])) for m in matches if m},
            whose=whose if (whose := said.get("whose", "")) in PAGES else "mine",
            batch=said.get("batch", "")[:12],
        )

    def __str__(self) -> str:
        items = (f"{key}.{seen.version}.{seen.shape}.{seen.pictures}" for key, seen in self.seen.items())
        return f"{self.newest}{'w' * self.knows_nobody_works}~{','.join(items)}"

    @property
    def is_feed(self) -> bool:
        """Whether it shows new batches as they come."""
        return not self.batch and not self.is_elsewhere

    @property
    def is_elsewhere(self) -> bool:
        """Whether it shows no strips."""
        return self.whose == "elsewhere"

    @property
    def is_running(self) -> bool:
        """Whether the page has anything to wait for."""
        return bool(self.seen)


@dataclass(frozen=True)
class Pieces:
    """What changed of one strip the page already shows."""

    strip: Strip
    is_reshaped: bool
    rows: tuple[Row, ...] = ()
    notices: tuple[Row, ...] = ()
    frames: tuple[Frame, ...] = ()
    progress: tuple[Frame, ...] = ()
    gone: tuple[str, ...] = ()


def first_look(
    strips: Iterable[Strip], *, whose: str = "mine", batch: str = "", newest: int = 0, alone: bool = False
) -> ClientState:
    """What a page that shows these strips has seen."""
    strips = list(strips)
    waiting = [(strip, generation) for strip in strips for generation in strip.unfinished][:MAX_WATCHED]
    return ClientState(
        newest=max([newest, *(strip.batch.pk for strip in strips)]),
        knows_nobody_works=alone,
        seen={generation.key: _as_shown(generation, strip.places) for strip, generation in waiting},
        whose=whose,
        batch=batch,
    )


def _as_shown(generation: Generation, places: Mapping[str, int]) -> Seen:
    shape = _shape(
        generation.state,
        generation.is_trying_again,
        generation.cancel_asked_at is not None,
        places.get(generation.key, 0),
        is_paused=generation.model.is_paused,
        is_silent=is_heartbeat_late(generation.state, generation.claim_until),
    )
    return Seen(generation.version, shape, len(generation.kept_images))


def as_seen(row: Watched) -> Seen:
    shape = _shape(
        row["state"],
        is_trying_again(row["state"], row["kind"], row["run_at"]),
        row["cancel_asked_at"] is not None,
        row["before"],
        is_paused=row["is_paused"],
        is_silent=is_heartbeat_late(row["state"], row["claim_until"]),
    )
    return Seen(row["version"], shape, row["pictures"])


def _shape(state: str, is_again: bool, is_stopping: bool, before: int, *, is_paused: bool, is_silent: bool) -> str:
    if state == "queued":
        return "t" if is_again else f"{'w' if is_paused else 'q'}{before}"
    if state == "running":
        return "l" if is_silent else "s" if is_stopping else "d"
    return "f"


def lacks_worker(watched: list[Watched]) -> bool:
    return any(row["state"] in UNFINISHED for row in watched) and not watched[0]["has_worker"]


def changed_pieces(strip: Strip, client_state: ClientState, changed: list[Watched]) -> Pieces:
    """The smallest set of pieces that brings a strip up to date. A picture the page has shown is never among them."""
    rows = {row["key"]: row for row in changed if row["batch_id"] == strip.batch.pk}
    reshaped = {key for key, row in rows.items() if as_seen(row).shape != client_state.seen[key].shape}
    whole, notices, frames, progress, gone = [], [], [], [], []
    for row in strip.rows:
        mine = {frame.generation.key for frame in row.frames}
        if not mine & rows.keys():
            continue
        if mine & reshaped and not _has_shown_pictures(row):
            whole.append(row)
            continue
        if mine & reshaped:
            notices.append(row)
        for frame in row.frames:
            key = frame.generation.key
            if key not in rows:
                continue
            if frame.is_fresh or (key in reshaped and not frame.image):
                frames.append(frame)
            elif frame.look == "developing":
                progress.append(frame)
        gone.extend(_gone(row, mine & reshaped))
    return Pieces(strip, bool(reshaped), tuple(whole), tuple(notices), tuple(frames), tuple(progress), tuple(gone))


def _has_shown_pictures(row: Row) -> bool:
    return any(frame.image and not frame.is_fresh for frame in row.frames)


def _gone(row: Row, keys: set[str]) -> list[str]:
    """Ids of frames that were kept for pictures which did not come."""
    there = {frame.id for frame in row.frames}
    asked = {
        f"f-{frame.generation.key}-{k}"
        for frame in row.frames
        if frame.generation.key in keys
        for k in range(1, frame.generation.n + 1)
    }
    return sorted(asked - there)


def announcement(strips: Iterable[Strip], changed: list[Watched], fresh: list[int]) -> str:
    """What a screen reader says: pictures that came, and how a strip ended."""
    touched = {row["batch_id"] for row in changed}
    said: list[str] = []
    for strip in strips:
        came = [frame for frame in strip.drawn_frames if frame.is_fresh]
        ready = _("Picture %(number)s of %(total)s is ready.")
        said.extend(ready % {"number": frame.number, "total": frame.total} for frame in came)
        if strip.batch.pk in touched and not strip.unfinished and strip.state.name != "done":
            said.append(_("%(batch)s: %(state)s.") % {"batch": strip.batch, "state": strip.state.text})
        if strip.batch.pk in fresh:
            said.append(_("%(batch)s sent.") % {"batch": strip.batch})
    return sentences(said)


def finished_batches(strips: Iterable[Strip], changed: list[Watched]) -> list[dict[str, str]]:
    """What ended with this look, for the title and for system notifications."""
    touched = {row["batch_id"] for row in changed}
    return [
        {
            "name": str(strip.batch),
            "said": strip.state.text,
            "words": strip.batch.prompt[:100],
            "address": strip.batch.get_absolute_url(),
        }
        for strip in strips
        if strip.batch.pk in touched and not strip.unfinished
    ][:MAX_NEW]
