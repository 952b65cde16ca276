"""Mentions: an @ and the name of somebody in a text, by user name, full name, or a first name that only one has."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from generations.models.team import Person

MAX_MENTIONS = 20
"""Further names in one text stay plain text."""


@dataclass(frozen=True)
class Mention:
    """Where in a text somebody is named: from the @ to the end of the name."""

    start: int
    end: int
    person: Person


def find_mentions(text: str, people: Iterable[Person]) -> list[Person]:
    """Which of these people the text names, in its order, each once."""
    return list(dict.fromkeys(mention.person for mention in mentions_in(text, people)))


def mentions_in(text: str, people: Iterable[Person]) -> list[Mention]:
    """Where the text names these people. The longest name that fits counts; one that two of them have is nobody's."""
    starts = [at for at, sign in enumerate(text) if sign == "@" and not (at and text[at - 1].isalnum())]
    names = _names(people) if starts else {}
    lengths = sorted({len(name) for name in names}, reverse=True)
    found: list[Mention] = []
    for at in starts:
        if len({mention.person for mention in found}) == MAX_MENTIONS:
            break
        for length in lengths:
            end = at + 1 + length
            person = names.get(text[at + 1 : end].casefold())
            if person and end <= len(text) and _ends(text, end):
                found.append(Mention(at, end, person))
                break
    return found


def _names(people: Iterable[Person]) -> dict[str, Person]:
    """Everybody by what they can be called, casefolded. A user name counts before the names of others."""
    people = list(people)
    names: dict[str, Person] = {}
    for called in ("first_name", "get_full_name", "username"):
        said = [(_plain(person, called), person) for person in people]
        count = Counter(name for name, _ in said)
        names.update({name: person for name, person in said if name and count[name] == 1})
        for name in (name for name, n in count.items() if n > 1):
            names.pop(name, None)
    return names


def _plain(person: Person, called: str) -> str:
    value = getattr(person, called)
    name = value() if callable(value) else value
    return unicodedata.normalize("NFC", name).strip().casefold()


def _ends(text: str, end: int) -> bool:
    """Whether a name can end here: before what is no letter, or behind a sign of a script that puts no spaces."""
    is_wide = unicodedata.east_asian_width(text[end - 1]) in "WF"
    return is_wide or not (text[end : end + 1].isalnum() or text[end : end + 1] == "_")
