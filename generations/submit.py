"""The one door in: an order becomes rows in one transaction, and a worker is notified when they are committed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects

from generations import rights
from generations.errors import BadPicture, InvalidRequest
from generations.imaging.decode import clean_copy
from generations.imaging.formats import format_of
from generations.imaging.thumbnail import open_with_thumbnails
from generations.models import (
    Batch,
    BatchReference,
    Gallery,
    Generation,
    Image,
    Person,
    ProviderModel,
    StoredFile,
    Team,
)
from generations.models.batch import MAX_PROMPT, Audience, changes_since
from generations.models.folded import is_invisible
from generations.models.generation import QUEUE_HOURS
from generations.models.image import MAX_ALT
from generations.models.key import new_key, now
from generations.models.provider_model import prices_in_force
from generations.models.semaphore import NotNow, picture_work
from generations.models.stored_file import has_room, retry_on_integrity_error
from generations.notify import notify
from generations.rights import Viewer
from generations.text import BadText, tidy
from generations.text import clean_text as cleaned
from generations.translatable import Message, PluralMessage, gettext_noop

MAX_GENERATIONS = 64
NO_PROMPT = Message("Write what you would like to see.")
NO_ROOM = Message(
    "The disk of this installation is nearly full, so the picture was not saved. Ask an administrator to free some"
    " space."
)


class AlreadySent(Exception):
    """The same form was sent before with other content."""

    sentence = gettext_noop("This form was already sent with other content. Reload the page to send a new one.")


@dataclass(frozen=True)
class Order:
    """What a person asks for. `count` pictures of each model; `options` are body fields such as {"seed": 7}."""

    person: Person
    prompt: str
    models: tuple[ProviderModel, ...]
    count: int = 1
    size: str = ""
    references: tuple[Image, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    team: Team | None = None
    visibility: str = Batch.Visibility.TEAM
    gallery: Gallery | None = None
    submission_key: str = ""
    parent: Image | None = None
    derivation: str = ""

    @property
    def shown_as(self) -> str:
        """The visibility of its batch: without a team or a gallery nobody else is there to see it."""
        others = self.gallery if self.visibility == Batch.Visibility.GALLERY else self.team
        return self.visibility if others else Batch.Visibility.PRIVATE

    def fingerprint(self) -> str:
        """Equal for equal orders: what tells a double click from a second order under the same key."""
        said = [
            self.prompt,
            [model.pk for model in self.models],
            self.count,
            self.size,
            [image.pk for image in self.references],
            dict(self.options),
            self.team and self.team.pk,
            self.visibility,
            *([self.parent.pk, self.derivation] if self.parent else []),
            *([self.gallery.pk] if self.gallery else []),
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def submit(order: Order) -> Batch:
    """Accept an order: a batch with its generations, queued. The same key twice is the same batch.

    Raises InvalidRequest when the order does not fit a chosen model, AlreadySent when the key was used for another."""
    order = replace(order, prompt=clean_text(order.prompt), submission_key=order.submission_key or new_key())
    if known := Batch.objects.of(order.person).filter(submission_key=order.submission_key).first():
        return _same(known, order)
    check(order)
    try:
        with transaction.atomic():
            batch = _write(order)
    except IntegrityError:
        return _same(Batch.objects.of(order.person).get(submission_key=order.submission_key), order)
    return batch


def check(order: Order) -> None:
    """Raise InvalidRequest with the sentence that helps, if the order cannot be sent as it is."""
    if is_invisible(order.prompt):
        raise InvalidRequest(NO_PROMPT)
    if not Viewer(order.person).may_generate:
        raise InvalidRequest(
            Message("You can look at the galleries you are named in. Ask who manages one to let you add pictures.")
        )
    if not order.models:
        raise InvalidRequest(Message("Choose a model."))
    if not 1 <= order.count <= 16:
        raise InvalidRequest(Message("Request 1 to 16 pictures."))
    if sum(_generations_of(model, order.count) for model in order.models) > MAX_GENERATIONS:
        raise InvalidRequest(
            Message("This takes more than %(max)s calls. Request fewer pictures or models.", max=MAX_GENERATIONS)
        )
    if order.team and not order.person.teams.filter(pk=order.team.pk).exists():
        raise InvalidRequest(Message("You are not in this team."))
    _check_sending(order)
    if order.gallery and order.gallery.is_archived:
        raise InvalidRequest(order.gallery.not_filled)
    if order.gallery and not rights.fill_gallery.allows(Viewer(order.person), order.gallery):
        raise InvalidRequest(
            Message("You may not add pictures to this gallery. Choose again who may see the pictures.")
        )
    _check_audience_of_models(order)
    for model in order.models:
        _check_model(model, order)


def _check_sending(order: Order) -> None:
    paused = order.person.membership_set.filter(team=order.team, sending_paused_at__isnull=False)
    membership = paused.select_related("team").first() if order.team else None
    if membership is None:
        return
    said = {"name": membership.sending_paused_by, "team": membership.team.name, "note": membership.sending_note}
    if membership.sending_note:
        raise InvalidRequest(Message("%(name)s paused sending for you in %(team)s: %(note)s", **said))
    raise InvalidRequest(Message("%(name)s paused sending for you in %(team)s. Ask why before you send more.", **said))


def _check_active(person: Person) -> None:
    """Raise InvalidRequest if the account was ended meanwhile. Who ends it waits for the transaction that asks, and so
    finds what it brings."""
    locked = Person.objects.select_for_update(no_key=True).filter(pk=person.pk, is_active=True)
    if not list(locked.values_list("pk")):
        raise InvalidRequest(Message("This account is deactivated."))


def _check_audience_of_models(order: Order) -> None:
    chosen = ProviderModel.objects.filter(pk__in=[model.pk for model in order.models])
    usable = set(rights.use_model.of(Viewer(order.person), chosen).values_list("pk", flat=True))
    for model in order.models:
        if model.pk not in usable:
            raise InvalidRequest(Message("%(model)s is not for you to use. Choose another model.", model=model.name))


def _check_model(model: ProviderModel, order: Order) -> None:
    given = len(order.references)
    if not (model.is_enabled and model.provider.is_enabled):
        raise InvalidRequest(Message("%(model)s is switched off. Choose another model.", model=model.name))
    if len(order.prompt) > model.max_prompt:
        raise InvalidRequest(
            Message(
                "%(model)s takes at most %(max)s characters; this prompt has %(length)s.",
                model=model.name,
                max=model.max_prompt,
                length=len(order.prompt),
            )
        )
    if given < model.min_references:
        raise InvalidRequest(Message("%(model)s needs a reference picture.", model=model.name))
    if given > model.max_references:
        raise InvalidRequest(_too_many_references(model, given))
    # What a worker would refuse is refused here: every option and body field, as this model is sent them.
    model.request_for(
        order.prompt,
        references=["data:,"] * given,
        n=min(model.max_n, order.count),
        size=model.nearest(order.size),
        options=order.options,
    )


def _too_many_references(model: ProviderModel, given: int) -> Message:
    if not model.max_references:
        return Message(
            "%(model)s cannot use reference pictures. Remove them or choose another model.", model=model.name
        )
    return PluralMessage(
        "%(model)s takes at most %(number)s reference picture; you added %(given)s.",
        "%(model)s takes at most %(number)s reference pictures; you added %(given)s.",
        model.max_references,
        model=model.name,
        given=given,
    )


def _write(order: Order) -> Batch:
    _check_active(order.person)
    batch = Batch.objects.create(
        person=order.person,
        team=order.team,
        visibility=order.shown_as,
        gallery=order.gallery,
        prompt=order.prompt,
        size=order.size,
        count=order.count,
        options=dict(order.options),
        parent=order.parent,
        derivation=order.derivation if order.parent else "",
        lineage_root_id=root_of(order.parent),
        changes=changes_since(order.parent, order.prompt),
        submission_key=order.submission_key,
        fingerprint=order.fingerprint(),
    )
    BatchReference.objects.bulk_create(
        BatchReference(batch=batch, image=image, position=place) for place, image in enumerate(order.references, 1)
    )
    jobs = [(model, n) for model in order.models for n in calls_for(model, order.count)]
    prefetch_related_objects(order.models, prices_in_force())
    generations = Generation.objects.bulk_create(
        _queued(batch, model, n, place) for place, (model, n) in enumerate(jobs, 1)
    )
    notify_later(*generations)
    return batch


def calls_for(model: ProviderModel, count: int) -> list[int]:
    """How many pictures each call asks for, so that all of them ask for so many."""
    return [min(model.max_n, count - first) for first in range(0, count, model.max_n)]


def _queued(
    batch: Batch, model: ProviderModel, n: int, position: int, *, retry_of: Generation | None = None, wait: int = 0
) -> Generation:
    """A generation to be run in so many seconds; not saved yet."""
    return Generation(
        batch=batch,
        model=model,
        position=position,
        n=n,
        size=(size := model.nearest(batch.size)),
        price=model.price_for(size, batch.options),
        retry_of=retry_of,
        run_at=now(seconds=wait),
        notify_at=now(seconds=wait) if wait else None,
        deadline_at=now(hours=QUEUE_HOURS),
    )


def root_of(parent: Image | None) -> int | None:
    """The first batch of the line that a batch made from this picture continues."""
    return parent.batch.lineage_root_id or parent.batch.pk if parent and parent.batch else None


def notify_later(*generations: Generation) -> None:
    """Notify a worker of these when the rows are committed. A hook that fails leaves the row to the sweep."""
    transaction.on_commit(lambda: notify(generations), robust=True)


def failed_alike(generation: Generation) -> list[Generation]:
    """It and the others of its batch that ended the same way at the same model and were not tried again."""
    every = generation.batch.generations.all()
    retried = {other.retry_of_id for other in every}
    return [
        other
        for other in every
        if other.pk not in retried
        and (other.model_id, other.state, other.kind, other.charged, other.detail)
        == (generation.model_id, generation.state, generation.kind, generation.charged, generation.detail)
    ]


def audience_in(gallery: Gallery, person: Person) -> Audience:
    """Who sees what this person makes for a gallery: its team, so that the team's reviewers see it too, else only the
    people of the gallery."""
    if gallery.team is not None and person.teams.filter(pk=gallery.team.pk).exists():
        return Audience(gallery.team, Batch.Visibility.TEAM, gallery)
    return Audience(person.default_team(), Batch.Visibility.GALLERY, gallery)


def audience_from(batch: Batch, person: Person) -> Audience:
    """Who sees what this person makes of a batch: who could see it, and nobody else."""
    team, gallery = batch.team, batch.gallery
    if batch.visibility != Batch.Visibility.PRIVATE and gallery and rights.fill_gallery.allows(Viewer(person), gallery):
        return audience_in(gallery, person)
    if batch.visibility != Batch.Visibility.GALLERY and team and person.teams.filter(pk=team.pk).exists():
        return Audience(team, batch.visibility)
    return Audience(person.default_team(), Batch.Visibility.PRIVATE)


def retry(
    generation: Generation, person: Person, model: ProviderModel | None = None, *, wait: int = 0
) -> list[Generation]:
    """Ask its model or another once more for what did not come of all that failed alike, in the same batch and in their
    place; what was tried again already is left alone. It runs in `wait` seconds. Gives what was queued.

    Raises InvalidRequest as `submit` does."""
    with transaction.atomic():
        _check_active(person)
        batch = Batch.objects.select_for_update(no_key=True).get(pk=generation.batch_id)
        failed = failed_alike(batch.generations.get(pk=generation.pk))
        failed = [each for each in failed if each.state in ("failed", "cancelled")]
        if not failed:
            return []
        drawer = model or generation.model
        check(_retry_order(batch, person, drawer, sum(_missing(each) for each in failed)))
        last = batch.generations.order_by("position").values_list("position", flat=True).last() or 0
        jobs = [(each, n) for each in failed for n in calls_for(drawer, _missing(each))]
        prefetch_related_objects([drawer], prices_in_force())
        queued = Generation.objects.bulk_create(
            _queued(batch, drawer, n, place, retry_of=each, wait=wait) for place, (each, n) in enumerate(jobs, last + 1)
        )
        Batch.objects.filter(pk=batch.pk).update(removed_at=None)
        if not wait:
            notify_later(*queued)
    return queued


def _missing(generation: Generation) -> int:
    """How many of its pictures did not come."""
    return max(1, generation.n - generation.images.filter(is_surplus=False).count())


def _retry_order(batch: Batch, person: Person, model: ProviderModel, count: int) -> Order:
    """What is asked for once more, to be checked: who sees it was settled when the batch was sent."""
    return Order(
        person=person,
        prompt=batch.prompt,
        models=(model,),
        count=min(count, 16),
        size=batch.size,
        references=tuple(batch.references.order_by("batchreference__position")),
        options=batch.options,
    )


def store_reference(person: Person, data: bytes, name: str = "") -> Image:
    """Keep an uploaded picture: the original, a clean copy to send, thumbnails. Raises BadPicture, NotStored, and
    NotNow when there is no room for it or too much other work."""
    if len(data) > settings.MAX_UPLOAD_BYTES:
        raise BadPicture(
            Message(
                "This file is larger than %(max)s MB. Choose a smaller one.", max=settings.MAX_UPLOAD_BYTES // 2**20
            )
        )
    with picture_work(person):
        check_room(person, len(data))
        return _store(person, data, name)


def check_room(person: Person, size: int) -> None:
    """Raise NotNow with the sentence that helps, if there is no room for another reference of this person."""
    if not has_room():
        raise NotNow(NO_ROOM, 507)
    if Image.objects.bytes_brought_today(person) + size > settings.MAX_REFERENCES_BYTES:
        raise NotNow(
            Message(
                "You have uploaded %(max)s MB of pictures within 24 hours, the most one person may. Try again tomorrow,"
                " or ask an administrator to raise the limit.",
                max=settings.MAX_REFERENCES_BYTES // 2**20,
            ),
            422,
        )


def _store(person: Person, data: bytes, name: str) -> Image:
    (picture, ladder), clean = open_with_thumbnails(data), clean_copy(data)
    clean_type = format_of(clean).media_type
    return retry_on_integrity_error(
        lambda: Image.objects.create(
            person=person,
            file=StoredFile.put(data, picture.media_type, ladder.by_side, sha256=picture.sha256),
            clean_file=StoredFile.put(clean, clean_type),
            alt=tidy(name, MAX_ALT),
            **Image.measured(picture, ladder.placeholder),
        )
    )


def clean_text(text: str) -> str:
    """The prompt in NFC without outer white space. Raises InvalidRequest for what is too long, and for what no database
    or model takes."""
    try:
        return cleaned(text, MAX_PROMPT, Message("prompt"))
    except BadText as error:
        raise InvalidRequest(error.sentence) from error


def _generations_of(model: ProviderModel, count: int) -> int:
    return -(-count // model.max_n)


def _same(batch: Batch, order: Order) -> Batch:
    if batch.fingerprint != order.fingerprint():
        raise AlreadySent
    return batch
