"""Favourites and tags, of one picture or of a selection: the ticked pictures, or everything the search finds."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from generations import access, rights
from generations.models.favourite import drop_favourites, keep_favourites
from generations.models.tag import put_tag, tag_name, tag_names, take_tag
from generations.presenters.frame import heart_of
from generations.queries.library import images_chosen
from generations.queries.picture import tags_of, tags_to_suggest
from generations.request import PageRequest
from generations.translation import number_text
from generations.web.selection import TooMany, selected_images
from generations.web.toasts import return_url, sentence_of, toast_or_redirect

MAX_LABEL = 80


@require_POST
def favourite(request: PageRequest, key: str) -> HttpResponse:
    """Add a picture to one's favourites, or remove it. HTMX gets the new button."""
    image = access.image_to_read(request.viewer, key)
    is_liked = request.POST.get("like") != "0"
    (keep_favourites if is_liked else drop_favourites)(request.user, images_chosen(request.viewer, [key]))
    if not request.htmx:
        return redirect(return_url(request, image.get_absolute_url()))
    image.is_favourite = is_liked
    look = "btn btn--quiet" if request.GET.get("look") == "btn" else "glass"
    heart = heart_of(image, request.GET.get("label", "")[:MAX_LABEL])
    return HttpResponse(render_to_string("parts/_favourite_button.html", {"image": heart, "look": look}))


@require_POST
def favourite_selection(request: PageRequest) -> HttpResponse:
    try:
        images = selected_images(request)
    except TooMany as error:
        return toast_or_redirect(request, str(error))
    count = images.count()
    keep_favourites(request.user, images)
    sentence = ngettext("%(number)s picture added to favourites.", "%(number)s pictures added to favourites.", count)
    return toast_or_redirect(request, sentence % {"number": number_text(count)}, changed=True)


@require_POST
def tag_selection(request: PageRequest) -> HttpResponse:
    """Add a tag to the selected pictures."""
    try:
        names, images = tag_names(request.POST.get("name", "")), selected_images(request, rights.annotate_image)
    except (ValidationError, TooMany) as error:
        return toast_or_redirect(request, sentence_of(error))
    count = images.count()
    for name in names:
        put_tag(request.user, images, name)
    sentence = ngettext("Tag added to %(number)s picture.", "Tag added to %(number)s pictures.", count)
    return toast_or_redirect(request, sentence % {"number": number_text(count)})


@require_POST
def untag_selection(request: PageRequest) -> HttpResponse:
    """Remove a tag from the selected pictures."""
    try:
        name, images = tag_name(request.POST.get("name", "")), selected_images(request, rights.annotate_image)
    except (ValidationError, TooMany) as error:
        return toast_or_redirect(request, sentence_of(error))
    count = take_tag(images, name)
    sentence = ngettext("Tag removed from %(number)s picture.", "Tag removed from %(number)s pictures.", count)
    return toast_or_redirect(request, sentence % {"number": number_text(count)})


@require_POST
def tag(request: PageRequest, key: str) -> HttpResponse:
    """Add a tag to a picture."""
    return _retag(request, key, is_put=True)


@require_POST
def untag(request: PageRequest, key: str) -> HttpResponse:
    """Remove a tag from a picture."""
    return _retag(request, key, is_put=False)


def _retag(request: PageRequest, key: str, *, is_put: bool) -> HttpResponse:
    image, problem = access.image_to_annotate(request.viewer, key), ""
    images = images_chosen(request.viewer, [key])
    try:
        said = request.POST.get("name", "")
        names = tag_names(said) if is_put else [tag_name(said)]
    except ValidationError as error:
        problem = sentence_of(error)
    else:
        for name in names:
            put_tag(request.user, images, name) if is_put else take_tag(images, name)
    if request.htmx:
        tags = tags_of(image)
        context = {"image": image, "tags": tags, "known": tags_to_suggest(request.viewer, tags), "problem": problem}
        return HttpResponse(render_to_string("picture/_tags.html", context, request))
    if problem:
        messages.error(request, problem)
    return redirect(image)
