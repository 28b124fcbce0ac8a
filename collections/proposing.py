"""Proposing a run part by part: PostgreSQL decides on the overdue items of a range of payers and writes what follows.

One statement a part: the decisions go to the ledger, those that say `notice` become notices (one for whom is
told and a currency, or one an item) and their lines. Unique keys make a part safe to do twice; its done mark commits
with it.
"""

import json
from datetime import date

from django.db import IntegrityError, connection, transaction

from o2c.collections import weighing
from o2c.collections.models import DunningRun
from o2c.core import leases
from o2c.core.leases import EVERY_PAYER, Lease

WORK = "dunning.propose"
# Large enough that planning and reading the small tables anew costs little, small enough that a part takes seconds, its
# hash tables fit in memory and several workers have something to share.
ITEMS_IN_A_PART = 50_000


class NotDecided(Exception):
    """Lines that were decided could not be written, because the items were noticed meanwhile: decide again."""


PARTS = """
    WITH payer AS (
        SELECT payer_id, sum(count(*)) OVER (ORDER BY payer_id) - count(*) AS before
        FROM invoicing_openitem WHERE entity_id = %(entity)s AND {which} GROUP BY payer_id
    )
    SELECT min(payer_id) FROM payer GROUP BY floor(before / %(size)s) ORDER BY 1
"""


def ranges(entity_id: int, as_of_today: bool, size: int = ITEMS_IN_A_PART) -> list[tuple[int, int]]:
    """Ranges of payers that together cover every payer, each with about `size` of the entity's items.

    Today only open items count; a past day also has those that were settled since.
    """
    with connection.cursor() as cursor:
        which = "open_amount <> 0" if as_of_today else "true"
        cursor.execute(PARTS.format(which=which), {"entity": entity_id, "size": size})
        starts = [row[0] for row in cursor.fetchall()][1:]
    first, last = EVERY_PAYER
    return list(zip([first, *starts], [*(start - 1 for start in starts), last], strict=True))


def make_room(as_of: date) -> None:
    """Have the decision ledger's month ready, in a short transaction of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT core_make_month_partition('collections_decision', %s)", [as_of])


# The notices and lines that follow from what was `decided`.
NOTICES = """told AS (
        -- The highest level of its items says by which version a notice is worded, and until when it may be paid.
        SELECT entity_id, told_id, payer_id, currency, alone_id, sum(chased) AS total, count(*) AS items,
               max(ARRAY[level, policy_id, days_to_pay]) AS top
        FROM decided WHERE reason = 'notice' GROUP BY entity_id, told_id, payer_id, currency, alone_id
    ), notice AS (
        INSERT INTO collections_notice (run_id, scenario_id, as_of, entity_id, customer_id, payer_id, currency,
                                        item_id, policy_id, level, total, items, pay_by, state, cancelled_because)
        SELECT %(run)s, %(scenario)s, %(as_of)s, entity_id, told_id, payer_id, currency, alone_id,
               top[2], top[1], total, items, %(as_of)s::date + top[3]::integer, 'proposed', ''
        FROM told {again}
        RETURNING id, customer_id, currency, item_id, pay_by
    ), line AS (
        INSERT INTO collections_noticeline (notice_id, scenario_id, item_id, payer_id, as_of, cycle, level, days_late,
                                            open_amount, dropped_because, policy_id, repeat, pay_by)
        SELECT n.id, %(scenario)s, d.item_id, d.payer_id, %(as_of)s, d.cycle, d.level, d.days_late, d.chased, '',
               d.policy_id, d.repeat, n.pay_by
        FROM decided d
        JOIN notice n ON n.customer_id = d.told_id AND n.currency = d.currency
            AND coalesce(n.item_id, 0) = coalesce(d.alone_id, 0)
        WHERE d.reason = 'notice'
        {again}
        RETURNING 1
    )
