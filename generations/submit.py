"""The one door in: an order becomes rows in one transaction, and a worker is notified when they are committed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects

from generations import rights
from generations.errors import InvalidRequest
from generations.models import (
    Batch,
    BatchReference,
    Gallery,
    Generation,
    Image,
    Person,
    ProviderModel,
    Team,
)
from generations.models.batch import MAX_COUNT, MAX_PROMPT, NO_PROMPT, Audience, changes_since
from generations.models.folded import is_invisible
from generations.models.generation import QUEUE_HOURS
from generations.models.key import new_key, now
from generations.models.provider_model import prices_in_force
from generations.notify import notify
from generations.text import BadText
from generations.text import clean_text as cleaned
from generations.translatable import Message, PluralMessage, gettext_noop
from generations.viewer import Viewer

MAX_GENERATIONS = 64


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
    if not 1 <= order.count <= MAX_COUNT:
        raise InvalidRequest(Message("Request 1 to %(max)s pictures.", max=MAX_COUNT))
    if sum(_generations_of(model, order.count) for model in order.models) > MAX_GENERATIONS:
        raise InvalidRequest(
            Message("This takes more than %(max)s calls. Request fewer pictures or models.", max=MAX_GENERATIONS)
        )
    if order.team and not order.person.teams.filter(pk=order.team.pk).exists():
        raise InvalidRequest(Message("You are not in this team."))
    check_sending(order.person, order.team)
    if order.gallery and order.gallery.is_archived:
        raise InvalidRequest(order.gallery.not_filled)
    if order.gallery and not rights.fill_gallery.allows(Viewer(order.person), order.gallery):
        raise InvalidRequest(
            Message("You may not add pictures to this gallery. Choose again who may see the pictures.")
        )
    _check_audience_of_models(order)
    for model in order.models:
        _check_model(model, order)


def check_sending(person: Person, team: Team | None) -> None:
    """Raise InvalidRequest if who reviews in this team has paused what the person sends there."""
    paused = person.membership_set.filter(team=team, sending_paused_at__isnull=False).select_related("team")
    if team is None or (membership := paused.first()) is None:
        return
    said = {"name": membership.sending_paused_by, "team": membership.team.name, "note": membership.sending_note}
    if membership.sending_note:
        raise InvalidRequest(Message("%(name)s paused sending for you in %(team)s: %(note)s", **said))
    raise InvalidRequest(Message("%(name)s paused sending for you in %(team)s. Ask why before you send more.", **said))


def check_active(person: Person) -> None:
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
        raise InvalidRequest(too_many_references(model, given))
    # What a worker would refuse is refused here: every option and body field, as this model is sent them.
    model.request_for(
        order.prompt,
        references=["data:,"] * given,
        n=min(model.max_n, order.count),
        size=model.nearest(order.size),
        options=order.options,
    )


def too_many_references(model: ProviderModel, given: int) -> Message:
    """Says that a model takes fewer references than there are."""
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
    check_active(order.person)
    if named := [image.pk for image in (*order.references, order.parent) if image]:
        Image.objects.filter(pk__in=named).lock()
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
        queued(batch, model, n, place) for place, (model, n) in enumerate(jobs, 1)
    )
    notify_later(*generations)
    return batch


def calls_for(model: ProviderModel, count: int) -> list[int]:
    """How many pictures each call asks for, so that all of them ask for so many."""
    return [min(model.max_n, count - first) for first in range(0, count, model.max_n)]


def queued(
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
