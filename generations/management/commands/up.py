"""`manage.py up`: everything an installation needs on one machine, from an empty folder to a ready address."""

from __future__ import annotations

import hashlib
import socket
import time
from argparse import ArgumentParser
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max

from generations.checks import is_redis_away
from generations.errors import NotStored
from generations.management.seals import sealed_elsewhere
from generations.management.storage import StorageCommand
from generations.management.turns import turn_to_prepare
from generations.models import KeySeal, Provider, StoredFile
from generations.models.adoption import adopt_endpoint, adopt_sandbox
from generations.models.erasure import erase_again
from generations.models.storage import is_marked, mark_storage, storage_place
from generations.models.team import welcome_path
from imageweb.permissions import close, close_folder
from imageweb.supervisor import Child, Plan, hand_over, web_command, worker_command

BACKLOG = 1024
WEB_GRACE_SECONDS = 15


class Command(StorageCommand):
    help = "Prepare the database and run web server and worker under one supervisor. Ctrl-C stops both."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--prepare-only", action="store_true", help="Prepare the database and files, and end.")
        parser.add_argument("--without-worker", action="store_true", help="Run the web server alone.")
        parser.add_argument("--without-web", action="store_true", help="Run the worker alone.")

    def execute(self, *args: object, **options: object) -> str | None:
        close_folder(settings.DATA_DIR)  # before the checks look, which every command runs first
        with suppress(OSError):  # a program on a read-only file system; the checks say what others may read
            close([settings.BASE_DIR / ".env"])
        return super().execute(*args, **options)

    def handle(self, *args: object, **options: bool) -> None:
        is_serving = not (options["prepare_only"] or options["without_web"])
        if options["without_web"] and options["without_worker"] and not options["prepare_only"]:
            raise CommandError(
                "Without web server and worker nothing is left to run. "
                "Use --prepare-only to prepare the installation alone."
            )
        if is_serving and settings.IS_HTTPS and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
            raise CommandError(
                "SITE_URL begins with https://, but TRUSTED_PROXIES is 0, and this server itself speaks http. "
                "Put a proxy that speaks https in front of it and set TRUSTED_PROXIES=1."
            )
        listener = listen() if is_serving else None
        if options["without_web"]:
            wait_for_migrations()
        else:
            with turn_to_prepare():
                self.prepare()
        if options["prepare_only"]:
            return
        children = []
        if not options["without_worker"]:
            longest = Provider.objects.aggregate(longest=Max("total_timeout"))["longest"] or 600
            children.append(Child("worker", worker_command(), grace=longest + 30))
        if listener is not None:
            web = Child("web server", web_command(listener), grace=WEB_GRACE_SECONDS, descriptors=(listener.fileno(),))
            children += [replace(web) for _ in range(settings.WEB_WORKERS)]
        announcement = self.announcement() if listener else ""
        connection.close()
        self.stdout.flush()
        hand_over(Plan(children, announcement, (settings.HOST, settings.PORT), listener.fileno() if listener else None))

    def prepare(self) -> None:
        """Migrations, static files, the storage's marker, the providers. Quick when there is nothing to do."""
        if not is_migrated():
            self.stdout.write("Preparing the database …")
            call_command("migrate", interactive=False, verbosity=0)
        collect_static()
        try:
            if not is_marked() and StoredFile.objects.exists():
                raise CommandError(
                    "The picture storage is empty, but the database knows pictures: a volume is probably missing, or "
                    f"STORAGE_BUCKET is another one. Put it right, or restore a backup. Expected in {storage_place()}."
                )
            mark_storage()
            for sentence in erase_again().stay:  # of a database that was put back by other means than `restore`
                self.stderr.write(sentence)
        except NotStored as error:
            if not settings.STORAGE_BUCKET:
                raise
            self.stderr.write(f"The bucket does not answer; pictures are missing until it does. {error.detail}")
        if sentence := sealed_elsewhere():
            self.stderr.write(sentence)
        KeySeal.renew()
        if settings.REDIS_URL and is_redis_away(settings.REDIS_URL):
            self.stderr.write("Redis does not answer at REDIS_URL. Prompts are taken, and start some seconds late.")
        if settings.SANDBOX:
            adopt_sandbox()
        if settings.OPENAI_BASE_URL:
            try:
                self.stdout.write(adopt_endpoint(settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY))
            except ValidationError as error:
                raise CommandError(f"OPENAI_BASE_URL: {error.message}") from None

    def announcement(self) -> str:
        """Where it is, and how the first administrator gets in."""
        lines = ["", f"  {settings.SITE_NAME} is ready: {settings.SITE_URL}"]
        if path := welcome_path():
            lines += ["  Nobody has an account yet. Open this once to make yours:", f"  {settings.SITE_URL}{path}"]
        return "\n".join([*lines, "  Ctrl-C stops it.", ""])


def is_migrated() -> bool:
    """Whether the database has every migration of this code."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def wait_for_migrations() -> None:
    """A worker on a host of its own waits for the web server's to have prepared the database."""
    patience = time.monotonic() + 120
    while not is_migrated():
        if time.monotonic() > patience:
            raise CommandError("The database was not prepared within two minutes. Start the web server first.")
        time.sleep(1)


def listen() -> socket.socket:
    """The socket of the web servers; a sentence when somebody listens on the port already."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.HOST, settings.PORT))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CommandError(
            f"Port {settings.PORT} on {settings.HOST} cannot be used ({error.strerror}). "
            "Choose another with PORT=8001, or stop what runs there."
        ) from None
    return listener


def collect_static() -> None:
    """Gather and compress the static files, if any changed since the last time. Those of before stay: a server that
    still runs names them, and pages that are open do."""
    sources = [Path(django.__path__[0], "contrib/admin/static"), *map(Path, settings.STATICFILES_DIRS)]
    seen = hashlib.sha256(f"{django.__version__} {settings.STORAGES['staticfiles']}".encode())
    for path in sorted(path for source in sources for path in source.rglob("*") if path.is_file()):
        status = path.stat()
        seen.update(f"{path} {status.st_size} {status.st_mtime_ns}".encode())
    stamp = settings.STATIC_ROOT / ".collected"
    if not stamp.exists() or stamp.read_text() != seen.hexdigest():
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(seen.hexdigest())
