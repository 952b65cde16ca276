"""A client's own address: everything that is shared with it and open, behind one password."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from generations import access
from generations.presenters.clients import OpenGallery
from generations.queries.shared import links_open_to
from generations.request import VisitorRequest
from generations.web.files import stored_file
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.sharing import for_clients, gate, is_unlocked, nothing_here, try_password


@login_not_required
@csrf_exempt  # It makes no cookie before the password is known, and a password typed elsewhere opens nothing here.
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def client_page(request: VisitorRequest, token: str) -> HttpResponseBase:
    """The galleries that are open to the client; a POST brings the password."""
    try:
        client = access.client_to_open(token)
    except Http404:
        return nothing_here(request)
    if request.method == "POST":
        return try_password(request, client, token, client.name)
    if not is_unlocked(request, client):
        return for_clients(gate(request, client.name))
    found = [OpenGallery(link, amount) for link, amount in links_open_to(client)]
    context = {"client": client, "token": token, "galleries": found}
    return for_clients(render_page(request, "shared/client.html", context))


@login_not_required
@require_safe
def client_page_logo(request: VisitorRequest, token: str) -> HttpResponseBase:
    """The client's logo."""
    client = access.client_to_open(token)
    if client.logo is None or not is_unlocked(request, client):
        raise Http404
    return for_clients(stored_file(request, client.logo, name="logo", is_attachment=False))
