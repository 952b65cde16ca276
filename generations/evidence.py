"""Evidence packs: all that shows where pictures came from, in one ZIP that is signed to its last byte.

A pack has the originals, each call's request and answer word for word, verdicts, comments, entries of the record, the
same as JSON for machines and as a page for people, and a manifest with the sha256 of each file. The signature is the
comment of the ZIP: an Ed25519 signature of the sha256 of all bytes before it. Keys of providers stay out, as they were
never kept; so do network addresses, and references that somebody else brought."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext

from generations.models import Attempt, AuditEntry, Comment, Image, Person, RecordHead, SigningKey, Verdict
from generations.models.audit_entry import Subject, record_all
from generations.models.signing_key import is_signed
from generations.models.stored_file import opened, original_path
from generations.text import tidy
from generations.translatable import gettext_noop as _

FORMAT = 1
MAX_PICTURES = 100
MAX_REASON = 300
MAX_FILES = 20_000
MAX_BYTES = 8 * 2**30
PIECE = 1024 * 1024
SIGNATURE_BYTES = 256
"""Of the comment, padded with spaces."""
MANIFEST, DOCUMENT, PAGE = "manifest.json", "evidence.json", "index.html"
PURPOSE = b"imageweb evidence 1\n"

NO_PACK = _("This is not an evidence pack.")
CHANGED = _("The pack was changed after it was signed.")
NOT_WHOLE = _("Files in the pack are not those that its manifest lists.")
NOT_OURS = _("The pack is whole, but another installation signed it.")


# ── making ──


@dataclass
class Pack:
    """A pack that is being written; `files` are the paths so far with the sha256 of each."""

    archive: zipfile.ZipFile
    files: dict[str, str] = field(default_factory=dict)

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


def write_pack(out: IO[bytes], images: Sequence[Image], by: Person, reason: str, *, with_names: bool) -> None:
    """Write the pack of these pictures, whose reading was allowed, into an empty file that can be read too; recorded
    for each of them. Raises NotStored."""
    reason = " ".join(tidy(reason, MAX_REASON).split())
    record_all("proved_picture", images, by=by.pk, after={"names": with_names})
    people = People(with_names=with_names)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        pack = Pack(archive)
        said = [_picture(pack, image, people) for image in images]
        head = RecordHead.objects.first() or RecordHead()
        document = {
            "format": FORMAT,
            "site": settings.SITE_URL,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "made_by": people.name(by.pk),
            "reason": reason,
            "record_head": {"number": head.number, "hash": head.hash},
            "pictures": said,
        }
        pack.add(DOCUMENT, _json(document))
        pack.add(PAGE, render_to_string("evidence/pack.html", {"pack": document}).encode())
        archive.writestr(MANIFEST, _json({"format": FORMAT, "files": pack.files}))
        archive.comment = b" " * SIGNATURE_BYTES
    _sign(out)


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


def _picture(pack: Pack, image: Image, people: People) -> dict[str, Any]:
    """All that is known of a picture, with its files put into the pack."""
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
            "references": list(_references(pack, image)),
        }
    if generation is not None:
        about |= {
            "model": generation.model.name,
            "provider": generation.model.provider.name,
            "cost": None if generation.cost is None else str(generation.cost),
            "attempts": [_attempt(pack, attempt) for attempt in generation.attempts.select_related("answer_file")],
        }
    about["record"] = list(_entries(image))
    return about


def _references(pack: Pack, image: Image) -> Iterator[dict[str, Any]]:
    """The pictures that went along. Those that somebody else brought are named by their hash alone."""
    assert image.batch is not None
    for reference in image.batch.references.select_related("file").order_by("batchreference__position"):
        said: dict[str, Any] = {"key": reference.key, "sha256": reference.file_id}
        if reference.person_id == image.person_id:
            said["file"] = f"references/{reference.key}.{reference.extension}"
            if said["file"] not in pack.files:
                with opened(original_path(reference.file_id)) as file:
                    pack.copy(said["file"], file)
        yield said


def _attempt(pack: Pack, attempt: Attempt) -> dict[str, Any]:
    """One call, with its request and answer byte for byte as files."""
    name = f"calls/{attempt.generation.key}-{attempt.n}"
    for part, read in (("request", attempt.request_bytes), ("answer", attempt.answer_bytes)):
        if f"{name}-{part}" not in pack.files:
            pack.add(f"{name}-{part}", read())
    moments = ("opened_at", "sent_at", "first_byte_at", "answered_at")
    return {
        "n": attempt.n,
        "url": attempt.url,
        "request_headers": attempt.request_headers,
        "request": f"{name}-request",
        "status": attempt.status,
        "headers": attempt.headers,
        "answer": f"{name}-answer",
        "ended": attempt.ended,
        "kind": attempt.kind,
        "charged": attempt.charged,
        **{moment: _time(getattr(attempt, moment)) for moment in moments},
    }


def _verdict(verdict: Verdict, people: People) -> dict[str, Any]:
    return {
        "state": verdict.state,
        "note": verdict.note,
        "by": people.name(verdict.reviewer_id),
        "at": _time(verdict.decided_at),
    }


def _comment(comment: Comment, people: People) -> dict[str, Any]:
    author = people.name(comment.author_id) or (comment.visitor_name if people.with_names else "visitor")
    return {"text": comment.text, "by": author, "at": _time(comment.created_at)}


def _links(image: Image) -> int:
    """To how many galleries that have share links it belongs."""
    return (
        image.gallery_items.filter(removed_at=None, gallery__links__isnull=False).values("gallery").distinct().count()
    )


def _entries(image: Image) -> Iterator[dict[str, Any]]:
    """What the record says of the picture and its batch; each can be checked by its hash."""
    subjects = [Subject.of(image), *([Subject.of(image.batch)] if image.batch else [])]
    for subject in subjects:
        for entry in AuditEntry.objects.about(subject).order_by("number"):
            yield {"content": entry.content(), "hash": entry.hash}


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _sign(out: IO[bytes]) -> None:
    """Put the signature in place of the comment's spaces."""
    digest, _comment = _digest(out)
    key = SigningKey.current()
    comment = _comment_of(key.public, key.sign(PURPOSE + digest))
    out.seek(-SIGNATURE_BYTES, 2)
    out.write(comment)
    out.seek(0)


