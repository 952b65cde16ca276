"""What somebody sets for themselves: name, language, time zone, theme, keys, notifications, address, sessions."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django.conf import settings as project
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language_from_request, ngettext, override
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from generations import access
from generations.forms.settings import EmailForm, SettingsForm, time_zones
from generations.models.sign_in import IN_SESSION, end_sessions
from generations.presenters.devices import device_rows
from generations.presenters.second_factor import SecondFactor
from generations.request import PageRequest
from generations.translation import number_text
from generations.web.methods import require_GET
from generations.web.rendering import render_page


@require_GET
def settings(request: PageRequest) -> HttpResponse:
    """The switches as they stand."""
    return page(request, SettingsForm(instance=request.user))


@require_POST
def save_settings(request: PageRequest) -> HttpResponse:
    """Keep them."""
    form = SettingsForm(request.POST, instance=request.user)
    if not form.is_valid():
        return page(request, form, status=422)
    person = form.save()
    with override(person.language or get_language_from_request(request)):  # the page that says it is in this language
        messages.success(request, _("Saved."))
    return redirect("settings")


@require_POST
@sensitive_post_parameters("password")
def change_email(request: PageRequest) -> HttpResponse:
    """Send a link to a new address; it counts when the link is opened."""
    if not project.EMAIL_URL:
        raise Http404("no mail can be sent to confirm an address")
    if not ratelimit.consume(request, action="manage_email", key=str(request.user.pk)):
        messages.error(request, _("You have asked often. Try again in an hour."))
        return redirect("settings")
    form = EmailForm(request.user, request.POST)
    if not form.is_valid():
        return page(request, SettingsForm(instance=request.user), form, status=422)
    # A reset of the password leaves a row of the address that counts, which would be taken for an earlier wish.
    EmailAddress.objects.filter(user=request.user, email__lowered=request.user.email, verified=False).delete()
    EmailAddress.objects.add_new_email(request, request.user, form.cleaned_data["email"])
    messages.success(request, _("Open the link that was sent to %(email)s.") % {"email": form.cleaned_data["email"]})
    return redirect("settings")


@require_POST
def sign_out_elsewhere(request: PageRequest) -> HttpResponse:
    """End all one's sessions but this."""
    count = end_sessions(request.user, keep=request.session.session_key, by=request.user.pk)
    sentence = ngettext("%(number)s other session ended.", "%(number)s other sessions ended.", count)
    messages.success(request, sentence % {"number": number_text(count)})
    return redirect("settings")


@require_POST
def end_sign_in(request: PageRequest, key: str) -> HttpResponse:
    """End one of one's sessions."""
    end_sessions(request.user, only=access.own_sign_in(request.viewer, key), by=request.user.pk)
    messages.success(request, _("This device is signed out."))
    return redirect("settings")


def page(
    request: PageRequest, form: SettingsForm, email: EmailForm | None = None, *, status: int = 200
) -> HttpResponse:
    context = {
        "section": "settings",
        "form": form,
        "email_form": email or EmailForm(request.user),
        "zones": time_zones(),
        "second_factor": SecondFactor(request.user),
        "devices": device_rows(request.user, request.session.get(IN_SESSION, "")),
    }
    return render_page(request, "settings/settings.html", context, status=status)
