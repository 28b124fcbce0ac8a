"""Deciding about nettings, undoing them, and what the vendor ledger says of them.

Approved, a netting is a receipt against the netting account that settles its items by the one path there is
(`cash.apply`); its payables are counted anew. Undone, exactly that is open again on both sides. The receipt, and what
it settled, are taken back in no other way.

Whoever writes locks in one order: the netting, its agreement, payables by id, then items by id.
"""

from datetime import date

from o2c.collections.netting import agreeing, asking
from o2c.collections.netting.refusing import NettingRefused
from o2c.core import clock, outbox, states
from o2c.core.actors import Actor, acting
from o2c.invoicing import cash
from o2c.invoicing.cash import foureyes, reversing
from o2c.invoicing.models import Netting, Receipt
from o2c.invoicing.netting import payables

State = Netting.State


def approve(asked: Netting, *, on: date, actor: Actor, note: str = "") -> Netting:
    """Approve what somebody else asked for; once everybody who must has, it is booked on the day.

    Looked at again under lock: the agreement, what is open, and what holds items back. Raises FourEyes,
    NettingRefused, IllegalMove where it was decided, ItemRefused where the books are closed.
    """
    with acting(actor):
        asked = foureyes.locked(asked)
        if asked.state != State.ASKED:
            raise states.IllegalMove(f"This netting is {asked.get_state_display().lower()} already.")
        foureyes.refuse_own(asked, actor, asked.first_by_id)
        agreement = agreeing.lock(asked.agreement)
        agreeing.refuse_unless_counts(agreement, on)
        items, owed = shares(asked)
        payables.lock(owed)
        locked = cash.lock(items)
        asking.refuse_unless_open(agreement, asked.currency, items, owed, on, netting=asked.pk)
        if foureyes.is_final(asked, actor, two=foureyes.needs_two(asked.entity, asked.base_amount)):
            _book(asked, [cash.Split(locked[pk], amount) for pk, amount in items.items()], on, actor, note)
            payables.recount(owed)
            outbox.emit("approvals.decided", subject="netting", id=asked.pk, state=asked.state)
        return asked


def _book(asked: Netting, splits: list[cash.Split], on: date, actor: Actor, note: str) -> None:
    receipt = cash.receive(
        entity=asked.entity,
        customer=asked.customer,
        amount=asked.amount,
        currency=asked.currency,
        received_on=on,
        method=Receipt.Method.NETTING,
        reference=asked.reference,
        actor=actor,
    )
    cash.apply(receipt.item, splits, on=on, actor=actor)
    states.move(asked, State.NETTED, receipt_id=receipt.pk, netted_on=on, **foureyes.decided(actor, note))


def shares(netting: Netting) -> tuple[dict, dict]:
    """How much of each item and payable a netting is of, in the order of the ids."""
    items = dict(netting.items.order_by("item_id").values_list("item_id", "amount"))
    return items, dict(netting.payables.order_by("payable_id").values_list("payable_id", "amount"))


def refuse(asked: Netting, *, note: str, actor: Actor) -> None:
    with acting(actor):
        foureyes.refuse(foureyes.locked(asked), note=note, actor=actor)


def withdraw(asked: Netting, *, actor: Actor) -> None:
    with acting(actor):
        foureyes.withdraw(foureyes.locked(asked), actor=actor)


def undo(netting: Netting, *, because: str, on: date, actor: Actor) -> Netting:
    """Take a netting back: what it cleared is open again on both sides, and nothing else.

    Raises NettingRefused without a reason, IllegalMove where it does not stand.
    """
    if not because.strip():
        raise NettingRefused("Say why it is undone.")
    with acting(actor):
        netting = foureyes.locked(netting)
        on = max(on, netting.netted_on or on)
        states.move(
            netting,
            State.UNDONE,
            undone_on=on,
            undone_at=clock.now(),
            undone_by=actor.name,
            undone_because=because.strip()[:300],
        )
        _, owed = shares(netting)
        payables.lock(owed)
        reversing.reverse(netting.receipt, on=on, actor=actor, whole=True)
        payables.recount(owed)
        outbox.emit("netting.undone", netting_id=netting.pk, entity_id=netting.entity_id)
        return netting


# --- What the vendor ledger says


def taken_over(netting: Netting, *, on: date, today: date, actor: Actor) -> Netting:
    """The vendor ledger has booked the netting on the day. Said again it changes nothing.

    Raises NettingRefused for one that was never approved, or for a day that cannot be.
    """
    return _said(netting, "taken_over_on", on, today, actor)


def taken_back(netting: Netting, *, on: date, today: date, actor: Actor) -> Netting:
    """The vendor ledger has reversed an undone netting that it had taken over. Said again it changes nothing."""
    return _said(netting, "taken_back_on", on, today, actor)


def _said(netting: Netting, what: str, on: date, today: date, actor: Actor) -> Netting:
    with acting(actor):
        netting = foureyes.locked(netting)
        if getattr(netting, what) is not None:
            return netting
        if what == "taken_over_on":
            first = netting.netted_on
            if first is None:
                raise NettingRefused("It was not approved, so there is nothing to take over.")
        else:
            if netting.state != State.UNDONE or netting.taken_over_on is None:
                raise NettingRefused("Only an undone netting that was taken over is taken back.")
            first = max(netting.taken_over_on, netting.undone_on)
        if not first <= on <= today:
            raise NettingRefused(f"The day is from {first} to {today}.", "on")
        _, owed = shares(netting)
        payables.lock(owed)
        Netting.objects.filter(pk=netting.pk).update(**{what: on})
        setattr(netting, what, on)
        payables.recount(owed)
        outbox.emit("netting.handed_over", netting_id=netting.pk, entity_id=netting.entity_id)
        return netting
