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
    """The names of those triggers that somebody dropped, disabled or made other than they are here."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
            there = {sql for (sql,) in cursor.fetchall()}
            made = zip(TRIGGERS, statements(connection), strict=True)
            return [name for name, statement in made if statement.strip() not in there]
        cursor.execute(WORKING, [TABLE, POSTGRESQL_FUNCTION.split("$$")[1]])
        working = set(cursor.fetchall())
    return [name for name, events in POSTGRESQL_EVENTS.items() if (name, events) not in working]


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
POSTGRESQL_EVENTS = {"record_rows": 1 | 2 | 8 | 16, "record_all": 2 | 32}
"""As `pg_trigger.tgtype` has them: 1 for each row, 2 before, 8 a deletion, 16 a change, 32 the emptying of a table."""
WORKING = """
SELECT tgname, tgtype FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgrelid = %s::regclass AND tgenabled IN ('O', 'A') AND tgqual IS NULL AND tgattr = '' AND prosrc = %s
"""
