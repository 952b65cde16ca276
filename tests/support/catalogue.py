"""Catalogues of translations: read from a .po or .mo file, collected from the source, and written as .mo.

A message's key is as gettext keeps it: the context and "\\4" before the text, "\\0" and the plural after it. Its value
are the forms of its translation.
"""

from __future__ import annotations

import ast
import math
import re
import shutil
import struct
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path

from django.conf import settings as project
from django.core.management import call_command
from django.test import override_settings
from django.test.utils import isolate_lru_cache

from generations.templatetags.cached_include import compile_pattern
from generations.web.texts import version_of

Catalogue = dict[str, list[str]]
DOMAINS = ("django", "djangojs")
LOCALE = "zh_Hans"
SOURCES = ("generations", "imageweb", "templates", "static/js")
LINE = re.compile(r'(msgctxt|msgid|msgid_plural|msgstr)(\[\d+\])? (".*")$')


def path_of(domain: str, folder: Path | None = None, suffix: str = "po") -> Path:
    return Path(folder or project.LOCALE_PATHS[0], LOCALE, "LC_MESSAGES", f"{domain}.{suffix}")


def read_po(path: Path) -> tuple[Catalogue, list[str]]:
    """The messages of a .po file without its header, and the keys of those that are fuzzy or obsolete."""
    catalogue: Catalogue = {}
    doubtful = []
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        parts: dict[str, list[str]] = {}
        current: list[str] = []
        for line in block.splitlines():
            if found := LINE.match(line.removeprefix("#~ ")):
                current = parts.setdefault(found[1], [])
                current.append(ast.literal_eval(found[3]))
            elif line.removeprefix("#~ ").startswith('"'):
                current[-1] += ast.literal_eval(line.removeprefix("#~ "))
        key = "\0".join(parts.get("msgid", []) + parts.get("msgid_plural", []))
        key = f"{parts['msgctxt'][0]}\4{key}" if "msgctxt" in parts else key
        if "#~ " in block or re.search(r"^#,.*fuzzy", block, re.MULTILINE):
            doubtful.append(key)
        elif key:
            catalogue[key] = parts["msgstr"]
    return catalogue, doubtful


def read_mo(path: Path) -> Catalogue:
    """The messages of a .mo file without its header."""
    data = path.read_bytes()
    magic, _, count, keys_at, values_at = struct.unpack_from("<5I", data)
    assert magic == 0x950412DE, "little-endian, as everywhere"

    def text(table: int, number: int) -> str:
        length, offset = struct.unpack_from("<2I", data, table + 8 * number)
        return data[offset : offset + length].decode()

    return {text(keys_at, n): text(values_at, n).split("\0") for n in range(count) if text(keys_at, n)}


def write_mo(catalogue: Mapping[str, list[str]], domain: str, folder: Path) -> None:
    """Write the .mo of a domain that `LOCALE_PATHS = [folder]` finds."""
    header = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n"
    pairs = sorted((key.encode(), "\0".join(forms).encode()) for key, forms in {"": [header], **catalogue}.items())
    texts, tables, offset = b"", [], 28 + 16 * len(pairs)
    for side in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<2I", len(pair[side]), offset + len(texts)))
            texts += pair[side] + b"\0"
    path = path_of(domain, folder, "mo")
    path.parent.mkdir(parents=True, exist_ok=True)
    begin = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    path.write_bytes(begin + b"".join(tables) + texts)


def write_catalogue(folder: Path, texts: Mapping[str | tuple[str, str], str]) -> None:
    """Write the .mo of a few texts; a pair is the singular and the plural of one entry."""
    write_mo(
        {"\0".join(key) if isinstance(key, tuple) else key: [text] for key, text in texts.items()}, "django", folder
    )


@contextmanager
def translations(folder: Path, catalogues: Mapping[str, Catalogue]) -> Iterator[None]:
    """Chinese as these catalogues have it, by domain, instead of the installation's own."""
    for domain, catalogue in catalogues.items():
        write_mo(catalogue, domain, folder)
    with (
        override_settings(LOCALE_PATHS=[folder]),
        isolate_lru_cache(version_of),
        isolate_lru_cache(compile_pattern),
    ):
        yield


def collect(folder: Path) -> dict[str, Catalogue]:
    """What `make messages` finds in the source, by domain, without a translation. Works on a copy in this folder, since
    it writes beside what it reads. Needs gettext."""
    for name in SOURCES:
        leave_out = shutil.ignore_patterns("__pycache__", "locale")
        shutil.copytree(Path(project.BASE_DIR, name), folder / name, ignore=leave_out)
    options = {"locale": [LOCALE], "no_location": True, "no_wrap": True, "verbosity": 0}
    with override_settings(LOCALE_PATHS=[folder / "locale"]), chdir(folder):
        call_command("makemessages", **options)
        call_command("makemessages", domain="djangojs", extensions=["js"], **options)
    return {domain: read_po(path_of(domain, folder / "locale"))[0] for domain in DOMAINS}


def lengthened(catalogue: Catalogue) -> Catalogue:
    """Each text with every word two fifths longer, in all its forms; values and tags are as they were."""
    return {key: [longer(form) for form in key.rpartition("\4")[2].split("\0")[-1:]] for key in catalogue}


def longer(text: str) -> str:
    """The text with every word two fifths longer, by its own beginning."""
    words = re.split(r"(%\(\w+\)[sd]|%%|<[^>]*>|\s+)", text)
    return "".join(word if n % 2 else word + word[: math.ceil(len(word) * 0.4)] for n, word in enumerate(words))
