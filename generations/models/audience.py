"""Who sees a batch, changed after it was sent: a row for each change, by which it can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import Subject, Values, record_each
from generations.models.batch import Audience, Batch
from generations.models.gallery import Gallery
from generations.models.image import Image, ImageQuerySet
from generations.models.key import new_key, now
from generations.models.team import Person, Team
from generations.models.verdict import Verdict


class AudienceChangeQuerySet(models.QuerySet["AudienceChange"]):
    @transaction.atomic
    def make(
        self, person: Person, batches: Iterable[int], audience_of: Callable[[Batch], Audience | None]
    ) -> tuple[str, int]:
        """Show these batches to other people: a key to undo it by, and how many were changed. Their pictures go with
        them: out of the gallery that was theirs, and into the one that is.

        `audience_of` is asked for each batch as it stands, which nobody else changes meanwhile; None leaves it."""
        key, locked = new_key(), _locked(batches)
        wanted = [(batch, audience_of(batch)) for batch in locked]
        changes: list[AudienceChange] = [
            AudienceChange(
                key=key, batch=batch, person=person, **_columns(batch.audience), **_columns(audience, "new_")
            )
            for batch, audience in wanted
            if audience is not None and audience != batch.audience
        ]
        _lock_galleries(changes)
        for group in _alike(changes):
            numbers = [change.batch_id for change in group]
            addition, removal = _show(numbers, group[0].before, group[0].after, person)
            for change in group:
                change.addition, change.removal = addition, removal
        _count_anew(changes)
        AudienceChange.objects.bulk_create(changes)
        record_each("showed_batch", map(_said, changes), by=person.pk)
        return key if changes else "", len(changes)

    @transaction.atomic
    def undo(self) -> list[Batch]:
        """Show the batches of these changes to whom they were shown before, each to its own; those that somebody has
        changed once more since are left. The batches."""
        batches = {batch.pk: batch for batch in _locked(self.values_list("batch", flat=True))}
        open_ones = self.filter(undone_at=None).select_related("team", "gallery", "new_team", "new_gallery", "person")
        standing: list[AudienceChange] = [
            change for change in open_ones if change.after == batches[change.batch_id].audience
        ]
        _lock_galleries(standing)
        for group in _alike(standing):
            _show_again([change.batch_id for change in group], group[0])
        _count_anew(standing)
        self.filter(pk__in=[change.pk for change in standing]).update(undone_at=now())
        undone = [(subject, after, before) for subject, before, after in map(_said, standing)]
        record_each("unshowed_batch", undone)
        return [batches[change.batch_id] for change in standing]


class AudienceChange(models.Model):
    """Whom a batch was shown to before (`team`, `visibility`, `gallery`) and after. The changes that were made at once
    have one key. `addition` and `removal` undo what was put into the new gallery, and taken out of the former one."""

    key = models.CharField(max_length=12, editable=False, db_index=True)
    batch = models.ForeignKey(Batch, verbose_name=_("batch"), on_delete=models.CASCADE, related_name="audience_changes")
    person = models.ForeignKey(
        Person, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    visibility = models.CharField(max_length=7, choices=Batch.Visibility)
    gallery = models.ForeignKey(Gallery, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    new_team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    new_visibility = models.CharField(max_length=7, choices=Batch.Visibility)
    new_gallery = models.ForeignKey(Gallery, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    addition = models.CharField(max_length=12, blank=True)
    removal = models.CharField(max_length=12, blank=True)
    changed_at = models.DateTimeField(_("changed at"), db_default=now())
    undone_at = models.DateTimeField(_("undone at"), null=True)

    objects = AudienceChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of who sees a batch")
        verbose_name_plural = _("changes of who sees a batch")

    def __str__(self) -> str:
        return str(self.batch)

    @property
    def before(self) -> Audience:
        return Audience(self.team, self.visibility, self.gallery)

    @property
    def after(self) -> Audience:
        return Audience(self.new_team, self.new_visibility, self.new_gallery)


def _locked(batches: Iterable[int]) -> list[Batch]:
    """These batches as they stand, until the transaction ends; a picture that comes meanwhile waits for it.

    They are read once they are locked: PostgreSQL gives a row that it waited for anew, but joins it with what was there
    before, so that a batch which has come into a gallery would be without one."""
    rows = Batch.objects.filter(pk__in=list(batches)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))
    return list(rows.select_related("person", "team", "gallery__team"))


def _lock_galleries(changes: list[AudienceChange]) -> None:
    """All that these touch, always in one order, so that two changes at once do not wait for each other."""
    touched = {number for change in changes for number in (change.gallery_id, change.new_gallery_id) if number}
    galleries = Gallery.objects.select_for_update(no_key=True).filter(pk__in=touched)
    list(galleries.order_by("pk").values_list("pk"))


def _alike(changes: list[AudienceChange]) -> list[list[AudienceChange]]:
    """Those that lead from one audience to another together, so that thousands cost a few queries."""

    def sort(change: AudienceChange) -> tuple[str, ...]:
        numbers = (change.team_id, change.gallery_id, change.new_team_id, change.new_gallery_id)
        said = (change.visibility, change.new_visibility, change.addition, change.removal)
        return (*said, *map(str, numbers))

    return [list(group) for _same, group in groupby(sorted(changes, key=sort), key=sort)]


def _show(batches: list[int], before: Audience, after: Audience, person: Person) -> tuple[str, str]:
    """Give these batches the other audience; the keys that undo what became of their pictures in the galleries."""
    _write(batches, after)
    addition = removal = ""
    if before.gallery and before.gallery != after.gallery:
        removal, _count = before.gallery.remove(_images_of(batches))
    if after.gallery and before.gallery != after.gallery:
        addition, _count = after.gallery.add(_images_of(batches).kept().asked_for(), person)
    return addition, removal


def _show_again(batches: list[int], change: AudienceChange) -> None:
    """Give these batches back what the change took. A picture that came meanwhile goes with the others."""
    _write(batches, change.before)
    late = _images_of(batches).filter(created_at__gt=change.changed_at)
    if change.new_gallery and change.addition:
        change.new_gallery.undo_addition(change.addition, _images_of(batches))
        change.new_gallery.remove(late)
    if change.gallery and change.removal:
        change.gallery.undo_removal(change.removal, _images_of(batches))
        if change.person and change.gallery.archived_at is None:
            change.gallery.add(late.kept().asked_for(), change.person)


def _write(batches: list[int], audience: Audience) -> None:
    Batch.objects.filter(pk__in=batches).update(**audience._asdict())
    shown_to = audience.team if audience.visibility == Batch.Visibility.TEAM else None
    _images_of(batches).update(team=shown_to)


def _count_anew(changes: list[AudienceChange]) -> None:
    """The verdicts on what belongs to another team now."""
    moved = [change.batch_id for change in changes if change.team_id != change.new_team_id]
    if moved:
        Verdict.objects.count_for_teams(moved)


def _images_of(batches: list[int]) -> ImageQuerySet:
    return Image.objects.filter(batch__in=batches).order_by()


def _said(change: AudienceChange) -> tuple[Subject, Values, Values]:
    """What the record says of a change. Of what a team saw or sees, who leads it reads."""
    shown = (change.after, change.before)
    team = next((each.team.pk for each in shown if each.team and each.visibility == Batch.Visibility.TEAM), None)
    return Subject("batch", change.batch.key, team), _values(change.before), _values(change.after)


def _values(audience: Audience) -> Values:
    team, gallery = audience.team, audience.gallery
    return {"visibility": audience.visibility, "team": team and team.key, "gallery": gallery and gallery.key}


def _columns(audience: Audience, prefix: str = "") -> dict[str, object]:
    return {f"{prefix}{name}": value for name, value in audience._asdict().items()}
