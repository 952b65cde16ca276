"""The studio: write a prompt, watch its frames develop, look back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from generations.errors import InvalidRequest
from generations.forms.composer import ComposerForm, gallery_to_fill
from generations.models import Draft, Image
from generations.presenters.activity import ActivityBadge
from generations.presenters.audience import Audiences
from generations.presenters.changes import ClientState, first_look
from generations.presenters.composer import Composer
from generations.presenters.days import by_day
from generations.presenters.prefill import prefilled
from generations.presenters.strip import strips_of
from generations.queries.galleries import only_gallery
from generations.queries.search import MAX_TEXT
from generations.queries.studio import count_failed_today, feed_for
from generations.request import PageRequest
from generations.submit import AlreadySent, submit
from generations.translation import translated
from generations.web.changes import changes_response
from generations.web.composing import client_ids, keep_references, order_of
from generations.web.methods import require_GET, require_safe
from generations.web.rendering import render_page

A_PAGE = 20


@require_GET
def studio(request: PageRequest) -> HttpResponse:
    """The composer and a page of the feed; older pages are asked for by the number they end before. A guest who adds
    no pictures begins at their gallery, or at all of them."""
    if request.viewer.may_generate:
        return show_studio(request)
    return redirect(only_gallery(request.viewer) or "galleries")


@require_POST
def compose(request: PageRequest) -> HttpResponse:
    """Send a prompt. The same form sent twice is one batch; what cannot be sent comes back with its reason."""
    form = ComposerForm(request.viewer, request.POST, request.FILES)
    references, problem = keep_references(form)
    if form.is_valid() and not problem:
        try:
            batch = submit(order_of(form, references))
        except InvalidRequest as error:
            form.add_error(None, translated(error.detail or error.sentence))
        except AlreadySent as error:
            return already_sent(request, error)
        else:
            client_id, base_client_id = client_ids(request)
            Draft.sent(request.user, dict(request.POST.lists()), client_id=client_id, base_client_id=base_client_id)
            return redirect(batch) if not request.htmx else sent(request, form, references)
    if problem:
        form.add_error(None, problem)
    composer = Composer(request.viewer, form=form, references=references)
    if request.htmx:
        return HttpResponse(render_to_string("studio/_composer_update.html", answered(request, composer), request))
    return show_studio(request, composer, status=422)


@require_safe
def composer_galleries(request: PageRequest) -> HttpResponse:
    """The galleries whose title holds the words, as choices of who sees it; the chosen one stays among them."""
    words, visible = request.GET.get("words", "")[:MAX_TEXT].strip(), request.GET.get("visible", "")
    gallery = gallery_to_fill(request.viewer, visible)
    audience = Audiences(request.viewer, [], visible, gallery, words)
    return render(request, "audience/_galleries.html", {"audience": audience})


def sent(request: PageRequest, form: ComposerForm, references: list[Image]) -> HttpResponse:
    """The new strip, with what else changed, and a composer that can send again."""
    composer = Composer(request.viewer, form=form, references=references)
    extra = render_to_string("studio/_composer_update.html", answered(request, composer), request)
    return changes_response(request, ClientState.read(request.POST), extra=extra)


def answered(request: PageRequest, composer: Composer) -> dict[str, object]:
    """What an answer puts into the composer. References are shown anew only if they are not those the form named:
    else they are there already, and some may have come since."""
    is_other = [image.key for image in composer.references] != request.POST.getlist("ref")
    return {"composer": composer, "oob": True, "has_other_references": is_other}


def already_sent(request: PageRequest, error: AlreadySent) -> HttpResponse:
    """The form's key was used for another content: nothing was sent a second time."""
    return render_page(request, "errors/409.html", {"sentence": translated(error.sentence)}, status=409)


def show_studio(request: PageRequest, composer: Composer | None = None, status: int = 200) -> HttpResponse:
    whose = "team" if request.GET.get("whose") == "team" else "mine"
    before = request.GET.get("before", "")
    feed = feed_for(request.viewer, whose)
    if before.isdecimal() and len(before) < 19:
        feed = feed.before(int(before))
    found = list(feed[: A_PAGE + 1])
    strips, activity = strips_of(found[:A_PAGE], request.viewer), ActivityBadge(request.user)
    context = {
        "section": "studio",
        "activity": activity,
        "whose": whose,
        "days": by_day(strips),
        "is_older": bool(before),
        "older_than": strips[-1].batch.pk if len(found) > A_PAGE else None,
        "client_state": first_look(strips, whose=whose, alone=activity.is_alone),
    }
    if before and request.htmx:
        return render_page(request, "studio/_feed.html", context)
    context["failed_today"] = count_failed_today(request.user)
    last = found[0] if found and whose == "mine" and not before else None
    context["composer"] = composer or prefilled(request.viewer, request.GET, last)
    context["is_first_run"] = not found and whose == "mine" and not before
    return render_page(request, "studio/studio.html", context, status=status)
