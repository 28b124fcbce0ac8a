"""Money that stands in the wrong place: moved to another customer, or changed into another currency.

Both clear the credit by an item on its side and make a credit on the other, in one entry; both are taken back whole.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

from o2c.core import states
from o2c.core.actors import Actor, acting
from o2c.core.money import exact, known_currencies, step
from o2c.invoicing import ledger
from o2c.invoicing.cash import pairs, releasing
from o2c.invoicing.cash.receipts import (
    CashRefused,
    OverApplied,
    Split,
    apply,
    lock,
    refuse_elsewhere,
)
from o2c.invoicing.models import Entry, LedgerAccount, OpenItem, Transfer
from o2c.orders.models import Account, Customer

ROLE = LedgerAccount.Role


@dataclass(frozen=True)
class Share:
    """So much of the money is that customer's."""

    customer: Customer
    amount: Decimal


def move(credit: OpenItem, shares: list[Share], *, reason: str, on: date, actor: Actor) -> list[Transfer]:
    """Move so much of a credit to other customers of the same legal entity, at the rate it was booked at.

    Raises CashRefused without a reason or an account of theirs, OverApplied for more than is left of it.
    """
    with acting(actor):
        credit = _lock(credit, actor)
        if not reason.strip():
            raise CashRefused("Say why it is moved.")
        if len({share.customer.pk for share in shares}) != len(shares):
            raise CashRefused("Each customer can be named once.")
        made = []
        for share in shares:
            if share.customer.pk == credit.customer_id:
                raise CashRefused(f"The money stands with {credit.customer.number} already.")
            if not Account.objects.filter(customer=share.customer, entity=credit.entity).exists():
                raise CashRefused(f"{share.customer.number} has no account with {credit.entity.code}.")
            amount = _part(credit, share.amount, sum((row.out_item.amount for row in made), Decimal(0)))
            day = max(on, credit.effective_on)
            base = _carried(credit, amount)
            legs = [
                pairs.Leg(credit.customer, OpenItem.Kind.TRANSFER, credit.number, credit.currency, amount, base),
                pairs.Leg(
                    share.customer,
                    OpenItem.Kind.ON_ACCOUNT,
                    credit.number,
                    credit.currency,
                    -amount,
                    None if base is None else -base,
                ),
            ]
            out_item, in_item = pairs.book(
                credit.entity,
                legs,
                [],
                kind=Entry.Kind.TRANSFER,
                text=Entry.PAYMENT,
                on=day,
                known_on=max(day, credit.known_on),
                actor=actor,
            )
            apply(credit, [Split(out_item, amount)], on=day, actor=actor)
            made.append(
                Transfer.objects.create(
                    entity_id=credit.entity_id,
                    kind=Transfer.Kind.MOVE,
                    credit_item=credit,
                    out_item=out_item,
                    in_item=in_item,
                    reason=reason.strip()[:200],
                    effective_on=day,
                    actor=actor.name,
                )
            )
        return made


