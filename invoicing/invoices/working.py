"""The invoices that a transaction is working on, named once, so that each step is one statement over all of them."""

from collections.abc import Iterable

from django.db import connection

TABLE = "CREATE TEMP TABLE IF NOT EXISTS working (invoice_id bigint PRIMARY KEY) ON COMMIT DROP"


def on(ids: Iterable[int]) -> None:
    """Work on these invoices and no others. Lives to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.execute("TRUNCATE working")
        cursor.execute("INSERT INTO working SELECT unnest(%s::bigint[])", [sorted(set(ids))])
        cursor.execute("ANALYZE working")


def without(ids: Iterable[int]) -> None:
    """Leave these out."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM working WHERE invoice_id = ANY(%s)", [list(ids)])


def lock() -> dict[int, str]:
    """Lock the invoices and those they correct, in the order of their ids; the state of each worked on."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.id, i.state, w.invoice_id IS NOT NULL FROM invoicing_invoice i
            LEFT JOIN working w ON w.invoice_id = i.id
            WHERE i.id IN (
                SELECT invoice_id FROM working
                UNION SELECT c.corrects_id FROM working JOIN invoicing_invoice c ON c.id = invoice_id
            )
            ORDER BY i.id FOR NO KEY UPDATE OF i
            """
        )
        return {pk: state for pk, state, worked_on in cursor if worked_on}
