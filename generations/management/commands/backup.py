"""`manage.py backup DIR`: database and pictures together, while the installation runs."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from generations.backup.box import Box, add_bytes, new_box
from generations.backup.database import Snapshot, dump
from generations.backup.manifest import DATABASES, MANIFEST, BackupFailed, Manifest
from generations.management.storage import StorageCommand
from generations.models import StoredFile
from generations.models.audit_entry import record
from generations.models.storage import Missing, opened
from generations.models.stored_file import original_path

KEPT_APART = (
    "SECRET_KEY is not in it, so that whoever finds the backup cannot open the providers' keys. "
    "Keep it somewhere else; without it those keys must be entered again. "
    "Sessions are not in it either: after a restore everybody signs in again."
)


class Command(StorageCommand):
    help = (
        "Copy the database, without sessions, and every file it names into a new folder or .tar, with a sha256 of "
        "each. Nothing stops."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="DIR", help="A folder that is empty or does not exist.")
        parser.add_argument("--archive", action="store_true", help="Write one .tar of this name instead of a folder.")

    def handle(self, *args: object, path: Path, archive: bool, **options: object) -> None:
        try:
            with new_box(path.absolute(), is_archive=archive) as box:
                manifest, troubles = back_up(box, path.absolute().parent)
        except BackupFailed as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The backup could not be written: {error.strerror}. {path} is not complete.") from None
        record(
            "backed_up", after={"made_at": manifest.made_at, "files": len(manifest.files) - 1, "whole": not troubles}
        )
        self.stdout.write(f"Backed up the database and {len(manifest.files) - 1} files to {path}.")
        self.stdout.write(KEPT_APART)
        if (made := settings.DATA_DIR / "secret_key").exists():
            self.stdout.write(f"It lies in {made}.")
        if troubles:
            raise CommandError("\n".join([*troubles, "All else is in the backup. Run verify_storage for more."]))


def back_up(box: Box, scratch: Path) -> tuple[Manifest, list[str]]:
    """Fill the box, the manifest last. What it says, and a line for each stored file that could not be had whole."""
    made_at = timezone.now().isoformat(timespec="seconds")
    name = DATABASES[connection.vendor]
    files: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix=".dumping-", dir=scratch) as folder:
        dumped = Path(folder, name)
        snapshot = dump(dumped)
        with dumped.open("rb") as file:
            files[name] = box.add(name, file, dumped.stat().st_size)
    troubles = list(copy_files(box, snapshot, files))
    manifest = Manifest(made_at, name, snapshot.migrations, snapshot.counts, files)
    add_bytes(box, MANIFEST, manifest.to_json())
    return manifest, troubles


def copy_files(box: Box, snapshot: Snapshot, files: dict[str, str]) -> Iterator[str]:
    """Copy what the dump names and note each sha256 in `files`; yields what is missing or no longer what it was."""
    for row in snapshot.stored:
        for path in row.paths():
            try:
                with opened(path) as file:
                    files[path] = box.add(path, file, file.size)
            except Missing:
                if StoredFile.objects.filter(pk=row.pk).exists():  # else it was dropped since the dump
                    yield f"{path} is missing."
        original = original_path(row.sha256)
        if files.get(original, row.sha256) != row.sha256:
            yield f"{original} is damaged; it was copied as it is."
