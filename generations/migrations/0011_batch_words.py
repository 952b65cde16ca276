"""Index the words of every prompt by each three signs in a row, so that a search need not read the prompts.

SQLite's index is a table beside the batches, kept by triggers. They go when generations_batch is made anew, as SQLite
does to change a table: such a migration ends with another `RunPython(follow)`. Two signs of no meaning end every prompt,
so that each sign begins a row of three; of those, a second table tells where they stand. PostgreSQL's index serves LIKE
and needs the extension pg_trgm, which the owner of a database may create; without it prompts are read as before."""

import sqlite3

from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError, migrations, transaction

INDEX = "generations_batch_words"
ADD = f"INSERT INTO {INDEX} (rowid, words) VALUES (new.id, new.words || char(10, 10))"
DROP = f"INSERT INTO {INDEX} ({INDEX}, rowid, words) VALUES ('delete', old.id, old.words || char(10, 10))"
CHANGES = {"insert": ADD, "delete": DROP, "update of words": f"{DROP}; {ADD}"}


def index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        index_sqlite(schema_editor)
        follow(apps, schema_editor)
    else:
        index_postgresql(schema_editor)


def index_sqlite(schema_editor):
    try:
        schema_editor.execute(
            f"CREATE VIRTUAL TABLE {INDEX} USING fts5 (words, content='', tokenize='trigram case_sensitive 1')"
        )
    except OperationalError as error:
        raise CommandError(
            f"Searching needs SQLite 3.34 or newer with FTS5; this Python has {sqlite3.sqlite_version} ({error}). "
            "Use another Python, or PostgreSQL by DATABASE_URL."
        ) from None
    schema_editor.execute(f"CREATE VIRTUAL TABLE {INDEX}_signs USING fts5vocab ({INDEX}, instance)")
    schema_editor.execute(
        f"INSERT INTO {INDEX} (rowid, words) SELECT id, words || char(10, 10) FROM generations_batch"
    )


def follow(apps, schema_editor):
    """Have SQLite's index follow every insert, update and delete."""
    if schema_editor.connection.vendor == "sqlite":
        for event, change in CHANGES.items():
            schema_editor.execute(
                f"CREATE TRIGGER {INDEX}_{event[:6]} AFTER {event} ON generations_batch BEGIN {change}; END"
            )


def index_postgresql(schema_editor):
    try:
        with transaction.atomic(schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:  # not installed, or not allowed
        return
    schema_editor.execute(f"CREATE INDEX {INDEX} ON generations_batch USING gin (words gin_trgm_ops)")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for event in CHANGES:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {INDEX}_{event[:6]}")
        schema_editor.execute(f"DROP TABLE {INDEX}_signs")
        schema_editor.execute(f"DROP TABLE {INDEX}")
    else:
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("generations", "0010_review_replaced")]

    operations = [migrations.RunPython(index, drop)]
