"""Who leaves: their account ends at once, and their work goes to somebody who is named.

Deactivating ends every session, cancels what waits and closes the calls that run, as cancelling by hand does. What the
team sees stays with the team, in the maker's name. Handing over is for the rest: private batches are shown in a
gallery of the heir's, galleries, share links and clients become the heir's. Activating the account brings back what
is still the heir's, or of who got it when the heir left in turn.

Nothing ends with an account that is over while somebody else is there. Whoever ends an account or hands over locks the
same accounts first, in one order, and then sees how the heir stands."""

from __future__ import annotations

from typing import Any, cast

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from generations.models.administrators import keep_an_administrator
from generations.models.audience import AudienceChange
from generations.models.audit_entry import record
from generations.models.batch import Audience, Batch
from generations.models.client import Client
from generations.models.gallery import MAX_TITLE, Gallery
from generations.models.generation import Generation
from generations.models.hold import Hold
from generations.models.invitation import Invitation
from generations.models.key import new_key, now
from generations.models.share_link import ShareLink
from generations.models.sign_in import end_sessions
from generations.models.team import Person
from generations.translatable import Message

OWNED = {"galleries": Gallery, "links": ShareLink, "clients": Client}
"""What belongs to somebody by its column `person` alone; it keeps no maker beside."""


class HeirLeft(Exception):
    """Who was named as the heir has left, and nobody has their work; `sentence` says so, translated where it is
    shown."""

    def __init__(self, heir: Person) -> None:
        self.sentence = Message("%(name)s has left meanwhile. Choose somebody else.", name=str(heir))
        super().__init__(self.sentence)


class HandOver(models.Model):
    """That a person's work was given to another. `audience` undoes what was done to private batches; `moved` holds the
    numbers of what became the heir's, by kind."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    person = models.ForeignKey(Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="hand_overs")
    heir = models.ForeignKey(Person, verbose_name=_("handed to"), on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(Person, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("time"), db_default=now())
    gallery = models.ForeignKey(
        Gallery, verbose_name=_("gallery"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    title = models.CharField(
        max_length=MAX_TITLE, blank=True, editable=False, help_text=_("What the gallery was called by it: the name.")
    )
    audience = models.CharField(max_length=12, blank=True, editable=False)
    batches = models.PositiveIntegerField(_("private batches"), default=0)
    moved = models.JSONField(default=dict, editable=False)
    is_from_others = models.BooleanField(
        default=False, editable=False, help_text=_("Whether it was what they had from others who left, not their own.")
    )
    ended_at = models.DateTimeField(_("taken back at"), null=True, editable=False)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.key

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to give."""
        return not self.batches and not any(self.moved.values())

    @transaction.atomic
    def take_back(self) -> bool:
        """Give back what is still the heir's; False if that was done."""
        if not HandOver.objects.filter(pk=self.pk, ended_at=None).update(ended_at=now()):
            return False
        if self.audience:
            AudienceChange.objects.filter(key=self.audience).undo()
        path = self._path()
        for step in path:
            both = {name: list(self._numbers(name) & step._numbers(name) - {self.gallery_id}) for name in OWNED}
            _give(both, step.heir, self.person)
        if self.gallery and not self.gallery.items.filter(removed_at=None).exists():
            self.gallery.delete_by(self.heir)
        Invitation.objects.filter(by__in=[step.heir_id for step in path]).end_of_former_managers()
        record("took_back_work", self.person, after={"hand_over": self.key})
        return True

    @property
    def holder(self) -> Person:
        """Who has the work now: the heir, or who got it when they left."""
        return self.heir if self.heir.is_active else self._path()[-1].heir

    def _path(self) -> list[HandOver]:
        """This one, and those by which its heir, and theirs in turn, gave on something of it; one query for each."""
        path = [self]
        for step in path:
            later = HandOver.objects.filter(person=step.heir_id, pk__gt=step.pk, ended_at=None).select_related("heir")
            found = [
                row for row in later.order_by("pk") if any(self._numbers(name) & row._numbers(name) for name in OWNED)
            ]
            path += [row for row in found if row not in path]
        return path

    def _numbers(self, name: str) -> set[int]:
        """Of what became the heir's of this kind, with the gallery it made."""
        made = {self.gallery_id} if name == "galleries" and self.gallery_id else set()
        return made | set(self.moved.get(name, []))


@transaction.atomic
def hand_over(person: Person, heir: Person, by: Person) -> HandOver:
    """Give the heir what is a person's alone. Doing it twice gives what has come since; of two at once the second
    waits, and finds what is left. Galleries of somebody under a legal hold stay theirs, for administrators to look
    after. Where the heir has left, whoever got their work gets this too. Raises HeirLeft."""
    _lock(person, heir, by)
    heir = _standing(heir, person)
    private = list(Batch.objects.of(person).filter(visibility=Batch.Visibility.PRIVATE).values_list("pk", flat=True))
    title = str(person)[:MAX_TITLE] if private else ""
    gallery = Gallery.objects.create(person=heir, title=title, team=None) if private else None
    audience, count = "", 0
    if gallery:

        def shown_in_it(batch: Batch) -> Audience | None:
            return Audience(batch.team, Batch.Visibility.GALLERY, gallery)

        audience, count = AudienceChange.objects.make(by, private, shown_in_it)
    moved = {name: list(rows.order_by("pk").values_list("pk", flat=True)) for name, rows in _owned(person).items()}
    _give(moved, person, heir)
    given = HandOver.objects.create(
        person=person, heir=heir, by=by, gallery=gallery, title=title, audience=audience, batches=count, moved=moved
    )
    _note(given)
    return given


