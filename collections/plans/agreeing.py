"""Agreeing a payment plan with a customer, and taking it back."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from o2c.collections import activities, promises
from o2c.collections.models import Activity, DunningSettings, PaymentPlan, PlacedItem, PlanInstalment, PlanItem, Task
from o2c.collections.plans import judging
from o2c.collections.plans.schedules import PlanRefused, Step, checked
from o2c.core import outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.money import plain
from o2c.invoicing import cash
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Customer, LegalEntity

STATE = PaymentPlan.State
MOST_ITEMS = 200


def agree(
    *,
    customer: Customer,
    entity: LegalEntity,
    items: Sequence[OpenItem],
    steps: Sequence[Step],
    agreed_on: date,
    actor: Actor,
    note: str = "",
    is_part: bool = False,
    task: Task | None = None,
) -> PaymentPlan:
    """Agree that the customer pays what these items owe (or a part of it, if so said) in instalments.

    Its items are not chased while it is neither broken nor withdrawn. Promises that stood on them are withdrawn on its
    day. Raises PlanRefused for items of another customer, entity or currency, that owe nothing or are in a running
    plan, and for a schedule that cannot be; MoneyError for an amount the currency cannot hold.
    """
    if not items:
        raise PlanRefused("Choose at least one item.")
    if len(items) > MOST_ITEMS:
        raise PlanRefused(f"A plan has at most {MOST_ITEMS} items.")
    with acting(actor):
        locked = cash.lock({item.pk for item in items})
        currency = locked[items[0].pk].currency
        for item in locked.values():
            if (item.customer_id, item.entity_id) != (customer.pk, entity.pk):
                raise PlanRefused(f"{item.number} is not owed by {customer.name} to {entity.name}.")
            if item.currency != currency:
                raise PlanRefused("A plan is in one currency: agree one for each.")
            if item.open_amount <= 0:
                raise PlanRefused(f"{item.number} owes nothing.")
        for part in PlacedItem.objects.filter(item__in=locked, until=None):
            raise PlanRefused(f"{locked[part.item_id].number} is handed over to an agency: take it back first.")
        judging.recompute(agreed_on, entity_ids=[entity.pk], customer_ids=[customer.pk])
        for item_id, part in judging.running_items(list(locked)).items():
            raise PlanRefused(
                f"{locked[item_id].number} is in the payment plan of {part.plan.agreed_on} already:"
                " withdraw that first."
            )
        owed = sum((item.open_amount for item in locked.values()), Decimal(0))
        agreed = checked(steps, owed=owed, currency=currency, agreed_on=agreed_on, is_part=is_part)
        promises.supersede(list(locked), on=agreed_on, entity=entity, customer=customer)
        PaymentPlan.objects.filter(items__item__in=locked, superseded_on=None).exclude(state=STATE.WITHDRAWN).update(
            superseded_on=agreed_on
        )
        rules = DunningSettings.objects.filter(entity=entity).first() or DunningSettings()
        plan = PaymentPlan.objects.create(
            entity=entity,
            customer=customer,
            payer_id=customer.payer_id,
            currency=currency,
            amount=sum(each.amount for each in agreed),
            agreed_on=agreed_on,
            ends_on=agreed[-1].due_on,
            tolerance_days=rules.plan_days,
            tolerance_percent=rules.plan_percent,
            note=note.strip(),
            actor=actor.name,
        )
        PlanInstalment.objects.bulk_create(
            PlanInstalment(plan=plan, number=number, due_on=each.due_on, amount=each.amount)
            for number, each in enumerate(agreed, start=1)
        )
        PlanItem.objects.bulk_create(
            PlanItem(plan=plan, item_id=item_id, amount=item.open_amount) for item_id, item in sorted(locked.items())
        )
        activities.record(
            customer=customer,
            entity=entity,
            kind=Activity.Kind.PLAN,
            text=f"{plain(plan.amount, currency)} {currency} in {len(agreed)} instalment{'s'[: len(agreed) > 1]} from"
            f" {agreed[0].due_on} to {plan.ends_on} for {', '.join(locked[pk].number for pk in sorted(locked))}",
            task=task,
            actor=actor,
        )
        outbox.emit("plans.agreed", plan_id=plan.pk, entity_id=entity.pk, customer_id=customer.pk)
        return plan


def withdraw(plan: PaymentPlan, *, reason: str, on: date, actor: Actor) -> PaymentPlan:
    """Take a running plan back from a day on: its items are chased again where they stood. Raises PlanRefused."""
    if not reason.strip():
        raise PlanRefused("Say why.")
    with acting(actor):
        judging.recompute(on, entity_ids=[plan.entity_id], customer_ids=[plan.customer_id])
        plan = (
            PaymentPlan.objects.select_for_update(no_key=True, of=("self",))
            .select_related("customer", "entity")
            .get(pk=plan.pk)
        )
        if plan.state != STATE.ACTIVE:
            raise PlanRefused(f"This plan is {plan.get_state_display().lower()}.")
        states.move(plan, STATE.WITHDRAWN, withdrawn_on=max(on, plan.agreed_on), withdrawn_because=reason.strip()[:200])
        plan.items.update(runs=False)
        activities.record(
            customer=plan.customer,
            entity=plan.entity,
            kind=Activity.Kind.PLAN,
            text=f"Plan of {plain(plan.amount, plan.currency)} {plan.currency} of {plan.agreed_on} withdrawn:"
            f" {plan.withdrawn_because}",
            actor=actor,
        )
        outbox.emit("plans.withdrawn", plan_id=plan.pk, entity_id=plan.entity_id, customer_id=plan.customer_id)
        return plan
