"""Every row of a SQLite database goes into PostgreSQL, in one transaction, and is compared before that is committed.

Values are taken as the database keeps them: nothing is folded, sealed or stamped anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.utils import DEFAULT_DB_ALIAS, DatabaseError, load_backend

from generations.models.batch import SEARCH_INDEX
from generations.models.record_guard import guard, unguard

PIECE = 500
MIGRATIONS = "django_migrations"

Row = tuple[Any, ...]


class NotMoved(Exception):
    """Nothing was moved; the text is a sentence for the operator."""


def opened(path: Path) -> BaseDatabaseWrapper:
    """A SQLite database to read from. Raises NotMoved."""
    if not path.is_file():
        raise NotMoved(f"There is no {path}.")
    engine = "django.db.backends.sqlite3"
    options = {"uri": True, "init_command": "PRAGMA query_only=ON"}
    wanted = {"ENGINE": engine, "NAME": f"file:{path}?mode=ro", "OPTIONS": options}
    made = connections.configure_settings({DEFAULT_DB_ALIAS: wanted})[DEFAULT_DB_ALIAS]
    return load_backend(engine).DatabaseWrapper(made, "source")


def move(source: BaseDatabaseWrapper) -> dict[str, int]:
    """Put the rows of the source in place of what our database has; how many, by table. Raises NotMoved."""
    tables = list(apps.get_models(include_auto_created=True))
    counts = {}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            names = ", ".join(connection.ops.quote_name(table._meta.db_table) for table in tables)
            with connection.schema_editor() as editor:
                unguard(apps, editor)  # what it keeps from change is replaced as a whole
            cursor.execute(f"TRUNCATE {names}")
            for table in tables:
                counts[table._meta.db_table] = copy(source, table)
            for sql in connection.ops.sequence_reset_sql(no_style(), tables):
                cursor.execute(sql)
            for table in tables:
                compare(source, table, counts[table._meta.db_table])
            with connection.schema_editor() as editor:
                guard(apps, editor)
    except DatabaseError as error:
        raise NotMoved(f"PostgreSQL refuses what SQLite holds: {error}") from None
    return counts


def refuse_what_does_not_fit(source: BaseDatabaseWrapper) -> None:
    """Raise NotMoved unless the source is of this version, and every table of it is one of ours."""
    ours = {table._meta.db_table for table in apps.get_models(include_auto_created=True)}
    with source.cursor() as cursor:
        try:
            theirs = set(source.introspection.table_names(cursor))
            applied = migrations(source) if MIGRATIONS in theirs else set()
        except DatabaseError as error:
            raise NotMoved(f"It is no database of this installation: {error}.") from None
    if applied != set(MigrationLoader(None).disk_migrations):
        raise NotMoved("The database is of another version. Start this version on it once, then move it.")
    unknown = {name for name in theirs - ours if name != MIGRATIONS and not name.startswith((SEARCH_INDEX, "sqlite_"))}
    if unknown:
        raise NotMoved(f"Nobody knows the table {sorted(unknown)[0]}, so its rows would be lost.")


def migrations(database: BaseDatabaseWrapper) -> set[Row]:
    with database.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())


def copy(source: BaseDatabaseWrapper, table: type[models.Model]) -> int:
    """Copy a table's rows; how many there are."""
    name = connection.ops.quote_name(table._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields(table))
    count = 0
    into = f"COPY {name} ({columns}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(into) as copying:
        for row in rows(source, table):
            copying.write_row(row)
            count += 1
    return count


def compare(source: BaseDatabaseWrapper, table: type[models.Model], count: int) -> None:
    """Raise NotMoved unless each row of the source is ours too, and there are no more."""
    key = [field.column for field in fields(table)].index(key_of(table))
    piece: list[Row] = []
    seen = 0
    for row in chain(rows(source, table), [None]):
        if row is not None:
            piece.append(row)
        if piece and (row is None or len(piece) == PIECE):
            ours = {found[key]: found for found in rows(connection, table, [each[key] for each in piece])}
            for each in piece:
                if plain(table, each) != plain(table, ours.get(each[key], ())):
                    raise NotMoved(f"Row {each[key]} of {table._meta.db_table} is not the same in PostgreSQL.")
            seen += len(piece)
            piece = []
    if seen != count:
        raise NotMoved(f"{table._meta.db_table} changed while it was read: is something still running?")


def rows(database: BaseDatabaseWrapper, table: type[models.Model], keys: list[Any] | None = None) -> Iterator[Row]:
    """The rows of a table, or those with these keys: as the database keeps them, in Python's types."""
    quote = database.ops.quote_name
    columns = [field.get_col(table._meta.db_table) for field in fields(table)]
    words = ["SELECT", ", ".join(quote(field.column) for field in fields(table)), "FROM", quote(table._meta.db_table)]
    if keys is not None:
        words += ["WHERE", quote(key_of(table)), "IN", f"({', '.join(['%s'] * len(keys))})"]
    converters = [[*database.ops.get_db_converters(column)] for column in columns]
    with database.cursor() as cursor:
        cursor.execute(" ".join(words), keys)
        while found := cursor.fetchmany(PIECE):
            for row in found:
                yield tuple(
                    converted(value, to, column, database)
                    for value, to, column in zip(row, converters, columns, strict=True)
                )


def converted(value: Any, converters: list[Any], column: Any, database: BaseDatabaseWrapper) -> Any:
    for convert in converters:
        value = convert(value, column, database)
    return bytes(value) if isinstance(value, memoryview) else value


def key_of(table: type[models.Model]) -> str:
    """The column of its primary key."""
    assert table._meta.pk is not None and table._meta.pk.column is not None
    return table._meta.pk.column


def fields(table: type[models.Model]) -> list[Any]:
    """The columns that are written."""
    return [field for field in table._meta.local_concrete_fields if not field.generated]


def plain(table: type[models.Model], row: Row) -> Row:
    """A row to compare: JSON by what it says, since PostgreSQL writes it in a way of its own."""
    return tuple(
        json.loads(value) if isinstance(field, models.JSONField) and isinstance(value, str) else value
        for field, value in zip(fields(table), row, strict=False)
    )
