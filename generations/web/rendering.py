"""How every page is rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from generations.models import Person
from generations.request import VisitorRequest, own_address

GALLERY = re.compile(r"/galleries/\w{12}")
PICTURE = re.compile(r"/[ib]/\w{12}")
ONE_PICTURE = re.compile(r"/i/\w{12}")
PART = "Imageweb-Part"
"""By this header a script asks for what changes of its page alone."""
MAX_CARRIED = 2000
"""Characters of a list's address that other pages' addresses carry, quoted and quoted once more."""


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


class WayBack(NamedTuple):
    """The list a page was opened from. `section` is the navigation's."""

    address: str
    name: str
    section: str

    @property
    def carried(self) -> str:
        """As the query of another page's address, which leads back to the same list."""
        return f"?{urlencode({'back': self.address})}"


def way_back(request: VisitorRequest) -> WayBack:
    """The list one came from, with its search or page, else the studio; for guests their galleries. A page that was
    opened from another picture's leads where that one did; what was made from a picture leads back to it."""
    asked = request.GET.get("back", "")
    if ONE_PICTURE.fullmatch(asked.partition("?")[0]) and not ONE_PICTURE.fullmatch(request.path):
        return WayBack(asked, _("Back to the picture"), "studio")
    came_from = own_address(request, request.headers.get("Referer", ""))
    path, _sign, query = came_from.partition("?")
    carried = [QueryDict(query).get("back", "")] if PICTURE.fullmatch(path) else []
    for each in (asked, *carried, came_from):
        if found := list_at(each):
            return found
    if request.viewer.may_generate:
        return WayBack(reverse("studio"), _("Studio"), "studio")
    return WayBack(reverse("galleries"), _("Galleries"), "galleries")


def list_at(address: str) -> WayBack | None:
    """The list at this address, if there is one of ours, and its search is not too long to be carried on."""
    path = address.partition("?")[0]
    if len(address) > MAX_CARRIED:
        return None
    lists = {
        reverse("library"): (_("Library"), "library"),
        reverse("compare"): (_("Compare"), "library"),
        reverse("review"): (pgettext("section", "Review"), "review"),
        reverse("studio"): (_("Studio"), "studio"),
    }
    name, section = (_("Gallery"), "galleries") if GALLERY.fullmatch(path) else lists.get(path, ("", ""))
    return WayBack(address, name, section) if name else None
