"""The answer to a look of the page's poller."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from django.http import HttpResponse
from django.template.loader import render_to_string

from generations.models import Generation
from generations.models.batch import UNFINISHED
from generations.presenters.activity import ActivityBadge
from generations.presenters.changes import (
    MAX_NEW,
    MAX_WATCHED,
    ClientState,
    Seen,
    announcement,
    as_seen,
    changed_pieces,
    finished_batches,
    first_look,
    lacks_worker,
)
from generations.presenters.strip import Fresh, Strip, strips_of
from generations.queries.pulse import Watched, batches_since, generations_to_watch, unfinished_keys, versions_of
from generations.queries.studio import batches_to_show, count_failed_today
from generations.request import PageRequest
from generations.viewer import Viewer


def changes_response(
    request: PageRequest,
    client_state: ClientState,
    *,
    revived: Iterable[Generation] = (),
    redrawn: Collection[int] = (),
    extra: str = "",
    events: Mapping[str, object] | None = None,
) -> HttpResponse:
    """The answer to a look: pieces out of band and a new #pulse, or 204 when there is nothing to say.

    `revived` are generations the page believed to be over; `redrawn` are numbers of batches it shows of which it knows
    not all generations, so that their strips are drawn anew; `extra` is further markup for the same answer, and
    `events` are further events for the page."""
    viewer = request.viewer
    over = {generation.key: Seen(0, "f", len(generation.images.all())) for generation in revived}
    client_state = replace(client_state, seen={**over, **client_state.seen})
    fresh = batches_since(viewer, client_state.whose, client_state.newest, MAX_NEW) if client_state.is_feed else []
    has_news = bool(fresh or extra or redrawn) or _has_begun(viewer, client_state)
    if not has_news and _is_steady(viewer, client_state):
        return HttpResponse(status=204)
    watched = generations_to_watch(viewer, list(client_state.seen)) if client_state.seen else []
    changed = [row for row in watched if as_seen(row) != client_state.seen[row["key"]]]
    alone = lacks_worker(watched)
    is_known = alone == client_state.knows_nobody_works and len(watched) == len(client_state.seen)
    if is_known and not (changed or has_news):
        return HttpResponse(status=204)
    batches = batches_to_show(viewer, [*fresh, *redrawn, *(row["batch_id"] for row in changed)])
    shown = Fresh({key: seen.pictures for key, seen in client_state.seen.items()})
    strips = strips_of(batches, viewer, shown)
    new = [strip for strip in strips if strip.batch.pk in fresh]
    whole = [strip for strip in strips if strip.batch.pk in redrawn and strip not in new]
    known = [strip for strip in strips if strip not in new and strip not in whole]
    activity = ActivityBadge(viewer.person)
    after = _after(viewer, client_state, watched, [*new, *whole], activity)
    context = {
        "new": new,
        "whole": whole,
        "pieces": [changed_pieces(strip, client_state, changed) for strip in known if not client_state.is_elsewhere],
        "client_state": after,
        "activity": activity,
        "failed_today": count_failed_today(viewer.user) if client_state.is_feed else None,
        "is_worker_news": after.knows_nobody_works != client_state.knows_nobody_works,
        "news": announcement(strips, changed, fresh),
        "extra": extra,
        "is_first": bool(fresh) and client_state.newest == 0 and client_state.whose == "mine",
        "oob": True,
    }
    response = HttpResponse(render_to_string("strip/changes.html", context, request))
    finished = finished_batches(strips, changed)
    heard = {**({"batches-over": {"batches": finished}} if finished else {}), **(events or {})}
    if heard:
        response["HX-Trigger"] = json.dumps(heard)
    return response


def elsewhere(viewer: Viewer) -> ClientState:
    watched = generations_to_watch(viewer, unfinished_keys(viewer.user, MAX_WATCHED))
    seen = {row["key"]: as_seen(row) for row in watched}
    return ClientState(knows_nobody_works=lacks_worker(watched), seen=seen, whose="elsewhere")


def _has_begun(viewer: Viewer, client_state: ClientState) -> bool:
    """Whether a page without strips that waits for nothing has something to wait for again."""
    return client_state.is_elsewhere and not client_state.seen and bool(unfinished_keys(viewer.user, 1))


def _is_steady(viewer: Viewer, client_state: ClientState) -> bool:
    """Whether all the page waits for is at work and as it was: the usual look, told by versions alone. What is queued
    may have moved up without a change of its own."""
    if not client_state.seen or client_state.knows_nobody_works:
        return False
    if any(seen.shape not in "ds" for seen in client_state.seen.values()):
        return False
    versions = {key: seen.version for key, seen in client_state.seen.items()}
    return versions_of(viewer, list(versions)) == versions


def _after(
    viewer: Viewer, client_state: ClientState, watched: list[Watched], new: list[Strip], activity: ActivityBadge
) -> ClientState:
    still = {row["key"]: as_seen(row) for row in watched if row["state"] in UNFINISHED}
    begun = first_look(new, newest=client_state.newest)
    if client_state.is_elsewhere:  # its light counts what another page has sent meanwhile
        begun = replace(begun, seen={**elsewhere(viewer).seen, **still})
    seen = dict(list({**still, **begun.seen}.items())[-MAX_WATCHED:])
    return replace(client_state, newest=begun.newest, seen=seen, knows_nobody_works=bool(seen) and activity.is_alone)
