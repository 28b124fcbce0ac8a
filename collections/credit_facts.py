"""What the credit decision of the orders asks of the floors above them: what is owed, overdue, dunned and promised."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from o2c.orders.credit.facts import Owed
from o2c.orders.credit.scorecard import Record
from o2c.orders.models import LegalEntity

YEAR = timedelta(days=365)

# Money on account and credit notes count against what is owed. Each currency is valued at the rate of the day as a sum.
OWED = """
    WITH asked AS (SELECT unnest(%(customers)s::bigint[]) AS customer_id),
    owed AS (
        SELECT i.customer_id, i.currency, sum(i.open_amount) AS open_items,
               sum(i.open_amount) FILTER (WHERE i.open_amount > 0 AND i.due_on < %(on)s) AS overdue,
               min(i.due_on) FILTER (WHERE i.open_amount > 0 AND i.due_on < %(on)s) AS oldest
        FROM invoicing_openitem i
        WHERE i.entity_id = %(entity)s AND i.open_amount <> 0 AND i.customer_id = ANY(%(customers)s::bigint[])
        GROUP BY 1, 2
    ), valued AS (
        SELECT customer_id, sum(invoicing_in_base(open_items, currency, %(base)s, %(on)s)) AS open_items,
               sum(invoicing_in_base(overdue, currency, %(base)s, %(on)s)) AS overdue,
               %(on)s::date - min(oldest) AS oldest_days,
               array_agg(currency ORDER BY currency) FILTER (
                   WHERE invoicing_in_base(1, currency, %(base)s, %(on)s) IS NULL) AS unvalued
        FROM owed GROUP BY 1
    ), told AS (
        SELECT i.customer_id, max(l.level) AS level
        FROM invoicing_openitem i JOIN collections_noticeline l ON l.item_id = i.id AND l.cycle = i.cycle
            AND l.scenario_id IS NULL AND l.dropped_because = ''
        WHERE i.entity_id = %(entity)s AND i.open_amount > 0 AND i.customer_id = ANY(%(customers)s::bigint[])
        GROUP BY 1
    ), broken AS (
        SELECT p.customer_id, count(*) AS times
        FROM collections_judge_promises(%(on)s, ARRAY[%(entity)s]::bigint[], %(customers)s::bigint[]) j
        JOIN collections_promisetopay p ON p.id = j.promise_id
        WHERE j.state IN ('broken', 'partly_kept') AND p.pay_by > %(on)s::date - %(broken_days)s
        GROUP BY 1
    )
    SELECT customer_id, coalesce(open_items, 0), coalesce(overdue, 0), coalesce(oldest_days, 0), coalesce(level, 0),
           coalesce(times, 0), coalesce(unvalued, '{}')
    FROM asked LEFT JOIN valued USING (customer_id) LEFT JOIN told USING (customer_id)
    LEFT JOIN broken USING (customer_id)
"""

# Payments of the year on items, weighed by their amount in the base currency; what was undone since is left out.
RECORD = """
    WITH paid AS (
        SELECT i.customer_id, i.currency, a.amount, a.effective_on - i.due_on AS late
        FROM invoicing_openitem i JOIN invoicing_allocation a ON a.debit_item_id = i.id AND a.reverses_id IS NULL
            AND a.counts_from <= %(on)s AND a.effective_on > %(since)s
        JOIN invoicing_openitem c ON c.id = a.credit_item_id AND c.kind = 'on_account'
        WHERE i.entity_id = %(entity)s AND i.customer_id = ANY(%(customers)s::bigint[])
            AND NOT EXISTS (SELECT 1 FROM invoicing_allocation u WHERE u.reverses_id = a.id)
    ), weighed AS (
        SELECT customer_id, currency, sum(amount) AS paid, sum(amount * late) AS days,
               coalesce(sum(amount) FILTER (WHERE late > 0), 0) AS late
        FROM paid GROUP BY 1, 2
    ), habit AS (
        SELECT customer_id, sum(days * rate) / nullif(sum(paid * rate), 0) AS days_late,
               100 * sum(late * rate) / nullif(sum(paid * rate), 0) AS share_late
        FROM weighed CROSS JOIN LATERAL (SELECT CASE WHEN currency = %(base)s THEN 1 ELSE
            invoicing_rate(%(base)s, %(on)s) / invoicing_rate(currency, %(on)s) END AS rate) r GROUP BY 1
    ), bought AS (
        SELECT customer_id, min(issued_on) AS since,
               coalesce(sum(base_amount) FILTER (WHERE issued_on > %(since)s), 0) AS turnover
        FROM invoicing_openitem
        WHERE entity_id = %(entity)s AND kind IN ('invoice', 'credit_note') AND counts_from <= %(on)s
            AND superseded_on IS NULL AND customer_id = ANY(%(customers)s::bigint[])
        GROUP BY 1
    )
    SELECT customer_id, round(days_late, 1), round(share_late, 1), greatest(turnover, 0), since
    FROM bought LEFT JOIN habit USING (customer_id)
"""


def owed(entity: LegalEntity, customers: list[int], on: date, broken_days: int) -> dict[int, Owed]:
    """What each of the customers owes and how it pays, in one statement. Promises broken within `broken_days` count."""
    facts = {
        "entity": entity.pk, "base": entity.base_currency, "customers": customers, "on": on, "broken_days": broken_days
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(OWED, facts)
        return {row[0]: Owed(*row[1:6], unvalued=tuple(row[6])) for row in cursor.fetchall()}


def in_base(entity: LegalEntity, currencies: Iterable[str], on: date) -> dict[str, Decimal]:
    """What one unit of each currency is in the base currency on a day; not those that have no rate."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c, CASE WHEN c = %(base)s THEN 1 ELSE invoicing_rate(%(base)s, %(on)s) / invoicing_rate(c, %(on)s)
                END
            FROM unnest(%(currencies)s::text[]) AS c
            """,
            {"base": entity.base_currency, "on": on, "currencies": sorted(set(currencies))},
        )
        return {currency: rate for currency, rate in cursor.fetchall() if rate is not None}


def record(entity: LegalEntity, customers: list[int], on: date) -> dict[int, Record]:
    """How each of the customers paid within the year before a day, and what it bought in it, in one statement."""
    facts = {
        "entity": entity.pk, "base": entity.base_currency, "customers": customers, "on": on, "since": on - YEAR
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(RECORD, facts)
        return {row[0]: Record(*row[1:]) for row in cursor.fetchall()}
