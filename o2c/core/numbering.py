"""Document numbers without gaps: one locked counter row per owner, series and year."""

from django.db import connection


def take(owner: str, series: str, year: int, count: int = 1) -> int:
    """Reserve `count` consecutive numbers and return the first.

    Call it last in the transaction that uses them: the row stays locked until the end, and a rollback gives the
    numbers back, so there is never a gap.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Numbers are taken inside the transaction that uses them.")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_numberseries AS s (owner, series, year, next) VALUES (%s, %s, %s, 1 + %s)
            ON CONFLICT (owner, series, year) DO UPDATE SET next = s.next + %s
            RETURNING next - %s
            """,
            [owner, series, year, count, count, count],
        )
        return cursor.fetchone()[0]
