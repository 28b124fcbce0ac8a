"""How often each step was taken for whom, and what it cost: counted from what happened, in one statement.

A step is of an order where it can be told; else it is the customer's alone. What was really spent on a step of an order
counts instead of the rate for all of that step on that order. Amounts are in the base currency of the legal entity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.analytics.models.serving import Step


@dataclass(frozen=True)
class Served:
    """What one was served, in a month or in all: so many steps and their cost. `unpriced`: steps without a rate."""

    key: int
    month: date | None
    step: Step
    quantity: Decimal
    cost: Decimal
    unpriced: Decimal


@dataclass(frozen=True)
class Sold:
    """What was ordered of one: net of tax, and what the goods cost; `uncosted` of the net has no cost of goods."""

    key: int
    month: date | None
    orders: int
    net: Decimal
    goods: Decimal
    uncosted: Decimal


BY = {"customer": "customer_id", "order": "order_id"}

# The order whose lines all of an invoice bills; none where it bills several, or none.
INVOICED = """
    SELECT l.invoice_id, min(o.order_id) AS order_id
    FROM invoicing_invoiceline l JOIN orders_orderline o ON o.id = l.order_line_id
    JOIN invoicing_invoice i ON i.id = l.invoice_id
    WHERE i.entity_id = ANY(%(entities)s) {OF_INVOICE}
    GROUP BY 1 HAVING count(DISTINCT o.order_id) = 1
"""
STEPS = """
    SELECT o.entity_id, o.customer_id, o.id AS order_id,
        CASE WHEN o.channel = 'browser' THEN 'entry_by_hand' ELSE 'entry_electronic' END AS step,
        o.ordered_on AS "on", 1::numeric AS quantity
    FROM orders_order o WHERE o.state <> 'draft'
    UNION ALL
    SELECT o.entity_id, o.customer_id, o.id, 'line', o.ordered_on, count(*)
    FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id WHERE o.state <> 'draft'
    GROUP BY o.id
    UNION ALL
    SELECT d.entity_id, d.customer_id, o.order_id, 'picking', d.shipped_on, count(*)
    FROM orders_delivery d JOIN orders_deliveryline l ON l.delivery_id = d.id
    JOIN orders_orderline o ON o.id = l.order_line_id
    WHERE d.shipped_on IS NOT NULL AND d.state <> 'cancelled'
    GROUP BY d.id, o.order_id
    UNION ALL
    -- what brings the goods of several orders is shared by its lines; no window, so that one customer's are found alone
    SELECT d.entity_id, d.customer_id, o.order_id, 'freight', d.shipped_on,
        count(*)::numeric / (SELECT count(*) FROM orders_deliveryline x WHERE x.delivery_id = d.id)
    FROM orders_delivery d JOIN orders_deliveryline l ON l.delivery_id = d.id
    JOIN orders_orderline o ON o.id = l.order_line_id
    WHERE d.shipped_on IS NOT NULL AND d.state <> 'cancelled'
    GROUP BY d.id, o.order_id
    UNION ALL
    SELECT i.entity_id, i.customer_id, b.order_id, 'invoice', i.issued_on, 1
    FROM invoicing_invoice i LEFT JOIN invoiced b ON b.invoice_id = i.id
    WHERE i.state <> 'draft' AND i.numbered_here
    UNION ALL
    SELECT r.entity_id, r.customer_id, p.order_id, s.step, r.received_on, s.quantity
    FROM invoicing_receipt r
    LEFT JOIN LATERAL (
        SELECT min(b.order_id) AS order_id
        FROM invoicing_allocation a JOIN invoicing_openitem t ON t.id = a.debit_item_id
        JOIN invoicing_invoice i ON i.entry_id = t.entry_id JOIN invoiced b ON b.invoice_id = i.id
        WHERE a.credit_item_id = r.item_id AND a.reverses_id IS NULL
        HAVING count(DISTINCT b.order_id) = 1
    ) p ON true
    JOIN orders_legalentity e ON e.id = r.entity_id
    CROSS JOIN LATERAL (VALUES ('payment', 1::numeric), ('card_fee', CASE WHEN r.method = 'card' THEN
        invoicing_in_base(r.amount, r.currency, e.base_currency, r.received_on) END)) AS s (step, quantity)
    WHERE r.method <> 'history' AND r.reversed_on IS NULL AND s.quantity IS NOT NULL
    UNION ALL
    SELECT n.entity_id, n.customer_id, NULL, 'reminder', n.as_of, 1
    FROM collections_notice n WHERE n.state = 'composed'
    UNION ALL
    SELECT a.entity_id, a.customer_id, NULL, 'call', (a.happened_at AT TIME ZONE e.time_zone)::date, 1
    FROM collections_activity a JOIN orders_legalentity e ON e.id = a.entity_id WHERE a.kind = 'call'
    UNION ALL
    SELECT w.entity_id, w.customer_id, w.order_id, w.step, w."on", w.quantity
    FROM analytics_workrecord w WHERE w.taken_back_at IS NULL AND w.amount IS NULL
