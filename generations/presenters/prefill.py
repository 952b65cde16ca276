"""What stands in the composer when a page opens: what the address asks for, a draft, or the choices of a batch."""

from __future__ import annotations

from django.http import QueryDict
from django.urls import reverse

from generations import access, rights
from generations.forms.composer import GALLERY, PRIVATE
from generations.models import Batch, Draft
from generations.models.batch import MAX_PROMPT
from generations.models.draft import Fields, content
from generations.presenters.composer import Composer, StashedDraft
from generations.presenters.formatting import clipped
from generations.queries.composer import references_to_use
from generations.queries.picture import references_to_see
from generations.queries.strips import loaded
from generations.viewer import Viewer

MAX_REFERENCES = 20
MAX_DRAFT_EXCERPT = 60


def prefilled(viewer: Viewer, asked: QueryDict, last: Batch | None) -> Composer:
    """As the address asks: `?from=<batch>`, `?again=<image>`, `?with=<image>`, `?gallery=<gallery>`,
    `?prompt=` and `?model=`.

    Else the person's draft, with `?draft=stashed` the stashed one; else the choices, not the words, of
    the last batch."""
    composer = _prefilled(viewer, asked, last)
    if key := asked.get("gallery"):
        composer.visible = f"{GALLERY}{access.gallery_to_aim_at(viewer, key).key}"
    return composer


def _prefilled(viewer: Viewer, asked: QueryDict, last: Batch | None) -> Composer:
    draft = Draft.objects.filter(person=viewer.user).first()
    if not any(asked.get(name) for name in ("from", "again", "prompt", "draft")):
        composer = _drafted(viewer, asked, last, draft.fields if draft else {})
        composer.base_client_id, composer.stashed = draft.client_id if draft else "", stashed_draft(draft)
        return composer
    composer = _asked_for(viewer, asked, last, draft)
    if draft and any(content(draft.fields)):
        composer.stashed = StashedDraft(*shown_of(draft.fields), reverse("studio"), draft.client_id)
    return composer


def _asked_for(viewer: Viewer, asked: QueryDict, last: Batch | None, draft: Draft | None) -> Composer:
    if asked.get("from"):
        composer = going_on_from(viewer, access.batch_to_see(viewer, asked.get("from", "")))
        composer.prompt = asked.get("prompt", "")[:MAX_PROMPT] or composer.prompt
        return composer
    if asked.get("again"):
        image, generation = access.image_to_vary(viewer, asked.get("again", ""))
        composer = with_all_of(viewer, generation.batch)
        if not rights.see_batch.allows(viewer, generation.batch):  # it is seen in a gallery alone
            composer.references = references_to_see(viewer, generation.batch)
        composer.chosen = (generation.model.key,)
        composer.parent, composer.derivation = image.key, Batch.Derivation.AGAIN
        return composer
    return _drafted(viewer, asked, last, draft.stashed if draft and asked.get("draft") else {})


def _drafted(viewer: Viewer, asked: QueryDict, last: Batch | None, said: Fields) -> Composer:
    """With these fields, what the address adds to them, and the choices of the last batch where there are none."""
    composer = Composer(viewer) if last is None else like(viewer, last)
    if said:
        composer.read(said)
        named = said.get("ref", [])[:MAX_REFERENCES]
        composer.references = references_to_use(viewer, named)
        composer.missing = len(set(named)) - len(composer.references)
    if asked.get("with"):
        added = access.image_to_see(viewer, asked.get("with", ""))
        composer.references = [image for image in composer.references if image != added] + [added]
    if asked.get("prompt"):
        composer.prompt = asked.get("prompt", "")[:MAX_PROMPT]
    if named := asked.getlist("model"):
        # A name may be that of a model at every provider; it means one of them, the first.
        by_name = {model.name: model.key for model in reversed(composer.models)}
        wanted = {by_name.get(each, each) for each in named}
        known = tuple(model.key for model in composer.models if model.key in wanted)
        composer.chosen = known or composer.chosen
    return composer


def standing(viewer: Viewer, fields: QueryDict, given: int) -> Composer:
    """As it stands on a page, with this many references."""
    composer = Composer(viewer, given=given)
    composer.read(dict(fields.lists()))
    return composer


def going_on_from(viewer: Viewer, batch: Batch) -> Composer:
    """With everything a batch was asked with, as a child of the first picture it brought, if it brought one."""
    composer = with_all_of(viewer, loaded([batch])[0])
    drew = (image for generation in batch.generations.all() for image in generation.kept_images)
    if first := next(drew, None):
        composer.parent, composer.derivation = first.key, Batch.Derivation.AGAIN
    return composer


def with_all_of(viewer: Viewer, batch: Batch) -> Composer:
    """With everything a batch was asked with."""
    composer = like(viewer, batch)
    composer.prompt, composer.options = batch.prompt, batch.options
    composer.references = list(batch.references.as_sent())
    if batch.parent and batch.derivation != Batch.Derivation.REFER:  # a reference says so by being one
        composer.parent, composer.derivation = batch.parent.key, batch.derivation
    return composer


def like(viewer: Viewer, batch: Batch) -> Composer:
    """With a batch's models, size, number and visibility."""
    every = list(batch.generations.all())
    retried = {generation.retry_of_id for generation in every}
    keys = tuple(dict.fromkeys(each.model.key for each in every if each.pk not in retried))
    team = batch.team.key if batch.team else PRIVATE
    shown = f"{GALLERY}{batch.gallery.key}" if batch.gallery else team
    return Composer(
        viewer,
        chosen=keys,
        size=batch.size,
        n=str(batch.count),
        visible=PRIVATE if batch.visibility == Batch.Visibility.PRIVATE else shown,
    )


def stashed_draft(draft: Draft | None) -> StashedDraft | None:
    """What was stashed, and where it is taken up again."""
    if draft is None or not any(content(draft.stashed)):
        return None
    return StashedDraft(*shown_of(draft.stashed), f"{reverse('studio')}?draft=stashed", may_forget=True)


def shown_of(said: Fields) -> tuple[str, int]:
    """How a draft begins, and how many references it has."""
    words, references = content(said)
    return clipped(words, MAX_DRAFT_EXCERPT), len(references)
