"""Statements of a load, one at a time."""

from typing import Any

from django.db import connection


def do(sql: str, params: dict[str, Any] | None = None) -> int:
    """Run one statement; how many rows it found or changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def rows(sql: str, params: dict[str, Any] | None = None) -> list[tuple]:
    """What a query finds."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def firsts(sql: str, params: dict[str, Any] | None = None) -> list:
    """The first column of what a query finds."""
    return [row[0] for row in rows(sql, params)]
