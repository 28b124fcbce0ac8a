"""Asking for a netting: so much of these items and so much of these payables, which come to the same."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from o2c.collections.netting import agreeing, eligible
from o2c.collections.netting.eligible import Candidate
from o2c.collections.netting.refusing import NettingRefused
from o2c.core import outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import exact, plain
from o2c.invoicing import cash
from o2c.invoicing.cash import foureyes
from o2c.invoicing.models import NettedItem, NettedPayable, Netting, NettingAgreement
from o2c.invoicing.netting import payables

Shares = Mapping[int, Decimal]


def ask(
    agreement: NettingAgreement,
    currency: str,
    *,
    items: Shares,
    owed: Shares,
    reason: str,
    on: date,
    actor: Actor,
) -> Netting:
    """Ask that items clear with payables, each by so much, by id. Nothing is booked before somebody else approves it.

    Raises NettingRefused where the sides do not come to the same, or one may not be netted by so much, naming it;
    AppliedElsewhere where the ERP applies the legal entity's cash.
    """
    with acting(actor):
        agreement = agreeing.lock(agreement)
        agreeing.refuse_unless_counts(agreement, on)
        cash.refuse_elsewhere(agreement.entity_id, actor)
        items = {pk: exact(amount, currency) for pk, amount in items.items()}
        owed = {pk: exact(amount, currency) for pk, amount in owed.items()}
        total = even(items, owed, currency)
        payables.lock(owed)
        cash.lock(items)
        refuse_unless_open(agreement, currency, items, owed, on)
        made = Netting.objects.create(
            entity_id=agreement.entity_id,
            customer_id=agreement.customer_id,
            agreement=agreement,
            currency=currency,
            amount=total,
            base_amount=foureyes.valued(total, currency, agreement.entity, on),
            **foureyes.asking(actor, reason),
        )
        NettedItem.objects.bulk_create(
            NettedItem(netting=made, item_id=pk, amount=amount) for pk, amount in sorted(items.items())
        )
        NettedPayable.objects.bulk_create(
            NettedPayable(netting=made, payable_id=pk, amount=amount) for pk, amount in sorted(owed.items())
        )
        outbox.emit("approvals.asked", subject="netting", id=made.pk, entity_id=made.entity_id)
        return made


def even(items: Shares, owed: Shares, currency: str) -> Decimal:
    """What both sides come to. Raises NettingRefused where they differ, or are nothing."""
    if any(amount <= 0 for amount in (*items.values(), *owed.values())):
        raise NettingRefused("What is netted of each is more than nothing.")
    ours, theirs = sum(items.values(), Decimal(0)), sum(owed.values(), Decimal(0))
    if not ours and not theirs:
        raise NettingRefused("Choose what is netted on both sides.")
    if ours != theirs:
        more, by = ("items", ours - theirs) if ours > theirs else ("payables", theirs - ours)
        raise NettingRefused(f"The {more} come to {plain(by, currency)} {currency} more than the other side.")
    return ours


def refuse_unless_open(
    agreement: NettingAgreement, currency: str, items: Shares, owed: Shares, on: date, *, netting: int | None = None
) -> None:
    """Raises NettingRefused, naming it, for what may not be netted by so much on the day. All of it is locked."""
    found = eligible.sides(agreement, currency, on, netting=netting)
    for shares, rows, what in ((items, found.items, "item"), (owed, found.payables, "payable")):
        known = {row.id: row for row in rows}
        for pk, amount in shares.items():
            _refuse_one(known.get(pk), amount, currency, what)


def _refuse_one(row: Candidate | None, amount: Decimal, currency: str, what: str) -> None:
    if row is None:
        raise NettingRefused(f"One {what} is not open any more, or not of this customer and currency.")
    if row.why:
        raise NettingRefused(f"{row.number} is left out: {row.left_out.lower()}.")
    if amount > row.open_amount:
        left = plain(row.open_amount, currency)
        raise NettingRefused(f"Only {left} {currency} of {row.number} can be netted.")
