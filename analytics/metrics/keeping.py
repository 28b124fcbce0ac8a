"""The figures of the months, worked out anew once a day by all that is known by then: for a legal entity as a whole.

Everything is counted in the month of the day on which it came about (`effective_on`, the day a promise was due, the day
a dispute was opened or resolved), in base currency at the rate of that day. What has no rate is not in the amounts.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

import time
from datetime import date, timedelta

from django.db import connection, transaction

from o2c.analytics.models import FiguresMade
from o2c.analytics.models.serving import Step
from o2c.analytics.serving import counting
from o2c.core import clock, locks
from o2c.orders.models import LegalEntity

# So many months are kept, this one among them.
MONTHS = 37
# What is done to collect, of the steps of serving a customer.
COLLECTING = (Step.REMINDER, Step.CALL, Step.DISPUTE)

# Each: the figure, then customer, day, count, amount in base currency, days.
FOUND = """
    SELECT CASE t.kind WHEN 'credit_note' THEN 'credited' WHEN 'discount' THEN 'discount' ELSE 'invoiced' END AS figure,
        t.customer_id, t.effective_on AS "on", t.count::numeric AS count,
        CASE WHEN t.kind IN ('invoice', 'fee') THEN t.base_amount ELSE -t.base_amount END AS amount, 0 AS days
    FROM (
        SELECT i.kind, i.customer_id, i.effective_on, i.base_amount, 1 AS count
        FROM invoicing_openitem i WHERE i.entity_id = %(entity)s AND i.effective_on BETWEEN %(since)s AND %(until)s
        UNION ALL
        SELECT o.kind, i.customer_id, i.effective_on, i.base_amount, b.count
        FROM first b JOIN invoicing_openitem i ON i.entry_id = b.id AND i.kind = 'correction'
        CROSS JOIN LATERAL (SELECT kind FROM invoicing_openitem WHERE entry_id = b.root LIMIT 1) o
        WHERE i.effective_on BETWEEN %(since)s AND %(until)s
    ) t WHERE t.kind IN ('invoice', 'fee', 'credit_note', 'discount')
    UNION ALL
    SELECT 'collected', r.customer_id, r.received_on, 1, -i.base_amount, 0
    FROM invoicing_receipt r JOIN invoicing_openitem i ON i.id = r.item_id
    WHERE r.entity_id = %(entity)s AND r.method <> 'netting' AND r.reversed_on IS NULL
        AND r.received_on BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT f.figure, p.customer_id, p.paid_on, 1, p.base_amount,
        p.paid_on - CASE f.figure WHEN 'paid' THEN p.issued_on ELSE p.due_on END
    FROM ({PAID}) p CROSS JOIN (VALUES ('paid'), ('late')) AS f (figure)
    WHERE p.paid_on BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT 'bad_debt', w.customer_id, w.booked_on, 1, w.base_amount, 0
    FROM invoicing_writeoff w WHERE w.entity_id = %(entity)s AND w.kind = 'bad_debt' AND w.state = 'booked'
        AND w.booked_on BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT CASE d.state WHEN 'withdrawn' THEN 'recovered' ELSE 'conceded' END, d.customer_id, d.ended_on, 1,
        invoicing_in_base(d.amount, d.currency, %(base)s, d.ended_on), d.ended_on - d.opened_on
    FROM invoicing_deduction d WHERE d.entity_id = %(entity)s AND d.state <> 'open'
        AND d.ended_on BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT 'unearned', d.customer_id, d.opened_on, 1, invoicing_in_base(d.amount, d.currency, %(base)s, d.opened_on), 0
    FROM invoicing_deduction d JOIN invoicing_reasoncode c ON c.id = d.reason_id AND c.code = 'discount'
    WHERE d.entity_id = %(entity)s AND d.opened_on BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT f.figure, p.customer_id, p.pay_by, f.count, invoicing_in_base(f.amount, p.currency, %(base)s, p.pay_by), 0
    FROM collections_promisetopay p CROSS JOIN LATERAL (VALUES
        ('promised', 1, p.amount),
        ('kept', CASE p.state WHEN 'kept' THEN 1 ELSE 0 END, CASE p.state WHEN 'kept' THEN p.amount ELSE p.paid END)
    ) AS f (figure, count, amount)
    WHERE p.entity_id = %(entity)s AND p.state IN ('kept', 'partly_kept', 'broken')
        AND p.pay_by BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT f.figure, d.customer_id, f."on", 1,
        invoicing_in_base(coalesce(d.amount, i.amount), i.currency, %(base)s, f."on"), f.days
    FROM collections_dispute d JOIN invoicing_openitem i ON i.id = d.item_id
    CROSS JOIN LATERAL (VALUES ('disputed', d.opened_on, 0), ('resolved', d.closed_on, d.closed_on - d.opened_on))
        AS f (figure, "on", days)
    WHERE d.entity_id = %(entity)s AND f."on" BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT f.figure, a.customer_id, (a.happened_at AT TIME ZONE %(zone)s)::date, 1, 0, 0
    FROM collections_activity a CROSS JOIN LATERAL (VALUES
        ('called', true), ('reached', a.outcome IN ('reached', 'promised', 'disputes', 'already_paid'))
    ) AS f (figure, counts)
    WHERE a.entity_id = %(entity)s AND a.kind = 'call' AND f.counts
        AND (a.happened_at AT TIME ZONE %(zone)s)::date BETWEEN %(since)s AND %(until)s
