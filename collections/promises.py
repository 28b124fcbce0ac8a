"""Promises to pay: given for items, superseded visibly, and judged by what was settled."""

from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet

from o2c.collections import activities, worklist
from o2c.collections.models import Activity, PromisedItem, PromiseToPay, Task
from o2c.collections.plans import judging
from o2c.core import states
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.core.models import User
from o2c.core.money import exact, plain
from o2c.invoicing import cash
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Customer, LegalEntity


class PromiseRefused(ValueError):
    """The promise cannot be recorded or withdrawn so; the text says why."""


def record(
    *,
    customer: Customer,
    entity: LegalEntity,
    items: list[tuple[OpenItem, Decimal]],
    pay_by: date,
    promised_on: date,
    actor: Actor,
    task: Task | None = None,
) -> PromiseToPay:
    """Write down that the customer will pay so much of each of these items by a day.

    A promise that still stood on one of them is superseded: withdrawn on the day of the new one. Raises
    PromiseRefused for an amount that is not positive or more than is open, items of another customer, entity or
    currency, or in a payment plan, or a day before the promise was given; MoneyError for an amount the currency cannot
    hold.
    """
    if not items:
        raise PromiseRefused("Choose at least one item.")
    if pay_by < promised_on:
        raise PromiseRefused(f"{pay_by} is before the day the promise was given.")
    if len({item.pk for item, _ in items}) != len(items):
        raise PromiseRefused("Each item can be named once.")
    with acting(actor):
        locked = cash.lock(item.pk for item, _ in items)
        amounts = {}
        currency = locked[items[0][0].pk].currency
        for item, amount in items:
            item = locked[item.pk]
            if (item.customer_id, item.entity_id) != (customer.pk, entity.pk):
                raise PromiseRefused(f"{item.number} is not owed by {customer.name} to {entity.name}.")
            if item.currency != currency:
                raise PromiseRefused("A promise is in one currency: record one for each.")
            amount = exact(amount, currency)
            if amount <= 0:
                raise PromiseRefused(f"The amount for {item.number} must be more than nothing.")
            if amount > item.open_amount:
                raise PromiseRefused(f"{item.number} only owes {item.open_money}.")
            amounts[item.pk] = amount
        judging.recompute(promised_on, entity_ids=[entity.pk], customer_ids=[customer.pk])
        for item_id, part in judging.running_items(list(amounts)).items():
            raise PromiseRefused(
                f"{locked[item_id].number} is in the payment plan of {part.plan.agreed_on}: it is paid as agreed there."
            )
        supersede(list(amounts), on=promised_on, entity=entity, customer=customer)
        total = sum(amounts.values())
        promise = PromiseToPay.objects.create(
            customer=customer,
            entity=entity,
            payer_id=customer.payer_id,
            currency=currency,
            amount=total,
            promised_on=promised_on,
            pay_by=pay_by,
            task=task,
            actor=actor.name,
        )
        PromisedItem.objects.bulk_create(
            PromisedItem(promise=promise, item_id=item_id, amount=amount) for item_id, amount in sorted(amounts.items())
        )
        activities.record(
            customer=customer,
            entity=entity,
            kind=Activity.Kind.PROMISE,
            outcome=Activity.Outcome.PROMISED,
            text=f"{plain(total, currency)} {currency} by {pay_by}"
            f" for {', '.join(locked[item_id].number for item_id in sorted(amounts))}",
            task=task,
            actor=actor,
        )
        return promise


def supersede(items: list[int], *, on: date, entity: LegalEntity, customer: Customer) -> None:
    """Withdraw the promises that stand on these items, which are locked, as something else was agreed on the day."""
    recompute(on, entity_ids=[entity.pk], customer_ids=[customer.pk])
    standing = PromiseToPay.objects.select_for_update(no_key=True).filter(
        pk__in=PromisedItem.objects.filter(item__in=items).values("promise_id"), state=PromiseToPay.State.OPEN
    )
    for old in standing.order_by("pk"):
        states.move(old, PromiseToPay.State.WITHDRAWN, withdrawn_on=max(on, old.promised_on))


def withdraw(promise: PromiseToPay, *, on: date, actor: Actor) -> PromiseToPay:
    """Take a standing promise back from a day on: its items are chased again. Raises PromiseRefused."""
    with acting(actor):
        promise = (
            PromiseToPay.objects.select_for_update(no_key=True, of=("self",))
            .select_related("customer", "entity")
            .get(pk=promise.pk)
        )
        if promise.state != PromiseToPay.State.OPEN:
            raise PromiseRefused(f"This promise is {promise.get_state_display().lower()}.")
        states.move(promise, PromiseToPay.State.WITHDRAWN, withdrawn_on=max(on, promise.promised_on))
        activities.record(
            customer=promise.customer,
            entity=promise.entity,
            kind=Activity.Kind.PROMISE,
            text=f"Promise of {plain(promise.amount, promise.currency)} {promise.currency}"
            f" by {promise.pay_by} withdrawn",
            actor=actor,
        )
        return promise


