"""How the tables are emptied between tests that commit."""

from __future__ import annotations

from django.db import connection

LARGE = 32 * 1024 * 1024  # bytes in one table from which a new file is made sooner than its rows are deleted
REPLAYING = "SET LOCAL session_replication_role = replica"  # as a replica does, for which no trigger fires


def statements(style, tables: list[str], *, reset_sequences: bool = False, allow_cascade: bool = False) -> list[str]:
    """The statements that leave these tables empty, in the place of Django's one TRUNCATE of all of them.

    No trigger fires, as none does for TRUNCATE: what may never be deleted in a running system goes as well.
    """
    every = ", ".join(connection.ops.quote_name(table) for table in tables)
    if reset_sequences:
        return [REPLAYING, f"TRUNCATE {every} RESTART IDENTITY"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(pg_relation_size(quote_ident(name)::regclass)) FROM unnest(%s) AS name", [tables])
        (largest,) = cursor.fetchone()
        if largest > LARGE:
            return [REPLAYING, f"TRUNCATE {every}"]
        filled = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT FROM {connection.ops.quote_name(table)})" for table in tables
        )
        cursor.execute(filled)
        names = [connection.ops.quote_name(table) for (table,) in cursor.fetchall()]
    deletions = [f"DELETE FROM {name}" for name in names]
    return [REPLAYING, *deletions] if deletions else []
