"""What becomes of disputes by itself: their item clears or opens again, a deadline passes, a deduction begins or ends.

How an item was cleared is worked out from its allocations, so late, repeated and reordered events change nothing.
"""

import json
from collections.abc import Collection, Iterable
from datetime import date

from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from o2c.collections import activities, cases, worklist
from o2c.collections.disputes.keeping import locked, tell
from o2c.collections.disputes.opening import open
from o2c.collections.disputes.resolving import drop_request, end, heed_decision
from o2c.collections.models import Activity, Dispute, Task
from o2c.collections.models.disputes import USUAL_ESCALATION, USUAL_TARGET
from o2c.core import clock, outbox
from o2c.core.actors import SYSTEM, acting
from o2c.core.money import plain
from o2c.invoicing.models import Deduction
from o2c.orders.models import LegalEntity

HOW = Dispute.Resolution
STATE = Dispute.State
MOST_NAMED = 3

# How a contested item was settled since the dispute was opened, what was undone taken off again; and by what last.
SETTLED = """
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(a.amount) FILTER (WHERE c.kind = 'credit_note'), 0) AS credited,
            coalesce(sum(a.amount) FILTER (WHERE c.kind = 'write_off'), 0) AS written_off,
            coalesce(sum(a.amount), 0) AS settled
        FROM invoicing_allocation a JOIN invoicing_openitem c ON c.id = a.credit_item_id
        WHERE a.debit_item_id = d.item_id AND a.effective_on >= d.opened_on
    ) s
"""
CLEARED = "(i.open_amount <= 0 OR d.amount IS NOT NULL AND s.credited >= d.amount)"
WHOSE = "d.entity_id = %(entity)s AND (%(customers)s::bigint[] IS NULL OR d.customer_id = ANY(%(customers)s))"
NUMBERS = f"""(
    SELECT string_agg(n.number, ', ' ORDER BY n.id) FROM (
        SELECT c.number, max(a.id) AS id FROM invoicing_allocation a
        JOIN invoicing_openitem c ON c.id = a.credit_item_id
        WHERE a.debit_item_id = d.item_id AND a.amount > 0 AND a.effective_on >= d.opened_on
        GROUP BY c.id, c.number HAVING c.number <> '' ORDER BY 2 DESC LIMIT {MOST_NAMED}
    ) n
)"""  # noqa: S608 what is composed here is made of our own words
# What the contested part was settled by: wholly credited or let go of, else paid.
HOW_CLEARED = """
    CASE WHEN s.credited > 0 AND s.credited >= coalesce(d.amount, s.settled) THEN 'credited'
         WHEN s.written_off > 0 AND s.written_off >= coalesce(d.amount, s.settled) THEN 'written_off' ELSE 'paid' END
"""
CLOSE = f"""
    WITH cleared AS MATERIALIZED (
        SELECT d.id, d.customer_id, d.payer_id, d.item_id, i.number, {HOW_CLEARED} AS how,
            left('Cleared ' || coalesce('by ' || {NUMBERS}, 'with no payment') || '.', 300) AS note
        FROM collections_dispute d JOIN invoicing_openitem i ON i.id = d.item_id {SETTLED}
        WHERE {WHOSE} AND d.closed_on IS NULL AND d.state <> 'asked' AND {CLEARED}
        ORDER BY d.id FOR NO KEY UPDATE OF d SKIP LOCKED
    ), ended AS (
        UPDATE collections_dispute d SET state = 'resolved', closed_on = greatest(%(on)s, d.opened_on),
            resolution = c.how, note = c.note, by_itself = true
        FROM cleared c WHERE d.id = c.id
    ), told AS (
        INSERT INTO collections_activity (entity_id, customer_id, payer_id, dispute_id, kind, outcome, text, actor)
        SELECT %(entity)s, c.customer_id, c.payer_id, c.id, 'dispute', '',
            c.number || ': ' || (%(called)s::jsonb ->> c.how) || '. ' || c.note, %(actor)s
        FROM cleared c ORDER BY c.id
    ), done AS (
        UPDATE collections_task t SET state = 'done', outcome = 'cleared', done_at = %(now)s, snoozed_until = NULL
        FROM cleared c
        WHERE t.customer_id = c.customer_id AND t.kind = 'dispute' AND t.state IN ('open', 'claimed', 'snoozed')
            AND starts_with(t.key, 'dispute:' || c.id || ':')
    )
    SELECT id, core_emit('disputes.resolved', jsonb_build_object(
        'dispute_id', id, 'item_id', item_id, 'entity_id', %(entity)s, 'how', how)) FROM cleared ORDER BY id
"""  # noqa: S608
# Of these somebody is asked already, so what was asked for ends with them.
TO_CLOSE = f"""
    SELECT d.id, {HOW_CLEARED} AS how, {NUMBERS} AS numbers
    FROM collections_dispute d JOIN invoicing_openitem i ON i.id = d.item_id {SETTLED}
    WHERE {WHOSE} AND d.closed_on IS NULL AND d.state = 'asked' AND {CLEARED}
    ORDER BY d.id FOR NO KEY UPDATE OF d SKIP LOCKED
"""  # noqa: S608
# What cleared it is undone. Whoever settled it by hand had a reason, so only what was closed by itself opens again.
TO_REOPEN = f"""
    SELECT d.id FROM collections_dispute d JOIN invoicing_openitem i ON i.id = d.item_id {SETTLED}
    WHERE {WHOSE} AND d.by_itself AND d.closed_on IS NOT NULL AND i.open_amount > 0 AND NOT {CLEARED}
        AND NOT EXISTS (SELECT 1 FROM collections_dispute o WHERE o.item_id = d.item_id AND o.closed_on IS NULL)
        AND d.id = (SELECT max(l.id) FROM collections_dispute l WHERE l.item_id = d.item_id)
    ORDER BY d.id FOR NO KEY UPDATE OF d SKIP LOCKED
"""  # noqa: S608


