"""The cache: files, shared by all processes of a machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache
from django.core.files import locks


class FileCache(FileBasedCache):
    """Django's, with an `add` of which one succeeds where several come at once. Rate limits take their lock by it:
    Django looks whether the key is there and sets it then, between which others do the same."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(location, params)
        self.lock = Path(location, "add.lock")

    def add(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        self.lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.lock.open("ab") as file:
            locks.lock(file, locks.LOCK_EX)
            return bool(super().add(key, value, timeout, version))
