"""Email addresses as people paste them, with the names that stand beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from generations.models.email_address import lowered
from generations.text import tidy_line

MAX_ADDRESS = 254
MAX_ADDRESSES = 100
MAX_NAME = 150
NAMED = re.compile(r"([^<>,;，；、\r\n\t]{0,200})<\s*([^<>\r\n]{1,300}?)\s*>")
BETWEEN = r"\s,;，；、<>\"'()\[\]|"
BARE = re.compile(rf"(?<![^{BETWEEN}])[^{BETWEEN}@]{{1,300}}@[^{BETWEEN}]{{0,300}}")
ENDS = ".:。"
QUOTED = re.compile(r'"([^"\r\n]{0,200})"(?=\s*<)')


@dataclass(frozen=True)
class Address:
    """An address as it was typed or pasted, and the name that stood with it."""

    email: str
    name: str = ""

    @property
    def is_valid(self) -> bool:
        try:
            validate_email(self.email)
        except ValidationError:
            return False
        return len(self.email) <= MAX_ADDRESS


def addresses_in(text: str) -> list[Address]:
    """The addresses in a pasted text, each once, in its order. Whatever stands between them separates them: commas,
    semicolons, lines, the cells of a table. A name stands before an address in angle brackets."""
    found: dict[str, Address] = {}
    for address in _scan(text):
        found.setdefault(address.email, address)
    return list(found.values())


def _scan(text: str) -> Iterator[Address]:
    # A comma within quotes separates nothing: "Ferreira, Lucia" <lucia@studio.example>.
    text = QUOTED.sub(lambda match: re.sub(r"[,;<>]", " ", match[1]), text)
    end = 0
    for match in NAMED.finditer(text):
        yield from _bare(text[end : match.start()])
        *before, name = re.split(BARE, match[1])
        yield from _bare(match[1])
        name = tidy_line(name if before else match[1], MAX_NAME).strip("\"' ")
        yield Address(_email(match[2]), name)
        end = match.end()
    yield from _bare(text[end:])


def _bare(text: str) -> Iterator[Address]:
    return (Address(_email(match[0])) for match in BARE.finditer(text))


def _email(text: str) -> str:
    """As it is kept: an address is the same however it is capitalised."""
    return lowered(text.strip()).removeprefix("mailto:").strip(ENDS)
