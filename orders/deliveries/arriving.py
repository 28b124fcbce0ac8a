"""A delivery that is under way arrives when its carrier says so, whichever was known first."""

from collections.abc import Iterable

from django.db import connection

from o2c.core import clock, outbox

# On the day of where it was sent from; not before it left the house, and not on a day to come.
ARRIVE = """
    WITH held AS MATERIALIZED (
        SELECT id FROM orders_delivery WHERE id = ANY(%(ids)s) AND state = 'shipped' ORDER BY id FOR NO KEY UPDATE
    ), told AS (
        SELECT d.id, orders_arrived_at(d.carrier_id, d.tracking_number, d.created_at) AS at
        FROM held h JOIN orders_delivery d ON d.id = h.id
    )
    UPDATE orders_delivery d SET state = 'delivered', delivered_on = greatest(d.shipped_on,
            least((t.at AT TIME ZONE e.time_zone)::date, (%(now)s::timestamptz AT TIME ZONE e.time_zone)::date))
        FROM told t, orders_legalentity e
        WHERE d.id = t.id AND d.state = 'shipped' AND e.id = d.entity_id AND t.at IS NOT NULL
    RETURNING d.id, d.number, d.entity_id, d.customer_id
"""


def follow(delivery_ids: Iterable[int]) -> int:
    """Let those of these deliveries arrive of which their carrier has said it, in one statement; how many did.

    Call it in a transaction of an act. One that has not left the house, or has come back since, stays.
    """
    ids = sorted(set(delivery_ids))
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(ARRIVE, {"ids": ids, "now": clock.now()})
        arrived = sorted(cursor.fetchall())
    names = ("delivery_id", "number", "entity_id", "customer_id")
    outbox.emit_all("deliveries.delivered", [dict(zip(names, row, strict=True)) for row in arrived])
    return len(arrived)