def follow(entity: LegalEntity, on: date, customer_ids: list[int] | None = None) -> dict[str, int]:
    """Close the disputes whose item has cleared, or whose contested part was credited; open those again where that was
    undone, with a task for whoever has them. Of the legal entity, or of these customers."""
    facts = {
        "entity": entity.pk,
        "customers": customer_ids,
        "on": on,
        "now": clock.now(),
        "actor": SYSTEM.name,
        "called": json.dumps({how.value: how.label.lower() for how in HOW}),
    }
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(CLOSE, facts)
        closed = cursor.rowcount
        cursor.execute(TO_CLOSE, facts)
        asked = cursor.fetchall()
        cursor.execute(TO_REOPEN, facts)
        undone = [pk for (pk,) in cursor.fetchall()]
        for pk, how, numbers in asked:
            row = locked(Dispute(pk=pk))
            heed_decision(row)  # it may be what has cleared the item
            if row.state == STATE.RESOLVED:
                continue
            drop_request(row, "The item was settled meanwhile.")
            by = f"by {numbers}" if numbers else "with no payment"
            end(row, how, on=on, actor=SYSTEM, note=f"Cleared {by}."[:300], by_itself=True)
        for pk in undone:
            _open_again(locked(Dispute(pk=pk)), on)
    return {"closed": closed + len(asked), "reopened": len(undone)}


REOPEN = """
    UPDATE collections_dispute d SET state = 'open', closed_on = NULL, resolution = '', note = '', by_itself = false,
        escalated_on = NULL, due_on = coalesce(t.due_on, %(on)s),
        escalates_on = coalesce(orders_business_day(d.entity_id, coalesce(t.due_on, %(on)s), t.escalate_after), %(on)s)
    FROM (
        SELECT o.id, orders_business_day(o.entity_id, %(on)s, coalesce(r.target_days, %(target)s)) AS due_on,
            coalesce(r.escalate_after, %(escalation)s) AS escalate_after
        FROM collections_dispute o LEFT JOIN collections_disputerule r ON r.code_id = o.code_id WHERE o.id = %(id)s
    ) t WHERE d.id = t.id
"""


def _open_again(row: Dispute, on: date) -> None:
    why = f"Open again: what had cleared {row.item.number} was undone. It was closed on {row.closed_on}: {row.note}"
    tell(row, why, SYSTEM)
    days = {"target": USUAL_TARGET, "escalation": USUAL_ESCALATION}
    with connection.cursor() as cursor:
        cursor.execute(REOPEN, {"id": row.pk, "on": on, **days})
    again = row.activities.filter(text__startswith="Open again:").count()
    worklist.create(
        entity=row.entity,
        customer=row.customer,
        kind=Task.Kind.DISPUTE,
        why=f"Dispute of {row.item.number} is open again, as what had cleared it was undone: {row.reason}",
        due_on=on,
        assignee=row.owner,
        queue=row.queue,
        key=f"dispute:{row.pk}:again:{again}",
        actor=SYSTEM,
    )
    outbox.emit("disputes.reopened", dispute_id=row.pk, item_id=row.item_id, entity_id=row.entity_id)