"""
SERVED = """
    WITH invoiced AS ({INVOICED}), steps AS (
        SELECT s.*, CASE WHEN s.step = 'card_fee' THEN r.percent / 100 ELSE r.amount END AS rate
        FROM ({STEPS}) s
        LEFT JOIN LATERAL (
            SELECT r.amount, r.percent FROM analytics_costrate r
            WHERE r.entity_id = s.entity_id AND r.step = s.step AND r.from_on <= s."on"
            ORDER BY r.from_on DESC LIMIT 1
        ) r ON true
        WHERE s.entity_id = ANY(%(entities)s) AND s."on" BETWEEN %(since)s AND %(until)s {OF} {OF_STEPS}
    ), spent AS (
        SELECT w.* FROM analytics_workrecord w WHERE w.taken_back_at IS NULL AND w.amount IS NOT NULL
            AND w.entity_id = ANY(%(entities)s) {OF_RECORD} {SPENT_STEPS}
    ), priced AS (
        SELECT s.entity_id, s.customer_id, s.order_id, s.step, s."on", s.quantity,
            CASE WHEN x.step IS NOT NULL THEN 0 ELSE s.quantity * s.rate END AS cost,
            CASE WHEN x.step IS NULL AND s.rate IS NULL THEN s.quantity ELSE 0 END AS unpriced
        FROM steps s LEFT JOIN (SELECT DISTINCT order_id, step FROM spent WHERE order_id IS NOT NULL) x
            ON x.order_id = s.order_id AND x.step = s.step
        UNION ALL
        -- it stands for steps that are counted already
        SELECT w.entity_id, w.customer_id, w.order_id, w.step, w."on",
            CASE WHEN w.order_id IS NULL OR w.step IN ('dispute', 'other') THEN w.quantity ELSE 0 END, w.amount, 0
        FROM spent w WHERE w."on" BETWEEN %(since)s AND %(until)s
    )
    SELECT {KEY}, {MONTH}, step, sum(quantity), round(coalesce(sum(cost), 0), 4), sum(unpriced)
    FROM priced WHERE {KEY} IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
SOLD = """
    WITH lines AS (
        SELECT o.id AS order_id, o.customer_id, o.ordered_on AS "on",
            invoicing_in_base(round(l.net * s.part, core_minor_unit(o.currency)), o.currency, e.base_currency,
                o.ordered_on) AS net,
            invoicing_in_base(l.quantity * s.part * p.cost, p.cost_currency, e.base_currency, o.ordered_on) AS goods
        FROM orders_order o JOIN orders_legalentity e ON e.id = o.entity_id
        JOIN orders_orderline l ON l.order_id = o.id LEFT JOIN orders_product p ON p.id = l.product_id
            AND p.unit = l.unit
        -- what was given up of a line is not sold
        CROSS JOIN LATERAL (SELECT CASE WHEN l.quantity = 0 THEN 0 ELSE 1 - l.closed / l.quantity END AS part) s
        WHERE o.entity_id = ANY(%(entities)s)
            AND o.state IN ('confirmed', 'partly_delivered', 'delivered', 'invoiced', 'closed')
            AND o.ordered_on BETWEEN %(since)s AND %(until)s {OF_ORDER}
    )
    SELECT {KEY}, {MONTH}, count(DISTINCT order_id), coalesce(sum(net), 0), round(coalesce(sum(goods), 0), 4),
        coalesce(sum(net) FILTER (WHERE goods IS NULL), 0)
    FROM lines GROUP BY 1, 2 ORDER BY 1, 2
"""


def served(
    entities: Sequence[int],
    since: date,
    until: date,
    *,
    by: str = "customer",
    monthly: bool = False,
    customer_id: int | None = None,
    order_ids: Sequence[int] = (),
    steps: Sequence[Step] = (),
) -> list[Served]:
    """What was done from `since` to `until`, by customer or by order, in all or month by month; of these steps only,
    where any are named."""
    of, facts = _of(customer_id, order_ids)
    # The names are constants to the database, which then leaves out what makes other steps.
    of_steps = "AND {}.step = ANY(%(steps)s)" if steps else ""
    facts["steps"] = [step.value for step in steps]
    sql = SERVED.format(
        INVOICED=INVOICED.format(OF_INVOICE="" if customer_id is None else "AND i.customer_id = %(customer)s"),
        STEPS=STEPS, OF=of("s"), OF_RECORD=of("w"), KEY=BY[by], MONTH=_month(monthly),
        OF_STEPS=of_steps.format("s"), SPENT_STEPS=of_steps.format("w"),
    )  # fmt: skip
    rows = _rows(sql, {**facts, "entities": list(entities), "since": since, "until": until})
    return [Served(key, month, Step(step), *figures) for key, month, step, *figures in rows]


def sold(
    entities: Sequence[int],
    since: date,
    until: date,
    *,
    by: str = "customer",
    monthly: bool = False,
    customer_id: int | None = None,
    order_ids: Sequence[int] = (),
) -> list[Sold]:
    """What was ordered from `since` to `until` and is confirmed; what was given up of it is left out."""
    of, facts = _of(customer_id, order_ids)
    sql = SOLD.format(OF_ORDER=of("o", "id"), KEY=BY[by], MONTH=_month(monthly))
    return [Sold(*row) for row in _rows(sql, {**facts, "entities": list(entities), "since": since, "until": until})]


def _month(monthly: bool) -> str:
    return """date_trunc('month', "on")::date""" if monthly else "NULL::date"


def _of(customer_id: int | None, order_ids: Sequence[int]):
    def narrowed(table: str, key: str = "order_id") -> str:
        customer = "" if customer_id is None else f"AND {table}.customer_id = %(customer)s"
        return customer + (f" AND {table}.{key} = ANY(%(orders)s)" if order_ids else "")

    return narrowed, {"customer": customer_id, "orders": list(order_ids)}


def _rows(sql: str, facts: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.fetchall()
