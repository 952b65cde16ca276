"""Whether this process lives, and whether the installation can do its work. Public: names and numbers, no secrets."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation

from generations.queries.health.check import State
from generations.queries.health.run import run_checks
from generations.web.methods import require_safe


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Every check by name: "ok", or what is wrong, in English; 503 when any of them fails."""
    with translation.override("en"):
        checks = run_checks()
        said = {check.name: "ok" if check.state == State.OK else str(check.sentence) for check in checks}
    failing = [check.name for check in checks if check.state == State.FAIL]
    warnings = [check.name for check in checks if check.state == State.WARN]
    return JsonResponse({"failing": failing, "warnings": warnings, **said}, status=503 if failing else 200)
