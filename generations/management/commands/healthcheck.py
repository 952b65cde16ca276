"""`manage.py healthcheck`: whether the worker of this host is alive, for a container's health check."""

from __future__ import annotations

import os
import socket

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from generations.models import Worker


class Command(BaseCommand):
    help = "End with 0 if a worker process of this host was heard within a minute and still runs; with 1 if none."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        host = socket.gethostname()
        try:
            names = list(Worker.objects.alive().filter(name__startswith=f"{host}:").values_list("name", flat=True))
        except DatabaseError as error:
            raise CommandError(f"The database does not answer ({type(error).__name__}).") from None
        if not any(is_running(int(name.rsplit(":", 2)[1])) for name in names):
            raise CommandError(f"No worker of {host} was heard within a minute.")
        self.stdout.write("ok")


def is_running(pid: int) -> bool:
    """Whether this host has such a process, whoever it belongs to."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
