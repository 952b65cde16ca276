"""`manage.py restore DIR`: an installation as it was when the backup was made. Nothing is deleted."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import F
from django.utils import timezone

from generations.backup.box import unpack
from generations.backup.database import put_back
from generations.backup.manifest import DATABASES, BackupFailed, Manifest, differences, read_manifest
from generations.errors import NeverStarted, NotStored
from generations.management.seals import sealed_elsewhere
from generations.models import Generation, Worker
from generations.models.audit_entry import record
from generations.models.erasure import erase_again
from generations.models.key import now
from generations.models.storage import mark_storage, read, remove, storage_errors, write
from generations.reconcile import findings
from generations.record_head import set_kept_head_aside
from imageweb.supervisor import is_ready

GRAVE = {"missing", "changed", "unread", "marker"}
PATIENCE = 5


class Command(BaseCommand):
    help = (
        "Check a backup to the last byte, then put its database and files in place. Refused while a worker runs, the "
        "web server answers or the database is open elsewhere. The previous database is kept beside."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="DIR", help="The folder or .tar that `backup` wrote.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *args: object, path: Path, yes: bool, **options: object) -> None:
        try:
            refuse_running()
            with opened(path) as folder:
                manifest = checked(folder)
                self.say_what(manifest)
                if not (yes or is_agreed()):
                    raise CommandError("Nothing was changed.")
                refuse_running()
                self.put_in_place(folder, manifest)
        except BackupFailed as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.strerror}: {error.filename}. The database is as it was.") from None
        except NotStored as error:
            raise CommandError(
                f"The files could not all be stored ({error.detail}); the database is as it was."
            ) from None
        try:
            self.report(manifest)
        except NotStored as error:
            raise CommandError(
                f"It is restored, but the storage of pictures did not answer to the end ({error.detail}). "
                "Run verify_storage when it does, then start it with `manage.py up`."
            ) from None

    def say_what(self, manifest: Manifest) -> None:
        """What is about to be put in place."""
        batches, pictures = (manifest.counts.get(f"generations_{noun}", 0) for noun in ("batch", "image"))
        self.stdout.write(
            f"A backup of {manifest.made_at}: {batches} batches, {pictures} pictures, {len(manifest.files)} files, "
            "each as it was written."
        )

    def put_in_place(self, folder: Path, manifest: Manifest) -> None:
        """Files first: more of them do no harm, should the database then not come."""
        for path, sha256 in manifest.files.items():
            if path != manifest.database:
                put_file(path, folder / path, sha256)
        mark_storage()
        kept = put_back(folder / manifest.database, manifest, timezone.now().strftime("%Y%m%d-%H%M%S"))
        if kept is not None:
            self.stdout.write(f"The previous database is kept as {kept}.")
        call_command("migrate", interactive=False, verbosity=0)
        set_kept_head_aside()

    def report(self, manifest: Manifest) -> None:
        """End what must not go on from the older database, and say what a person should know before starting it again.
        Raises NotStored."""
        Session.objects.all().delete()  # an older backup holds some, also of people who were signed out since
        record("restored_backup", after={"made_at": manifest.made_at})
        if ended := end_unsent(manifest.made_at):
            self.stdout.write(
                f"Queued generations that were ended, since they may have been sent after the backup: {ended}."
            )
        if sentence := sealed_elsewhere():
            self.stdout.write(sentence)
        again = erase_again()
        for erasure in again.done:
            self.stdout.write(f"Erased again, as before this backup was restored: person {erasure.person_id}.")
        for sentence in again.stay:
            self.stdout.write(sentence)
        grave = 0
        for finding in findings():
            self.stdout.write(str(finding))
            grave += finding.what in GRAVE
        if grave:
            raise CommandError(f"It is restored, but not every file is what the database says; wrong: {grave}.")
        self.stdout.write("Everybody signs in again.")
        self.stdout.write("It is restored. Start it with `manage.py up`.")


def is_agreed() -> bool:
    """Whether the operator types yes; where nobody can type, nobody agrees."""
    try:
        return input("Put it in place of what is here? Type yes: ").strip() == "yes"
    except EOFError:
        return False


def refuse_running() -> None:
    """Raise BackupFailed when somebody is at work here: a worker's heartbeat younger than a minute, an answer from
    the web server's address, or another process that has the database open."""
    if is_ready(settings.HOST, settings.PORT, PATIENCE):
        raise BackupFailed(f"The web server answers on port {settings.PORT}. Stop it first.")
    try:
        alive = list(Worker.objects.taking_work().values_list("name", flat=True))
    except DatabaseError:  # absent or damaged: that may be why somebody restores
        alive = []
    if alive:
        raise BackupFailed(f"A worker is running ({alive[0]}). Stop it; one that was killed is heard for a minute.")
    if connection.vendor == "sqlite":
        refuse_open_sqlite(Path(connection.settings_dict["NAME"]))
    else:
        refuse_open_postgresql()


