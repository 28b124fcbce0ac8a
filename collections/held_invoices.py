"""Invoices that are held as they differ from their orders: somebody is told once, by a task, which is done as soon as
the draft is corrected, accepted, issued or thrown away. Changed and still different, it is told of anew.
"""

from decimal import Decimal
from itertools import groupby

from django.db import connection

from o2c.collections import worklist
from o2c.collections.models import Task
from o2c.core import clock, formats
from o2c.core.actors import SYSTEM, acting

HELD = """
    SELECT i.entity_id, e.time_zone, i.customer_id, 'differs:' || i.id || ':' || left(invoicing_lines_digest(i.id), 16),
        i.currency, sum(b.amount), string_agg(DISTINCT b.kind, ', ' ORDER BY b.kind),
        string_agg(DISTINCT o.number, ', '), core_minor_unit(i.currency)
    FROM invoicing_beyond_tolerance(ARRAY(
        SELECT id FROM invoicing_invoice d WHERE d.state = 'draft' AND d.kind = 'invoice'
            AND EXISTS (SELECT 1 FROM invoicing_invoiceline l WHERE l.invoice_id = d.id AND l.order_line_id IS NOT NULL)
    )) b
    JOIN invoicing_invoice i ON i.id = b.invoice_id
    JOIN orders_legalentity e ON e.id = i.entity_id
    JOIN orders_orderline l ON l.id = b.order_line_id JOIN orders_order o ON o.id = l.order_id
    GROUP BY i.id, e.time_zone ORDER BY i.entity_id, i.id
"""
CLOSE = """
    UPDATE collections_task SET state = 'done', outcome = 'settled', done_at = %(now)s, snoozed_until = NULL
    WHERE kind = 'discrepancy' AND state IN ('open', 'claimed', 'snoozed') AND key <> ALL(%(keys)s::varchar[])
"""
WHY = 300


def follow(payloads: list[dict] | None = None) -> dict[str, int]:
    """Open a task for each draft that is held now and has none, and end those that nothing is held for any more.

    Safe to run again, and at once with itself.
    """
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(HELD)
        held = cursor.fetchall()
        keys = [row[3] for row in held]
        cursor.execute(CLOSE, {"keys": keys, "now": clock.now()})
        ended = cursor.rowcount
        told = set(Task.objects.filter(key__in=keys).values_list("key", flat=True))
        opened = 0
        for (entity_id, zone), rows in groupby((row for row in held if row[3] not in told), key=lambda row: row[:2]):
            today = clock.today(zone)
            causes = [
                worklist.Cause(customer_id, _why(*differs), today, key) for _, _, customer_id, key, *differs in rows
            ]
            opened += worklist.create_many(entity_id, Task.Kind.DISCREPANCY, causes, actor=SYSTEM)
    return {"opened": opened, "ended": ended}


def _why(currency: str, amount: Decimal, kinds: str, orders: str, places: int) -> str:
    """What differs, by how much, from which orders, and what to do."""
    by = f" by {formats.number(amount, places)} {currency}" if amount else ""
    what = f"An invoice differs from {orders}{by} ({kinds})"
    return f"{what[: WHY - 40]}: correct it, or accept it"
