"""`manage.py move_storage bucket` and `move_storage files`: all stored files into the other storage, exactly."""

from __future__ import annotations

from argparse import ArgumentParser

from django.conf import settings
from django.core.files.storage import storages
from django.core.management.base import CommandError

from generations.backup.manifest import BackupFailed
from generations.management.commands.restore import refuse_running
from generations.management.storage import StorageCommand
from generations.move_files import copy_all, differences, hand_over, is_marked, named_paths, paths_in

NAMES = {"files": "DATA_DIR/files", "bucket": "the bucket"}


class Command(StorageCommand):
    help = (
        "Copy every stored file into the bucket, or out of it, compare every byte, and hand over. Begin it again after "
        "whatever interrupted it. The files stay where they were, too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", choices=NAMES, help="Where they go: the bucket that STORAGE_BUCKET names, or files.")
        parser.add_argument(
            "--copy-only", action="store_true", help="Copy while the site runs, so that the move itself is short."
        )

    def handle(self, *args: object, to: str, copy_only: bool, **options: object) -> None:
        if not settings.STORAGE_BUCKET:
            raise CommandError("Set STORAGE_BUCKET and what else the bucket needs; both directions need to know it.")
        source, target = storages["files" if to == "bucket" else "bucket"], storages[to]
        if not copy_only:
            try:
                refuse_running()
            except BackupFailed as error:
                raise CommandError(str(error)) from None
        if not (is_marked(source) or is_marked(target)):
            raise CommandError("Neither storage carries the marker of an installation. Is a volume missing?")
        paths = sorted({*named_paths(), *paths_in(source)})
        copied = copy_all(source, target, paths)
        self.stdout.write(f"{len(paths)} files, {copied} of them copied now.")
        if copy_only:
            return
        if troubles := list(differences(source, target, paths)):
            raise CommandError("\n".join([*troubles, "Nothing was handed over. verify_storage tells more."]))
        hand_over(source, target)
        self.stdout.write(f"Every byte was compared. The storage is {NAMES[to]} now.")
        if to == "files":
            self.stdout.write("Take STORAGE_BUCKET out of the settings, then start.")