def refuse_open_sqlite(path: Path) -> None:
    """SQLite leaves its WAL mode only for the sole connection, and folds the -wal file into the database then."""
    connection.close()
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=1)) as alone:
        try:
            (mode,) = alone.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError:
            mode = "wal"
        except sqlite3.DatabaseError:
            return  # no database any more; it is renamed as it is
    if mode == "wal":
        raise BackupFailed(f"Another process has {path} open. Stop it first.")


def refuse_open_postgresql() -> None:
    """Sessions of others are in PostgreSQL's own list; the pool's own idle ones are closed before looking.

    One that was closed stands there a moment longer, so it is looked for again before it counts."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # Only PostgreSQL's has it, and this is only asked there.
    patience = time.monotonic() + PATIENCE
    while others := other_sessions():
        if time.monotonic() > patience:
            raise BackupFailed(f"{others} other sessions are open on the database. Stop what uses it first.")
        time.sleep(0.1)


def other_sessions() -> int:
    """How many clients but us are on the PostgreSQL database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """The backup as a folder, unpacked beside the data if it is an archive."""
    if path.is_dir():
        yield path
    elif path.is_file():
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=settings.DATA_DIR) as folder:
            unpack(path, Path(folder))
            yield Path(folder)
    else:
        raise BackupFailed(f"There is no {path}.")


def checked(folder: Path) -> Manifest:
    """The manifest, when every byte is what it says and this version can take it. Raises BackupFailed."""
    manifest = read_manifest(folder)
    if manifest.database != DATABASES[connection.vendor]:
        raise BackupFailed(
            f"The backup holds {manifest.database}, but DATABASE_URL names a {connection.vendor} database."
        )
    known = {name for app, name in MigrationLoader(None).disk_migrations if app == "generations"}
    if newer := [name for name in manifest.migrations if name not in known]:
        raise BackupFailed(f"The backup is of a newer version: it has migration {newer[-1]}. Update first.")
    if different := list(differences(folder, manifest)):
        raise BackupFailed("\n".join([*different, "The backup is not whole. Nothing was changed."]))
    return manifest


def put_file(path: str, source: Path, sha256: str) -> None:
    """Store one file of the backup, unless the very bytes are there already. Raises NotStored."""
    with storage_errors(path):
        is_there = default_storage.exists(path)
    if is_there:
        if hashlib.sha256(read(path)).hexdigest() == sha256:
            return
        remove(path)
    write(path, source.read_bytes())


def end_unsent(made_at: str) -> int:
    """End what waits for a call: since the backup it may have been made and paid. How many.

    What was called already is left to the sweep, which resumes kept answers and calls the others lost."""
    return (
        Generation.objects.unfinished()
        .filter(needs_call=True)
        .update(
            state="failed",
            kind=NeverStarted.kind,
            charged="maybe",
            detail=f"Restored from a backup of {made_at}. It may have been sent after that.",
            claim="",
            claim_until=None,
            finished_at=now(),
            version=F("version") + 1,
        )
    )
