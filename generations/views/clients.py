"""The clients of one's teams: their names, looks, contacts, and what is shared with them."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from generations import access
from generations.errors import BadPicture
from generations.forms.sharing import ClientForm, NewClientForm
from generations.models import Client
from generations.models.semaphore import NotNow, picture_work
from generations.models.storage import has_room
from generations.presenters.clients import ClientSheet
from generations.presenters.formatting import not_taken
from generations.queries.clients import clients_of
from generations.request import PageRequest
from generations.translation import translated
from generations.web.files import stored_file
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.toasts import return_url

MAX_LOGO_BYTES = 5 * 2**20


@require_safe
def clients(request: PageRequest) -> HttpResponse:
    """Those of one's teams, and a form for a new one."""
    require_team(request)
    return list_page(request, NewClientForm(request.user))


@require_POST
@sensitive_post_parameters("password")
def new_client(request: PageRequest) -> HttpResponse:
    """Make one, and go there."""
    require_team(request)
    form = NewClientForm(request.user, request.POST)
    if not form.is_valid():
        return list_page(request, form, status=422)
    return redirect(form.save())


def require_team(request: PageRequest) -> None:
    """404 for guests: a client is a team's. Raises Http404."""
    if request.viewer.is_guest:
        raise Http404


def list_page(request: PageRequest, form: NewClientForm, *, status: int = 200) -> HttpResponse:
    context = {"section": "galleries", "clients": clients_of(request.viewer), "form": form}
    return render_page(request, "clients/clients.html", context, status=status)


@require_safe
def client(request: PageRequest, key: str) -> HttpResponse:
    """One client with its links."""
    found = access.client_to_see(request.viewer, key)
    return client_sheet(request, found, ClientForm(instance=found))


@require_POST
@sensitive_post_parameters("password")
def change_client(request: PageRequest, key: str) -> HttpResponse:
    """Its name, look, contacts and password."""
    found = access.client_to_manage(request.viewer, key)
    form = ClientForm(request.POST, instance=access.client_to_manage(request.viewer, key))
    if not form.is_valid():
        return client_sheet(request, found, form, status=422)
    form.save()
    messages.success(request, _("Saved."))
    return redirect(found)


def client_sheet(request: PageRequest, client: Client, form: ClientForm, *, status: int = 200) -> HttpResponse:
    sheet = ClientSheet(request.viewer, client)
    context = {"section": "galleries", "sheet": sheet, "form": form, "languages": settings.LANGUAGES}
    return render_page(request, "clients/client.html", context, status=status)


@require_safe
def client_logo(request: PageRequest, key: str) -> HttpResponseBase:
    """Its logo, without metadata."""
    found = access.client_to_see(request.viewer, key)
    if found.logo is None:
        raise Http404
    return stored_file(request, found.logo, name="logo", is_attachment=False)


@require_POST
def change_logo(request: PageRequest) -> HttpResponse:
    """Show another logo, or none. The client is a field: the server knows by its address alone what takes a file."""
    found = access.client_to_manage(request.viewer, request.POST.get("client", ""))
    upload = request.FILES.get("file")
    if "drop" in request.POST:
        found.drop_logo()
        messages.success(request, _("The logo was removed."))
    elif upload is None:
        messages.error(request, _("Choose a picture."))
    elif problem := kept_logo(request, found, upload.read(MAX_LOGO_BYTES + 1), upload.name or ""):
        messages.error(request, problem)
    else:
        messages.success(request, _("The logo was changed."))
    return redirect(found)


def kept_logo(request: PageRequest, client: Client, data: bytes, name: str) -> str:
    """Keep this picture as the client's logo; why it was not, or ""."""
    if len(data) > MAX_LOGO_BYTES:
        return _("A logo may have %(max)s MB. Choose a smaller file.") % {"max": MAX_LOGO_BYTES // 2**20}
    if not has_room():
        return _("The disk is nearly full. Ask an administrator to free some space.")
    try:
        with picture_work(request.user):
            client.set_logo(data)
    except BadPicture as error:
        return not_taken(name, error)
    except NotNow as error:
        return translated(error.sentence)
    return ""


@require_POST
def change_client_address(request: PageRequest, key: str) -> HttpResponse:
    """Give it another address; the one before is 404 from the next request on."""
    found = access.client_to_manage(request.viewer, key)
    found.change_address()
    messages.success(request, _("“%(name)s” has a new address. The one before no longer opens.") % {"name": found})
    return redirect(found)


@require_POST
def give_to_client(request: PageRequest, key: str) -> HttpResponse:
    """Show a link of one's own among what is shared with the client."""
    found = access.client_to_see(request.viewer, key)
    if chosen := request.POST.get("link", ""):
        link = access.link_to_manage(request.viewer, chosen)
        if link.give_to(found):
            messages.success(request, _("“%(label)s” is shared with %(name)s.") % {"label": link, "name": found})
        else:
            messages.error(request, _("“%(label)s” is another client’s. Take it from there first.") % {"label": link})
    else:
        messages.error(request, _("Choose a link."))
    return redirect(found)


@require_POST
def take_from_client(request: PageRequest, key: str) -> HttpResponse:
    """Show it there no longer. The link itself stays open."""
    link = access.link_to_manage(request.viewer, key)
    found = link.client
    if found and request.POST.get("client", found.key) == found.key and link.take_from(found):
        messages.success(request, _("“%(label)s” stands alone again.") % {"label": link})
    return redirect(found) if found else redirect("gallery_links", link.gallery.key)


@require_POST
def delete_client(request: PageRequest, key: str) -> HttpResponse:
    """Put it away: its address no longer opens. Its links stay as they are."""
    found = access.client_to_delete(request.viewer, key)
    found.put_away()
    undo = reverse("restore_client", args=[key])
    messages.success(request, _("“%(name)s” is deleted. Its links stay open.") % {"name": found}, extra_tags=undo)
    return redirect("clients")


@require_POST
def restore_client(request: PageRequest, key: str) -> HttpResponse:
    """Bring it back with its address."""
    found = access.client_to_delete(request.viewer, key)
    found.restore()
    messages.success(request, _("“%(name)s” is restored.") % {"name": found})
    return redirect(return_url(request, found.get_absolute_url()))
