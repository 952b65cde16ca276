"""The one poller of a page. It says what it has shown and gets what changed since, in small pieces with stable ids.

The page's `since` names the newest batch it knows and each generation it still waits for:

    1291w~k7f3x.4.d.1,p9q2m.1.q3.0        newest, "w" if it was told that no worker runs; key.version.shape.pictures

A shape is what the generation looks like: q and its place in line, t trying again, d developing, s being stopped,
f final, l developing while its worker is silent. An idle look costs the session, the person, and two small queries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache

from django.http import HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from generations.models import Batch, Generation, Person
from generations.views import access
from generations.views.frame import Frame, is_hushed, is_trying_again
from generations.views.page import Lamp
from generations.views.request import PageRequest
from generations.views.strip import Fresh, Row, Strip

MOST_WATCHED = 200
MOST_NEW = 20
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
class Since:
    """What a page has shown: see the module. `whose` and `batch` say which page it is: a feed, "mine" or "team", the
    page of a batch or of a "picture" of it, or one without strips, "elsewhere", that only hears of its person's own."""

    newest: int = 0
    knows_nobody_works: bool = False
    seen: Mapping[str, Seen] = field(default_factory=dict)
    whose: str = "mine"
    batch: str = ""

    @classmethod
    def read(cls, said: QueryDict) -> Since:
        """From the page's words; what is malformed is left out."""
        head, _, rest = said.get("since", "").partition("~")
        begin = HEAD.fullmatch(head)
        matches = (SEEN.fullmatch(item) for item in rest.split(",")[:MOST_WATCHED])
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


@require_GET
def pulse(request: PageRequest) -> HttpResponse:
    """What changed since the page last looked, or 204."""
    return beat(request, Since.read(request.GET))


def beat(request: PageRequest, since: Since, *, revived: Iterable[Generation] = (), extra: str = "") -> HttpResponse:
    """The answer to a look: pieces out of band and a new #pulse, or 204 when there is nothing to say.

    `revived` are generations the page believed to be over; `extra` is further markup for the same answer."""
    person = request.user
    since = replace(since, seen={**{g.key: Seen(0, "f", len(g.images.all())) for g in revived}, **since.seen})
    fresh = access.batches_since(person, since.whose, since.newest, MOST_NEW) if since.is_feed else []
    has_news = bool(fresh or extra) or _has_begun(person, since)
    if not has_news and _is_steady(person, since):
        return HttpResponse(status=204)
    watched = access.generations_to_watch(person, list(since.seen)) if since.seen else []
    changed = [row for row in watched if _as_seen(row) != since.seen[row["key"]]]
    alone = _is_alone(watched)
    if not (changed or has_news) and alone == since.knows_nobody_works and len(watched) == len(since.seen):
        return HttpResponse(status=204)
    batches = access.batches_to_show(person, [*fresh, *(row["batch_id"] for row in changed)])
    strips = strips_of(batches, person, since)
    new = [strip for strip in strips if strip.batch.pk in fresh]
    known = [strip for strip in strips if strip.batch.pk not in fresh]
    lamp = Lamp(person)
    after = _after(person, since, watched, new, lamp)
    context = {
        "new": new,
        "pieces": [] if since.is_elsewhere else [_pieces(strip, since, changed) for strip in known],
        "since": after,
        "lamp": lamp,
        "failed_today": access.batches_failed_today(person) if since.is_feed else 0,
        "is_worker_news": after.knows_nobody_works != since.knows_nobody_works,
        "news": _news(strips, changed, fresh),
        "extra": extra,
        "is_first": bool(fresh) and since.newest == 0 and since.whose == "mine",
        "oob": True,
    }
    response = HttpResponse(render_to_string("strip/changes.html", context, request))
    if over := _over(strips, changed):
        response["HX-Trigger"] = json.dumps({"batches-over": {"batches": over}})
    return response


def strips_of(batches: Iterable[Batch], person: Person, since: Since | None = None) -> list[Strip]:
    """The strips of these batches; one query for all their places in line, one for the hearts,
    two for how long their models usually take while some are unfinished, one for the calls of what is tried again,
    one for the models to try in place of what failed, once a notice offers them."""
    batches = list(batches)
    generations = [generation for batch in batches for generation in batch.generations.all()]
    places = access.places_in_line(generations)
    fresh = Fresh({key: seen.pictures for key, seen in since.seen.items()} if since else {})
    usual = access.usual_seconds(generations)
    calls = access.calls_before(filter(is_trying_again, generations))
    models = cache(access.models_to_try)
    strips = [Strip(batch, person, places, fresh, usual, calls, models) for batch in batches]
    images = [image for strip in strips for image in strip.images]
    liked = access.favourites_among(person, images)
    for image in images:
        image.is_favourite = image.pk in liked
    return strips


def first_look(
    strips: Iterable[Strip], *, whose: str = "mine", batch: str = "", newest: int = 0, alone: bool = False
) -> Since:
    """What a page that shows these strips has seen."""
    strips = list(strips)
    waiting = [(strip, generation) for strip in strips for generation in strip.unfinished][:MOST_WATCHED]
    return Since(
        newest=max([newest, *(strip.batch.pk for strip in strips)]),
        knows_nobody_works=alone,
        seen={generation.key: _as_shown(generation, strip.places) for strip, generation in waiting},
        whose=whose,
        batch=batch,
    )


