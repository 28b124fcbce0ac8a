"""Taking back all that a credit did, so that it is wholly open again: what it settled, and what was made of it.

Part of reversing a receipt and of taking a transfer back; neither leaves anything standing on money that is not there.
"""

from datetime import date

from o2c.core import states
from o2c.core.actors import Actor
from o2c.invoicing import items
from o2c.invoicing.cash import pairs, writeoffs
from o2c.invoicing.cash.receipts import lock, open_again, standing
from o2c.invoicing.models import Refund, Transfer, WriteOff

WHY = "The money that it was of is gone."


def touched(*credit_ids: int) -> set[int]:
    """Every item whose balance releasing these credits moves."""
    found = set(credit_ids)
    found |= {row.debit_item_id for row in standing(credit_item__in=credit_ids)}
    onward = Transfer.objects.filter(credit_item__in=credit_ids, reversed_on=None)
    for row in onward:
        found |= {row.out_item_id} | touched(row.in_item_id)
    return found


def hold(*credit_ids: int) -> None:
    """Lock what releasing these credits touches in the one order of all acts: decisions, then items, each by id."""
    found = touched(*credit_ids)
    list(WriteOff.objects.select_for_update(no_key=True).filter(item__in=found).order_by("pk"))
    list(Refund.objects.select_for_update(no_key=True).filter(credit_item__in=found).order_by("pk"))
    lock(found)


def release(credit_id: int, *, on: date, actor: Actor) -> None:
    """Take back what a credit did, what was made last first. A refund that the bank has or paid stays: it is owed."""
    for refund in (
        Refund.objects.select_for_update(no_key=True)
        .filter(credit_item=credit_id, state__in=[Refund.State.ASKED, Refund.State.APPROVED])
        .order_by("pk")
    ):
        if refund.state == Refund.State.ASKED:
            states.move(refund, Refund.State.REFUSED, note=WHY)
            continue
        states.move(refund, Refund.State.CANCELLED, note=WHY)
        for allocation in standing(debit_item=refund.item_id):
            open_again(allocation, on=on, actor=actor)
        items.cancel(refund.item, on=on, actor=actor)
    for row in WriteOff.objects.select_for_update(no_key=True).filter(item=credit_id).order_by("pk"):
        if row.state == WriteOff.State.ASKED:
            states.move(row, WriteOff.State.REFUSED, note=WHY)
        elif row.state == WriteOff.State.BOOKED:
            writeoffs.reverse(row, on=on, actor=actor)
    for row in Transfer.objects.filter(credit_item=credit_id, reversed_on=None).order_by("-pk"):
        undo(row, on=on, actor=actor)
    for allocation in standing(credit_item=credit_id):
        open_again(allocation, on=on, actor=actor)


def undo(row: Transfer, *, on: date, actor: Actor) -> None:
    """Take a transfer back with all that the credit it made did since."""
    release(row.in_item_id, on=on, actor=actor)
    for allocation in standing(debit_item=row.out_item_id):
        open_again(allocation, on=on, actor=actor)
    pairs.cancel(row.out_item.entry, on=on, actor=actor)
    Transfer.objects.filter(pk=row.pk).update(reversed_on=max(on, row.effective_on))