def exchange(
    credit: OpenItem,
    amount: Decimal,
    currency: str,
    *,
    on: date,
    actor: Actor,
    rate: Decimal | None = None,
    received: Decimal | None = None,
) -> Transfer:
    """Change so much of a credit into another currency, so that it can settle what is owed there.

    At what the bank made of it (`received`, or its `rate`: units of the new currency for one of the old), else at the
    rate of the day. What that is worth more or less in the base currency than the credit was booked at is realised.
    Raises CashRefused where no rate is known, OverApplied for more than is left.
    """
    with acting(actor):
        credit = _lock(credit, actor)
        entity = credit.entity
        if currency == credit.currency or currency not in known_currencies():
            raise CashRefused("Name another currency of ISO 4217.")
        amount = _part(credit, amount, Decimal(0))
        day = max(on, credit.effective_on)
        if received is None:
            rate = rate or _rate(credit.currency, currency, day)
            received = (amount * rate).quantize(step(currency), ROUND_HALF_UP)
        received = exact(received, currency)
        if received <= 0:
            raise CashRefused("That comes to nothing in the other currency.")
        carried = _carried(credit, amount)
        worth = ledger.in_base(received, currency, entity, day)
        if carried is None or worth is None:
            raise CashRefused(f"There is no rate to {entity.base_currency} for the day; load the rates first.")
        legs = [
            pairs.Leg(credit.customer, OpenItem.Kind.EXCHANGE, credit.number, credit.currency, amount, carried),
            pairs.Leg(credit.customer, OpenItem.Kind.EXCHANGE, credit.number, currency, -received, -worth),
        ]
        # The clearing account holds each currency's other side. What we owe the customer more in the base currency than
        # before is lost, and leaves nothing of it there.
        loss = worth - carried
        others = [
            pairs.Other(ROLE.FX_CLEARING, credit.currency, -amount, -carried),
            pairs.Other(ROLE.FX_CLEARING, currency, received, worth),
            pairs.Other(ROLE.FX_CLEARING, entity.base_currency, -loss, -loss),
            pairs.Other(ROLE.FX_REALISED, entity.base_currency, loss, loss),
        ]
        out_item, in_item = pairs.book(
            entity,
            legs,
            others,
            kind=Entry.Kind.EXCHANGE,
            text=Entry.PAYMENT,
            on=day,
            known_on=max(day, credit.known_on),
            actor=actor,
        )
        apply(credit, [Split(out_item, amount)], on=day, actor=actor)
        with localcontext(prec=30):
            used = (received / amount).quantize(Decimal(1).scaleb(-10), ROUND_HALF_UP)
        return Transfer.objects.create(
            entity_id=entity.pk,
            kind=Transfer.Kind.EXCHANGE,
            credit_item=credit,
            out_item=out_item,
            in_item=in_item,
            rate=used,
            difference=-loss,
            effective_on=day,
            actor=actor.name,
        )


def reverse(transfer: Transfer, *, on: date, actor: Actor) -> None:
    """Take a transfer back with what it settled since: the credit stands where it was. Raises IllegalMove if it did."""
    with acting(actor):
        row = Transfer.objects.select_for_update(no_key=True, of=("self",)).get(pk=transfer.pk)
        if row.reversed_on is not None:
            raise states.IllegalMove("This is taken back already.")
        releasing.hold(row.credit_item_id, row.out_item_id, row.in_item_id)
        refuse_elsewhere(row.entity_id, actor)
        releasing.undo(row, on=on, actor=actor)


def _lock(credit: OpenItem, actor: Actor) -> OpenItem:
    credit = lock([credit.pk])[credit.pk]
    refuse_elsewhere(credit.entity_id, actor)
    if credit.amount >= 0:
        raise CashRefused(f"{credit.number} is not a credit.")
    return credit


def _part(credit: OpenItem, amount: Decimal, before: Decimal) -> Decimal:
    amount = exact(amount, credit.currency)
    left = -credit.open_amount - before
    if amount <= 0:
        raise CashRefused("Give more than nothing.")
    if amount > left:
        raise OverApplied(f"Only {left} {credit.currency} are left of {credit.number}.")
    return amount


def _carried(credit: OpenItem, amount: Decimal) -> Decimal | None:
    """What so much of a credit is carried at in the base currency; None where it was booked without a rate."""
    if credit.base_amount is None:
        return None
    with localcontext(prec=60):
        part = credit.base_amount * amount / credit.amount
        return part.quantize(step(credit.entity.base_currency), ROUND_HALF_UP)


def _rate(theirs: str, ours: str, on: date) -> Decimal:
    """Units of `ours` for one of `theirs` on the day."""
    one, other = ledger.rate(theirs, on), ledger.rate(ours, on)
    if one is None or other is None:
        raise CashRefused(f"There is no rate from {theirs} to {ours} on {on} or before; load the rates first.")
    with localcontext(prec=60):
        return other / one
