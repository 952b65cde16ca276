"""The page behind the link that was mailed to a new address."""

from __future__ import annotations

from allauth.account.models import EmailConfirmationHMAC
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from generations.request import PageRequest
from generations.web.rendering import render_page


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_email(request: PageRequest, key: str) -> HttpResponse:
    """Ask whether to use the address from now on, and use it. Only its person may: who opens the link is asked to sign
    in first, and comes back here. To look at the page changes nothing, as programs that check mails for harm do."""
    found = EmailConfirmationHMAC.from_key(key)
    is_own = found is not None and found.email_address.user_id == request.user.pk
    if request.method == "POST" and found is not None and is_own:
        found.confirm(request)
        return redirect("settings")
    email = found.email_address.email if found is not None and is_own else ""
    context = {"email": email, "is_for_others": found is not None and not is_own, "here": request.path}
    return render_page(request, "account/email_confirm.html", context, status=200 if email else 404)
