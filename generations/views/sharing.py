"""The share links of a gallery: made, copied and revoked by who manages it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from generations import access
from generations.forms.sharing import ShareLinkForm
from generations.models import Gallery, ShareLink
from generations.presenters.gate import links_gate
from generations.presenters.sharing import link_rows
from generations.request import PageRequest
from generations.translation import number_text
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.toasts import return_url


@require_safe
def gallery_links(request: PageRequest, key: str) -> HttpResponse:
    """Its links with what they show, and a form for a new one."""
    gallery = access.gallery_to_manage(request.viewer, key)
    return page(request, gallery, ShareLinkForm(gallery, request.user))


@require_POST
@sensitive_post_parameters("password")
def make_link(request: PageRequest, key: str) -> HttpResponse:
    """A new link, at the top of the list, ready to be copied."""
    gallery = access.gallery_to_manage(request.viewer, key)
    form = ShareLinkForm(gallery, request.user, request.POST)
    if not form.is_valid():
        return page(request, gallery, form, status=422)
    form.save()
    messages.success(request, _("The link is ready to be copied."))
    return redirect("gallery_links", key)


@require_POST
def revoke_link(request: PageRequest, key: str) -> HttpResponse:
    """End a link: its address is 404 from the next request on."""
    link = access.link_to_manage(request.viewer, key)
    link.end()
    messages.success(request, _("“%(label)s” no longer opens.") % {"label": link})
    return redirect("gallery_links", link.gallery.key)


@require_POST
def close_round(request: PageRequest, key: str) -> HttpResponse:
    """Take no more choices and comments by a link: its address says that the round is closed."""
    link = access.link_to_manage(request.viewer, key)
    link.close_round()
    undo = reverse("open_round", args=[key])
    sentence = _("The round “%(label)s” is closed. What was chosen and written is kept.")
    messages.success(request, sentence % {"label": link}, extra_tags=undo)
    return redirect(return_url(request, reverse("gallery_links", args=[link.gallery.key])))


@require_POST
def open_round(request: PageRequest, key: str) -> HttpResponse:
    """Let the same address open again, with everything that was chosen and written."""
    link = access.link_to_manage(request.viewer, key)
    link.open_round()
    messages.success(request, _("The round “%(label)s” is open again.") % {"label": link})
    return redirect(return_url(request, reverse("gallery_links", args=[link.gallery.key])))


@require_POST
def announce_link(request: PageRequest, key: str) -> HttpResponse:
    """Mail the client that new pictures are ready."""
    link = access.link_to_manage(request.viewer, key)
    return mailed(request, link, link.announce())


@require_POST
def thank_for_link(request: PageRequest, key: str) -> HttpResponse:
    """Mail the client that its choice has come."""
    link = access.link_to_manage(request.viewer, key)
    return mailed(request, link, link.thank())


def mailed(request: PageRequest, link: ShareLink, count: int) -> HttpResponse:
    sentence = ngettext("A message goes to %(number)s contact.", "A message goes to %(number)s contacts.", count)
    if count:
        messages.success(request, sentence % {"number": number_text(count)})
    else:
        messages.error(request, _("No message was sent: one has just gone, or there is nobody to send it to."))
    return redirect("gallery_links", link.gallery.key)


def page(request: PageRequest, gallery: Gallery, form: ShareLinkForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, object] = {"section": "galleries", "gallery": gallery, "links": link_rows(gallery), "form": form}
    context["gate"] = links_gate(gallery)
    return render_page(request, "galleries/links.html", context, status=status)
