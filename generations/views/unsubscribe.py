"""What a mail's List-Unsubscribe leads to: needs no account, no cookie and no script."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from generations.mailing import Subscription
from generations.request import VisitorRequest
from generations.web.rendering import render_page


@login_not_required
@csrf_exempt  # A mail program posts here by itself (RFC 8058); the signed address is what says who asks for what.
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: VisitorRequest, token: str) -> HttpResponse:
    """Ask whether these mails should stop; a POST stops them."""
    subscription = Subscription.read(token)
    if subscription is None:
        raise Http404
    if is_done := request.method == "POST":
        subscription.stop()
    return render_page(request, "inbox/unsubscribe.html", {"names": subscription.names, "is_done": is_done})
