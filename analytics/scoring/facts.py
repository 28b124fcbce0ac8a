"""What scoring reads: how invoices were paid as it was known before a day, and what is open at the end of it.

An invoice counts from its due date to its last money, as the payment habit has it (`o2c.analytics.habits`): not before
it is settled in full, and never where it was credited or written off without any money. A fact that became known on the
day itself or later is not seen; only whether an item is still open is known at the end of the day.

Late is what comes after the business day on or after the due date and the legal entity's days of grace: those that its
dunning policy gives the bank.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from o2c.analytics.habits import MONTHS
from o2c.analytics.scoring.cohorts import Cell, History
from o2c.analytics.scoring.fading import MONTH

# As long as payment habits are looked back, by due date.
WINDOW = timedelta(days=MONTHS * 365 // 12)
CHUNK = 2_000

GRACED = """
    graced AS (
        SELECT e.id AS entity_id, e.code, e.time_zone, coalesce(v.bank_days, 0) AS grace
        FROM orders_legalentity e LEFT JOIN collections_dunningsettings s ON s.entity_id = e.id
        LEFT JOIN LATERAL (
            SELECT p.bank_days FROM collections_dunningpolicy p
            WHERE p.code = s.policy AND p.activated_at IS NOT NULL AND p.effective_on <= %(as_of)s
            ORDER BY p.effective_on DESC LIMIT 1
        ) v ON true
    )
"""
# Each due date's business day is looked up once, not once an invoice.
LIMITS = """
    limits AS MATERIALIZED (
        SELECT d.entity_id, d.due_on, coalesce(orders_business_day(d.entity_id, d.due_on, 0) - d.due_on, 0) + g.grace
            AS days
        FROM (SELECT DISTINCT entity_id, due_on FROM {due}) d JOIN graced g USING (entity_id)
    )
"""
# What the account's history says that its segment was before the day: an account has no date of its own.
SEGMENTS = """
    segments AS (
        SELECT entity_id, customer_id, segment FROM (
            SELECT DISTINCT ON (v.entity_id, v.customer_id) v.entity_id, v.customer_id, v.segment, v.pgh_label
            FROM orders_accountevent v JOIN graced g USING (entity_id)
            WHERE v.pgh_created_at < %(as_of)s::date::timestamp AT TIME ZONE g.time_zone
            ORDER BY v.entity_id, v.customer_id, v.pgh_created_at DESC, v.pgh_id DESC
        ) last WHERE pgh_label <> 'delete'
    )
"""
PAYMENTS = f"""
    {GRACED}, due AS MATERIALIZED (
        SELECT id, entity_id, customer_id, due_on, amount FROM invoicing_openitem
        WHERE kind = 'invoice' AND amount > 0 AND due_on > %(as_of)s::date - %(window)s::int
            AND counts_from < %(as_of)s AND (%(entity)s::bigint IS NULL OR entity_id = %(entity)s)
    ), {LIMITS.format(due="due")}, settled AS (
        SELECT a.debit_item_id AS id, sum(a.amount) AS settled,
            max(a.effective_on) FILTER (WHERE a.reverses_id IS NULL AND u.id IS NULL AND c.kind = 'on_account')
                AS paid_on
        FROM invoicing_allocation a JOIN due d ON d.id = a.debit_item_id
        JOIN invoicing_openitem c ON c.id = a.credit_item_id
        LEFT JOIN invoicing_allocation u ON u.reverses_id = a.id AND u.counts_from < %(as_of)s
        WHERE a.counts_from < %(as_of)s GROUP BY 1
    ), seen AS (
        SELECT d.id, d.entity_id, d.customer_id, d.due_on, coalesce(s.settled >= d.amount, false) AS is_paid, s.paid_on,
            CASE WHEN s.settled >= d.amount THEN s.paid_on ELSE %(as_of)s::date - 1 END - d.due_on AS days
        FROM due d LEFT JOIN settled s ON s.id = d.id
        WHERE coalesce(s.settled, 0) < d.amount OR s.paid_on IS NOT NULL
    )
"""  # noqa: S608 made of our own words
HISTORIES = f"""
    WITH {PAYMENTS}, cells AS (
        SELECT s.entity_id, s.customer_id, extract(isodow FROM s.due_on)::int AS weekday,
            greatest(least(s.days, 2000), -2000) AS day, count(*) FILTER (WHERE s.is_paid) AS paid,
            count(*) FILTER (WHERE NOT s.is_paid) AS unpaid, count(*) FILTER (WHERE s.days > l.days) AS late,
            count(*) FILTER (WHERE s.is_paid OR s.days > l.days) AS judged,
            CASE WHEN %(as_of)s::date - 1 > s.due_on + l.days
                THEN (%(as_of)s::date - 2 - s.due_on - l.days) / %(month)s::int + 1 ELSE 0 END AS month
        FROM seen s JOIN limits l USING (entity_id, due_on) GROUP BY 1, 2, 3, 4, month
    ), {SEGMENTS}
    SELECT c.entity_id, c.customer_id, coalesce(max(s.segment), ''),
        array_agg(weekday ORDER BY weekday, day, month), array_agg(day ORDER BY weekday, day, month),
        array_agg(paid ORDER BY weekday, day, month), array_agg(unpaid ORDER BY weekday, day, month),
        array_agg(late ORDER BY weekday, day, month), array_agg(judged ORDER BY weekday, day, month),
        array_agg(month ORDER BY weekday, day, month)
    FROM cells c LEFT JOIN segments s USING (entity_id, customer_id)
    GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608
