"""Letting go of what is open of an item: small differences within one's own limit, the rest by somebody else's word."""

from datetime import date
from decimal import Decimal

from o2c.core import outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.money import exact
from o2c.invoicing import items
from o2c.invoicing.cash import foureyes
from o2c.invoicing.cash.receipts import (
    CashRefused,
    OverApplied,
    Split,
    apply,
    lock,
    open_again,
    refuse_elsewhere,
    standing,
)
from o2c.invoicing.models import Entry, LedgerAccount, OpenItem, WriteOff

KIND, STATE = WriteOff.Kind, WriteOff.State
AGAINST = {KIND.SMALL: LedgerAccount.Role.WRITE_OFF, KIND.BAD_DEBT: LedgerAccount.Role.BAD_DEBT}


def write_off(item: OpenItem, amount: Decimal, *, kind: str, reason: str, on: date, actor: Actor) -> WriteOff:
    """Let go of so much of an item, whichever way it is owed; `amount` is positive.

    A small difference within the actor's limit is booked at once; what they let go of on the same item alone before
    counts too, so that nobody goes by steps. All else waits for somebody else. Raises CashRefused, OverApplied.
    """
    with acting(actor):
        item = lock([item.pk])[item.pk]
        refuse_elsewhere(item.entity_id, actor)
        amount = exact(amount, item.currency)
        if amount <= 0:
            raise CashRefused("Write off more than nothing.")
        if amount > abs(item.open_amount):
            raise OverApplied(f"Only {abs(item.open_money)} are open of {item.number}.")
        if kind == KIND.BAD_DEBT and item.amount < 0:
            raise CashRefused(f"{item.number} is a credit; nobody owes it to us.")
        base = foureyes.valued(amount, item.currency, item.entity, max(on, item.effective_on))
        made = WriteOff.objects.create(
            entity_id=item.entity_id,
            customer_id=item.customer_id,
            item=item,
            kind=kind,
            currency=item.currency,
            amount=amount,
            base_amount=base,
            **foureyes.asking(actor, reason),
        )
        alone = kind == KIND.SMALL and base is not None
        if alone and base + foureyes.alone_before(made, STATE.BOOKED) <= foureyes.limit(item.entity, actor):
            _book(made, item, on=on, actor=actor)
        if made.state == STATE.ASKED:
            outbox.emit("approvals.asked", subject="writeoff", id=made.pk, entity_id=item.entity_id)
        return made


def approve(asked: WriteOff, *, on: date, actor: Actor, note: str = "") -> WriteOff:
    """Approve what somebody else asked for; it is booked once everybody who must has.

    Raises FourEyes, OverApplied where the item is not so much open any more, LostRace or IllegalMove once decided.
    """
    with acting(actor):
        asked = foureyes.locked(asked)
        if asked.state != STATE.ASKED:
            raise states.IllegalMove(f"This write-off is {asked.get_state_display().lower()} already.")
        if foureyes.is_final(asked, actor, two=foureyes.needs_two(asked.entity, asked.base_amount)):
            item = lock([asked.item_id])[asked.item_id]
            if asked.amount > abs(item.open_amount):
                raise OverApplied(f"Only {abs(item.open_money)} are open of {item.number} now; refuse this.")
            _book(asked, item, on=on, actor=actor, **foureyes.decided(actor, note))
            outbox.emit("approvals.decided", subject="writeoff", id=asked.pk, state=asked.state)
        return asked


def refuse(asked: WriteOff, *, note: str, actor: Actor) -> None:
    with acting(actor):
        foureyes.refuse(foureyes.locked(asked), note=note, actor=actor)


def withdraw(asked: WriteOff, *, actor: Actor) -> None:
    with acting(actor):
        foureyes.withdraw(foureyes.locked(asked), actor=actor)


def reverse(booked: WriteOff, *, on: date, actor: Actor) -> None:
    """Take a write-off back: what it let go of is open again. Raises IllegalMove where it is not booked."""
    with acting(actor):
        booked = foureyes.locked(booked)
        states.move(booked, STATE.REVERSED, reversed_on=max(on, booked.booked_on or on))
        lock([booked.item_id, booked.opposite_id])
        refuse_elsewhere(booked.entity_id, actor)
        side = "credit_item_id" if booked.item.amount > 0 else "debit_item_id"
        for allocation in standing(**{side: booked.opposite_id}):
            open_again(allocation, on=on, actor=actor)
        items.cancel(booked.opposite, on=on, actor=actor)


def _book(row: WriteOff, item: OpenItem, *, on: date, actor: Actor, **decided) -> None:
    on = max(on, item.effective_on)
    opposite = items.book(
        entity=item.entity,
        customer=item.customer,
        kind=OpenItem.Kind.WRITE_OFF,
        amount=-row.amount if item.amount > 0 else row.amount,
        currency=item.currency,
        issued_on=on,
        due_on=on,
        number=item.number,
        against=AGAINST[KIND(row.kind)],
        entry_kind=Entry.Kind.WRITE_OFF,
        known_on=max(on, item.known_on),
        actor=actor,
    )
    credit, debit = (opposite, item) if item.amount > 0 else (item, opposite)
    apply(credit, [Split(debit, row.amount)], on=on, actor=actor)
    states.move(row, STATE.BOOKED, opposite_id=opposite.pk, booked_on=on, **decided)