# --- Queries


def due_between(user: User, first: date, last: date) -> QuerySet[PromiseToPay]:
    """Standing promises whose day is in these days, the earliest first."""
    return (
        PromiseToPay.objects.for_user(user)
        .filter(state=PromiseToPay.State.OPEN, pay_by__range=(first, last))
        .select_related("customer", "entity")
        .order_by("pay_by", "id")
    )


def broken_since(user: User, since: date) -> QuerySet[PromiseToPay]:
    """Promises broken or kept in part whose day was not before `since`, the latest first."""
    return (
        PromiseToPay.objects.for_user(user)
        .filter(state__in=[PromiseToPay.State.BROKEN, PromiseToPay.State.PARTLY_KEPT], pay_by__gte=since)
        .select_related("customer", "entity")
        .order_by("-pay_by", "-id")
    )


# --- Kept by chores

JUDGED = "collections_judge_promises(%(as_of)s, %(entities)s::bigint[], %(customers)s::bigint[])"
RECOMPUTE = f"""
    WITH judged AS (SELECT * FROM {JUDGED}), locked AS (
        SELECT p.id FROM collections_promisetopay p JOIN judged j ON j.promise_id = p.id
        WHERE p.state <> 'withdrawn' AND (p.state, p.paid) IS DISTINCT FROM (j.state, j.paid)
        ORDER BY p.id FOR NO KEY UPDATE OF p
    )
    UPDATE collections_promisetopay p SET state = j.state, paid = j.paid
    FROM judged j JOIN locked ON locked.id = j.promise_id
    WHERE p.id = j.promise_id AND p.state <> 'withdrawn'
    RETURNING p.id, p.state
"""  # noqa: S608
# One at a time for each legal entity, so that nobody writes what an older look at the allocations has found.
ONE_AT_A_TIME = """
    SELECT pg_advisory_xact_lock(hashtext('collections.promises'), id::integer) FROM (
        SELECT id FROM orders_legalentity WHERE %(entities)s::bigint[] IS NULL OR id = ANY(%(entities)s) ORDER BY id
    ) entities
"""
OPEN_TASKS = """
    INSERT INTO collections_task (key, entity_id, customer_id, payer_id, kind, why, assignee_id, queue_id, pool_id,
                                  state, at_risk, due_on, outcome, created_by)
    SELECT 'promise:' || p.id, p.entity_id, p.customer_id, p.payer_id, 'broken_promise',
           concat('Promised ', round(p.amount, core_minor_unit(p.currency)), ' ', p.currency, ' by ', p.pay_by,
                  ', paid ',
                  CASE WHEN p.paid = 0 THEN 'nothing' ELSE round(p.paid, core_minor_unit(p.currency))::text END),
           a.collector_id, CASE WHEN a.collector_id IS NULL THEN q.id END,
           CASE WHEN a.collector_id IS NULL THEN q.id END, 'open', 0, %(as_of)s, '', 'system'
    FROM collections_promisetopay p
    LEFT JOIN orders_account a ON a.customer_id = p.customer_id AND a.entity_id = p.entity_id
    LEFT JOIN collections_queue q ON q.code = %(queue)s
    WHERE p.id = ANY(%(broken)s)
    ORDER BY p.id
    ON CONFLICT (key) DO NOTHING
    RETURNING entity_id, customer_id
"""


def recompute(
    as_of: date, *, entity_ids: list[int] | None = None, customer_ids: list[int] | None = None
) -> dict[str, int]:
    """Judge promises by what is settled as of a day; how many came into each state.

    Late, repeated and reordered events change nothing: the answer depends on the allocations alone. A promise that
    was broken or kept in part opens one task, whatever happens to it afterwards.
    """
    facts = {"as_of": as_of, "entities": entity_ids, "customers": customer_ids}
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, facts)
        cursor.execute(RECOMPUTE, facts)
        moved = cursor.fetchall()
        unkept = [id for id, state in moved if state in (PromiseToPay.State.BROKEN, PromiseToPay.State.PARTLY_KEPT)]
        if unkept:
            cursor.execute(OPEN_TASKS, {"as_of": as_of, "broken": unkept, "queue": worklist.DEFAULT_QUEUE})
            opened = cursor.fetchall()
            for entity_id in sorted({entity_id for entity_id, _ in opened}):
                of_entity = [customer_id for entity, customer_id in opened if entity == entity_id]
                worklist.opened(entity_id, of_entity, as_of=as_of)
    counts: dict[str, int] = {}
    for _, state in moved:
        counts[state] = counts.get(state, 0) + 1
    return counts
