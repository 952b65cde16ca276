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
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import IO, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from generations.evidence.contents import Pack, People, about_picture, entries_of
from generations.evidence.form import DOCUMENT, FORMAT, MANIFEST, SIGNATURE_BYTES, sign
from generations.models import Image, RecordHead, SigningKey
from generations.models.audit_entry import record_all
from generations.models.storage import Missing, read
from generations.text import tidy_line
from generations.viewer import Viewer

MAX_PICTURES = 100
MAX_REASON = 300
STYLE = settings.BASE_DIR / "static/css/evidence.css"
PREVIEW = 640
"""Pixels of the long side of a picture on the page."""
PAGE = "index.html"


def write_pack(out: IO[bytes], images: Sequence[Image], viewer: Viewer, reason: str, *, with_names: bool) -> None:
    """Write the pack of these pictures, which the viewer may prove, into an empty file that can be read too; recorded
    for each of them as soon as all its files are in it, so that it holds that too. Raises NotStored."""
    reason, by = tidy_line(reason, MAX_REASON), viewer.user
    people = People(with_names=with_names)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        pack = Pack(archive)
        said = [about_picture(pack, image, viewer, people) for image in images]
        previews = {image.key: _preview(image) for image in images}
        record_all("proved_picture", images, by=by.pk, after={"names": with_names})
        for about, image in zip(said, images, strict=True):
            about |= entries_of(image, viewer, people)
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
    sign(out)


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


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
