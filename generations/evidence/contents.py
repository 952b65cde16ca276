"""What an evidence pack says of one picture, and the files of it that go into the pack."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

from django.utils.translation import gettext, ngettext

from generations import rights
from generations.evidence.form import PIECE
from generations.models import Attempt, AuditEntry, Comment, Image, Person, Verdict
from generations.models.audit_entry import Subject
from generations.models.record_verb import VERBS
from generations.models.storage import opened
from generations.models.stored_file import original_path
from generations.translatable import gettext_noop as _
from generations.viewer import Viewer
from generations.withheld import ALL, MESSAGE, PICTURE, Body, Withheld

WHY = {
    MESSAGE: _("It repeats a prompt or an answer that is not for who made this pack. In its place is its checksum."),
    PICTURE: _("The original of this picture is not for who made this pack. In its place is its checksum."),
    ALL: _("It holds what is not for who made this pack. Only its checksum is here."),
}
"""Why something stays out of a pack."""


@dataclass
class Pack:
    """A pack that is being written; `files` are the paths so far with the sha256 of each, `calls` what is said of the
    requests and answers in it."""

    archive: zipfile.ZipFile
    files: dict[str, str] = field(default_factory=dict)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, path: str, data: bytes) -> str:
        """Keep these bytes; their sha256."""
        self.files[path] = hashlib.sha256(data).hexdigest()
        self.archive.writestr(path, data)
        return self.files[path]

    def copy(self, path: str, file: IO[bytes]) -> str:
        """Keep a file's bytes, a piece at a time; their sha256."""
        digest = hashlib.sha256()
        with self.archive.open(path, "w", force_zip64=True) as copy:
            while piece := file.read(PIECE):
                digest.update(piece)
                copy.write(piece)
        self.files[path] = digest.hexdigest()
        return self.files[path]


class People:
    """How people are called in a pack: by name where names are wanted, else by a number."""

    def __init__(self, *, with_names: bool) -> None:
        self.with_names = with_names
        self.known: dict[int, str] = {}

    def name(self, number: int | None) -> str:
        if number is None:
            return ""
        if self.with_names and number not in self.known:
            person = Person.objects.filter(pk=number).first()
            if person:
                self.known[number] = str(person)
        return self.known.get(number) or gettext("Person %(number)s") % {"number": number}


def about_picture(pack: Pack, image: Image, viewer: Viewer, people: People) -> dict[str, Any]:
    """All that is known of a picture but what the record says, with its files put into the pack."""
    path = f"pictures/{image.key}.{image.extension}"
    with opened(original_path(image.file_id)) as file:
        sha256 = pack.copy(path, file)
    generation, batch = image.generation, image.batch
    about: dict[str, Any] = {
        "key": image.key,
        "file": path,
        "sha256": sha256,
        "sha256_when_stored": image.file_id,
        "size": image.file.size,
        "media_type": image.file.media_type,
        "content_credentials": image.file.has_manifest,
        "width": image.width,
        "height": image.height,
        "created_at": _time(image.created_at),
        "person": people.name(image.person_id),
        "verdicts": [_verdict(verdict, people) for verdict in image.verdicts.order_by("pk")],
        "comments": [_comment(comment, people) for comment in image.comments.filter(deleted_at=None).order_by("pk")],
        "comments_deleted": image.comments.exclude(deleted_at=None).count(),
        "links": _links(image),
    }
    if batch is not None:
        about |= {
            "number": batch.number,
            "position": image.position,
            "prompt": batch.prompt,
            "size_asked": batch.size,
            "options": batch.options,
            "parent": batch.parent.key if batch.parent else None,
            "references": list(_references(pack, image, viewer)),
        }
    if generation is not None:
        withheld = Withheld(viewer, generation)
        attempts = generation.attempts.select_related("answer_file")
        about |= {
            "model": generation.model.name,
            "provider": generation.model.provider.name,
            "cost": None if generation.cost is None else str(generation.cost),
            "attempts": [_attempt(pack, attempt, withheld) for attempt in attempts],
        }
    return about


