"""Text as it is searched: folded, so that neither case nor width nor the form of an accent matters on any database."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

from generations.text import casefold


def is_invisible(text: str) -> bool:
    """Whether nobody can see any of it: controls, formats such as a zero-width space, and separators alone."""
    return all(unicodedata.category(sign)[0] in "CZ" for sign in text)


class FoldedField(models.TextField):
    """The folded text of another field, written whenever the row is. SQLite folds no case but ASCII's by itself."""

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **{**kwargs, "editable": False})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"]
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, row: models.Model, add: bool) -> str:
        folded = casefold(getattr(row, self.of))
        setattr(row, self.attname, folded)
        return folded


@FoldedField.register_lookup
class Holds(models.Lookup):
    """`words__holds=text`: the folded text stands somewhere in it.

    By position on SQLite, where LIKE takes several times as long; by LIKE on PostgreSQL, which estimates by it how many
    rows will match, and with a wrong guess walks the whole library."""

    lookup_name = "holds"

    def get_prep_lookup(self) -> str:
        return casefold(self.rhs)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        return f"INSTR({left}, %s) > 0", (*parameters, self.rhs)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        escaped = self.rhs.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"{left} LIKE %s", (*parameters, f"%{escaped}%")
