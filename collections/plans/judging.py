"""What became of payment plans, by what is settled: the database works it out, here it is written down and acted on."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.collections import worklist
from o2c.collections.models import PaymentPlan, PlanItem
from o2c.core import clock, outbox
from o2c.core.actors import SYSTEM, acting
from o2c.orders.models import LegalEntity

STATE = PaymentPlan.State
JUDGED = "collections_judge_plans(%(as_of)s, %(entities)s::bigint[], %(customers)s::bigint[], false)"
RECOMPUTE = f"""
    WITH judged AS (SELECT * FROM {JUDGED}), locked AS (
        SELECT p.id, p.state AS was FROM collections_paymentplan p JOIN judged j ON j.plan_id = p.id
        WHERE p.state <> 'withdrawn' AND p.superseded_on IS NULL
            AND (p.state, p.paid) IS DISTINCT FROM (j.state, j.paid)
        ORDER BY p.id FOR NO KEY UPDATE OF p
    )
    UPDATE collections_paymentplan p SET state = j.state, paid = j.paid
    FROM judged j JOIN locked ON locked.id = j.plan_id
    WHERE p.id = j.plan_id
    RETURNING p.id, p.entity_id, p.customer_id, locked.was, p.state
"""  # noqa: S608
# One at a time for each legal entity, so that nobody writes what an older look at the allocations has found.
ONE_AT_A_TIME = """
    SELECT pg_advisory_xact_lock(hashtext('collections.plans'), id::integer) FROM (
        SELECT id FROM orders_legalentity WHERE %(entities)s::bigint[] IS NULL OR id = ANY(%(entities)s) ORDER BY id
    ) entities
"""
OPEN_TASKS = """
    INSERT INTO collections_task (key, entity_id, customer_id, payer_id, kind, why, assignee_id, queue_id, pool_id,
                                  state, at_risk, due_on, outcome, created_by)
    SELECT 'plan:' || p.id, p.entity_id, p.customer_id, p.payer_id, 'broken_plan',
           concat('Missed instalment ', m.number, ' of ', m.count, ', due on ', m.due_on, ': by then ',
                  round(m.due, core_minor_unit(p.currency)), ' ', p.currency, ' was to be paid, ',
                  CASE WHEN m.paid_in_time = 0 THEN 'nothing'
                       ELSE round(m.paid_in_time, core_minor_unit(p.currency))::text END, ' was'),
           a.collector_id, CASE WHEN a.collector_id IS NULL THEN q.id END,
           CASE WHEN a.collector_id IS NULL THEN q.id END, 'open', 0, %(as_of)s, '', 'system'
    FROM collections_paymentplan p
    JOIN (
        SELECT DISTINCT ON (plan_id) * FROM (
            SELECT *, count(*) OVER (PARTITION BY plan_id) AS count
            FROM collections_judge_instalments(%(as_of)s, %(entities)s::bigint[], %(customers)s::bigint[], false)
        ) i WHERE state = 'missed' ORDER BY plan_id, number
    ) m ON m.plan_id = p.id
    LEFT JOIN orders_account a ON a.customer_id = p.customer_id AND a.entity_id = p.entity_id
    LEFT JOIN collections_queue q ON q.code = %(queue)s
    WHERE p.id = ANY(%(broken)s)
    ORDER BY p.id
    ON CONFLICT (key) DO NOTHING
    RETURNING entity_id, customer_id
"""
INSTALMENTS = """
    SELECT j.plan_id, j.number, j.due_on, j.last_day, j.amount, j.due, j.paid, j.state
    FROM collections_judge_instalments(%(as_of)s, %(entities)s::bigint[], %(customers)s::bigint[], false) j
    WHERE j.plan_id = ANY(%(plans)s) ORDER BY j.plan_id, j.number
"""
LATE = """
    SELECT DISTINCT j.plan_id
    FROM collections_judge_instalments(%(as_of)s, %(entities)s::bigint[], NULL, true) j WHERE j.state = 'late'
