"""Deleting and taking down without being asked, undoing it, and the trash where deleted pictures wait."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST, require_safe

from generations import access, rights
from generations.models import Image
from generations.presenters.library import tiles_of
from generations.presenters.paging import Pages, page_numbers
from generations.queries.trash import galleries_in_trash, trash_of, trash_to_restore, trash_to_show
from generations.request import PageRequest
from generations.web.answers import return_url, toast_or_redirect
from generations.web.rendering import render_page
from generations.web.selection import MAX_TICKED, TooMany, part_of, pictures, selected_images, ticked


@require_safe
def trash(request: PageRequest) -> HttpResponse:
    """One's deleted pictures, the last deleted first."""
    found = trash_of(request.viewer)
    wanted, only = page_numbers(request.GET.get("page", "")), part_of(request)
    pages = Pages(found, wanted, trash_address, only=only)
    images = trash_to_show(request.viewer, pages.rows)
    context = {
        "section": "trash",
        "pages": pages,
        "tiles": tiles_of(images, lambda image: date_format(localtime(image.deleted_at), "j M")),
        "days": settings.TRASH_DAYS,
        "most_ticked": MAX_TICKED,
        "in_trash": True,
        "galleries": galleries_in_trash(request.viewer),
    }
    return render_page(request, "trash/trash.html", context, partial="more" if only else "results")


def trash_address(pages: str) -> str:
    """The address of a page of the trash, or of several."""
    return f"{reverse('trash')}?page={pages}" if pages != "1" else reverse("trash")


@require_POST
def delete(request: PageRequest, key: str) -> HttpResponse:
    """Put one picture of one's own into the trash."""
    image = access.image_to_delete(request.viewer, key)
    deletion, count = Image.objects.filter(pk=image.pk).delete_by(request.user)
    messages.success(request, deleted_sentence(count, count), extra_tags=reverse("undo", args=[deletion]))
    return redirect(image.batch or reverse("library"))


@require_POST
def take_down(request: PageRequest, key: str) -> HttpResponse:
    """Put somebody else's picture into their trash, with a reason for them."""
    image = access.image_to_take_down(request.viewer, key)
    deletion, _ = Image.objects.filter(pk=image.pk).delete_by(request.user, request.POST.get("reason", ""))
    sentence = f"The picture was taken down. It is in the trash of {image.person} for {settings.TRASH_DAYS} days."
    messages.success(request, sentence, extra_tags=reverse("undo", args=[deletion]))
    return redirect(image.batch or reverse("library"))


@require_POST
def delete_selection(request: PageRequest) -> HttpResponse:
    """Put what is selected into the trash, as far as it is one's own."""
    try:
        images = selected_images(request)
    except TooMany as error:
        return toast_or_redirect(request, str(error))
    of = images.count()
    deletion, count = rights.delete_image.of(request.viewer, images).delete_by(request.user)
    way_back = reverse("undo", args=[deletion]) if count else ""
    # Where nothing of it is there any more, the list shows what somebody else has deleted.
    return toast_or_redirect(request, deleted_sentence(count, of), changed=bool(count) or not of, undo=way_back)


@require_POST
def undo(request: PageRequest, deletion: str) -> HttpResponse:
    """Bring back what one deletion took away."""
    count = trash_to_restore(request.viewer).filter(deletion=deletion).restore() if deletion else 0
    return toast_or_redirect(request, restored_sentence(count), changed=True)


@require_POST
def restore_selection(request: PageRequest) -> HttpResponse:
    """Bring back what is ticked in the trash, or all of it."""
    found = trash_to_restore(request.viewer)
    try:
        found = found.filter(person=request.user) if request.POST.get("all") else found.filter(key__in=ticked(request))
    except TooMany as error:
        return toast_or_redirect(request, str(error))
    messages.success(request, restored_sentence(found.restore()))
    return redirect(return_url(request, reverse("trash")))


def deleted_sentence(count: int, of: int) -> str:
    """What became of a deletion: how many went, and how many belong to others."""
    others = f" {pictures(of - count)} of others {'stays' if of - count == 1 else 'stay'}." if of > count else ""
    if not count:
        return f"Nothing was deleted.{others}"
    return f"{pictures(count)} went to the trash, kept for {settings.TRASH_DAYS} days.{others}"


def restored_sentence(count: int) -> str:
    return f"{pictures(count)} {'is' if count == 1 else 'are'} back." if count else "There was nothing to bring back."