def _lock(*persons: Person) -> None:
    """These accounts and all administrators', in one order. Since there is always an administrator, of two who end
    accounts or hand over at the same moment the second waits until the first is done."""
    numbers = [person.pk for person in persons]
    rows = Person.objects.filter(Q(pk__in=numbers) | Q(is_superuser=True, is_active=True)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def _standing(heir: Person, person: Person) -> Person:
    """The heir, or who has the work of an heir that has left. Raises HeirLeft where that is nobody, or the person."""
    found: Person | None = heir
    seen = {person.pk}
    while found is not None and found.pk not in seen:
        if Person.objects.filter(pk=found.pk, is_active=True).exists():
            return found
        seen.add(found.pk)
        found = heir_of(found)
    raise HeirLeft(heir)


def _give_on(person: Person, by: Person) -> None:
    """Give what the person has from others who left to who acts, or to another administrator: nobody chose that it
    stays with an account that is over."""
    active = Person.objects.filter(is_active=True).exclude(pk=person.pk)
    heir = active.filter(pk=by.pk).first() or active.filter(is_superuser=True).order_by("pk").first()
    given = HandOver.objects.filter(heir=person, ended_at=None)
    moved = {name: [pk for row in given for pk in row.moved.get(name, [])] for name in OWNED}
    moved["galleries"] += [row.gallery_id for row in given if row.gallery_id]
    for name, rows in _owned(person).items():
        moved[name] = list(rows.filter(pk__in=moved[name]).order_by("pk").values_list("pk", flat=True))
    if heir is None or not any(moved.values()):
        return
    _give(moved, person, heir)
    _note(HandOver.objects.create(person=person, heir=heir, by=by, moved=moved, is_from_others=True))


def _owned(person: Person) -> dict[str, models.QuerySet[Any]]:
    """What may be given to another of what is theirs by its column, by kind; of somebody under a legal hold no
    galleries, as it covers what is theirs by this column."""
    owned = {name: _rows(kind).filter(person=person) for name, kind in OWNED.items()}
    if Hold.objects.standing().filter(person=person).exists():
        owned["galleries"] = owned["galleries"].none()
    return owned


def _give(moved: dict[str, list[int]], person: Person, heir: Person) -> None:
    """Make these the heir's."""
    for name, kind in OWNED.items():
        _rows(kind).filter(pk__in=moved[name], person=person).update(person=heir)


def _note(given: HandOver) -> None:
    """Write it into the record."""
    counts = {"batches": given.batches} | {name: len(numbers) for name, numbers in given.moved.items()}
    record(
        "handed_over", given.person, by=given.by_id, after={"hand_over": given.key, "person": given.heir_id, **counts}
    )


def galleries_named_after(person: Person) -> models.QuerySet[Gallery]:
    """Those that a hand-over of theirs made, and that still have the name it gave them."""
    given = HandOver.objects.filter(person=person, gallery__title=F("title")).exclude(title="")
    return Gallery.objects.filter(pk__in=given.values("gallery"))


def deactivate(person: Person, by: Person, *, heir: Person | None = None, keeps_links: bool = True) -> bool:
    """End the account now; False if it was ended. `heir` gets the person's work; without `keeps_links` their share
    links end. From the first commit on nothing more is submitted, so that what is cancelled then is all there is.
    Raises LastAdministrator, HeirLeft."""
    is_ended = _end_account(person, by, heir, keeps_links)
    cancel_all(person, by)  # each by itself, as a worker that claims locks a generation before its person
    return is_ended


@transaction.atomic
def _end_account(person: Person, by: Person, heir: Person | None, keeps_links: bool) -> bool:
    _lock(person, *filter(None, [heir]), by)
    keep_an_administrator(person)
    if not Person.objects.filter(pk=person.pk, is_active=True).update(is_active=False, deactivated_at=now()):
        return False
    end_sessions(person, by=by.pk)
    Invitation.objects.end_those_of(person)
    if not keeps_links:
        for link in ShareLink.objects.open().filter(person=person).select_related("gallery"):
            link.end()
    if heir is not None:
        hand_over(person, heir, by)
    else:
        _give_on(person, by)
    record("deactivated", person, by=by.pk)
    return True


@transaction.atomic
def activate(person: Person, by: Person) -> bool:
    """Let them sign in again, and give them back their work; False if the account is active, or was erased."""
    inactive = Person.objects.filter(pk=person.pk, is_active=False, erased_at=None)
    if not inactive.update(is_active=True, deactivated_at=None):
        return False
    for given in HandOver.objects.filter(person=person, ended_at=None).select_related("person", "heir", "gallery"):
        given.take_back()
    record("activated", person, by=by.pk)
    return True


def heir_of(person: Person) -> Person | None:
    """Who has the work of somebody who left; None while nobody has."""
    given = HandOver.objects.filter(person=person, ended_at=None, is_from_others=False).select_related("heir")
    return next((each.heir for each in given.order_by("-pk") if not each.is_empty), None)


def given_on_to(person: Person) -> Person | None:
    """Who has what somebody who left had from others; None where there was nothing, or it is with their own."""
    given = HandOver.objects.filter(person=person, ended_at=None, is_from_others=True).select_related("heir")
    last = given.order_by("-pk").first()
    return last.holder if last else None


def cancel_all(person: Person, by: Person | None) -> int:
    """Cancel whatever of theirs waits or runs, by the rules of cancelling; how many."""
    unfinished = Generation.objects.unfinished().filter(batch__person=person).order_by("pk")
    return sum(generation.cancel(by) for generation in unfinished)


def _rows(kind: type[models.Model]) -> models.QuerySet[Any]:
    return cast("models.QuerySet[Any]", kind._default_manager.all())
