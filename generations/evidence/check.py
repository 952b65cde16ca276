"""Checking an evidence pack: whether it is whole to its last byte, and signed by this installation."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from typing import IO, Any

from generations.evidence.form import DOCUMENT, MANIFEST, PIECE, PURPOSE, comment_of, digest_of
from generations.models import SigningKey
from generations.models.signing_key import is_signed
from generations.translatable import gettext_noop as _

MAX_FILES = 20_000
MAX_BYTES = 8 * 2**30
NO_PACK = _("This is not an evidence pack.")
CHANGED = _("The pack was changed after it was signed.")
NOT_WHOLE = _("Files in the pack are not those that its manifest lists.")
NOT_OURS = _("The pack is whole, but another installation signed it.")


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
    digest, comment = digest_of(file)
    try:
        said: Any = json.loads(comment)
        key, signature = str(said["key"]), str(said["signature"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return Finding(NO_PACK)
    if comment != comment_of(key, signature) or not is_signed(PURPOSE + digest, signature, key):
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
