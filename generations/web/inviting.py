"""Inviting people by their addresses: what would come of them, and how many one person invites."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import Any

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.http import HttpResponse
from django.utils.translation import gettext as _

from generations.forms.people import AddressesForm
from generations.models.inviting import Found
from generations.presenters.invitations import FoundRow, counted
from generations.request import PageRequest
from generations.web.counting import give_back
from generations.web.rendering import render_page


def may_invite(request: PageRequest, count: int = 1) -> bool:
    """Whether the person may send so many more today; it counts them, or none where they are too many."""
    used = list(takewhile(bool, (_use(request, "invite") for _each in range(count))))
    is_allowed = len(used) == count
    if not is_allowed:
        give_back(used)
    return is_allowed


def _use(request: PageRequest, action: str) -> RateLimitUsage | None:
    """One more that counts towards the person's limit; None beyond it."""
    return ratelimit.consume(request, app="allauth.account", action=action, key=str(request.user.pk))


def checked(
    request: PageRequest,
    form: AddressesForm,
    look_up: Callable[[Mapping[str, Any]], list[Found]],
    row: type[FoundRow],
) -> HttpResponse:
    """What would come of the addresses of the form, each a row, as `look_up` finds it by what was sent; nothing is
    written."""
    context: dict[str, object] = {"form": form, "amount": 0}
    if not _use(request, "check_addresses"):
        form.add_error("addresses", _("You have checked addresses often. Wait a minute, or invite them unchecked."))
    elif form.is_valid():
        found = [row(each) for each in look_up(form.cleaned_data)]
        context |= {"found": found, "amount": counted(found)}
    return render_page(request, "people/_found.html", context)
