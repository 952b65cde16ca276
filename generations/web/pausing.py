"""Pausing a provider or a model by hand."""

from __future__ import annotations

from django.contrib import messages
from django.utils.translation import gettext as _

from generations.models import Provider, ProviderModel
from generations.models.hand_pause import pause_by_hand
from generations.request import PageRequest


def pause(request: PageRequest, row: Provider | ProviderModel) -> None:
    """Send nothing more to it until somebody resumes it, and say so."""
    if pause_by_hand(row, request.user, request.POST.get("reason", "")):
        messages.success(request, _("“%(name)s” is paused. What runs is finished.") % {"name": row})
    else:
        messages.info(request, _("“%(name)s” was paused already.") % {"name": row})