"""
# Entries that reverse others, with the first of those that they take back: what was cancelled counts no more, in the
# month in which it was; what is reversed twice counts again.
TAKEN_BACK = """
    SELECT e.id, e.reverses_id AS root, -1 AS count FROM invoicing_entry e
    WHERE e.entity_id = %(entity)s AND e.reverses_id IS NOT NULL
    UNION ALL
    SELECT b.id, r.reverses_id, -b.count FROM taken_back b
    JOIN invoicing_entry r ON r.id = b.root AND r.reverses_id IS NOT NULL
"""
# Invoices that are settled wholly, some of it by money: paid on the day of the last of it. What was only credited or
# written off was not paid, neither late nor in time.
PAID = """
    SELECT i.customer_id, i.issued_on, i.due_on, i.base_amount, max(a.effective_on) AS paid_on
    FROM invoicing_openitem i
    JOIN invoicing_allocation a ON a.debit_item_id = i.id AND a.reverses_id IS NULL
    JOIN invoicing_openitem c ON c.id = a.credit_item_id AND c.kind = 'on_account'
    LEFT JOIN (SELECT reverses_id AS id FROM invoicing_allocation WHERE reverses_id IS NOT NULL) u ON u.id = a.id
    WHERE i.entity_id = %(entity)s AND i.kind = 'invoice' AND i.open_amount = 0 AND u.id IS NULL
    GROUP BY i.id
"""
WRITE = f"""
    WITH RECURSIVE taken_back AS ({TAKEN_BACK}), first AS (
        SELECT b.* FROM taken_back b JOIN invoicing_entry e ON e.id = b.root AND e.reverses_id IS NULL
    )
    INSERT INTO analytics_monthfigure (entity_id, customer_id, month, figure, count, amount, days, amount_days)
    SELECT %(entity)s, customer_id, date_trunc('month', "on")::date, figure, sum(count), coalesce(sum(amount), 0),
        sum(days), coalesce(sum(amount * days), 0)
    FROM ({FOUND.format(PAID=PAID)}) f GROUP BY 2, 3, 4
"""
COST = """
    INSERT INTO analytics_monthfigure (entity_id, customer_id, month, figure, count, amount, days, amount_days)
    SELECT %(entity)s, c.customer_id, c.month, 'cost', sum(c.quantity), sum(c.cost), 0, 0
    FROM unnest(%(customers)s::bigint[], %(months)s::date[], %(quantities)s::numeric[], %(costs)s::numeric[])
        AS c (customer_id, month, quantity, cost) GROUP BY 2, 3
"""
TOTAL = """
    INSERT INTO analytics_monthtotal (entity_id, month, figure, count, amount, days, amount_days)
    SELECT entity_id, month, figure, sum(count), sum(amount), sum(days), sum(amount_days)
    FROM analytics_monthfigure WHERE entity_id = %(entity)s GROUP BY 1, 2, 3
"""


def first_month(as_of: date, months: int) -> date:
    """The first day of the month so many months before, the day's own counted."""
    at = as_of.year * 12 + as_of.month - months
    return date(at // 12, at % 12 + 1, 1)


def last_day(entity: LegalEntity) -> date:
    """The last day that is over: figures go as far as the days that are kept do."""
    return clock.today(entity.time_zone) - timedelta(days=1)


def refresh(entity: LegalEntity, as_of: date) -> None:
    """Work a legal entity's months out anew, up to a day. Readers see the old figures until the new ones are whole."""
    began = time.monotonic()
    facts = {
        "entity": entity.pk, "base": entity.base_currency, "zone": entity.time_zone,
        "since": first_month(as_of, MONTHS), "until": as_of,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        locks.hold("month figures", entity.pk)
        costs = counting.served([entity.pk], facts["since"], as_of, monthly=True, steps=COLLECTING)
        cursor.execute("DELETE FROM analytics_monthfigure WHERE entity_id = %(entity)s", facts)
        cursor.execute("DELETE FROM analytics_monthtotal WHERE entity_id = %(entity)s", facts)
        cursor.execute(WRITE, facts)
        cursor.execute(
            COST,
            {
                **facts,
                "customers": [each.key for each in costs],
                "months": [each.month for each in costs],
                "quantities": [each.quantity for each in costs],
                "costs": [each.cost for each in costs],
            },
        )
        cursor.execute(TOTAL, facts)
        FiguresMade.objects.update_or_create(
            entity=entity,
            defaults={"as_of": as_of, "made_at": clock.now(), "seconds": round(time.monotonic() - began, 3)},
        )


def refresh_due() -> dict:
    """Work out the months of the legal entities whose day has turned."""
    made = dict(FiguresMade.objects.values_list("entity_id", "as_of"))
    seconds = {}
    for entity in LegalEntity.objects.order_by("pk"):
        day = last_day(entity)
        if made.get(entity.pk) != day:
            began = time.monotonic()
            refresh(entity, day)
            seconds[entity.code] = round(time.monotonic() - began, 3)
    return {"seconds": seconds}
