"""Who runs the installation: there is always somebody who can."""

from __future__ import annotations

from generations.models.team import Person
from generations.translatable import Message


class LastAdministrator(Exception):
    """Nobody who runs the installation would be left; `sentence` says so, translated where it is shown."""

    def __init__(self) -> None:
        self.sentence = Message("This is the last administrator. Make somebody else an administrator first.")
        super().__init__(self.sentence)


def keep_an_administrator(person: Person) -> None:
    """To be called within the transaction that takes the office or the account from somebody. Raises
    LastAdministrator.

    All administrators are locked, in one order: of two who take it from each other at the same moment the second
    waits, and then sees that the first is one no more. Who is none locks nobody."""
    if not Person.objects.filter(pk=person.pk, is_superuser=True, is_active=True).exists():
        return
    standing = Person.objects.filter(is_superuser=True, is_active=True).order_by("pk").select_for_update(no_key=True)
    numbers = list(standing.values_list("pk", flat=True))
    if person.pk in numbers and len(numbers) == 1:
        raise LastAdministrator
