"""Entries of the record as people read them: who did what to what, with the names that hold today."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from generations.acting import Kind
from generations.models import (
    AuditEntry,
    Batch,
    Client,
    Gallery,
    Image,
    Person,
    Provider,
    ProviderModel,
    ShareLink,
    Team,
)
from generations.models.record_verb import VERBS, Topic
from generations.presenters.days import name_of
from generations.queries.keeping import record_head
from generations.queries.numbering import headings_of
from generations.queries.record import RecordSearch, entries_of, last_check, people_in_record, size_of_record
from generations.viewer import Viewer

VALUE = re.compile(r"%\((\w+)\)s")
MAX_HISTORY = 10
MODELS: dict[str, type[Model]] = {
    "batch": Batch,
    "image": Image,
    "gallery": Gallery,
    "sharelink": ShareLink,
    "client": Client,
    "provider": Provider,
    "providermodel": ProviderModel,
    "team": Team,
}


@dataclass(frozen=True)
class Named:
    """Something an entry is about: how it is called, and its page, "" where it has none."""

    name: str
    url: str = ""

    @property
    def html(self) -> SafeString:
        if self.url:
            return format_html('<a href="{}"><bdi>{}</bdi></a>', self.url, self.name)
        return self.bold

    @property
    def bold(self) -> SafeString:
        """Without the way there."""
        return format_html("<b><bdi>{}</bdi></b>", self.name)


@dataclass(frozen=True)
class Line:
    """One entry. `facts` are name, value before and value after; `summary` is the sentence without links, for what
    opens when it is pressed itself."""

    entry: AuditEntry
    sentence: SafeString
    summary: SafeString
    about: Named
    facts: list[tuple[str, str, str]]
    origin: str


class Names:
    """How people and things of some entries are called today: one query for each kind of thing."""

    def __init__(self, entries: Iterable[AuditEntry]) -> None:
        keys: dict[str, set[str]] = defaultdict(set)
        for entry in entries:
            keys[entry.object_kind].add(entry.object_key)
            if entry.actor_id is not None:
                keys["person"].add(str(entry.actor_id))
            if entry.actor_kind == Kind.LINK:
                keys["sharelink"].add(entry.actor_key)
        numbers = [int(key) for key in keys.pop("person", ()) if key.isdecimal()]
        self.people = Person.objects.in_bulk(numbers)
        self.rows = {
            kind: {row.key: row for row in _rows(MODELS[kind], wanted)}
            for kind, wanted in keys.items()
            if kind in MODELS
        }
        images: Iterable[Any] = self.rows.get("image", {}).values()
        self.headings = headings_of(image.batch for image in images)

    def actor(self, entry: AuditEntry) -> Named:
        """Who did it."""
        if entry.actor_id is not None:
            return self.person(entry.actor_id)
        return Named(entry.actor_without_name(self.rows.get("sharelink", {}).get(entry.actor_key)))

    def person(self, number: int) -> Named:
        person = self.people.get(number)
        return Named(str(person) if person else _("A former person, number %(number)s") % {"number": number})

    def about(self, entry: AuditEntry) -> Named:
        """What it was done to."""
        kind, key = entry.object_kind, entry.object_key
        if kind == "person":
            return self.person(int(key)) if key.isdecimal() else Named(_("an unknown account"))
        row: Any = self.rows.get(kind, {}).get(key)
        if row is None:
            return Named(_("something that is gone (%(key)s)") % {"key": key} if key else "–")
        return named(row, self.headings)


def named(row: Model, headings: Mapping[int, str]) -> Named:
    """How something is called today, with its page; of a picture its heading, by its number in the database."""
    if isinstance(row, Image):
        return Named(headings.get(row.pk) or _("a reference picture"), row.get_absolute_url())
    if isinstance(row, ShareLink):
        return Named(str(row), reverse("gallery_links", args=[row.gallery.key]))
    url = row.get_absolute_url() if isinstance(row, Batch | Gallery | Client) else ""
    return Named(str(row), url)


class Record:
    """The page of the record, as a viewer sees it."""

    def __init__(self, viewer: Viewer, search: RecordSearch) -> None:
        self.viewer, self.search = viewer, search
        self.entries, self.has_more = entries_of(viewer, search)
        names = Names(self.entries)
        self.lines = [line_of(entry, names) for entry in self.entries]

    @property
    def days(self) -> list[tuple[str, list[Line]]]:
        """The lines of the page under the names of their days."""
        today = timezone.localdate()
        grouped = groupby(self.lines, key=lambda line: timezone.localdate(line.entry.at))
        return [(name_of(day, today), list(lines)) for day, lines in grouped]

    @property
    def older(self) -> str:
        """The address of what comes next, "" on the last page."""
        return f"?{self.search.query(self.entries[-1].number)}" if self.has_more else ""

    @cached_property
    def size(self) -> tuple[int, Any]:
        return size_of_record()

    @cached_property
    def checked(self) -> AuditEntry | None:
        return last_check()

    @cached_property
    def broken(self) -> int | None:
        """The number of the first entry that did not hold when it was last proved, for who can do something."""
        return record_head().broken_number if self.viewer.keeps_record else None

    @property
    def topics(self) -> list[tuple[str, str, bool]]:
        return [(topic.value, str(topic.label), topic.value in self.search.topics) for topic in Topic]

    @cached_property
    def people(self) -> list[Person]:
        return people_in_record(self.viewer)


class History:
    """The last that happened to one thing, as far as the viewer may read of it."""

    def __init__(self, viewer: Viewer, kind: str, key: str) -> None:
        search = RecordSearch(about=f"{kind}:{key}")
        entries = entries_of(viewer, search)[0][:MAX_HISTORY] if viewer.leads else []
        names = Names(entries)
        self.lines = [line_of(entry, names) for entry in entries]
        self.address = f"{reverse('record')}?{search.query()}"


def line_of(entry: AuditEntry, names: Names) -> Line:
    """An entry in the active language. A verb that this version does not know is shown by its name."""
    verb = VERBS.get(entry.verb)
    pattern = _(verb.sentence) if verb else "%(actor)s: %(object)s"
    pattern = VALUE.sub(r"{\1}", pattern.replace("{", "{{").replace("}", "}}"))
    actor, about = names.actor(entry), names.about(entry)
    sentence = format_html(pattern, actor=actor.html, object=about.html)
    summary = format_html(pattern, actor=actor.bold, object=about.bold)
    return Line(entry, sentence, summary, about, facts_of(entry.before or {}, entry.after or {}), entry.address)


def facts_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What was and what is, by name."""
    names = dict.fromkeys([*before, *after])
    return [(_label(name), _shown(before.get(name)), _shown(after.get(name))) for name in names]


def _label(name: str) -> str:
    known = {
        "role": _("Role"),
        "team": _("Team"),
        "visibility": _("Visible to"),
        "gallery": _("Gallery"),
        "verdict": _("Verdict"),
        "changed": _("Changed"),
        "pictures": _("Pictures"),
        "kind": _("Kind"),
        "amount": _("Amount"),
        "person": _("Person"),
        "is_active": _("Active"),
        "is_staff": _("Staff"),
        "client": _("Client"),
        "link": _("Share link"),
        "invitation": _("Invitation"),
        "hand_over": _("Hand-over"),
        "sessions": _("Sessions"),
        "batches": _("Private prompts"),
        "galleries": _("Galleries"),
        "links": _("Share links"),
        "clients": _("Clients"),
        "reason": _("Reason"),
    }
    return known.get(name, name)


def _shown(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value) if isinstance(value, str | int) else json.dumps(value)


def _rows(model: type[Model], keys: set[str]) -> Iterable[Any]:
    rows = model._default_manager.filter(key__in=keys)
    if model is Image:
        return rows.select_related("batch").only("key", "position", "batch")
    if model is Batch:
        return rows.only("key")
    return rows.select_related("gallery") if model is ShareLink else rows
