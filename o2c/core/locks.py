"""Locks on names: what has no row yet can be locked by what it will be called. They end with the transaction."""

from collections.abc import Iterable

from django.db import connection


def hold(*name: object) -> None:
    """Wait until nobody else's transaction holds this name, and hold it to the end of this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [text(*name)])


def hold_all(names: Iterable[tuple]) -> None:
    """`hold` each of these names, in one order whoever holds them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) AS n(name)",
            [sorted({text(*name) for name in names})],
        )


def share(*name: object) -> None:
    """Keep those out who would `hold` the name, to the end of this transaction; others may share it too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [text(*name)])


def try_hold(*name: object) -> bool:
    """Hold the name to the end of this transaction, unless somebody else does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [text(*name)])
        return cursor.fetchone()[0]


def text(*name: object) -> str:
    """The name as one text, for a function of the database that holds it itself."""
    return "\x1f".join(str(part) for part in name)
