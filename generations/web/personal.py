"""Everything about a person as a ZIP that is made while it is read."""

from __future__ import annotations

import io
import zlib
from functools import partial
from itertools import islice

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone

from generations.models import Image, Person
from generations.models.personal import DATA, data_as_json, note_export, path_of, pictures_of
from generations.models.semaphore import NotNow
from generations.models.storage import opened
from generations.models.stored_file import are_whole, original_path
from generations.request import PageRequest
from generations.translation import translated
from generations.web.archive import Member, download
from generations.web.files import disposition, refused
from generations.web.manifest import checksum_of

LISTED_AT_ONCE = 500


def personal_archive(request: PageRequest, person: Person) -> HttpResponse | StreamingHttpResponse:
    """The ZIP with all that is theirs, for the person or for who acts for them; recorded."""
    members: list[Member] = []

    def list_members() -> list[Member]:
        members.extend(members_of(person))
        return members

    try:
        archive = download(request.user, list_members)
    except NotNow as error:
        return refused(request, error.status, translated(error.sentence), retry_after=error.retry_after)
    note_export(person, len(members) - 1)
    response = StreamingHttpResponse(archive, content_type="application/zip")
    response["Content-Length"] = str(archive.length)
    name = f"{timezone.localdate():%Y-%m-%d}_{person.username}.zip"
    response["Content-Disposition"] = disposition(name, is_attachment=True)
    response["Cache-Control"] = "private, no-store"
    return response


def members_of(person: Person) -> list[Member]:
    """The files: data.json, which names the pictures whose files cannot be read, and the others."""
    pictures: list[Member] = []
    missing: list[str] = []
    rest = iter(pictures_of(person).iterator(LISTED_AT_ONCE))
    while some := list(islice(rest, LISTED_AT_ONCE)):
        whole = are_whole([image.file for image in some])
        missing += [image.key for image in some if image.file_id not in whole]
        pictures += [_member(image) for image in some if image.file_id in whole]
    data = data_as_json(person, missing)
    about = Member(DATA, len(data), timezone.localtime(), partial(zlib.crc32, data), partial(io.BytesIO, data))
    return [about, *pictures]


def _member(image: Image) -> Member:
    file, written = image.file, timezone.localtime(image.created_at)
    return Member(
        path_of(image), file.size, written, partial(checksum_of, file), partial(opened, original_path(file.sha256))
    )