OPEN = f"""
    WITH {GRACED}, owed AS MATERIALIZED (
        SELECT item_id, entity_id, customer_id, currency, due_on, balance FROM invoicing_balances(%(as_of)s)
        WHERE balance > 0 AND (%(entity)s::bigint IS NULL OR entity_id = %(entity)s)
    ), {LIMITS.format(due="owed")}, {SEGMENTS}
    SELECT o.item_id, o.entity_id, o.customer_id, coalesce(s.segment, ''), c.number, i.number, o.currency, o.balance,
        o.due_on, l.days
    FROM owed o JOIN limits l ON l.entity_id = o.entity_id AND l.due_on = o.due_on
    JOIN invoicing_openitem i ON i.id = o.item_id JOIN orders_customer c ON c.id = o.customer_id
    LEFT JOIN segments s ON s.entity_id = o.entity_id AND s.customer_id = o.customer_id
    ORDER BY c.number, i.number, o.item_id
"""  # noqa: S608
# Of an entity's customers: the last ten paid, what is late and unpaid, and payments that came back within a year.
REASONS = f"""
    WITH {PAYMENTS}, judged AS (
        SELECT s.*, s.days > l.days AS is_late,
            row_number() OVER (PARTITION BY customer_id, is_paid ORDER BY paid_on DESC, s.id DESC) AS place
        FROM seen s JOIN limits l USING (entity_id, due_on)
    ), habit AS (
        SELECT customer_id, count(*) FILTER (WHERE is_paid AND place <= %(last)s) AS last,
            count(*) FILTER (WHERE is_paid AND place <= %(last)s AND is_late) AS late,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY days) FILTER (WHERE is_paid AND place <= %(last)s) AS median,
            count(*) FILTER (WHERE NOT is_paid AND is_late) AS overdue,
            max(days + 1) FILTER (WHERE NOT is_paid AND is_late) AS oldest
        FROM judged GROUP BY 1
    ), returned AS (
        SELECT r.customer_id, count(*) AS times
        FROM invoicing_returnedpayment b JOIN invoicing_receipt r ON r.id = b.receipt_id
        WHERE b.entity_id = %(entity)s AND b.returned_on < %(as_of)s AND b.returned_on > %(as_of)s::date - 365
        GROUP BY 1
    )
    SELECT h.customer_id, h.last, h.late, h.median, h.overdue, coalesce(h.oldest, 0), coalesce(r.times, 0)
    FROM habit h LEFT JOIN returned r USING (customer_id) WHERE h.last > 0
"""  # noqa: S608
GRACE = f"WITH {GRACED} SELECT grace FROM graced WHERE entity_id = %(entity)s"  # noqa: S608
LAST = 10


class Habit(NamedTuple):
    """Of a customer's last paid invoices (`last`, at most ten) `late` were late, `median` days from the due date; so
    many are late and unpaid, the oldest by so many days; so many payments came back within a year."""

    last: int
    late: int
    median: int
    overdue: int
    oldest: int
    returned: int


class OpenItem(NamedTuple):
    """An item that is owed at the end of the day; paid more than `late_after` days after the due date it is late."""

    item_id: int
    entity_id: int
    customer_id: int
    segment: str
    customer: str
    number: str
    currency: str
    balance: Decimal
    due_on: date
    late_after: int


def parameters(as_of: date, entity_id: int | None) -> dict:
    return {"as_of": as_of, "entity": entity_id, "window": WINDOW.days, "month": MONTH}


def histories(as_of: date) -> Iterator[History]:
    """How each customer has paid each legal entity, as it was known before the day. One statement, read in parts."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(HISTORIES, parameters(as_of, None))
        while rows := cursor.fetchmany(CHUNK):
            for entity_id, customer_id, segment, *columns in rows:
                cells = tuple(map(Cell._make, zip(*columns, strict=True)))
                yield History(entity_id, customer_id, segment, cells)


def open_items(as_of: date, entity_id: int | None = None) -> list[OpenItem]:
    """What is owed at the end of the day, by customer and number. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, parameters(as_of, entity_id))
        return [OpenItem(*row) for row in cursor.fetchall()]


def habits(as_of: date, entity_id: int) -> dict[int, Habit]:
    """What may be a reason, by the ids of a legal entity's customers who have paid before the day. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(REASONS, parameters(as_of, entity_id) | {"last": LAST})
        return {customer_id: Habit(*facts) for customer_id, *facts in cursor.fetchall()}


def grace(as_of: date, entity_id: int) -> int:
    """How many days past the business day an invoice is not yet late for a legal entity."""
    with connection.cursor() as cursor:
        cursor.execute(GRACE, parameters(as_of, entity_id))
        return cursor.fetchone()[0]
