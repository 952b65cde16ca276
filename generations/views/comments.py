"""What people say about a picture: its threads, and what can be done to each comment."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access
from generations.forms.pictures import CommentForm
from generations.models import Comment, Image
from generations.models.comment import MAX_COMMENT_INPUT
from generations.presenters.comments import Discussion, named_apart
from generations.queries.comments import people_found
from generations.queries.comments import people_to_mention as mentionable
from generations.request import PageRequest
from generations.text import tidy, tidy_line
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.toasts import problems_of

MAX_NAME = 60
SHEET = "talk-body"
"""Where an opened picture has its threads beside it."""


@require_safe
def comments(request: PageRequest, key: str) -> HttpResponse:
    """The threads of a picture, for a part of a page; without HTMX they are on the picture's page."""
    image = access.image_to_discuss(request.viewer, key)
    if not request.htmx:
        return redirect(f"{image.get_absolute_url()}#comments")
    editing, answering = request.GET.get("edit", ""), request.GET.get("answer", "")
    discussion = Discussion(request.viewer, image, editing=editing, answering=answering)
    part = "sheet" if request.htmx.target == SHEET else "thread"
    return render_page(request, "comments/comments.html", {"discussion": discussion}, partial=part)


@require_safe
def people_to_mention(request: PageRequest, key: str) -> HttpResponse:
    """Whom a name that begins so can mention on this picture, as JSON: how each is called, and what to write."""
    image = access.image_to_discuss(request.viewer, key)
    words = tidy_line(request.GET.get("q", ""), MAX_NAME)
    return JsonResponse({"people": named_apart(people_found(request.viewer, image, words))})


@require_POST
def write_comment(request: PageRequest, key: str) -> HttpResponse:
    """A new comment, or an answer to one."""
    image, form = access.image_to_discuss(request.viewer, key), CommentForm(request.POST)
    answered = request.POST.get("answer", "")
    parent = access.comment_to_see(request.viewer, answered) if answered else None
    if not form.is_valid():
        return refused(request, image, form, answering=answered)
    if parent and parent.image_id != image.pk:
        parent = None
    comment, _mentioned = Comment.write(
        image,
        request.user,
        form.cleaned_data["text"],
        among=mentionable(request.viewer, image),
        parent=parent,
        region=form.cleaned_data["where"],
        key=request.POST.get("key", ""),
    )
    return done(request, image, comment)


@require_POST
def edit_comment(request: PageRequest, key: str) -> HttpResponse:
    """Say one's own comment in other words."""
    comment, form = access.comment_to_edit(request.viewer, key), CommentForm(request.POST)
    if not form.is_valid():
        return refused(request, comment.image, form, editing=key)
    comment.edit(form.cleaned_data["text"], among=mentionable(request.viewer, comment.image))
    return done(request, comment.image, comment)


@require_POST
def delete_comment(request: PageRequest, key: str) -> HttpResponse:
    """Take a comment out of sight, until it is had back."""
    comment = access.comment_to_delete(request.viewer, key)
    comment.delete_by(request.user)
    return done(request, comment.image, sentence=_("Comment deleted."), undo=reverse("restore_comment", args=[key]))


@require_POST
def restore_comment(request: PageRequest, key: str) -> HttpResponse:
    """Undo one's deletion of a comment."""
    comment = access.comment_to_delete(request.viewer, key)
    if not comment.restore() and not Comment.objects.kept().filter(pk=comment.pk).exists():
        return done(request, comment.image, sentence=not_restored(comment))
    return done(request, comment.image, comment, sentence=_("Restored."))


@require_POST
def resolve_comment(request: PageRequest, key: str) -> HttpResponse:
    """Close a thread. Somebody else may have done so first."""
    comment = access.comment_to_resolve(request.viewer, key)
    if not comment.resolve(request.user):
        sentence = _("%(person)s has resolved this already.") % {"person": comment.resolved_by or _("Somebody")}
        return done(request, comment.image, comment, sentence=sentence)
    return done(request, comment.image, sentence=_("Resolved."), undo=reverse("reopen_comment", args=[key]))


@require_POST
def reopen_comment(request: PageRequest, key: str) -> HttpResponse:
    """Open a resolved thread again."""
    comment = access.comment_to_resolve(request.viewer, key)
    comment.reopen()
    return done(request, comment.image, comment)


# ── the answer ──


def done(
    request: PageRequest, image: Image, comment: Comment | None = None, *, sentence: str = "", undo: str = ""
) -> HttpResponse:
    """The threads as they are now, and what was done; without HTMX on the picture's page, at this comment."""
    if request.htmx:
        return threads(request, image, sentence, undo, {})
    if sentence:
        messages.success(request, sentence, extra_tags=undo)
    return redirect(f"{image.get_absolute_url()}#{f'c-{comment.key}' if comment else 'comments'}")


def not_restored(comment: Comment) -> str:
    """Why a comment is not had back by itself."""
    if comment.visitor and comment.visitor.deleted_at:
        sentence = _("The visit of %(name)s was deleted. Restore it on the “Feedback” page of the gallery first.")
        return sentence % {"name": comment.visitor.name}
    return _("There was nothing to restore.")


def refused(request: PageRequest, image: Image, form: CommentForm, **opened: str) -> HttpResponse:
    """Why nothing was written; what was written stays in its field."""
    problem = problems_of(form)
    kept = {"text": tidy(form.data.get("text", ""), MAX_COMMENT_INPUT), "where": form.data.get("where", "")[:40]}
    state = {**kept, **opened, "problem": problem}
    if request.htmx:
        return threads(request, image, "", "", state)
    discussion = Discussion(request.viewer, image, **state)
    return render_page(request, "comments/comments.html", {"discussion": discussion, "image": image}, status=422)


def threads(request: PageRequest, image: Image, sentence: str, undo: str, state: dict[str, Any]) -> HttpResponse:
    """Out of band, as far as the page one is on shows them: one may have closed what they stood in."""
    discussion = Discussion(request.viewer, image, **state)
    is_here = request.htmx.current_url_abs_path is not None and image.key in request.htmx.current_url_abs_path
    is_sheet = "Imageweb-Sheet" in request.headers
    context = {"discussion": discussion, "is_here": is_here, "is_sheet": is_sheet, "sentence": sentence, "undo": undo}
    return HttpResponse(render_to_string("comments/_changed.html", context, request))