def _references(pack: Pack, image: Image, viewer: Viewer) -> Iterator[dict[str, Any]]:
    """The pictures that went along. Those whose original is not for the viewer are given by their hash alone."""
    assert image.batch is not None
    for reference in image.batch.references.select_related("file").as_sent():
        said: dict[str, Any] = {"key": reference.key, "sha256": reference.file_id}
        if not rights.prove_original.allows(viewer, reference):
            yield said | {"left_out": gettext(WHY[PICTURE])}
            continue
        said["file"] = f"references/{reference.key}.{reference.extension}"
        if said["file"] not in pack.files:
            with opened(original_path(reference.file_id)) as file:
                pack.copy(said["file"], file)
        yield said


def _attempt(pack: Pack, attempt: Attempt, withheld: Withheld) -> dict[str, Any]:
    """One call, with its request and answer as files: byte for byte, apart from what the viewer may not read."""
    moments = ("opened_at", "sent_at", "first_byte_at", "answered_at")
    return {
        "n": attempt.n,
        "url": attempt.url,
        "request_headers": attempt.request_headers,
        "status": attempt.status,
        "headers": attempt.headers,
        **_body(pack, attempt, "request", withheld.request),
        **_body(pack, attempt, "answer", withheld.answer),
        "ended": attempt.ended,
        "kind": attempt.kind,
        "charged": attempt.charged,
        "cleared_at": _time(attempt.cleared_at),
        **{moment: _time(getattr(attempt, moment)) for moment in moments},
    }


def _body(pack: Pack, attempt: Attempt, part: str, read: Callable[[Attempt], Body]) -> dict[str, Any]:
    """A request or an answer: its file, what the exact bytes are, and what of them stays out. Pictures of one call
    share its files."""
    name = f"calls/{attempt.generation.key}-{attempt.n}-{part}"
    if name not in pack.calls:
        body = read(attempt)
        if body.data:  # nothing came, or it was cleared: then there is no file of it
            pack.add(name, body.data)
        pack.calls[name] = {
            part: name if body.data else None,
            f"{part}_sha256": body.sha256 if body.size else None,
            f"{part}_size": body.size,
            f"{part}_left_out": [
                {
                    "what": left.what,
                    "message": left.place or None,
                    "sha256": left.sha256,
                    "why": gettext(WHY[left.what]),
                }
                for left in body.left_out
            ],
        }
    return pack.calls[name]


def _verdict(verdict: Verdict, people: People) -> dict[str, Any]:
    return {
        "state": verdict.state,
        "reason": verdict.shown_reason,
        "note": verdict.note,
        "by": people.name(verdict.reviewer_id),
        "at": _time(verdict.decided_at),
    }


def _comment(comment: Comment, people: People) -> dict[str, Any]:
    author = people.name(comment.author_id) or (comment.visitor_name if people.with_names else gettext("visitor"))
    return {"text": comment.text, "by": author, "at": _time(comment.created_at)}


def _links(image: Image) -> int:
    """To how many galleries that have share links it belongs."""
    return (
        image.gallery_items.filter(removed_at=None, gallery__links__isnull=False).values("gallery").distinct().count()
    )


def entries_of(image: Image, viewer: Viewer, people: People) -> dict[str, Any]:
    """What the record says of the picture and its batch, as far as the viewer reads it; each entry can be checked by
    its hash."""
    subjects = [Subject.of(image), *([Subject.of(image.batch)] if image.batch else [])]
    entries, left = [], 0
    for subject in subjects:
        about = AuditEntry.objects.about(subject)
        readable = list(rights.read_entry.of(viewer, about).order_by("number"))
        entries += [
            {"content": entry.content(), "hash": entry.hash, "said": _said(entry, people)} for entry in readable
        ]
        left += about.count() - len(readable)
    text = ngettext(
        "%(number)s entry of the record is left out. It is not for who made this pack.",
        "%(number)s entries of the record are left out. They are not for who made this pack.",
        left,
    )
    return {"record": entries, "record_left_out": text % {"number": left} if left else ""}


def _said(entry: AuditEntry, people: People) -> str:
    """An entry in words; who is meant is called as everywhere in the pack."""
    actor = people.name(entry.actor_id) or entry.actor_without_name()
    thing = gettext("picture %(key)s") if entry.object_kind == "image" else gettext("prompt %(key)s")
    sentence = gettext(VERBS[entry.verb].sentence) if entry.verb in VERBS else f"%(actor)s: {entry.verb}, %(object)s"
    return sentence % {"actor": actor, "object": thing % {"key": entry.object_key}}


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None
