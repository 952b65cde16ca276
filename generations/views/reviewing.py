"""The review page: the queue one by one or as a sheet, who else looks, and one verdict on many pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from generations import access, rights
from generations.forms.review import VerdictForm
from generations.models import Image, Look, Verdict
from generations.presenters.review import ReviewDesk
from generations.queries.review import ReviewFilter
from generations.request import PageRequest
from generations.translation import listed, number_text, sentences
from generations.viewer import Viewer
from generations.web.methods import require_safe
from generations.web.noting import note_private
from generations.web.rendering import PART, render_page
from generations.web.selection import TooMany, selected_images
from generations.web.toasts import problems_of, toast_or_redirect

PARTS = {"review-place": "place", "review-items": "items", "sheet": "sheet"}


@require_safe
def review(request: PageRequest) -> HttpResponse:
    """What awaits review, one picture beside its queue, or forty on a sheet. A script asks for a part of it alone."""
    if not request.viewer.reviews:
        raise Http404("nothing is this person's to review")
    wanted = ReviewFilter.read(request.GET.dict())
    desk = ReviewDesk(request.viewer, wanted, at=request.GET.get("at", ""), after=request.GET.get("after", ""))
    is_grid = request.GET.get("view") == "grid"
    if desk.place and not is_grid:
        note_private(request, desk.place.image.batch)
    context = {"section": "review", "desk": desk, "is_grid": is_grid, "is_part": bool(request.htmx)}
    template = "review/grid.html" if is_grid else "review/review.html"
    return render_page(request, template, context, partial=PARTS.get(request.htmx.target or "", ""))


@require_POST
def look_at_image(request: PageRequest, key: str) -> HttpResponse:
    """The person has this picture before them; who else does, as a piece of the page."""
    image = access.image_to_review(request.viewer, key)
    others = Look.at(request.user, image)
    return HttpResponse(render_to_string("review/_looking.html", {"others": [str(other) for other in others]}, request))


@require_POST
def review_selection(request: PageRequest) -> HttpResponse:
    """One verdict on the selected pictures, as far as they are the person's to review."""
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return toast_or_redirect(request, problems_of(form))
    try:
        selected = selected_images(request)
    except TooMany as error:
        return toast_or_redirect(request, str(error))
    said = {name: form.cleaned_data[name] for name in ("state", "note", "reason")}
    with transaction.atomic():
        images = list(rights.review_image.of(Viewer.holding_roles(request.user), selected).order_by("pk"))
        if not images:
            return toast_or_redirect(request, _("None of these pictures are yours to review."))
        decision = Verdict.objects.give_all(request.user, images, **said, over=seen_decisions(request))
    undo = reverse("withdraw_verdicts", args=[decision.key]) if decision.amount else ""
    decided, late = len(images) - len(decision.overtaken), overtaken_sentence(decision.overtaken)
    parts = [given(said["state"], decided) if decided else "", replaced_sentence(decision.replaced), late]
    sentence = sentences([*parts, left_out(selected.count() - len(images))])
    extra = ""
    if decision.overtaken and PART in request.headers:
        context = {"said": said, "sentence": late, "overtaken": decision.overtaken}
        context["here"] = request.POST.get("here", "")
        extra = render_to_string("review/_overtaken_many.html", context, request)
    return toast_or_redirect(request, sentence, changed=True, undo=undo, extra=extra)


def seen_decisions(request: PageRequest) -> dict[str, str]:
    """The decision that was seen on each picture, as the sheet says it: the picture's key, a colon, and the decision's
    key or nothing."""
    return {image: seen for image, sign, seen in (text.partition(":") for text in request.POST.getlist("over")) if sign}


def replaced_sentence(verdicts: Sequence[Verdict]) -> str:
    """Whose verdicts these took the place of, "" where there were none."""
    text = ngettext(
        "This replaces %(number)s verdict by %(names)s.",
        "This replaces %(number)s verdicts by %(names)s.",
        len(verdicts),
    )
    return text % {"number": number_text(len(verdicts)), "names": names_of(verdicts)} if verdicts else ""


def overtaken_sentence(overtaken: Sequence[tuple[Image, Verdict | None]]) -> str:
    """Who decided about some of the pictures a moment ago, whose verdicts were left."""
    by = [verdict for _image, verdict in overtaken if verdict]
    parts = []
    if by:
        text = ngettext(
            "%(names)s decided about %(number)s picture a moment ago. Your verdict on it was not saved.",
            "%(names)s decided about %(number)s pictures a moment ago. Your verdicts on them were not saved.",
            len(by),
        )
        parts.append(text % {"number": number_text(len(by)), "names": names_of(by)})
    if withdrawn := len(overtaken) - len(by):
        text = ngettext(
            "A verdict on %(number)s picture was withdrawn a moment ago. Yours was not saved.",
            "Verdicts on %(number)s pictures were withdrawn a moment ago. Yours were not saved.",
            withdrawn,
        )
        parts.append(text % {"number": number_text(withdrawn)})
    return sentences(parts)


def names_of(verdicts: Iterable[Verdict]) -> str:
    """The reviewers, each once, in the order of their verdicts."""
    return listed(dict.fromkeys(str(verdict.reviewer) for verdict in verdicts))


@require_POST
def withdraw_verdicts(request: PageRequest, decision: str) -> HttpResponse:
    """Withdraw one's own verdict on many pictures, but on those that somebody has decided since."""
    images = Image.objects.filter(verdicts__key=decision, verdicts__reviewer=request.user).distinct()
    found = list(rights.review_image.of(request.viewer, images).order_by("pk"))
    undone = Verdict.objects.withdraw_all(request.user, found, decision)
    since = len(found) - len(undone)
    some = ngettext(
        "Someone else has reviewed %(number)s of them since.",
        "Someone else has reviewed %(number)s of them since.",
        since,
    )
    sentence = sentences([_("Undone.") if undone else "", some % {"number": number_text(since)} if since else ""])
    return toast_or_redirect(request, sentence or _("There is nothing to undo."), changed=True)


def given(state: str, count: int) -> str:
    match state:
        case Verdict.State.APPROVED:
            sentence = ngettext("%(number)s picture approved.", "%(number)s pictures approved.", count)
        case Verdict.State.REJECTED:
            sentence = ngettext("%(number)s picture rejected.", "%(number)s pictures rejected.", count)
        case _:
            sentence = ngettext(
                "Changes requested to %(number)s picture.", "Changes requested to %(number)s pictures.", count
            )
    return sentence % {"number": number_text(count)}


def left_out(count: int) -> str:
    sentence = ngettext("%(number)s other is not yours to review.", "%(number)s others are not yours to review.", count)
    return sentence % {"number": number_text(count)} if count else ""
