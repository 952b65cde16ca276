"""Reviewers' verdicts on a picture, and their undo."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access
from generations.forms.review import VerdictForm
from generations.models import Image, Verdict
from generations.models.verdict import Overtaken
from generations.presenters.lineage import Lineage
from generations.presenters.review import ReviewBadge
from generations.presenters.strip import strips_of
from generations.queries.picture import lineage_of
from generations.request import PageRequest
from generations.translation import sentences
from generations.viewer import Viewer
from generations.web.rendering import PART
from generations.web.toasts import problems_of, toast_or_redirect


@require_POST
def review_image(request: PageRequest, key: str) -> HttpResponse:
    """Approve or reject a picture, or ask for changes; the last verdict counts."""
    image, form = access.image_to_review(request.viewer, key), VerdictForm(request.POST)
    if not form.is_valid():
        return toast_or_redirect(request, problems_of(form))
    said = {name: form.cleaned_data[name] for name in ("state", "note", "reason")}
    before = image.verdict if image.verdict and image.verdict.reviewer_id != request.user.pk else None
    try:
        with transaction.atomic():
            image = access.image_to_review(Viewer.holding_roles(request.user), key)
            key_of_verdict = Verdict.objects.give(request.user, image, **said, over=request.POST.get("over"))
    except Overtaken as error:
        return overtaken(request, image, error.verdict, said["state"])
    image = access.image_to_review(request.viewer, key)
    sentence = sentences([done(said["state"], image), replaced(before)])
    return reviewed(request, image, sentence, undo=reverse("withdraw_verdict", args=[key, key_of_verdict]))


@require_POST
def withdraw_verdict(request: PageRequest, key: str, verdict: str) -> HttpResponse:
    """Withdraw one's own verdict, unless somebody has decided since."""
    is_undone = Verdict.objects.withdraw(request.user, access.image_to_review(request.viewer, key), verdict)
    image = access.image_to_review(request.viewer, key)
    return reviewed(request, image, _("Undone.") if is_undone else _("Someone else has reviewed it since."))


def done(state: str, image: Image) -> str:
    """What was done, also where it does not count yet."""
    if state == Verdict.State.APPROVED:
        return _("Approved.") if image.verdict else _("Approved. A second reviewer has to approve it too.")
    return _("Rejected.") if state == Verdict.State.REJECTED else _("Changes requested.")


def replaced(before: Verdict | None) -> str:
    """Whose verdict it took the place of, "" where there was none."""
    if before is None:
        return ""
    name = {"name": before.reviewer}
    match before.state:
        case Verdict.State.APPROVED:
            return _("This replaces the approval by %(name)s.") % name
        case Verdict.State.REJECTED:
            return _("This replaces the rejection by %(name)s.") % name
    return _("This replaces the changes that %(name)s requested.") % name


def overtaken(request: PageRequest, image: Image, verdict: Verdict | None, state: str) -> HttpResponse:
    """Somebody was faster: what they decided, and the way to decide over it knowingly."""
    context = {"image": image, "verdict": verdict, "state": state, "here": request.POST.get("here", "")}
    if PART in request.headers:
        return HttpResponse(render_to_string("review/_overtaken.html", context, request), status=409)
    sentence = _("Somebody else has decided since. Your verdict was not saved.")
    if verdict:
        sentence = _("%(name)s decided about this picture a moment ago. Your verdict was not saved.")
        sentence %= {"name": verdict.reviewer}
    return toast_or_redirect(request, sentence)


def reviewed(request: PageRequest, image: Image, sentence: str, *, undo: str = "") -> HttpResponse:
    """The toast, and out of band every part of the page that shows its verdict."""
    assert image.batch is not None, "only what was drawn is reviewed"
    if PART in request.headers:
        badge = ReviewBadge(request.viewer)
        context = {"image": image, "sentence": sentence, "undo": undo, "badge": badge}
        return HttpResponse(render_to_string("review/_answer.html", context, request))
    [strip] = strips_of([access.batch_to_see(request.viewer, image.batch.key)], request.viewer)
    line = Lineage(image, lineage_of(request.viewer, strip.batch))
    context = {"image": image, "strip": strip, "lineage": line, "sentence": sentence, "is_marking": bool(undo)}
    return toast_or_redirect(
        request, sentence, undo=undo, extra=render_to_string("picture/_review_done.html", context, request)
    )