"""


@dataclass(frozen=True)
class Progress:
    """An instalment and what became of it by a day; without `state` where the plan had ended otherwise."""

    number: int
    due_on: date
    last_day: date
    amount: Decimal
    due: Decimal
    paid: Decimal
    state: str


def recompute(
    as_of: date, *, entity_ids: list[int] | None = None, customer_ids: list[int] | None = None
) -> dict[str, int]:
    """Judge plans by what is settled as of a day; how many came into each state.

    Late, repeated and reordered events change nothing: the answer depends on the allocations alone. A plan that breaks
    opens one task, with the instalment that was missed, whatever happens to it afterwards.
    """
    facts = {"as_of": as_of, "entities": entity_ids, "customers": customer_ids}
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, facts)
        cursor.execute(RECOMPUTE, facts)
        moved = [(id, entity, customer, was, now) for id, entity, customer, was, now in cursor.fetchall() if was != now]
        for runs in (False, True):
            ids = [id for id, *_, now in moved if (now == STATE.ACTIVE) == runs]
            if ids:
                PlanItem.objects.filter(plan__in=ids).update(runs=runs)
        _open_tasks(cursor, facts, [id for id, *_, now in moved if now == STATE.BROKEN])
        for id, entity_id, customer_id, _, now in moved:
            about = {"plan_id": id, "entity_id": entity_id, "customer_id": customer_id}
            if now == STATE.KEPT:
                outbox.emit("plans.kept", **about)
            elif now == STATE.BROKEN:
                outbox.emit("plans.broken", **about)
            else:
                outbox.emit("plans.reopened", **about)
    counts: dict[str, int] = defaultdict(int)
    for *_, now in moved:
        counts[now] += 1
    return dict(counts)


def _open_tasks(cursor, facts: dict, broken: list[int]) -> None:
    if not broken:
        return
    cursor.execute(OPEN_TASKS, facts | {"broken": broken, "queue": worklist.DEFAULT_QUEUE})
    opened: dict[int, list[int]] = defaultdict(list)
    for entity_id, customer_id in cursor.fetchall():
        opened[entity_id].append(customer_id)
    for entity_id in sorted(opened):
        worklist.opened(entity_id, opened[entity_id], as_of=facts["as_of"])


def progress(plan: PaymentPlan, as_of: date) -> list[Progress]:
    """The plan's instalments and what became of each by the day.

    Of a plan that was withdrawn or gave way to another by then, only what was agreed.
    """
    ended = [day for day in (plan.withdrawn_on, plan.superseded_on) if day]
    if ended and as_of >= min(ended):
        return [
            Progress(each.number, each.due_on, each.due_on, each.amount, Decimal(0), Decimal(0), "")
            for each in plan.instalments.order_by("number")
        ]
    return _judged([plan], as_of)[plan.pk]


def _judged(plans: list[PaymentPlan], as_of: date) -> dict[int, list[Progress]]:
    facts = {
        "as_of": as_of,
        "entities": [plan.entity_id for plan in plans],
        "customers": [plan.customer_id for plan in plans],
        "plans": [plan.pk for plan in plans],
    }
    found: dict[int, list[Progress]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(INSTALMENTS, facts)
        for plan_id, *row in cursor.fetchall():
            found[plan_id].append(Progress(*row))
    return found


def next_of(plans: list[PaymentPlan], as_of: date) -> dict[int, Progress]:
    """Of each plan the instalment that is to be paid next, late ones included; one query for any number."""
    return {
        plan_id: waiting[0]
        for plan_id, steps in (_judged(plans, as_of) if plans else {}).items()
        if (waiting := [each for each in steps if each.state in ("open", "partly", "late")])
    }


def late(entities: list[LegalEntity]) -> list[int]:
    """Running plans of which an instalment is past its day and not past what is tolerated, by each entity's own day."""
    by_day: dict[date, list[int]] = defaultdict(list)
    for entity in entities:
        by_day[clock.today(entity.time_zone)].append(entity.pk)
    found = []
    with connection.cursor() as cursor:
        for day, ids in sorted(by_day.items()):
            cursor.execute(LATE, {"as_of": day, "entities": ids})
            found += [row[0] for row in cursor.fetchall()]
    return found


def running_items(items: list[int]) -> dict[int, PlanItem]:
    """Of these items those in a running plan, as last judged."""
    found = PlanItem.objects.filter(item__in=items, runs=True).select_related("plan")
    return {part.item_id: part for part in found}
