"""What is done to one picture or to many at once: hearts and tags. A selection is what was ticked, or all that the
search finds."""

from __future__ import annotations

import json
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from generations.models import Search
from generations.models.favourite import drop_favourites, keep_favourites
from generations.models.image import ImageQuerySet
from generations.models.tag import put_tag, tag_name, take_tag
from generations.views import access
from generations.views.frame import heart_of
from generations.views.request import PageRequest

MOST_TICKED = 500
MOST_AT_ONCE = 5_000
MOST_LABEL = 80


class TooMany(Exception):
    """More was selected than is done in one go; the text is the sentence for the person."""


@require_POST
def favourite(request: PageRequest, key: str) -> HttpResponse:
    """Give a picture one's heart, or take it back. HTMX gets the button as it is now."""
    image = access.image_to_read(request.user, key)
    is_liked = request.POST.get("like") != "0"
    (keep_favourites if is_liked else drop_favourites)(request.user, access.images_chosen(request.user, [key]))
    if not request.htmx:
        return redirect(here(request, image.get_absolute_url()))
    image.is_favourite = is_liked
    look = "btn btn--quiet" if request.GET.get("look") == "btn" else "glass"
    heart = heart_of(image, request.GET.get("label", "")[:MOST_LABEL])
    return HttpResponse(render_to_string("parts/_favourite_button.html", {"image": heart, "look": look}))


@require_POST
def favourite_selection(request: PageRequest) -> HttpResponse:
    try:
        images = chosen(request)
    except TooMany as error:
        return told(request, str(error))
    count = images.count()
    keep_favourites(request.user, images)
    return told(request, f"{pictures(count)} {'is' if count == 1 else 'are'} among your favourites.", changed=True)


@require_POST
def tag_selection(request: PageRequest) -> HttpResponse:
    """Put a tag on all that is selected."""
    try:
        name, images = tag_name(request.POST.get("name", "")), chosen(request)
    except (ValidationError, TooMany) as error:
        return told(request, sentence_of(error))
    count = images.count()
    put_tag(request.user, images, name)
    return told(request, f"{pictures(count)} {'carries' if count == 1 else 'carry'} the tag {name}.")


@require_POST
def untag_selection(request: PageRequest) -> HttpResponse:
    """Take a tag off all that is selected."""
    try:
        name, images = tag_name(request.POST.get("name", "")), chosen(request)
    except (ValidationError, TooMany) as error:
        return told(request, sentence_of(error))
    return told(request, f"The tag {name} is off {pictures(take_tag(images, name))}.")


@require_POST
def tag(request: PageRequest, key: str) -> HttpResponse:
    """Put a tag on a picture."""
    return _retag(request, key, is_put=True)


@require_POST
def untag(request: PageRequest, key: str) -> HttpResponse:
    """Take a tag off a picture."""
    return _retag(request, key, is_put=False)


def _retag(request: PageRequest, key: str, *, is_put: bool) -> HttpResponse:
    image, problem = access.image_to_read(request.user, key), ""
    images = access.images_chosen(request.user, [key])
    try:
        name = tag_name(request.POST.get("name", ""))
    except ValidationError as error:
        problem = sentence_of(error)
    else:
        put_tag(request.user, images, name) if is_put else take_tag(images, name)
    if request.htmx:
        return HttpResponse(
            render_to_string(
                "picture/_tags.html", {"image": image, "tags": access.tags_of(image), "problem": problem}, request
            )
        )
    if problem:
        messages.error(request, problem)
    return redirect(image)


# ── a selection ──


def chosen(request: PageRequest) -> ImageQuerySet:
    """The pictures a form speaks of, of those shown to the person: the ticked ones, or all its search finds of what
    there was when its page was made.

    Raises TooMany."""
    if request.POST.get("all"):
        images = access.images_found(request.user, Search.parse(request.POST.get("query", "")))
        if as_of := moment(request.POST.get("as_of", "")):
            images = images.filter(created_at__lte=as_of)
    else:
        images = access.images_chosen(request.user, ticked(request))
    count = images.count()
    if count > MOST_AT_ONCE:
        raise TooMany(f"That is {count:,} pictures; at most {MOST_AT_ONCE:,} go in one go. Narrow the search.")
    return images


def ticked(request: PageRequest) -> list[str]:
    """The keys of the pictures that were ticked. Raises TooMany rather than leave some out."""
    keys = request.POST.getlist("pick")
    if len(keys) > MOST_TICKED:
        raise TooMany(f"{len(keys)} pictures are ticked; at most {MOST_TICKED} can be. Tick fewer, or choose all.")
    return keys


def moment(text: str) -> datetime | None:
    """The moment an ISO date and time name; None for what names none, or one without its zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else None


def told(
    request: PageRequest, sentence: str, *, changed: bool = False, undo: str = "", extra: str = ""
) -> HttpResponse:
    """Say what was done: in the toast for HTMX, else on the page one comes back to. `undo` is an address to undo it."""
    if not request.htmx:
        messages.success(request, sentence, extra_tags=undo)
        return redirect(here(request, reverse("library")))
    toast = render_to_string("parts/_toast.html", {"sentence": sentence, "undo": undo}, request)
    response = HttpResponse(toast + extra)
    if changed:
        response["HX-Trigger"] = json.dumps({"library-changed": {}})
    return response


def here(request: PageRequest, otherwise: str) -> str:
    """The page of ours the form says it stands on."""
    page = request.POST.get("here", "")
    return page if url_has_allowed_host_and_scheme(page, None) and page.startswith("/") else otherwise


def pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"


def sentence_of(error: ValidationError | TooMany) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
