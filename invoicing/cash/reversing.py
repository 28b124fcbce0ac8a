"""Taking back what money settled, or the receipt as a whole, with what was let go of beside it."""

from datetime import date

from django.db import transaction

from o2c.core import states
from o2c.core.actors import Actor, acting
from o2c.invoicing import items
from o2c.invoicing.cash import deductions, releasing
from o2c.invoicing.cash.receipts import CashRefused, lock, open_again, standing
from o2c.invoicing.models import Allocation, Concession, Deduction, OpenItem, Receipt

# What such an item is part of takes it back: a refund that goes out, say, must not leave its credit to be used again.
PARTS = {
    OpenItem.Kind.REFUND: "a refund",
    OpenItem.Kind.WRITE_OFF: "a write-off",
    OpenItem.Kind.TRANSFER: "a move to another customer",
    OpenItem.Kind.DISCOUNT: "the payment that it was let go of with",
    OpenItem.Kind.CHARGE: "the payment that it was let go of with",
    OpenItem.Kind.NETTING: "a netting",
}


def part_of(allocation: Allocation) -> str:
    """What an allocation is taken back with; empty where it is undone by itself."""
    if allocation.debit_item.kind == OpenItem.Kind.EXCHANGE:
        return "a change of currency"
    return PARTS.get(allocation.debit_item.kind) or PARTS.get(allocation.credit_item.kind) or ""


def unapply(allocation: Allocation, *, on: date, actor: Actor) -> Allocation:
    """Undo an allocation: both items are open again by its amount, and by what was let go of with it.

    Raises CashRefused if it was undone before, or belongs to something that is taken back as a whole.
    """
    with acting(actor):
        debit, credit = allocation.debit_item, allocation.credit_item
        if whole := part_of(allocation):
            raise CashRefused(f"This belongs to {whole}: take that back.")
        receipt = Receipt.objects.filter(item=credit).first()
        let_go = _let_go(receipt) if receipt else []
        let_go = [item for item in let_go if standing(credit_item=item.pk, debit_item=debit.pk).exists()]
        lock({debit.pk, credit.pk, *(item.pk for item in let_go)})
        undoing = open_again(allocation, on=on, actor=actor)
        if not standing(debit_item=debit.pk, credit_item=credit.pk).exists():
            _take_back(let_go, on=on, actor=actor)
        return undoing


def _let_go(receipt: Receipt) -> list[OpenItem]:
    """What stands of what was let go of with a receipt."""
    standing = OpenItem.objects.filter(concession__receipt=receipt, concession__reversed_on=None)
    return list(standing.order_by("pk"))


def _take_back(let_go: list[OpenItem], *, on: date, actor: Actor) -> None:
    for item in let_go:
        for allocation in standing(credit_item=item.pk):
            open_again(allocation, on=on, actor=actor)
        items.cancel(item, on=on, actor=actor)
        Concession.objects.filter(item=item).update(reversed_on=max(on, item.effective_on))


@transaction.atomic
def reverse(receipt: Receipt, *, on: date, actor: Actor, whole: bool = False) -> OpenItem:
    """Take a receipt back (a bounced cheque, a slip of the pen): what it settled is open again, its number stays.

    So is what was moved or changed into another currency from it, and what was let go of with it. A refund of it that
    the bank does not have yet is taken back too; one that it has is owed by the customer now. Returns the item that
    undoes the receipt's. `whole`: what it is a part of is taken back with it, which a netting needs.
    Raises CashRefused if it was reversed before.
    """
    with acting(actor):
        receipt = Receipt.objects.select_for_update(no_key=True).get(pk=receipt.pk)
        if receipt.reversed_on:
            raise CashRefused(f"{receipt.number} is reversed already.")
        if not whole and (part := PARTS.get(receipt.item.kind)):
            raise CashRefused(f"This belongs to {part}: take that back.")
        let_go = _let_go(receipt)
        releasing.hold(receipt.item_id, *(item.pk for item in let_go))
        releasing.release(receipt.item_id, on=on, actor=actor)
        _take_back(let_go, on=on, actor=actor)
        for deduction in Deduction.objects.filter(receipt=receipt, state=Deduction.State.OPEN).order_by("pk"):
            states.move(deduction, Deduction.State.WITHDRAWN, ended_on=max(on, deduction.opened_on))
            deductions.tell_ended(deduction)
        opposite = items.cancel(receipt.item, on=on, actor=actor)
        Receipt.objects.filter(pk=receipt.pk).update(reversed_on=max(on, receipt.received_on))
        return opposite
