"""Money that came in, and what it settles. Taking it back is in `reversing`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from o2c.core import numbering, outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import exact
from o2c.invoicing import items
from o2c.invoicing.models import Allocation, Entry, LedgerAccount, OpenItem, Receipt
from o2c.orders.models import Customer, LegalEntity


class CashRefused(ValueError):
    """The money cannot be booked or allocated so; the text says why."""


class OverApplied(CashRefused):
    """A split is larger than what its item still owes, or than what is left of the money."""


class AppliedElsewhere(CashRefused):
    """The legal entity's cash is applied in its ERP, so nobody does it here by hand."""

    problem = "applied-elsewhere"

    def __init__(self, entity: LegalEntity):
        super().__init__(
            f"{entity.code} applies its cash in the ERP. Apply or undo it there; what the ERP sends is taken over here."
        )


def by_hand(entity: LegalEntity) -> bool:
    """Whether people apply the legal entity's cash here. Files and API keys bring what the ERP did in any case."""
    return entity.cash_applied_by == LegalEntity.Keeper.O2C


def refuse_elsewhere(entity_id: int, actor: Actor) -> None:
    """Raises AppliedElsewhere for a person where the ERP applies cash; the system and API keys are no persons."""
    if actor.user_id is not None:
        entity = LegalEntity.objects.get(pk=entity_id)
        if not by_hand(entity):
            raise AppliedElsewhere(entity)


# What a receipt's item and entry are, and the account that bears it: money, or what we owe the customer.
BOOKED = {
    Receipt.Method.NETTING: (OpenItem.Kind.NETTING, Entry.Kind.NETTING, LedgerAccount.Role.NETTING),
}
MONEY = (OpenItem.Kind.ON_ACCOUNT, Entry.Kind.RECEIPT, LedgerAccount.Role.CASH)


@dataclass(frozen=True)
class Split:
    """So much of the money goes to this item, in the money's currency."""

    item: OpenItem
    amount: Decimal


def lock(item_ids: Iterable[int]) -> dict[int, OpenItem]:
    """Lock items in the order of their ids, the one order every writer keeps, and read them."""
    items_in_order = OpenItem.objects.select_for_update(no_key=True).filter(pk__in=item_ids).order_by("pk")
    return {item.pk: item for item in items_in_order}


def receive(
    *,
    entity: LegalEntity,
    customer: Customer,
    amount: Decimal,
    currency: str,
    received_on: date,
    method: Receipt.Method,
    actor: Actor,
    reference: str = "",
    known_on: date | None = None,
    source: str = "",
    external_id: str = "",
) -> Receipt:
    """Book money as a receipt on the customer's account; `apply` then settles items with it.

    `source` and `external_id` are its key in the system that it came from, which it keeps.

    Raises CashRefused for an amount that is not positive, MoneyError for one the currency cannot hold.
    """
    amount = exact(amount, currency)
    if amount <= 0:
        raise CashRefused("A receipt is more than nothing.")
    kind, entry_kind, against = BOOKED.get(method, MONEY)
    with acting(actor):
        item = items.book(
            entity=entity,
            customer=customer,
            kind=kind,
            amount=-amount,
            currency=currency,
            issued_on=received_on,
            due_on=received_on,
            number=reference[:100] or "Payment",
            against=against,
            entry_kind=entry_kind,
            text=Entry.PAYMENT if entry_kind == Entry.Kind.RECEIPT else None,
            known_on=max(known_on or received_on, received_on),
            actor=actor,
        )
        number = numbering.draw(entity.code, numbering.RECEIPT, received_on)
        return Receipt.objects.create(
            entity=entity,
            customer=customer,
            payer_id=customer.payer_id,
            number=number,
            method=method,
            currency=currency,
            amount=amount,
            received_on=received_on,
            reference=reference,
            item=item,
            source=source,
            external_id=external_id,
        )


