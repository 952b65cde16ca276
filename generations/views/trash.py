"""Deleting without being asked, undoing it, and the trash where deleted pictures wait."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST, require_safe

from generations.models import Image, Person, Search
from generations.models.image import ImageQuerySet
from generations.views import access
from generations.views.library import Shelf, tile
from generations.views.page import render_page
from generations.views.paging import Pages, page_number
from generations.views.request import PageRequest
from generations.views.selection import MOST_TICKED, TooMany, chosen, here, pictures, told


@require_safe
def trash(request: PageRequest) -> HttpResponse:
    """One's deleted pictures, the last deleted first."""
    found = access.trash_of(request.user)
    number = page_number(request.GET.get("page", ""))
    pages = Pages(found, number, lambda page: f"{reverse('trash')}?page={page}" if page > 1 else reverse("trash"))
    images = access.trash_to_show(request.user, pages.rows)
    tiles = [tile(image, date_format(localtime(image.deleted_at), "j M")) for image in images]
    context = {"section": "trash", "pages": pages, "tiles": tiles, "days": settings.TRASH_DAYS, "in_trash": True}
    return render_page(request, "trash.html", context, partial="more" if request.htmx.target == "tiles" else "results")


@require_POST
def delete(request: PageRequest, key: str) -> HttpResponse:
    """Put one picture of one's own into the trash."""
    image = access.image_to_delete(request.user, key)
    deletion, count = Image.objects.filter(pk=image.pk).delete_for(request.user)
    messages.success(request, deleted_sentence(count, count), extra_tags=reverse("undo", args=[deletion]))
    return redirect(image.batch or reverse("library"))


@require_POST
def delete_selection(request: PageRequest) -> HttpResponse:
    """Put what is selected into the trash, as far as it is one's own."""
    try:
        images = chosen(request)
    except TooMany as error:
        return told(request, str(error))
    of, keys = images.count(), [] if request.POST.get("all") else own_keys(request.user, images)
    deletion, count = images.delete_for(request.user)
    sentence, way_back = deleted_sentence(count, of), reverse("undo", args=[deletion]) if count else ""
    if not keys:
        return told(request, sentence, changed=bool(count), undo=way_back)
    shelf = Shelf(request.user, Search.parse(request.POST.get("query", "")))
    extra = render_to_string("_gone.html", {"keys": keys, "shelf": shelf, "oob": True}, request)
    return told(request, sentence, undo=way_back, extra=extra)


@require_POST
def undo(request: PageRequest, deletion: str) -> HttpResponse:
    """Bring back what one deletion took away."""
    count = access.trash_of(request.user).filter(deletion=deletion).restore_for(request.user) if deletion else 0
    return told(request, restored_sentence(count), changed=True)


@require_POST
def restore_selection(request: PageRequest) -> HttpResponse:
    """Bring back what is ticked in the trash, or all of it."""
    found = access.trash_of(request.user)
    if not request.POST.get("all"):
        found = found.filter(key__in=request.POST.getlist("pick")[:MOST_TICKED])
    messages.success(request, restored_sentence(found.restore_for(request.user)))
    return redirect(here(request, reverse("trash")))


def own_keys(person: Person, images: ImageQuerySet) -> list[str]:
    return list(images.filter(person=person).values_list("key", flat=True))


def deleted_sentence(count: int, of: int) -> str:
    """What became of a deletion: how many went, and how many belong to others."""
    others = f" {pictures(of - count)} of others {'stays' if of - count == 1 else 'stay'}." if of > count else ""
    if not count:
        return f"Nothing was deleted.{others}"
    return f"{pictures(count)} went to the trash, kept for {settings.TRASH_DAYS} days.{others}"


def restored_sentence(count: int) -> str:
    return f"{pictures(count)} {'is' if count == 1 else 'are'} back." if count else "There was nothing to bring back."
