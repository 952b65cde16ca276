"""Catalogues of translations for tests, written without gettext's tools."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n"


def write_catalogue(folder: Path, texts: Mapping[str | tuple[str, str], str], locale: str = "zh_Hans") -> None:
    """Write a `django.mo` for a language with one form of plurals into a folder that LOCALE_PATHS names. A pair is the
    singular and the plural of one entry. The format is GNU gettext's (its manual, "The Format of GNU MO Files")."""
    ids = {"": HEADER, **{"\0".join(key) if isinstance(key, tuple) else key: text for key, text in texts.items()}}
    entries = [(key.encode(), ids[key].encode()) for key in sorted(ids, key=str.encode)]
    count, at = len(entries), 28 + 16 * len(entries)
    tables, contents = [b"", b""], b""
    for side in (0, 1):
        for entry in entries:
            tables[side] += struct.pack("<II", len(entry[side]), at + len(contents))
            contents += entry[side] + b"\0"
    path = folder / locale / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0) + b"".join(tables) + contents)
