"""The orders that invoices are of: locked before their lines are, and taken along when the invoices are issued."""

from django.db import connection

from o2c.orders.deliveries import progress

# The orders of the drafts that are worked on, and of the invoices that these correct.
LOCK = """
    SELECT id FROM orders_order WHERE id IN (
        SELECT o.order_id FROM (
            SELECT invoice_id FROM working
            UNION SELECT c.corrects_id FROM working JOIN invoicing_invoice c ON c.id = invoice_id
                WHERE c.corrects_id IS NOT NULL
        ) w JOIN invoicing_invoiceline l ON l.invoice_id = w.invoice_id AND l.order_line_id IS NOT NULL
        JOIN orders_orderline o ON o.id = l.order_line_id
    ) ORDER BY id FOR NO KEY UPDATE
"""


def lock() -> list[int]:
    """Lock the orders in the order of their ids: whoever ships of them at this moment waits, or is waited for."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        return [row[0] for row in cursor.fetchall()]


def follow(ids: list[int]) -> None:
    """Let the orders go as far as they are invoiced now."""
    progress.follow(ids)
