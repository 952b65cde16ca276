"""A storage of one test's own: its rows go with the test, files in a shared folder would stay."""

from pathlib import Path

from pytest_django import Settings


def store_in(folder: Path, settings: Settings) -> None:
    """Have pictures stored in this folder until the test ends."""
    default = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": folder, "base_url": None},
    }
    settings.STORAGES = settings.STORAGES | {"default": default}