def _comment_of(key: str, signature: str) -> bytes:
    return json.dumps({"key": key, "signature": signature}, sort_keys=True).encode().ljust(SIGNATURE_BYTES)


def _digest(file: IO[bytes]) -> tuple[bytes, bytes]:
    """The sha256 of all but the comment, and the comment."""
    length = file.seek(0, 2)
    file.seek(0)
    digest, left = hashlib.sha256(), max(0, length - SIGNATURE_BYTES)
    while left and (piece := file.read(min(PIECE, left))):
        digest.update(piece)
        left -= len(piece)
    return digest.digest(), file.read()


# ── checking ──


@dataclass(frozen=True)
class Finding:
    """What a pack was found to be. `problem` is a sentence marked for translation, "" when it is whole and ours."""

    problem: str = ""
    made_at: str = ""
    pictures: int = 0
    number: int = 0

    @property
    def is_good(self) -> bool:
        return not self.problem


def check_pack(file: IO[bytes]) -> Finding:
    """Whether a file is a pack, whole to its last byte, and signed by this installation. Anybody may have made it."""
    digest, comment = _digest(file)
    try:
        said: Any = json.loads(comment)
        key, signature = str(said["key"]), str(said["signature"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return Finding(NO_PACK)
    if comment != _comment_of(key, signature) or not is_signed(PURPOSE + digest, signature, key):
        return Finding(CHANGED)
    if not SigningKey.knows(key):
        return Finding(NOT_OURS)
    try:
        return _contents(file)
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, NotImplementedError, EOFError):
        return Finding(NOT_WHOLE)


def _contents(file: IO[bytes]) -> Finding:
    """What a pack says that we signed. Its files are compared with its manifest once more."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        total = sum(info.file_size for info in archive.infolist())
        if len(names) > MAX_FILES or total > MAX_BYTES or len(set(names)) != len(names):
            return Finding(NOT_WHOLE)
        files = json.loads(archive.read(MANIFEST))["files"]
        if {*files, MANIFEST} != set(names) or any(not _is(archive, *each) for each in files.items()):
            return Finding(NOT_WHOLE)
        document = json.loads(archive.read(DOCUMENT))
    return Finding("", document["made_at"], len(document["pictures"]), document["record_head"]["number"])


def _is(archive: zipfile.ZipFile, path: str, sha256: str) -> bool:
    digest = hashlib.sha256()
    with archive.open(path) as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest() == sha256
