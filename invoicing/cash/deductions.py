"""Short payments for a reason: the amount stays open, and whoever settles disputes hears of it."""

from datetime import date
from decimal import Decimal

from django.db.models import Sum

from o2c.core import clock, outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.money import exact
from o2c.invoicing.cash.receipts import CashRefused, OverApplied, lock, refuse_elsewhere
from o2c.invoicing.models import Deduction, OpenItem, ReasonCode, Receipt

STATE = Deduction.State


def record(
    item: OpenItem,
    amount: Decimal,
    reason: ReasonCode,
    *,
    on: date,
    actor: Actor,
    receipt: Receipt | None = None,
    note: str = "",
) -> Deduction:
    """Write down that so much of an item was not paid, and why.

    Emits `item.deducted`. Raises OverApplied where less is open of the item that is not deducted yet.
    """
    with acting(actor):
        item = lock([item.pk])[item.pk]
        refuse_elsewhere(item.entity_id, actor)
        amount = exact(amount, item.currency)
        if amount <= 0:
            raise CashRefused("A deduction is more than nothing.")
        if not reason.in_use:
            raise CashRefused(f"The reason {reason.name!r} is not used any more.")
        before = Deduction.objects.filter(item=item, state=STATE.OPEN).aggregate(sum=Sum("amount"))["sum"] or 0
        if amount + before > item.open_amount:
            raise OverApplied(
                f"Only {item.open_amount - before} {item.currency} of {item.number} are open and unclaimed."
            )
        made = Deduction.objects.create(
            entity_id=item.entity_id,
            customer_id=item.customer_id,
            item=item,
            receipt=receipt,
            reason=reason,
            currency=item.currency,
            amount=amount,
            note=note.strip()[:200],
            opened_on=on,
            actor=actor.name,
        )
        outbox.emit("item.deducted", item_id=item.pk, deduction_id=made.pk, entity_id=item.entity_id)
        return made


def settle(deduction: Deduction, *, on: date, actor: Actor) -> None:
    """The deduction is dealt with, whichever way. Raises IllegalMove where it was before."""
    _end(deduction, STATE.SETTLED, on=on, actor=actor)


def withdraw(deduction: Deduction, *, on: date, actor: Actor) -> None:
    """There is no such deduction: the customer pays, or it was written down wrongly."""
    _end(deduction, STATE.WITHDRAWN, on=on, actor=actor)


def _end(deduction: Deduction, state: str, *, on: date, actor: Actor) -> None:
    with acting(actor):
        row = Deduction.objects.select_for_update(no_key=True, of=("self",)).get(pk=deduction.pk)
        states.move(row, state, ended_on=max(on, row.opened_on))
        tell_ended(row)


def settled_meanwhile(payloads: list[dict]) -> None:
    """Handle events of items that were settled: where nothing is open any more, nothing is deducted either."""
    customers = {payload["customer_id"] for payload in payloads if payload.get("customer_id")}
    entities = {payload["entity_id"] for payload in payloads if not payload.get("customer_id")}
    done = Deduction.objects.filter(state=STATE.OPEN, item__open_amount=0)
    # a customer's own, or all of an entity whose book changed as a whole
    done = done.filter(customer_id__in=customers) | done.filter(entity_id__in=entities)
    for row in done.select_related("entity").order_by("pk").select_for_update(no_key=True, of=("self",)):
        today = clock.today(row.entity.time_zone)
        states.move(row, STATE.SETTLED, ended_on=max(today, row.opened_on))
        tell_ended(row)


def tell_ended(row: Deduction) -> None:
    outbox.emit("deduction.ended", item_id=row.item_id, deduction_id=row.pk, state=row.state)
