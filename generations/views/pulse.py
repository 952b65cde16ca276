"""The one poller of a page. It says what it has shown and gets what changed since, in small pieces with stable ids.

The page's `since` names the newest batch it knows and each generation it still waits for:

    1291w~k7f3x.4.d.1,p9q2m.1.q3.0        newest, "w" if it was told that no worker runs; key.version.shape.pictures

A shape is what the generation looks like: q and its place in line, w waiting while its model is paused, t trying again,
d developing, s being stopped, f final, l developing while its worker is silent. Beside it `told` is what the badge of
the inbox shows, and `hidden` says that nobody sees the page. `talk` names a picture whose threads it shows, and what
they were. An idle look costs the session, the person, and three small queries.
"""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.template.loader import render_to_string

from generations.models import SignIn
from generations.models.key import is_key, now
from generations.models.sign_in import IN_SESSION
from generations.presenters.changes import ClientState
from generations.presenters.inbox import InboxBadge
from generations.queries.comments import may_discuss, talk_state
from generations.request import PageRequest
from generations.web.changes import changes_response
from generations.web.methods import require_GET


@require_GET
def pulse(request: PageRequest) -> HttpResponse:
    """What changed since the page last looked, or 204. A page that is in sight says that its person is here."""
    if "hidden" not in request.GET and request.user.looks():
        SignIn.objects.filter(key=request.session.get(IN_SESSION, "")).update(seen_at=now())
    response = _changes(request)
    if _is_talked(request):
        heard = json.loads(response.get("HX-Trigger", "{}"))
        response["HX-Trigger"] = json.dumps({**heard, "talk": {}})
    return response


def _is_talked(request: PageRequest) -> bool:
    """Whether the threads that the page shows have changed, and are still for its person to read."""
    key, _dot, state = request.GET.get("talk", "").partition(".")
    return bool(is_key(key) and state != talk_state(key) and may_discuss(request.viewer, key))


def _changes(request: PageRequest) -> HttpResponse:
    """Strips, pictures and the inbox."""
    shown = request.GET.get("told", "")
    badge = InboxBadge(request.viewer)
    if not badge.is_news(shown):
        return changes_response(request, ClientState.read(request.GET))
    came = badge.came_since(shown) if request.user.has_notifications else []
    return changes_response(
        request,
        ClientState.read(request.GET),
        extra=render_to_string("parts/_unseen.html", {"badge": badge, "oob": True}, request),
        events={"told": {"news": came}} if came else {},
    )