"""
PROPOSE = """
    WITH decided AS MATERIALIZED (
        SELECT * FROM dunning_decisions(%(as_of)s, %(scenario)s, %(entity)s, %(first)s, %(last)s)
    ), ledger AS (
        INSERT INTO collections_decision (as_of, run_id, item_id, scenario_id, entity_id, customer_id, payer_id,
                                          policy_id, trial_id, currency, balance, days_late, cycle, last_level,
                                          level, reason)
        SELECT %(as_of)s, %(run)s, item_id, %(scenario)s, entity_id, customer_id, payer_id,
               policy_id, trial_id, currency, balance, days_late, cycle, last_level, level, reason
        FROM decided {again}
    ), {notices}
    SELECT (SELECT coalesce(jsonb_object_agg(reason, times), '{{}}') FROM (
               SELECT reason, count(*) AS times FROM decided GROUP BY reason) r),
           (SELECT count(*) FROM notice), (SELECT count(*) FROM line),
           (SELECT coalesce(jsonb_agg(DISTINCT policy_id) FILTER (WHERE policy_id IS NOT NULL), '[]') FROM decided)
"""
# A first attempt finds nothing of its own there, and looking before every insertion would cost a third more. Where
# something is there after all (a customer moved to another payer while the run went on), the attempt fails as a whole,
# and the next one leaves out what is there.
AGAIN = "ON CONFLICT DO NOTHING"


def propose_part(run: DunningRun, lease: Lease) -> None:
    """Decide on the part's payers and write it all down, in one transaction. Raises LeaseLost, NotDecided."""
    facts = {
        "run": run.pk,
        "as_of": run.as_of,
        "scenario": run.scenario_id,
        "entity": run.entity_id,
        "first": lease.first,
        "last": lease.last,
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            leases.hold(lease)
            again = "" if lease.taking == 1 else AGAIN
            cursor.execute(PROPOSE.format(again=again, notices=NOTICES.format(again=again)), facts)
            reasons, notices, lines, policies = cursor.fetchone()
            reasons = json.loads(reasons)
            if lines != reasons.get("notice", 0):
                raise NotDecided(f"{reasons.get('notice', 0)} items to notice, {lines} written")
            result = {"reasons": reasons, "notices": notices, "items": lines, "policies": json.loads(policies)}
            leases.done(lease, result)
    except IntegrityError as error:
        raise NotDecided(str(error)) from error


COUNT = """
    UPDATE collections_dunningrun r SET state = 'proposed', proposed_at = %(now)s, considered = c.considered,
           skipped = c.skipped, notices_made = c.notices, items_noticed = c.items
    FROM (
        SELECT coalesce(sum(times), 0) AS considered,
               coalesce(jsonb_object_agg(reason, times) FILTER (WHERE reason <> 'notice'), '{}') AS skipped,
               (SELECT coalesce(sum((result ->> 'notices')::bigint), 0) FROM core_partition
                WHERE work = %(work)s AND subject_id = %(run)s) AS notices,
               (SELECT coalesce(sum((result ->> 'items')::bigint), 0) FROM core_partition
                WHERE work = %(work)s AND subject_id = %(run)s) AS items
        FROM (
            SELECT reason, sum(times::bigint) AS times
            FROM core_partition p, jsonb_each_text(p.result -> 'reasons') AS t(reason, times)
            WHERE p.work = %(work)s AND p.subject_id = %(run)s GROUP BY reason
        ) t
    ) c
    WHERE r.id = %(run)s AND r.state = 'proposing' AND NOT EXISTS (
        SELECT 1 FROM core_partition WHERE work = %(work)s AND subject_id = %(run)s AND state <> 'done'
    )
"""


# From now on the database keeps these versions as they are.
USED = """
    UPDATE collections_dunningpolicy SET used = true WHERE NOT used AND id IN (
        SELECT policy::bigint FROM core_partition p, jsonb_array_elements_text(p.result -> 'policies') policy
        WHERE p.work = %(work)s AND p.subject_id = %(run)s
    )
"""


def count_up(run_id: int, now) -> bool:
    """Close the proposal once every part is done, with the sums of the parts; whether this call did it.

    The versions that it decided by are in use then, and stay as they are; which notices a person must approve is said.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"run": run_id, "work": WORK, "now": now})
        if cursor.rowcount != 1:
            return False
        cursor.execute(USED, {"run": run_id, "work": WORK})
    weighing.weigh(run_id)
    return True