def apply(credit: OpenItem, splits: list[Split], *, on: date, actor: Actor) -> list[Allocation]:
    """Settle open items with a credit (a receipt's item or a credit note); what is not split stays on account.

    The allocation takes effect on `on`, or on the first day on which both sides are there. Raises OverApplied if a
    split is larger than what its item still owes or all of them than what is left of the credit; then nothing is.
    Raises AppliedElsewhere for a person where the ERP applies cash.
    """
    if not splits:
        return []
    with acting(actor):
        ids = {credit.pk, *(split.item.pk for split in splits)}
        if len(ids) != len(splits) + 1:
            raise CashRefused("Each item can be named once.")
        locked = lock(ids)
        source = locked[credit.pk]
        refuse_elsewhere(source.entity_id, actor)
        if source.amount >= 0:
            raise CashRefused(f"{source.number} is not a credit.")
        left = -source.open_amount
        allocations = []
        for split in splits:
            target = locked[split.item.pk]
            if (target.entity_id, target.currency) != (source.entity_id, source.currency):
                raise CashRefused(f"{target.number} belongs to another legal entity or is in another currency.")
            amount = exact(split.amount, source.currency)
            if amount <= 0:
                raise CashRefused(f"The amount for {target.number} must be more than nothing.")
            if amount > target.open_amount:
                raise OverApplied(f"{target.number} only owes {target.open_money}.")
            if amount > left:
                raise OverApplied(f"Only {left} {source.currency} are left of {source.number}.")
            left -= amount
            allocations.append(
                Allocation(
                    debit_item=target,
                    credit_item=source,
                    payer_id=target.payer_id,
                    currency=source.currency,
                    amount=amount,
                    effective_on=max(on, source.effective_on, target.effective_on),
                    known_on=max(on, source.known_on, target.known_on),
                    actor=actor.name,
                )
            )
        made = Allocation.objects.bulk_create(allocations)
        for customer_id in sorted({locked[split.item.pk].customer_id for split in splits}):
            outbox.emit("items.settled", customer_id=customer_id, entity_id=source.entity_id)
        return made


def oldest_first(amount: Decimal, items: Iterable[OpenItem]) -> dict[int, Decimal]:
    """How much of the amount each item would get, in the order given, by id; a suggestion, credits left out."""
    shares = {}
    for item in items:
        if amount <= 0:
            break
        if item.amount > 0:
            shares[item.pk] = min(amount, item.open_amount)
            amount -= shares[item.pk]
    return shares


def open_again(allocation: Allocation, *, on: date, actor: Actor) -> Allocation:
    """Undo an allocation, whatever made it: both items are open again by its amount. For acts that undo the rest too.

    Raises CashRefused if it was undone before.
    """
    with acting(actor):
        ids = [allocation.debit_item_id, allocation.credit_item_id]
        locked = lock(ids)
        refuse_elsewhere(locked[allocation.debit_item_id].entity_id, actor)
        if allocation.amount < 0 or Allocation.objects.filter(reverses=allocation).exists():
            raise CashRefused("This allocation is undone already.")
        undoing = Allocation.objects.create(
            debit_item_id=allocation.debit_item_id,
            credit_item_id=allocation.credit_item_id,
            payer_id=allocation.payer_id,
            currency=allocation.currency,
            amount=-allocation.amount,
            effective_on=max(on, allocation.effective_on),
            known_on=max(on, allocation.known_on),
            reverses=allocation,
            actor=actor.name,
        )
        customer_id = OpenItem.objects.values_list("customer_id", flat=True).get(pk=allocation.debit_item_id)
        outbox.emit("items.reopened", customer_id=customer_id, entity_id=allocation.debit_item.entity_id)
        return undoing


def standing(**of) -> QuerySet[Allocation]:
    """The allocations that were not undone, in the order they were made."""
    undone = Allocation.objects.filter(reverses__isnull=False).values("reverses_id")
    return (
        Allocation.objects.filter(amount__gt=0, **of)
        .exclude(pk__in=undone)
        .select_related("debit_item", "credit_item")
        .order_by("pk")
    )
