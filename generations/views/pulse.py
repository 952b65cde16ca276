"""The one poller of a page. It says what it has shown and gets what changed since, in small pieces with stable ids.

The page's `since` names the newest batch it knows and each generation it still waits for:

    1291w~k7f3x.4.d.1,p9q2m.1.q3.0        newest, "w" if it was told that no worker runs; key.version.shape.pictures

A shape is what the generation looks like: q and its place in line, t trying again, d developing, s being stopped,
f final, l developing while its worker is silent. An idle look costs the session, the person, and two small queries.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from generations.presenters.changes import (
    ClientState,
)
from generations.request import PageRequest
from generations.web.changes import changes_response


@require_GET
def pulse(request: PageRequest) -> HttpResponse:
    """What changed since the page last looked, or 204."""
    return changes_response(request, ClientState.read(request.GET))


# ── how ──
