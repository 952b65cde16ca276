"""What somebody sets for themselves: name, theme, keys, notifications."""

from __future__ import annotations

from django.conf import settings as project
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from generations.forms import SettingsForm
from generations.request import PageRequest
from generations.web.rendering import render_page


@require_GET
def settings(request: PageRequest) -> HttpResponse:
    """The switches as they stand."""
    return render_page(request, "settings/settings.html", page_of(SettingsForm(instance=request.user)))


@require_POST
def save_settings(request: PageRequest) -> HttpResponse:
    """Keep them."""
    form = SettingsForm(request.POST, instance=request.user)
    if not form.is_valid():
        return render_page(request, "settings/settings.html", page_of(form), status=422)
    person = form.save()
    with override(person.language or get_language_from_request(request)):  # the page that says it is in this language
        messages.success(request, _("Saved."))
    return redirect("settings")


def page_of(form: SettingsForm) -> dict[str, object]:
    """What the page shows. A language is listed by its own name."""
    return {"section": "settings", "form": form, "languages": project.LANGUAGES}
