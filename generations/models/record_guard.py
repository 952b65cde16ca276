"""Triggers that keep the record as it was written: no entry is changed or deleted, by whatever program.

Two things are let through: emptying a network address, which is not in the chain, and deleting the oldest entries up to
the number that the head says. On SQLite they go when the table is made anew, as SQLite does to change a table: such a
migration ends with another `RunPython(guard)`."""

from __future__ import annotations

from typing import Any

TABLE = "generations_auditentry"
ERASABLE = ("address", "salt")
TRIGGERS = ("record_insert", "record_update", "record_delete")


def guard(apps: Any, schema_editor: Any) -> None:
    """Make the triggers, for a migration."""
    for statement in statements(schema_editor.connection):
        schema_editor.execute(statement, params=None)


def unguard(apps: Any, schema_editor: Any) -> None:
    """Drop the triggers, for a migration."""
    if schema_editor.connection.vendor == "sqlite":
        for name in TRIGGERS:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
    else:
        schema_editor.execute("DROP FUNCTION IF EXISTS record_guard() CASCADE")


def missing(connection: Any) -> list[str]:
    """The names of those triggers that somebody dropped or disabled."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            wanted = [*TRIGGERS]
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
        else:
            wanted = ["record_rows", "record_all"]
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled <> 'D'", [TABLE])
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in wanted if name not in there]


def statements(connection: Any) -> list[str]:
    """The SQL that makes them."""
    if connection.vendor != "sqlite":
        return [POSTGRESQL_FUNCTION, *POSTGRESQL_TRIGGERS]
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, TABLE)]
    changes = [f'new."{name}" IS NOT old."{name}"' for name in columns if name not in ERASABLE]
    filled = [f"new.\"{name}\" <> ''" for name in ERASABLE]
    return [SQLITE_INSERT, SQLITE_UPDATE.replace("CHANGED", " OR ".join([*changes, *filled])), SQLITE_DELETE]


SQLITE_INSERT = """
CREATE TRIGGER record_insert BEFORE INSERT ON generations_auditentry
WHEN EXISTS (SELECT 1 FROM generations_auditentry WHERE number = new.number)
BEGIN SELECT RAISE(ABORT, 'The record is append-only.'); END
"""
SQLITE_UPDATE = """
CREATE TRIGGER record_update BEFORE UPDATE ON generations_auditentry WHEN CHANGED
BEGIN SELECT RAISE(ABORT, 'The record is append-only.'); END
"""
SQLITE_DELETE = """
CREATE TRIGGER record_delete BEFORE DELETE ON generations_auditentry
WHEN old.number > coalesce((SELECT max(pruned_to) FROM generations_recordhead), 0)
BEGIN SELECT RAISE(ABORT, 'The record is append-only.'); END
"""
POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION record_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.address = '' AND NEW.salt = ''
      AND to_jsonb(NEW) - 'address' - 'salt' = to_jsonb(OLD) - 'address' - 'salt' THEN
      RETURN NEW;
    END IF;
  ELSIF TG_OP = 'DELETE' THEN
    IF OLD.number <= (SELECT max(pruned_to) FROM generations_recordhead) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'The record is append-only.';
END
$$
"""
POSTGRESQL_TRIGGERS = (
    """
    CREATE TRIGGER record_rows BEFORE UPDATE OR DELETE ON generations_auditentry
    FOR EACH ROW EXECUTE FUNCTION record_guard()
    """,
    """
    CREATE TRIGGER record_all BEFORE TRUNCATE ON generations_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION record_guard()
    """,
)
