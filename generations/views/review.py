"""Reviewers' verdicts on a picture, and their undo."""

from __future__ import annotations

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access
from generations.forms import VerdictForm
from generations.models import Image, Verdict
from generations.presenters.lineage import Lineage
from generations.presenters.strip import strips_of
from generations.queries.picture import lineage_of
from generations.request import PageRequest
from generations.translation import sentences
from generations.web.toasts import toast_or_redirect


@require_POST
def review_image(request: PageRequest, key: str) -> HttpResponse:
    """Approve or reject a picture; the last verdict counts."""
    image, form = access.image_to_review(request.viewer, key), VerdictForm(request.POST)
    if not form.is_valid():
        return toast_or_redirect(request, sentences(str(error) for errors in form.errors.values() for error in errors))
    state = Verdict.State(form.cleaned_data["state"])
    verdict = Verdict.objects.give(request.user, image, state, form.cleaned_data["note"])
    image = access.image_to_review(request.viewer, key)
    sentence = _("Approved.") if state == Verdict.State.APPROVED else _("Rejected.")
    return reviewed(request, image, sentence, undo=reverse("withdraw_verdict", args=[key, verdict]))


@require_POST
def withdraw_verdict(request: PageRequest, key: str, verdict: str) -> HttpResponse:
    """Withdraw one's own verdict, unless somebody has decided since."""
    is_undone = Verdict.objects.withdraw(request.user, access.image_to_review(request.viewer, key), verdict)
    image = access.image_to_review(request.viewer, key)
    return reviewed(request, image, _("Undone.") if is_undone else _("Someone else has reviewed it since."))


def reviewed(request: PageRequest, image: Image, sentence: str, *, undo: str = "") -> HttpResponse:
    """The toast, and out of band every part of the picture's page that shows its verdict."""
    assert image.batch is not None, "only what was drawn is reviewed"
    [strip] = strips_of([access.batch_to_see(request.viewer, image.batch.key)], request.viewer)
    line = Lineage(image, lineage_of(request.viewer, strip.batch))
    context = {"image": image, "strip": strip, "lineage": line, "sentence": sentence, "is_marking": bool(undo)}
    return toast_or_redirect(
        request, sentence, undo=undo, extra=render_to_string("picture/_review_done.html", context, request)
    )
