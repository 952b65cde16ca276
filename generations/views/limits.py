"""What the chosen models take of what stands in the composer, asked for while somebody writes and chooses."""

from __future__ import annotations

from django.http import JsonResponse
from django.views.decorators.http import require_POST

from generations.presenters.prefill import standing
from generations.request import PageRequest
from generations.text import number_in


@require_POST
def limits(request: PageRequest) -> JsonResponse:
    """The composer's limits for these fields; `given` counts the references, also those that are still on their way.
    Costs five queries, however many models there are."""
    given = number_in(request.POST.get("given", ""), 5) or 0
    return JsonResponse(standing(request.viewer, request.POST, given).limits)
