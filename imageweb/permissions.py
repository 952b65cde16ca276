"""File permissions of an installation: only the account it runs as may read its data."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

PRIVATE_UMASK = 0o077
OTHERS = 0o077
OURS = (
    "secret_key*",
    "imageweb.sqlite3*",
    "broker",
    "cache",
    "static",
    "files",
    "drawn",
    "database.before-*",
    ".restoring-*",
    ".preparing.lock",
)


def is_open(path: Path) -> bool:
    """Whether the mode of a file or folder gives other accounts any access."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & OTHERS)
    except OSError:
        return False


def close_folder(folder: Path) -> None:
    """Close a data folder and its database to other accounts, if the folder belongs to this account and holds nothing
    but an installation. A folder named by mistake, such as /tmp, keeps its mode."""
    if is_open(folder) and all(is_ours(path.name) for path in folder.iterdir()):
        close([folder])
    close(folder.glob("imageweb.sqlite3*"))


def is_ours(name: str) -> bool:
    """Whether a name in the data folder is one of an installation."""
    return any(fnmatch(name, pattern) for pattern in OURS)


def close(paths: Iterable[Path]) -> None:
    """Take all access from other accounts, where the file belongs to this one."""
    for path in paths:
        if is_open(path) and not path.is_symlink() and path.stat().st_uid == os.geteuid():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
