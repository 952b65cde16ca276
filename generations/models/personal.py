"""Everything an installation has of one person, as they may ask for it: their data as JSON, and their pictures."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q

from generations.models.audit_entry import AuditEntry, record
from generations.models.batch import Batch
from generations.models.comment import Comment
from generations.models.draft import Draft
from generations.models.favourite import Favourite
from generations.models.gallery import Gallery
from generations.models.gallery_member import GalleryMember
from generations.models.image import Image, ImageQuerySet
from generations.models.notification import Notification
from generations.models.saved_search import SavedSearch
from generations.models.sign_in import SignIn
from generations.models.tag import Tag
from generations.models.team import Membership, Person
from generations.models.verdict import Verdict

DATA = "data.json"
ABOUT = ("username", "email", "first_name", "last_name", "date_joined", "last_login", "language", "theme", "seen_at")


def export_person(person: Person, path: Path) -> int:
    """Write a new ZIP with all that is theirs; how many pictures it holds. Recorded. Raises FileExistsError, NotStored.

    What others wrote to them or about them is theirs, and stays out."""
    count = 0
    with path.open("xb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(DATA, data_as_json(person))
        for image in pictures_of(person).iterator(100):
            archive.writestr(path_of(image), image.file.bytes())
            count += 1
    path.chmod(0o600)
    note_export(person, count)
    return count


def note_export(person: Person, pictures: int) -> None:
    """Record that everything about them was given out."""
    record("exported_person", person, after={"pictures": pictures})


def pictures_of(person: Person) -> ImageQuerySet:
    """All their pictures, also deleted ones that are still there, with their files."""
    return Image.objects.filter(person=person).select_related("file").order_by("pk")


def path_of(image: Image) -> str:
    """Where a picture lies in the ZIP."""
    return f"pictures/{image.key}.{image.extension}"


def data_as_json(person: Person, missing: Iterable[str] = ()) -> bytes:
    """What `data_of` says, as the ZIP has it; `missing` are the keys of pictures whose files cannot be read."""
    said = data_of(person) | {"missing_pictures": list(missing)}
    return json.dumps(said, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()


def data_of(person: Person) -> dict[str, Any]:
    """Their rows, as plain values."""
    by_them = Q(actor_id=person.pk) | Q(object_kind="person", object_key=str(person.pk))
    entries = AuditEntry.objects.filter(by_them).order_by("number")
    return {
        "made_at": datetime.now(UTC),
        "person": {name: getattr(person, name) for name in ABOUT},
        "teams": _rows(Membership.objects.filter(person=person), "team__name", "role"),
        "prompts": _rows(Batch.objects.filter(person=person), "key", "prompt", "size", "options", "created_at"),
        "pictures": _rows(Image.objects.filter(person=person), "key", "file_id", "alt", "created_at", "deleted_at"),
        "comments": _rows(Comment.objects.filter(author=person), "key", "image__key", "text", "created_at"),
        "verdicts": _rows(
            Verdict.objects.filter(reviewer=person), "image__key", "state", "reason", "note", "decided_at"
        ),
        "galleries": _rows(Gallery.objects.filter(person=person), "key", "title", "description", "created_at"),
        "named_in": _rows(GalleryMember.objects.filter(person=person), "gallery__key", "role"),
        "tags": _rows(Tag.objects.filter(person=person), "image__key", "name"),
        "favourites": _rows(Favourite.objects.filter(person=person), "image__key"),
        "saved_searches": _rows(SavedSearch.objects.filter(person=person), "name", "query"),
        "drafts": _rows(Draft.objects.filter(person=person), "fields", "stashed", "saved_at"),
        "notifications": _rows(Notification.objects.filter(person=person), "kind", "told_at"),
        "devices": _rows(SignIn.objects.filter(person=person), "agent", "address", "began_at"),
        "second_factors": _rows(Authenticator.objects.filter(user=person), "type", "created_at", "last_used_at"),
        "single_sign_on": _rows(SocialAccount.objects.filter(user=person), "uid", "extra_data", "date_joined"),
        "record": _rows(entries, "number", "at", "verb", "object_kind", "object_key", "address"),
    }


def _rows(rows: Any, *names: str) -> list[dict[str, Any]]:
    found: Iterable[dict[str, Any]] = rows.order_by("pk").values(*names)
    return list(found)
