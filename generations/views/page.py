"""How every page is rendered, and what every page knows: theme, shortcuts, the lamp and whether anybody works."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from generations.models import Person
from generations.models.key import new_key
from generations.views import access
from generations.views.htmx import own_address
from generations.views.request import VisitorRequest


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


def surroundings(request: VisitorRequest) -> dict[str, object]:
    """For every template. Costs nothing until a template looks at the lamp: one query, two while something waits.
    A view that has looked hands its lamp on."""
    person = getattr(request, "user", None)
    return {
        "site_name": settings.SITE_NAME,
        "theme": person.theme if isinstance(person, Person) else theme_of_device(request),
        "single_keys": getattr(person, "has_single_keys", True),
        "notifies": getattr(person, "has_notifications", False),
        "lamp": Lamp(person),
        "act_submission": new_key,
        "sends_mail": bool(settings.EMAIL_URL),
        "is_htmx": bool(getattr(request, "htmx", False)),
    }


def theme_of_device(request: HttpRequest) -> str:
    """What was last chosen in this browser, for the pages that know nobody."""
    theme = request.COOKIES.get("theme", "")
    return theme if theme in Person.Theme.values else ""


def way_back(request: VisitorRequest) -> tuple[str, str]:
    """The list one came from, with its search or page, else the studio: its address and its name."""
    came_from = own_address(request, request.headers.get("Referer", ""))
    lists = {reverse("library"): "Library", reverse("compare"): "Compare", reverse("studio"): "Studio"}
    name = lists.get(came_from.partition("?")[0])
    return (came_from, name) if name else (reverse("studio"), "Studio")


class Lamp:
    """The light in the bar: how many of the person's generations develop or wait, and whether a worker is there."""

    def __init__(self, person: Person | None) -> None:
        self.person = person

    @cached_property
    def _counts(self) -> dict[str, int]:
        return access.unfinished_counts(self.person) if isinstance(self.person, Person) else {}

    @property
    def developing(self) -> int:
        """Generations that are at work."""
        return self._counts.get("running", 0)

    @property
    def waiting(self) -> int:
        """Generations that are queued: for a worker, a later try or the end of a pause."""
        return self._counts.get("queued", 0)

    @property
    def word(self) -> str:
        """What its number counts: those at work, or while there is none, those that wait."""
        return "developing" if self.developing else "waiting"

    @cached_property
    def is_alone(self) -> bool:
        """Whether something waits and nobody would start it."""
        return bool(self._counts) and not access.is_any_worker_beating()
