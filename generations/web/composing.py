"""From the composer's form to an order: its pictures are kept, its fields are read."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.utils.translation import gettext as _

from generations.errors import BadPicture, NotStored
from generations.forms.composer import PRIVATE, ComposerForm
from generations.models import Batch, Image
from generations.models.batch import Audience
from generations.models.difference import is_another
from generations.models.draft import MAX_CLIENT_ID
from generations.models.semaphore import NotNow
from generations.presenters.formatting import not_taken
from generations.queries.composer import image_if_read, reference_brought_before, references_to_use
from generations.request import PageRequest
from generations.submit import Order, audience_in
from generations.uploads import store_reference


def client_ids(request: PageRequest) -> tuple[str, str]:
    """What a page calls what it keeps, and the draft it began with."""
    client_id, base_client_id = (request.POST.get(name, "")[:MAX_CLIENT_ID] for name in ("client_id", "base_client_id"))
    return client_id, base_client_id


def order_of(form: ComposerForm, references: list[Image]) -> Order:
    """What a valid form asks for. An unset visibility is the person's first team."""
    cleaned = form.cleaned_data
    parent, derivation = origin(form, references)
    return Order(
        person=form.person,
        prompt=cleaned["prompt"],
        models=tuple(cleaned["model"]),
        count=form.count(),
        size=cleaned["size"],
        references=tuple(references),
        options=form.options(),
        **audience_of(form)._asdict(),
        submission_key=cleaned["submission"],
        parent=parent,
        derivation=derivation,
    )


def audience_of(form: ComposerForm) -> Audience:
    """Who sees what comes of a valid form: a gallery's people, a team, or oneself."""
    if form.gallery:
        return audience_in(form.gallery, form.person)
    is_private = form.cleaned_data["visible"] == PRIVATE
    return Audience(form.team(), Batch.Visibility.PRIVATE if is_private else Batch.Visibility.TEAM)


def origin(form: ComposerForm, references: list[Image]) -> tuple[Image | None, str]:
    """The picture it goes on from, and how: the one the form names unless the prompt is another, else the first
    reference that a model drew."""
    derivation = form.cleaned_data["derivation"] or Batch.Derivation.AGAIN
    named = image_if_read(form.viewer, form.cleaned_data["parent"])
    # Who replaced the whole prompt began something else, though the page still named where it came from.
    is_new = derivation == Batch.Derivation.AGAIN and named is not None and named.batch is not None
    if named and not (is_new and named.batch and is_another(named.batch.prompt, form.cleaned_data["prompt"])):
        return named, derivation
    drawn = (image_if_read(form.viewer, image.key) for image in references if not image.is_reference)
    return next(filter(None, drawn), None), Batch.Derivation.REFER


def keep_references(form: ComposerForm) -> tuple[list[Image], str]:
    """The pictures named and uploaded with a form, in order, and a sentence if one of them cannot be had.

    Without script, `drop` names those that are no longer wanted."""
    person, dropped = form.person, form.data.getlist("drop")
    named = [key for key in form.data.getlist("ref") if key not in dropped]
    references = references_to_use(form.viewer, named)
    if len(references) < len(set(named)):
        return references, _("A reference picture was deleted. Send again without it, or add another.")
    uploads = form.files.getlist("files")
    limit = settings.MAX_UPLOAD_BYTES
    if sum(upload.size for upload in uploads) > limit:
        return references, _("Together these files are larger than %(size)s MB. Choose smaller ones.") % {
            "size": limit // 2**20
        }
    for upload in uploads:
        data = upload.read()
        try:
            known = reference_brought_before(person, hashlib.sha256(data).hexdigest())
            image = known or store_reference(person, data, upload.name)
        except (BadPicture, NotStored, NotNow) as error:
            return references, not_taken(upload.name, error)
        if image not in references:
            references.append(image)
    return references, ""
