"""What the commands that work on the storage have in common."""

from __future__ import annotations

from django.core.management.base import CommandError

from generations.errors import NotStored
from generations.management.operator import OperatorCommand


class StorageCommand(OperatorCommand):
    """Ends with a sentence when the storage does not answer."""

    def execute(self, *args: object, **options: object) -> str | None:
        try:
            return super().execute(*args, **options)
        except NotStored as error:
            raise CommandError(f"The storage of pictures does not answer. {error.detail}") from None
