"""Invoicing deliveries in one run: what is due, drafts, and their issue."""

from datetime import timedelta

from django.db import connection

from bench.report import Report, timed

DELIVERIES = 10_000
LINES = 5
A_SECOND = 1_000
ORDERS = """
    INSERT INTO orders_order (entity_id, customer_id, number, customer_reference, buyer_reference, channel, state,
        ordered_on, currency, ship_to_name, ship_to_street, ship_to_postal_code, ship_to_city, ship_to_country,
        incoterm, incoterm_place, note, net_total, tax_total, gross_total, created_by, reason)
    SELECT a.entity_id, a.customer_id, %(head)s || n, 'PO-' || n, '', 'api', 'confirmed', %(on)s, %(currency)s, c.name,
        '', '', '', c.country, '', '', '', 0, 0, 0, 'bench', ''
    FROM generate_series(1, %(count)s) n
    JOIN (
        SELECT row_number() OVER (ORDER BY customer_id) - 1 AS place, count(*) OVER () AS of, a.* FROM orders_account a
        WHERE entity_id = %(entity)s AND standing = 'open' AND terms_id IS NOT NULL
    ) a ON a.place = n %% a.of
    JOIN orders_customer c ON c.id = a.customer_id
    RETURNING id
"""
ORDER_LINES = """
    INSERT INTO orders_orderline (order_id, position, given, description, quantity, unit, price, price_per, origin,
        tax_category, tax_rate, net, hs_code, origin_country)
    SELECT o.id, n, 'P-' || n, 'Part ' || n || ' of the machine', quantity, 'C62', price, 1, 'by_hand', 'S',
        CASE WHEN n %% 4 = 0 THEN 7 ELSE 19 END, quantity * price, '', ''
    FROM unnest(%(ids)s::bigint[]) AS o (id) CROSS JOIN generate_series(1, %(lines)s) n
    CROSS JOIN LATERAL (SELECT 1 + (o.id + n) %% 7 AS quantity, 10 + (o.id * n) %% 900 + 0.99 AS price) line
"""
SHIPPED = """
    INSERT INTO orders_delivery (entity_id, customer_id, number, state, tracking_number, shipped_on, ship_to_name,
        ship_to_street, ship_to_postal_code, ship_to_city, ship_to_country, proved_by, note, reason, created_by)
    SELECT entity_id, customer_id, 'D-' || number, 'shipped', '', %(on)s, ship_to_name, '', '', '', ship_to_country, '',
        '', '', 'bench'
    FROM orders_order WHERE id = ANY(%(ids)s) ORDER BY id
"""
SHIPPED_LINES = """
    INSERT INTO orders_deliveryline (delivery_id, position, order_line_id, quantity)
    SELECT d.id, l.position, l.id, l.quantity
    FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id JOIN orders_delivery d ON d.entity_id = o.entity_id
        AND d.number = 'D-' || o.number
    WHERE o.id = ANY(%(ids)s)
"""
READY = """
    UPDATE orders_order SET state = 'delivered' WHERE id = ANY(%(ids)s)
"""


def measure(report: Report) -> None:
    from o2c.core.actors import SYSTEM
    from o2c.invoicing.billing import running
    from o2c.invoicing.models import BillingRun
    from o2c.orders.models import LegalEntity, PaymentTerms

    entity = LegalEntity.objects.order_by("pk").first()
    LegalEntity.objects.filter(vat_id="").update(vat_id="DE123456789")
    terms, _ = PaymentTerms.objects.get_or_create(code="BENCH30", defaults={"name": "30 days", "days": 30})
    entity.accounts.filter(terms=None).update(terms=terms)
    count = 1_000 if report.small else DELIVERIES
    on = report.book.as_of
    rounds = []
    for turn in range(1 if report.small else 3):
        deliver(entity, count, on, head=f"B{turn}-")
        rounds.append(timed(lambda: running.run(entity, as_of=on, actor=SYSTEM)))
        made = BillingRun.objects.latest("pk")
        if made.invoices != count:
            raise RuntimeError(f"{made.invoices} of {count} were invoiced, {made.held} held.")
    seconds = min(rounds)
    detail = f"{count / seconds:,.0f} a second; {', '.join(f'{each:.2f} s' for each in rounds)}"
    wanted = A_SECOND * seconds / count
    report.limit(f"invoicing {count:,} deliveries of {LINES} lines: wanted over reached", wanted, "x", 1.0, detail)


def deliver(entity, count: int, on, *, head: str, lines: int = LINES) -> None:
    """Orders that were shipped as a whole, as many deliveries."""
    facts = {
        "entity": entity.pk, "count": count, "on": on - timedelta(days=1), "currency": entity.base_currency,
        "head": head, "lines": lines,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ORDERS, facts)
        facts["ids"] = [row[0] for row in cursor]
        for statement in (ORDER_LINES, SHIPPED, SHIPPED_LINES, READY):
            cursor.execute(statement, facts)
        cursor.execute(
            "ANALYZE orders_order; ANALYZE orders_orderline; ANALYZE orders_delivery; ANALYZE orders_deliveryline"
        )
