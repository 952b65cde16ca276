"""The administration's first page: how it is called, who comes in, and what it lists first."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

admin.site.site_header = admin.site.site_title = _("Imageweb administration")
admin.site.index_title = _("Administration")


@login_not_required
@secure_admin_login
def to_the_index(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """Who is signed in is not asked again here; others are sent to the page where attempts are counted."""
    return redirect("admin:index")


admin.site.login = to_the_index  # type: ignore[method-assign]
in_alphabetical_order = admin.site.get_app_list


def changeable_first(request: HttpRequest, app_label: str | None = None) -> list[Any]:
    """What is listed: this application before those it stands on, what can be changed before what is only looked at."""
    apps = sorted(in_alphabetical_order(request, app_label), key=lambda app: app["app_label"] != "generations")
    for app in apps:
        app["models"].sort(key=lambda model: not model["perms"]["change"])
    return apps


admin.site.get_app_list = changeable_first  # type: ignore[method-assign]

# Their secrets are nobody's to look at, and who changed them, or an address, is recorded by the pages that do.
for module in ("allauth.account.admin", "allauth.mfa.admin", "allauth.socialaccount.admin"):
    import_module(module)
admin.site.unregister([Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken])
