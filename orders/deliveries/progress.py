"""An order goes as far as its lines have gone: the state follows what was delivered and invoiced of them."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection

from o2c.core import outbox
from o2c.orders.models import Order

STATE = Order.State
# One that is confirmed goes on by itself until it is closed.
FOLLOWS = (STATE.CONFIRMED, STATE.PARTLY_DELIVERED, STATE.DELIVERED, STATE.INVOICED)
FOLLOW = """
    WITH held AS MATERIALIZED (
        SELECT id, state FROM orders_order WHERE id = ANY(%(ids)s) AND state = ANY(%(follows)s)
        ORDER BY id FOR NO KEY UPDATE
    ), so_far AS (
        SELECT h.id, h.state,
            bool_or(l.delivered > 0) AS begun, bool_or(l.delivered < l.quantity - l.closed) AS left_over,
            bool_and(l.invoiced >= greatest(l.delivered, l.quantity - l.closed)) AS invoiced,
            bool_or(l.invoiced > 0) AS anything
        FROM held h JOIN orders_orderline l ON l.order_id = h.id GROUP BY 1, 2
    ), wanted AS (
        SELECT id, state, CASE
            WHEN left_over AND begun THEN 'partly_delivered'
            WHEN left_over THEN 'confirmed'
            WHEN invoiced AND anything THEN 'invoiced'
            WHEN begun THEN 'delivered'
            ELSE state END AS following
        FROM so_far
    )
    UPDATE orders_order o SET state = w.following FROM wanted w WHERE o.id = w.id AND w.following <> w.state
    RETURNING o.id, o.number, o.entity_id, o.customer_id, o.state
"""


def follow(order_ids: Iterable[int]) -> int:
    """Let the orders go where their lines have gone, in one statement; how many moved.

    Call it in the transaction that changed what was delivered or invoiced. One that is held, cancelled or closed stays.
    """
    ids = sorted(set(order_ids))
    if not ids:
        return 0
    told: dict[str, list[dict]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"ids": ids, "follows": [str(state) for state in FOLLOWS]})
        moved = cursor.fetchall()
    for order_id, number, entity_id, customer_id, state in moved:
        told[state].append({"order_id": order_id, "number": number, "entity_id": entity_id, "customer_id": customer_id})
    # each by its name, as the table of events has them
    outbox.emit_all("orders.confirmed", told[STATE.CONFIRMED])
    outbox.emit_all("orders.partly_delivered", told[STATE.PARTLY_DELIVERED])
    outbox.emit_all("orders.delivered", told[STATE.DELIVERED])
    outbox.emit_all("orders.invoiced", told[STATE.INVOICED])
    return len(moved)
