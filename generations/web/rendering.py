"""How every page is rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from generations.middleware import own_address
from generations.models import Person
from generations.request import VisitorRequest

GALLERY = re.compile(r"/galleries/\w{12}")


def render_page(
    request: VisitorRequest,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    partial: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, or its partial when HTMX asks and the page has one. A cache must tell the two apart."""
    wants_partial = bool(partial) and request.htmx and not request.htmx.history_restore_request
    response = render(
        request, f"{template}#{partial}" if wants_partial else template, dict(context or {}), status=status
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


def theme_of_device(request: HttpRequest) -> str:
    """What was last chosen in this browser, for the pages that know nobody."""
    theme = request.COOKIES.get("theme", "")
    return theme if theme in Person.Theme.values else ""


def way_back(request: VisitorRequest) -> tuple[str, str]:
    """The list one came from, with its search or page, else the studio: its address and its name."""
    came_from = own_address(request, request.headers.get("Referer", ""))
    lists = {reverse("library"): _("Library"), reverse("compare"): _("Compare"), reverse("studio"): _("Studio")}
    path = came_from.partition("?")[0]
    name = _("Gallery") if GALLERY.fullmatch(path) else lists.get(path)
    return (came_from, name) if name else (reverse("studio"), _("Studio"))