def surroundings(request: PageRequest) -> dict[str, object]:
    """For every template: what a page without strips listens for. Two queries once a template asks, which it may where
    somebody is signed in, and none while the lamp says that nothing runs."""
    return {"elsewhere": lambda: _elsewhere(request.user), "elsewhere_idle": Since(whose="elsewhere")}


def _elsewhere(person: Person) -> Since:
    watched = access.generations_to_watch(person, access.unfinished_keys(person, MOST_WATCHED))
    seen = {row["key"]: _as_seen(row) for row in watched}
    return Since(knows_nobody_works=_is_alone(watched), seen=seen, whose="elsewhere")


# ── how ──


def _has_begun(person: Person, since: Since) -> bool:
    """Whether a page without strips that waits for nothing has something to wait for again."""
    return since.is_elsewhere and not since.seen and bool(access.unfinished_keys(person, 1))


def _is_steady(person: Person, since: Since) -> bool:
    """Whether all the page waits for is at work and as it was: the usual look, told by versions alone. What is queued
    may have moved up without a change of its own."""
    if not since.seen or since.knows_nobody_works or any(seen.shape not in "ds" for seen in since.seen.values()):
        return False
    versions = {key: seen.version for key, seen in since.seen.items()}
    return access.versions_of(person, list(versions)) == versions


def _as_shown(generation: Generation, places: Mapping[str, int]) -> Seen:
    shape = _shape(
        generation.state,
        is_trying_again(generation),
        generation.cancel_asked_at is not None,
        places.get(generation.key, 0),
        is_paused=generation.model.is_paused,
        is_silent=is_hushed(generation.state, generation.claim_until),
    )
    return Seen(generation.version, shape, len(generation.kept_images))


def _as_seen(row: access.Watched) -> Seen:
    again = row["state"] == "queued" and bool(row["kind"]) and row["run_at"] > datetime.now(UTC)
    shape = _shape(
        row["state"],
        again,
        row["cancel_asked_at"] is not None,
        row["before"],
        is_paused=row["is_paused"],
        is_silent=is_hushed(row["state"], row["claim_until"]),
    )
    return Seen(row["version"], shape, row["pictures"])


def _shape(state: str, is_again: bool, is_stopping: bool, before: int, *, is_paused: bool, is_silent: bool) -> str:
    if state == "queued":
        return "t" if is_again else f"{'w' if is_paused else 'q'}{before}"
    if state == "running":
        return "l" if is_silent else "s" if is_stopping else "d"
    return "f"


def _is_alone(watched: list[access.Watched]) -> bool:
    return any(row["state"] in ("queued", "running") for row in watched) and not watched[0]["has_worker"]


def _after(person: Person, since: Since, watched: list[access.Watched], new: list[Strip], lamp: Lamp) -> Since:
    still = {row["key"]: _as_seen(row) for row in watched if row["state"] in ("queued", "running")}
    begun = first_look(new, newest=since.newest)
    if since.is_elsewhere:  # its light counts what another page has sent meanwhile
        begun = replace(begun, seen={**_elsewhere(person).seen, **still})
    seen = dict(list({**still, **begun.seen}.items())[-MOST_WATCHED:])
    return replace(since, newest=begun.newest, seen=seen, knows_nobody_works=bool(seen) and lamp.is_alone)


def _pieces(strip: Strip, since: Since, changed: list[access.Watched]) -> Pieces:
    """The smallest set of pieces that brings a strip up to date. A picture the page has shown is never among them."""
    rows = {row["key"]: row for row in changed if row["batch_id"] == strip.batch.pk}
    reshaped = {key for key, row in rows.items() if _as_seen(row).shape != since.seen[key].shape}
    whole, notices, frames, progress, gone = [], [], [], [], []
    for row in strip.rows:
        mine = {frame.generation.key for frame in row.frames}
        if not mine & rows.keys():
            continue
        if mine & reshaped and not _has_shown_pictures(row, since):
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


def _has_shown_pictures(row: Row, since: Since) -> bool:
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


def _news(strips: Iterable[Strip], changed: list[access.Watched], fresh: list[int]) -> str:
    """What a screen reader says: pictures that came, and how a strip ended."""
    touched = {row["batch_id"] for row in changed}
    said: list[str] = []
    for strip in strips:
        came = [frame for frame in strip.drawn_frames if frame.is_fresh]
        said.extend(f"Image {frame.number} of {frame.total} is ready." for frame in came)
        if strip.batch.pk in touched and not strip.unfinished and strip.state != "done":
            said.append(f"{strip.batch}: {strip.says_state}.")
        if strip.batch.pk in fresh:
            said.append(f"{strip.batch} is sent.")
    return " ".join(said)


def _over(strips: Iterable[Strip], changed: list[access.Watched]) -> list[dict[str, str]]:
    """What ended with this look, for the title and for system notifications."""
    touched = {row["batch_id"] for row in changed}
    return [
        {
            "name": str(strip.batch),
            "said": strip.says_state,
            "words": strip.batch.prompt[:100],
            "address": strip.batch.get_absolute_url(),
        }
        for strip in strips
        if strip.batch.pk in touched and not strip.unfinished
    ][:MOST_NEW]
