"""Who on this machine may read what an installation keeps: the account it runs as, and nobody else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

PRIVATE_UMASK = 0o077
OTHERS = 0o077
OURS = ("secret_key", "imageweb.sqlite3*", "broker", "cache", "static", "files", "database.before-*", ".restoring-*")


def is_open(path: Path) -> bool:
    """Whether accounts other than its owner's may read or enter it, as far as its own mode says."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & OTHERS)
    except OSError:
        return False


def close_folder(folder: Path) -> None:
    """Take others' rights to a data folder and the database in it, where that is safe: the folder belongs to this
    account and holds nothing but an installation's own. A folder named by mistake, such as /tmp, stays as it is."""
    if is_open(folder) and all(is_ours(path.name) for path in folder.iterdir()):
        close([folder])
    close(folder.glob("imageweb.sqlite3*"))


def is_ours(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in OURS)


def close(paths: Iterable[Path]) -> None:
    for path in paths:
        if is_open(path) and not path.is_symlink() and path.stat().st_uid == os.geteuid():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
