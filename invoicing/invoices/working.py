"""The invoices that a transaction is working on, named once, so that each step is one statement over all of them."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection

from o2c.orders.models import LegalEntity

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


# All that is held is read, so that all of it is locked before anything is counted.
LOCK = """
    WITH held AS MATERIALIZED (
        SELECT i.id, i.state, i.entity_id, i.corrects_id FROM invoicing_invoice i
        WHERE i.id IN (
            SELECT invoice_id FROM working
            UNION SELECT c.corrects_id FROM working JOIN invoicing_invoice c ON c.id = invoice_id
        )
        ORDER BY i.id FOR NO KEY UPDATE OF i
    )
    SELECT count(w.invoice_id) FILTER (WHERE h.state = 'draft' AND h.entity_id = %s) = (SELECT count(*) FROM working),
        count(*) FILTER (WHERE h.corrects_id IS NOT NULL) > 0
    FROM held h LEFT JOIN working w ON w.invoice_id = h.id
"""


class Held(NamedTuple):
    """Whether all that is worked on are drafts of the legal entity, and whether any of it corrects an invoice."""

    drafts: bool
    corrects: bool


def lock(entity: LegalEntity) -> Held:
    """Lock the invoices and those they correct, in the order of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [entity.pk])
        return Held(*cursor.fetchone())
