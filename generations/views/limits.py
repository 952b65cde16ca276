"""What the chosen models take of what stands in the composer, asked for while somebody writes and chooses."""

from __future__ import annotations

from django.http import JsonResponse
from django.views.decorators.http import require_POST

from generations.presenters.prefill import standing
from generations.request import PageRequest


@require_POST
def limits(request: PageRequest) -> JsonResponse:
    """The composer's limits for these fields; `given` counts the references, also those that are still on their way.
    Costs five queries, however many models there are."""
    said = request.POST.get("given", "")
    given = int(said) if said.isdecimal() and len(said) < 6 else 0
    return JsonResponse(standing(request.viewer, request.POST, given).limits)
