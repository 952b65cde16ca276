"""What a backup is made of: its manifest, the paths it may hold, and whether its files are what the manifest says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from generations.reconcile import OURS

FORMAT = 1
MANIFEST = "manifest.json"
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}


class BackupFailed(Exception):
    """A backup could not be made, read or put back; the text is a sentence for the operator."""


@dataclass(frozen=True)
class Manifest:
    """`files` maps each path in the backup, the database's too, to the sha256 of its bytes; `counts` are rows by table,
    `migrations` those of our app that the database has."""

    made_at: str
    database: str
    migrations: list[str]
    counts: dict[str, int]
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Manifest:
        """Raises BackupFailed for anything but a manifest this program wrote."""
        try:
            said = json.loads(data)
            if said["format"] != FORMAT:
                raise BackupFailed(f"This backup has format {said['format']}; this version reads format {FORMAT}.")
            manifest = cls(**{each.name: said[each.name] for each in fields(cls)})
            foreign = [path for path in manifest.files if not belongs(path)]
        except (ValueError, KeyError, TypeError) as error:
            raise BackupFailed(f"{MANIFEST} is not the manifest of a backup ({type(error).__name__}).") from None
        if foreign or manifest.database not in manifest.files:
            raise BackupFailed(f"{MANIFEST} names paths that are not a backup's, such as {(foreign or ['none'])[0]}.")
        return manifest


def belongs(path: str) -> bool:
    """Whether a backup may hold this path."""
    return path in {MANIFEST, *DATABASES.values()} or OURS.fullmatch(path) is not None


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup in this folder. Raises BackupFailed."""
    try:
        return Manifest.from_json((folder / MANIFEST).read_bytes())
    except OSError:
        raise BackupFailed(
            f"There is no {MANIFEST} in {folder}. It is written last, so a backup without one did not finish."
        ) from None


def differences(folder: Path, manifest: Manifest) -> Iterator[str]:
    """A line for each file that is not what the manifest says; every byte is read."""
    for path, sha256 in manifest.files.items():
        try:
            with (folder / path).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    yield f"{path} has changed since the backup was made."
        except OSError as error:
            yield f"{path} cannot be read: {error.strerror}."
