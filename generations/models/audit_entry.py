"""The record: who did what to what, when. Entries are added in the transaction of what they say, and never changed.

Each entry holds the hash of the one before it, so that one which is changed, taken out or put in between breaks the
chain. Triggers of the database refuse UPDATE and DELETE (see record_guard.py); only a network address may be emptied,
and the entries that `prune` removes may go. No entry holds a name, a prompt, a key or a picture's bytes: people and
things are named by their keys and looked up when it is shown."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.acting import Kind, current
from generations.models.fact import Fact
from generations.models.key import now
from generations.models.record_head import RecordHead
from generations.models.record_verb import VERBS, Topic

FORMAT = 1
MAX_VALUES = 2000
"""Characters of what an entry may say of the state before or after, as JSON."""
PIECE = 2000
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """What an entry is about: the kind of thing, its key, and the number of the team whose lead may read of it."""

    kind: str = ""
    key: str = ""
    team: int | None = None

    @classmethod
    def of(cls, row: models.Model, team: int | None = None) -> Subject:
        """A row by its key; by its number, if it has none."""
        own = team or getattr(row, "team_id", None)
        return cls(row._meta.model_name or "", str(getattr(row, "key", "") or row.pk), own)


NOTHING = Subject()


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def newest_first(self) -> AuditEntryQuerySet:
        return self.order_by("-number")

    def about(self, subject: Subject) -> AuditEntryQuerySet:
        """What happened to this."""
        return self.filter(object_kind=subject.kind, object_key=subject.key)

    def in_order(self, after: int = 0) -> Iterator[AuditEntry]:
        """Oldest first, those behind this number, a piece at a time, however many there are."""
        last = after
        while piece := list(self.filter(number__gt=last).order_by("number")[:PIECE]):
            yield from piece
            last = piece[-1].number


class AuditEntry(Fact):
    """One entry. `address_hash` stands in the chain in place of the address, so that this can be emptied later; `salt`
    goes with it, since addresses are few enough to be guessed."""

    number = models.BigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("time"), db_index=True)
    actor_kind = models.CharField(_("kind of actor"), max_length=7)
    actor_id = models.BigIntegerField(_("person"), null=True, help_text=_("The number of the person who did it."))
    actor_key = models.CharField(_("key of the actor"), max_length=60, blank=True)
    address = models.CharField(_("network address"), max_length=45, blank=True)
    salt = models.CharField(max_length=32, blank=True)
    address_hash = models.CharField(max_length=64, blank=True)
    topic = models.CharField(_("topic"), max_length=8, choices=Topic)
    verb = models.CharField(_("verb"), max_length=24)
    object_kind = models.CharField(_("kind of object"), max_length=20, blank=True)
    object_key = models.CharField(_("key of the object"), max_length=64, blank=True)
    team_id = models.BigIntegerField(_("team"), null=True)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    previous = models.CharField(_("hash before"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of the record")
        verbose_name_plural = _("entries of the record")
        ordering = ["number"]
        indexes = [
            models.Index(fields=["object_kind", "object_key", "number"], name="record_object"),
            models.Index(fields=["topic", "number"], name="record_topic"),
            models.Index(fields=["team_id", "number"], name="record_team"),
            models.Index(fields=["team_id", "topic", "number"], name="record_team_topic"),
            models.Index(fields=["team_id", "actor_id", "number"], name="record_team_actor"),
            models.Index(fields=["actor_id", "number"], name="record_actor"),
            models.Index(fields=["actor_id", "topic", "number"], name="record_actor_topic"),
            models.Index(fields=["address", "number"], name="record_address"),
            models.Index(fields=["team_id", "address", "number"], name="record_team_address"),
            models.Index(fields=["verb", "number"], name="record_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.verb}"

    def actor_without_name(self, link: object = None) -> str:
        """Who did it where that was no person, in the active language; of a visitor through which link, where that is
        known."""
        if self.actor_kind == Kind.LINK:
            known = gettext("A visitor of “%(link)s”") % {"link": link}
            return known if link else gettext("A visitor of a share link")
        if self.actor_kind == Kind.COMMAND:
            return gettext("The command %(name)s") % {"name": self.actor_key}
        return gettext("Somebody who was not signed in") if self.actor_kind == Kind.NOBODY else "Imageweb"

    def content(self) -> dict[str, Any]:
        """Everything that its hash is of, as JSON has it. An export says the same, so that whoever has one can check
        the chain without us."""
        return {
            "format": FORMAT,
            "number": self.number,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": {"kind": self.actor_kind, "person": self.actor_id, "key": self.actor_key},
            "address_hash": self.address_hash,
            "topic": self.topic,
            "verb": self.verb,
            "object": {"kind": self.object_kind, "key": self.object_key},
            "team": self.team_id,
            "before": self.before,
            "after": self.after,
            "previous": self.previous,
        }

    def seal(self) -> str:
        """The sha256 of its content in canonical JSON: keys sorted, no spaces, ASCII."""
        text = json.dumps(self.content(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def fault(self) -> str:
        """What is wrong with this entry by itself; "" when nothing is."""
        if self.seal() != self.hash:
            return "its content does not match its hash"
        if self.address and hash_of_address(self.address, self.salt) != self.address_hash:
            return "its network address is not the one that was written"
        return ""


# ── writing ──


def record(
    verb: str,
    subject: Subject | models.Model = NOTHING,
    *,
    by: int | None = None,
    before: Values | None = None,
    after: Values | None = None,
) -> AuditEntry:
    """Add an entry, as the last thing in the transaction of what it says: until that ends nobody else adds one.

    `by` is the number of the person who acts, where the verb was told; else it is whoever the request says."""
    [entry] = record_all(verb, [subject], by=by, before=before, after=after)
    return entry


@transaction.atomic(savepoint=False)
def record_all(
    verb: str,
    subjects: Iterable[Subject | models.Model],
    *,
    by: int | None = None,
    before: Values | None = None,
    after: Values | None = None,
) -> list[AuditEntry]:
    """As `record`, an entry for each of these subjects; thousands cost three queries and their rows."""
    said = [each if isinstance(each, Subject) else Subject.of(each) for each in subjects]
    return _append(verb, [(each, before, after) for each in said], by) if said else []


@transaction.atomic(savepoint=False)
def record_each(
    verb: str, changes: Iterable[tuple[Subject, Values | None, Values | None]], *, by: int | None = None
) -> list[AuditEntry]:
    """As `record_all`, where each subject has a before and after of its own."""
    said = list(changes)
    return _append(verb, said, by) if said else []


def record_once(verb: str, subject: Subject | models.Model, *, after: Values | None = None) -> None:
    """Add an entry unless the same actor did the same within the last hour."""
    subject = subject if isinstance(subject, Subject) else Subject.of(subject)
    actor = current()
    lately = AuditEntry.objects.about(subject).filter(verb=verb, at__gt=now(hours=-1))
    if not lately.filter(
        actor_kind=actor.kind, actor_id=actor.person(), actor_key=actor.key, address=actor.address()
    ).exists():
        record(verb, subject, after=after)


def _append(verb: str, changes: list[tuple[Subject, Values | None, Values | None]], by: int | None) -> list[AuditEntry]:
    """The chain's next links. Its head is locked first, which also gives the database's time; times never go back, so
    that entries by number are entries by time."""
    topic, actor = VERBS[verb].topic, current()
    person = by if by is not None else actor.person()
    kind = _kind_of(actor.kind, person)
    address, (head, read_at) = actor.address(), _locked_head()
    number, previous, entries = head.number, head.hash, list[AuditEntry]()
    at = max(read_at, head.at or read_at)
    for subject, before, after in changes:
        number += 1
        salt = secrets.token_hex(16) if address else ""
        entry = AuditEntry(
            number=number,
            at=at,
            actor_kind=kind,
            actor_id=person,
            actor_key=actor.key if kind == actor.kind else "",
            address=address,
            salt=salt,
            address_hash=hash_of_address(address, salt),
            topic=topic,
            verb=verb,
            object_kind=subject.kind,
            object_key=subject.key[:64],
            team_id=subject.team,
            before=_small(before),
            after=_small(after),
            previous=previous,
        )
        entry.hash = previous = entry.seal()
        entries.append(entry)
    AuditEntry.objects.bulk_create(entries, batch_size=500)
    RecordHead.objects.filter(pk=head.pk).update(number=number, hash=previous, at=at)
    return entries


def _kind_of(kind: Kind, person: int | None) -> Kind:
    """What acts: a request without a person is nobody's, and what a verb was told a person does is theirs."""
    if person is None:
        return Kind.NOBODY if kind == Kind.PERSON else kind
    return kind if kind == Kind.API else Kind.PERSON


def _locked_head() -> tuple[RecordHead, datetime]:
    """The end of the chain as it stands, until the transaction ends, and the database's time."""
    rows = RecordHead.objects.select_for_update().annotate(read_at=now())
    head = rows.first()
    if head is None:  # a database that was emptied; whoever comes first makes it
        last = AuditEntry.objects.newest_first().first()
        start = RecordHead(pk=1) if last is None else RecordHead(pk=1, number=last.number, hash=last.hash, at=last.at)
        RecordHead.objects.bulk_create([start], ignore_conflicts=True)
        head = rows.get()
    return head, head.read_at


def _small(values: Values | None) -> dict[str, Any] | None:
    """Raises ValueError for what is too long to be a state: a text has slipped in."""
    if not values:
        return None
    if len(json.dumps(values)) > MAX_VALUES:
        raise ValueError(f"An entry of the record says at most {MAX_VALUES} characters of a state.")
    return dict(values)


def hash_of_address(address: str, salt: str) -> str:
    """What stands in the chain for an address; "" for none."""
    return hashlib.sha256(f"{salt}:{address}".encode()).hexdigest() if address else ""
