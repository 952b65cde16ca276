"""When two email addresses, or a user name and what was typed for it, are the same: in any case of their letters.

Neither Python's capitals nor the database's say so: they take a letter that only looks like another for the same. With
ı for i, ſ for s, or the Kelvin sign for K somebody has a mailbox of their own, and must not get into another's
account."""

from __future__ import annotations

import re
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

from generations.models.team import Person

OTHERS = re.compile("[^İ\u212a]+")
"""All but the letters of no ASCII whose small letter begins with one of ASCII."""


def lowered(email: str) -> str:
    """The address as it is kept and compared: in small letters, with every letter still the one it was."""
    return OTHERS.sub(lambda part: part[0].lower(), email)


class Address(models.CharField):
    """What is looked for, as it is kept."""

    def get_prep_value(self, value: object) -> str:
        return lowered(str(value))


@models.CharField.register_lookup
class Lowered(models.Transform):
    """`email__lowered=email` and `email__lowered__in=emails`, however they are written. By ASCII's letters alone, on
    any database and in any locale: who typed others has them in small letters already."""

    lookup_name = "lowered"
    function = "LOWER"
    output_field = Address()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[object, ...]]:
        return self.as_sql(compiler, connection, template='%(function)s(%(expressions)s COLLATE "C")', **context)


def person_called(name: str, people: models.QuerySet[Person] | None = None) -> Person | None:
    """Whose user name this is, else whose address; among these people, else among all."""
    among = Person.objects.all() if people is None else people
    return among.filter(username=name).first() or among.filter(email__lowered=name).first()