# --- Deadlines

ESCALATION = cases.Escalation(
    kind=Task.Kind.DISPUTE,
    table="collections_dispute",
    late="d.closed_on IS NULL AND d.escalated_on IS NULL AND d.escalates_on <= %(on)s",
    mark="escalated_on = %(on)s",
    joined="JOIN invoicing_openitem i ON i.id = d.item_id LEFT JOIN collections_disputerule r ON r.code_id = d.code_id",
    round="d.due_on",
    told="'Not settled by ' || d.due_on",
    why="'Dispute of ' || i.number || ' was to be settled by ' || d.due_on || ': ' || d.reason",
)


def escalate(entity: LegalEntity, on: date) -> int:
    """Pass on what was not settled in time, with a task, once; how many. Safe to run again."""
    late = Dispute.objects.filter(entity=entity, closed_on=None, escalated_on=None, escalates_on__lte=on)
    if not late.exists():
        return 0
    with acting(SYSTEM):
        passed = cases.escalate(ESCALATION, entity, {"on": on, "actor": SYSTEM.name})
        for pk in passed:
            outbox.emit("disputes.escalated", dispute_id=pk, entity_id=entity.pk)
    return len(passed)


# --- Deductions


def deducted(payloads: list[dict]) -> None:
    """Handle events of deductions: each item is in dispute for what was deducted, as far as that is still so."""
    ids = sorted({payload["deduction_id"] for payload in payloads})
    found = Deduction.objects.filter(pk__in=ids, state=Deduction.State.OPEN).order_by("pk")
    deductions = list(found.select_related("item", "reason", "entity", "customer"))
    items = {deduction.item_id for deduction in deductions}
    contested = dict(_deducted(items).values_list("item_id", "amount"))
    disputed = {row.item_id: row for row in Dispute.objects.filter(item__in=items, closed_on=None)}
    _follow(items)
    for deduction in deductions:
        item = deduction.item
        taken = f"{plain(deduction.amount, deduction.currency)} {deduction.currency} deducted: {deduction.reason.name}"
        said = f"{taken}. {deduction.note}".strip(" .")
        if item.pk in disputed:
            activities.record(
                customer=deduction.customer,
                entity=deduction.entity,
                kind=Activity.Kind.DISPUTE,
                text=f"{item.number}: {said}",
                dispute=disputed[item.pk],
                actor=SYSTEM,
            )
        elif item.open_amount > 0:
            amount = min(contested[item.pk], item.open_amount)
            code = deduction.reason if deduction.reason.in_use else None
            disputed[item.pk] = open(item, code=code, reason=said, on=deduction.opened_on, amount=amount, actor=SYSTEM)


def deduction_ended(payloads: list[dict]) -> None:
    """Handle events of deductions that ended: where an item has none left, the dispute they opened is closed."""
    ids = sorted({payload["item_id"] for payload in payloads})
    _follow(ids)
    still = Deduction.objects.filter(item__in=ids, state=Deduction.State.OPEN).values("item_id")
    opened = Dispute.objects.filter(item__in=ids, closed_on=None, actor=SYSTEM.name).exclude(item__in=still)
    taken_back = {payload["item_id"] for payload in payloads if payload.get("state") == Deduction.State.WITHDRAWN}
    for dispute in opened.select_related("entity").order_by("pk"):
        today = clock.today(dispute.entity.time_zone)
        with acting(SYSTEM):
            row = locked(dispute)
            if row.state != STATE.RESOLVED:
                drop_request(row, "The deduction is settled.")
                how = HOW.WITHDRAWN if row.item_id in taken_back else HOW.PAID
                end(row, how, on=today, actor=SYSTEM, note="The deduction is settled.")


def _deducted(items: Collection[int]) -> QuerySet:
    """What is deducted of each of these items, as `item_id` and `amount`."""
    standing = Deduction.objects.filter(item__in=items, state=Deduction.State.OPEN)
    return standing.values("item_id").order_by().annotate(amount=Sum("amount"))


def _follow(items: Iterable[int]) -> None:
    """Disputes that deductions opened contest what they come to; what a person opened stays as it is."""
    opened = Dispute.objects.filter(item__in=items, closed_on=None, actor=SYSTEM.name, amount__isnull=False)
    now = Subquery(_deducted(items).filter(item=OuterRef("item")).values("amount"))
    opened.annotate(now=now).exclude(now=None).exclude(amount=F("now")).update(amount=now)
