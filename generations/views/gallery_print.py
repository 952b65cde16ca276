"""A gallery for the printer, or for "Save as PDF"."""

from __future__ import annotations

from django.http import HttpResponse

from generations import access
from generations.presenters.printing import ContactSheet
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.rendering import render_page


@require_safe
def print_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Its pictures on numbered sheets, a part of a large one at a time; with `?prompts` what was asked for beside."""
    gallery = access.gallery_to_see(request.viewer, key)
    part, shows_prompts = request.GET.get("part", ""), bool(request.GET.get("prompts"))
    sheet = ContactSheet(request.viewer, gallery, part, shows_prompts=shows_prompts)
    return render_page(request, "galleries/print.html", {"gallery": gallery, "contact": sheet})
