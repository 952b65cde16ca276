"""A storage of one test's own: its rows go with the test, files in a shared folder would stay."""

import errno
from pathlib import Path

from django.core.files.storage import FileSystemStorage
from pytest_django import Settings


class FailingStorage(FileSystemStorage):
    """A folder that refuses the next few removals, as a disk or a network does."""

    refused = 0

    def delete(self, name: str) -> None:
        if FailingStorage.refused:
            FailingStorage.refused -= 1
            raise OSError(errno.EIO, "Input/output error")
        super().delete(name)


def store_in(folder: Path, settings: Settings, backend: str = "django.core.files.storage.FileSystemStorage") -> None:
    """Have pictures stored in this folder until the test ends."""
    default = {
        "BACKEND": backend,
        "OPTIONS": {"location": folder, "base_url": None},
    }
    settings.STORAGES = settings.STORAGES | {"default": default}
