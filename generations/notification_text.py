"""Notifications as their person may read them now: the sentence in parts, where it leads, and what is gone.

What a notification names may have been deleted since, or be no longer theirs to see; then neither its name nor its
picture is shown. A page and a mail say the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext

from generations import rights
from generations.models import Batch, Gallery, Image, Invitation, Notification, Provider, Team, Verdict
from generations.models.detail import MAX_DETAIL
from generations.models.email_address import lowered
from generations.models.key import address
from generations.models.notification_kind import KINDS, Kind
from generations.translation import number_text, sentences
from generations.viewer import Viewer

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
PLACES = ("picture", "gallery", "team", "batch", "provider")


@dataclass(frozen=True)
class Part:
    """A piece of a sentence: words, or a value with its name."""

    text: str
    name: str = ""

    @property
    def is_actor(self) -> bool:
        return self.name == "actor"

    @property
    def is_place(self) -> bool:
        """Whether it names what the sentence is about."""
        return self.name in PLACES


@dataclass(frozen=True)
class ReadableNotification:
    """A notification with those of its places that its person may see."""

    row: Notification
    image: Image | None = None
    gallery: Gallery | None = None
    team: Team | None = None
    batch: Batch | None = None
    provider: Provider | None = None
    invitation: Invitation | None = None
    """Of a gallery that they may see once they accept it."""

    @property
    def kind(self) -> Kind:
        return KINDS[self.row.kind]

    @property
    def is_many(self) -> bool:
        """Whether several are told as one."""
        return self.row.count > 1 and self.kind.many is not None

    @property
    def actor(self) -> str:
        return str(self.row.actor) if self.row.actor else self.row.actor_name or gettext("Somebody")

    @property
    def text(self) -> str:
        """The sentence, with what our own words add to it."""
        return sentences(["".join(part.text for part in self.parts), self.addition])

    @property
    def addition(self) -> str:
        return self.row.shown_detail if self.row.detail_message and not self.is_verdict else ""

    @property
    def is_verdict(self) -> bool:
        """Whether its detail is what a reviewer said, if by a ready reason."""
        return self.row.kind in Verdict.DECISIONS

    @property
    def words(self) -> str:
        """What somebody wrote, a comment as it is now: only while the reader may see what it was written about."""
        if (self.row.detail_message and not self.is_verdict) or self.is_gone:
            return ""
        if comment := self.row.comment:
            return "" if comment.is_deleted else comment.text[:MAX_DETAIL]
        return self.row.shown_detail

    @cached_property
    def parts(self) -> list[Part]:
        """The sentence in the active language, its values apart, so that a page can set them off."""
        many = self.kind.many if self.is_many else None
        form = ngettext(many.one, many.many, self.row.count) if many else gettext(self.kind.sentence)
        pieces = enumerate(PLACEHOLDER.split(form))  # words and names by turns
        parts = [Part(self._value(piece), piece) if place % 2 else Part(piece) for place, piece in pieces]
        return [part for part in parts if part.text]

    def _value(self, name: str) -> str:
        match name:
            case "actor":
                return self.actor
            case "number":
                return number_text(self.row.count)
            case "picture":
                return picture_name(self.image)
            case "gallery":
                place = self.gallery or (self.invitation and self.invitation.gallery)
                return str(place) if place else gettext("a gallery that is gone")
            case "team":
                return str(self.team) if self.team else gettext("a team that is gone")
            case "batch":
                return str(self.batch) if self.batch else gettext("a prompt that is gone")
            case "provider":
                return str(self.provider) if self.provider else gettext("a provider that is gone")
        raise KeyError(name)

    @property
    def address(self) -> str:
        """Where it leads: a path of ours, "" where that is gone."""
        if self.is_many and self.kind.counts:
            return self._list_address()
        if self.row.kind in ("refusal_note", "sending_paused"):
            return f"{address('library')}?{urlencode({'by': self.row.person.username, 'state': 'declined'})}"
        if self.row.kind == "refused_often":
            return (
                f"{address('refused_prompts')}?{urlencode({'by': self.row.actor.username if self.row.actor else ''})}"
            )
        if self.row.kind == "record_broken":
            return address("check_record")
        if self.team:
            return f"{address('people')}?{urlencode({'team': self.team.key})}"
        place = self.image or self.gallery or self.batch or self.invitation
        if place is not None:
            return f"{place.get_absolute_url()}#{self.row.anchor}" if self.row.anchor else place.get_absolute_url()
        return reverse("provider", args=[self.provider.key]) if self.provider else ""

    def _list_address(self) -> str:
        """The list that shows all that are counted."""
        if self.kind.counts == "batch":
            return address("studio")
        if self.row.kind == "taken_down":
            return address("trash")
        return f"{address('library')}?{urlencode({'by': self.row.person.username, 'review': self.row.kind})}"

    @property
    def is_gone(self) -> bool:
        return not self.address


def picture_name(image: Image | None) -> str:
    """What a sentence calls a picture."""
    if image is None:
        return gettext("a picture that is gone")
    if image.batch is None:
        return gettext("a reference picture")
    return gettext("a picture of %(batch)s") % {"batch": image.batch}


def readable(viewer: Viewer, rows: Sequence[Notification]) -> list[ReadableNotification]:
    """These notifications of the viewer's; one query for each sort of place among them."""
    seen = rights.read_image.q(viewer) | rights.open_deleted.q(viewer)
    images = _by_number(Image.objects.select_related("batch").filter(seen), (row.image_id for row in rows))
    galleries = _by_number(rights.see_gallery.of(viewer, Gallery.objects.all()), (row.gallery_id for row in rows))
    teams = _by_number(rights.manage_team.of(viewer, Team.objects.all()), (row.team_id for row in rows))
    batches = _by_number(rights.see_batch.of(viewer, Batch.objects.all()), (row.batch_id for row in rows))
    providers = Provider.objects.all() if viewer.is_staff else Provider.objects.none()
    known = _by_number(providers, (row.provider_id for row in rows))
    asked = _invitations(viewer, (row.gallery_id for row in rows if row.kind == "asked_to_gallery"))
    return [
        ReadableNotification(
            row,
            image=images.get(row.image_id),
            gallery=galleries.get(row.gallery_id),
            team=teams.get(row.team_id),
            batch=batches.get(row.batch_id),
            provider=known.get(row.provider_id),
            invitation=asked.get(row.gallery_id) if row.kind == "asked_to_gallery" else None,
        )
        for row in rows
    ]


def _by_number(rows: models.QuerySet[Any], numbers: Iterable[int | None]) -> Mapping[int | None, Any]:
    wanted = {number for number in numbers if number is not None}
    return {row.pk: row for row in rows.filter(pk__in=wanted)} if wanted else {}


def _invitations(viewer: Viewer, galleries: Iterable[int | None]) -> Mapping[int | None, Invitation]:
    """By gallery, the invitation that waits for the viewer; no query where they are told of none."""
    wanted = set(galleries)
    if not wanted:
        return {}
    waiting = Invitation.objects.open().filter(email=lowered(viewer.user.email), gallery__in=wanted)
    return {row.gallery_id: row for row in waiting.select_related("gallery") if row.is_readable}
