"""The facts once more, just before anything goes out: what no longer holds is dropped, what remains is put right.

It reads the same `dunning_facts` as the decision did, under lock of the items, so that a payment is either in the
letter or comes after it.
"""

from datetime import date

from django.db import connection

from o2c.collections import weighing
from o2c.collections.models import DunningRun, Notice
from o2c.core.leases import Lease

LOCK_NOTICES = """
    SELECT id FROM collections_notice
    WHERE run_id = %(run)s AND state = 'proposed' AND missing = 0 AND payer_id BETWEEN %(first)s AND %(last)s
    ORDER BY id FOR NO KEY UPDATE
"""
LOCK_ITEMS = """
    SELECT 1 FROM invoicing_openitem WHERE id IN (
        SELECT item_id FROM collections_noticeline WHERE notice_id = ANY(%(notices)s) AND dropped_because = ''
    ) ORDER BY id FOR NO KEY UPDATE
"""
JUDGE_LINES = """
    WITH fact AS MATERIALIZED (
        SELECT item_id, balance, chased, days_late, cycle, blocked, coalesce(overdue, 0) AS overdue
        FROM dunning_facts(%(on)s, %(scenario)s, %(entity)s, %(first)s, %(last)s)
    ), judged AS (
        SELECT l.id, f.chased, f.days_late,
               CASE WHEN f.item_id IS NULL AND i.open_amount > 0 AND i.due_on >= %(on)s THEN 'not_due'
                    WHEN f.item_id IS NULL OR f.cycle <> l.cycle THEN 'paid'
                    WHEN f.days_late < least(v.days_past_due, 1) THEN 'not_due'
                    WHEN f.blocked IS NOT NULL THEN f.blocked
                    WHEN f.overdue + CASE WHEN f.days_late > 0 THEN 0 ELSE f.balance END < m.amount
                        THEN 'below_minimum'
                    ELSE '' END AS because
        FROM collections_noticeline l
        JOIN collections_notice n ON n.id = l.notice_id
        JOIN invoicing_openitem i ON i.id = l.item_id
        JOIN collections_dunninglevel v ON v.policy_id = coalesce(l.policy_id, n.policy_id) AND v.number = l.level
        LEFT JOIN collections_levelminimum m ON m.level_id = v.id AND m.currency = n.currency
        LEFT JOIN fact f ON f.item_id = l.item_id
        WHERE l.notice_id = ANY(%(notices)s) AND l.dropped_because = ''
    )
    UPDATE collections_noticeline l
    SET dropped_because = j.because,
        open_amount = CASE WHEN j.because = '' THEN j.chased ELSE l.open_amount END,
        days_late = CASE WHEN j.because = '' THEN j.days_late ELSE l.days_late END
    FROM judged j
    WHERE j.id = l.id AND (j.because <> '' OR j.chased <> l.open_amount OR j.days_late <> l.days_late)
"""
JUDGE_NOTICES = """
    UPDATE collections_notice n
    SET items = t.items,
        total = CASE WHEN t.items = 0 THEN n.total ELSE t.total END,
        level = coalesce(t.top[1], n.level),
        policy_id = coalesce(t.top[2], n.policy_id),
        state = CASE WHEN t.items = 0 THEN 'cancelled' ELSE n.state END,
        cancelled_because = CASE WHEN t.items = 0 THEN t.because ELSE '' END
    FROM (
        SELECT notice_id, count(*) FILTER (WHERE dropped_because = '') AS items,
               sum(open_amount) FILTER (WHERE dropped_because = '') AS total,
               max(ARRAY[level, policy_id]) FILTER (WHERE dropped_because = '') AS top,
               mode() WITHIN GROUP (ORDER BY dropped_because) FILTER (WHERE dropped_because <> '') AS because
        FROM collections_noticeline WHERE notice_id = ANY(%(notices)s) GROUP BY notice_id
    ) t
    WHERE t.notice_id = n.id AND (t.items, t.total, t.top[1]) IS DISTINCT FROM (n.items, n.total, n.level)
"""
# The days given to pay count from the day on which the notice goes out.
SET_DEADLINES = """
    WITH given AS (
        UPDATE collections_notice n SET pay_by = %(on)s::date + v.days_to_pay
        FROM collections_dunninglevel v
        WHERE n.id = ANY(%(notices)s) AND v.policy_id = n.policy_id AND v.number = n.level
            AND n.pay_by IS DISTINCT FROM %(on)s::date + v.days_to_pay
        RETURNING n.id, n.pay_by
    )
    UPDATE collections_noticeline l SET pay_by = given.pay_by FROM given WHERE l.notice_id = given.id
"""


def recheck(run: DunningRun, lease: Lease, *, on: date) -> list[int]:
    """Lock the part's notices and their items, drop and adjust as of the day; the ids of the notices that go out.

    Lines are dropped because their item was paid (or otherwise cleared) meanwhile, is no longer due, is blocked (the
    reasons of `dunning_facts`), or the customer now owes less than the level's minimum. A notice of which nothing is
    left is cancelled with the commonest of its lines' reasons. One that asks for more by now than goes out without a
    person (or than was approved) stays behind, and waits for one.
    """
    facts = {
        "run": run.pk,
        "entity": run.entity_id,
        "scenario": run.scenario_id,
        "first": lease.first,
        "last": lease.last,
        "on": on,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOCK_NOTICES, facts)
        notices = [row[0] for row in cursor.fetchall()]
        if not notices:
            return []
        facts["notices"] = notices
        cursor.execute(LOCK_ITEMS, facts)
        cursor.execute(JUDGE_LINES, facts)
        cursor.execute(JUDGE_NOTICES, facts)
        weighing.weigh(run.pk, notices)
        going = Notice.objects.filter(pk__in=notices, state=Notice.State.PROPOSED, missing=0)
        facts["notices"] = list(going.order_by("pk").values_list("pk", flat=True))
        cursor.execute(SET_DEADLINES, facts)
    return facts["notices"]
