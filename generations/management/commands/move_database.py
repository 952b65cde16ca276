"""`manage.py move_database FILE`: everything a SQLite database holds into the PostgreSQL that DATABASE_URL names."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from generations.backup.manifest import BackupFailed
from generations.management.commands.restore import refuse_open_sqlite, refuse_running
from generations.management.storage import StorageCommand
from generations.management.turns import turn_to_prepare
from generations.models import Person, StoredFile
from generations.move_rows import NotMoved, move, opened, refuse_what_does_not_fit


class Command(StorageCommand):
    help = (
        "Copy every row of a SQLite database into the PostgreSQL that DATABASE_URL names, and compare them all. All or "
        "nothing: after an interruption, begin again. The SQLite database stays as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE", help="The database, such as var/imageweb.sqlite3.")

    def handle(self, *args: object, path: Path, **options: object) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Set DATABASE_URL to the PostgreSQL it goes to.")
        try:
            refuse_running()
            refuse_open_sqlite(path)
            source = opened(path.absolute())
            refuse_what_does_not_fit(source)
            with turn_to_prepare():
                call_command("migrate", interactive=False, verbosity=0)
                if Person.objects.exists() or StoredFile.objects.exists():
                    raise NotMoved("The PostgreSQL database is in use already: it knows people or files.")
                counts = move(source)
        except (BackupFailed, NotMoved) as error:
            raise CommandError(f"{error} Nothing was moved.") from None
        self.stdout.write(f"{sum(counts.values())} rows of {len(counts)} tables are in PostgreSQL, each compared.")
        self.stdout.write(f"{path} is no longer used. Start with the new DATABASE_URL, then keep it as a backup.")
