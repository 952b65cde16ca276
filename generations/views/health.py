"""Whether this process lives, and whether the installation can do its work. Public: names and numbers, no secrets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from generations.errors import NotStored
from generations.models import Generation, Worker
from generations.models.stored_file import has_room, is_marked

MAX_WAIT = 300


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """What is needed to serve and to draw, by name; 503 when any of it is missing."""
    checks = {name: ask(check) for name, check in CHECKS.items()}
    failing = [name for name, says in checks.items() if says != "ok"]
    return JsonResponse({"failing": failing, **checks}, status=503 if failing else 200)


def ask(check: Callable[[], str]) -> str:
    """What a check says, or the name of what kept it from saying anything."""
    try:
        return check()
    except (DatabaseError, OSError) as error:
        return type(error).__name__


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def storage() -> str:
    try:
        if not is_marked():
            return "the storage's marker is missing; is its volume mounted?"
    except NotStored:
        return "the storage does not answer"
    return "ok" if has_room() else "nearly full"


def worker() -> str:
    refused = Worker.objects.alive().filter(slots=0).first()
    if refused is not None:
        return f"{refused.name.removesuffix(':refused')}: {refused.remark}"
    return "ok" if Worker.objects.taking_work().exists() else "no worker was heard within a minute"


def queue() -> str:
    """Whether what is due is started soon."""
    oldest = Generation.objects.due().order_by("run_at").values_list("run_at", flat=True).first()
    waited = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0
    return "ok" if waited < MAX_WAIT else f"something due has waited for {waited:.0f} seconds"


CHECKS: dict[str, Callable[[], str]] = {"database": database, "storage": storage, "worker": worker, "queue": queue}
