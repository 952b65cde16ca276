"""Evidence packs: all that shows where pictures came from, in one ZIP that is signed to its last byte.

A pack has the originals, each call's request and answer word for word, verdicts, comments, entries of the record, the
same as JSON for machines and as a page for people, and a manifest with the sha256 of each file. The signature is the
comment of the ZIP: an Ed25519 signature of the sha256 of all bytes before it. Keys of providers stay out, as they were
never kept; so do network addresses. What the person who makes it may not read stays out too: the pack has its sha256
and says why."""

from __future__ import annotations

import hashlib
import json
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext

from generations import rights
from generations.models import Attempt, AuditEntry, Comment, Image, Person, RecordHead, SigningKey, Verdict
from generations.models.audit_entry import Subject, record_all
from generations.models.record_verb import VERBS
from generations.models.signing_key import is_signed
from generations.models.storage import Missing, opened, read
from generations.models.stored_file import original_path
from generations.text import tidy
from generations.translatable import gettext_noop as _
from generations.viewer import Viewer
from generations.withheld import ALL, MESSAGE, PICTURE, Body, Withheld

FORMAT = 2
"""Of what a pack says; since 2 it says what was left out. Packs of each are checked alike."""
MAX_PICTURES = 100
MAX_REASON = 300
MAX_FILES = 20_000
MAX_BYTES = 8 * 2**30
PIECE = 1024 * 1024
SIGNATURE_BYTES = 256
"""Of the comment, padded with spaces."""
STYLE = settings.BASE_DIR / "static/css/evidence.css"
PREVIEW = 640
"""Pixels of the long side of a picture on the page."""
MANIFEST, DOCUMENT, PAGE = "manifest.json", "evidence.json", "index.html"
PURPOSE = b"imageweb evidence 1\n"

NO_PACK = _("This is not an evidence pack.")
WHY = {
    MESSAGE: _("It repeats a prompt or an answer that is not for who made this pack. In its place is its checksum."),
    PICTURE: _("The original of this picture is not for who made this pack. In its place is its checksum."),
    ALL: _("It holds what is not for who made this pack. Only its checksum is here."),
}
"""Why something stays out of a pack."""
CHANGED = _("The pack was changed after it was signed.")
NOT_WHOLE = _("Files in the pack are not those that its manifest lists.")
NOT_OURS = _("The pack is whole, but another installation signed it.")


# ── making ──


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


def write_pack(out: IO[bytes], images: Sequence[Image], viewer: Viewer, reason: str, *, with_names: bool) -> None:
    """Write the pack of these pictures, which the viewer may prove, into an empty file that can be read too; recorded
    for each of them as soon as all its files are in it, so that it holds that too. Raises NotStored."""
    reason, by = " ".join(tidy(reason, MAX_REASON).split()), viewer.user
    people = People(with_names=with_names)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        pack = Pack(archive)
        said = [_picture(pack, image, viewer, people) for image in images]
        previews = {image.key: _preview(image) for image in images}
        record_all("proved_picture", images, by=by.pk, after={"names": with_names})
        for about, image in zip(said, images, strict=True):
            about |= _entries(image, viewer, people)
        head = RecordHead.objects.first() or RecordHead()
        document = {
            "format": FORMAT,
            "site": settings.SITE_URL,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "made_by": people.name(by.pk),
            "with_names": with_names,
            "reason": reason,
            "key": SigningKey.current().public,
            "check": f"{settings.SITE_URL}{reverse('check_evidence')}",
            "record_head": {"number": head.number, "hash": head.hash},
            "pictures": said,
        }
        pack.add(DOCUMENT, _json(document))
        pack.add(PAGE, _page(document, previews))
        archive.writestr(MANIFEST, _json({"format": FORMAT, "files": pack.files}))
        archive.comment = b" " * SIGNATURE_BYTES
    _sign(out)


def _page(document: dict[str, Any], previews: dict[str, str]) -> bytes:
    """The pack as a page for people: whole in itself, without script, and whatever it says it loads nothing."""
    style = STYLE.read_text()
    context = {
        "pack": document,
        "previews": previews,
        "gaps": list(_gaps(document)),
        "style": mark_safe(style),  # noqa: S308 a file of ours
        "style_hash": f"sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}",
    }
    return render_to_string("evidence/pack.html", context).encode()


def _gaps(document: dict[str, Any]) -> Iterator[str]:
    """What is not in the pack, each a sentence; none when everything there is about its pictures is."""
    pictures = document["pictures"]
    if any(map(_has_gaps, pictures)):
        yield gettext("What is not for who made this pack is left out, and marked below with its checksum.")
    if not document["with_names"]:
        yield gettext("People are called by numbers.")
    if any(call["cleared_at"] for picture in pictures for call in picture.get("attempts", ())):
        yield gettext("Some requests and responses were cleared after the time that this installation keeps them.")
    if any(picture["comments_deleted"] for picture in pictures):
        yield gettext("Comments that were deleted are left out.")


def _has_gaps(picture: dict[str, Any]) -> bool:
    """Whether anything of a picture stays out."""
    calls = picture.get("attempts", ())
    return bool(
        picture["record_left_out"]
        or any(call["request_left_out"] or call["answer_left_out"] for call in calls)
        or any("left_out" in reference for reference in picture.get("references", ()))
    )


def _preview(image: Image) -> str:
    """A small copy of a picture as an address that holds it; "" where there is none, or the storage has lost it."""
    if not image.file.thumbnails:
        return ""
    try:
        copy = read(image.file.thumbnail(PREVIEW))
    except Missing:
        return ""
    return f"data:image/webp;base64,{b64encode(copy).decode()}"


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


def _picture(pack: Pack, image: Image, viewer: Viewer, people: People) -> dict[str, Any]:
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
    for reference in image.batch.references.select_related("file").order_by("batchreference__position"):
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
        if body.data is not None:
            pack.add(name, body.data)
        pack.calls[name] = {
            part: None if body.data is None else name,
            f"{part}_sha256": body.sha256,
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


def _entries(image: Image, viewer: Viewer, people: People) -> dict[str, Any]:
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
