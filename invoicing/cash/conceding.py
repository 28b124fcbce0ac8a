"""Applying money with what is let go of beside it: discounts, charges of banks, small differences, deductions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from o2c.core.actors import Actor, acting
from o2c.core.money import exact
from o2c.invoicing import items
from o2c.invoicing.cash import deductions, discounts, foureyes
from o2c.invoicing.cash.receipts import CashRefused, OverApplied, Split, apply, lock, refuse_elsewhere
from o2c.invoicing.models import (
    Allocation,
    Concession,
    Entry,
    LedgerAccount,
    MatchingRules,
    OpenItem,
    ReasonCode,
    Receipt,
)
from o2c.orders.models import LegalEntity

ROLE, KIND = LedgerAccount.Role, OpenItem.Kind


@dataclass(frozen=True)
class Part:
    """What money does to one item: so much of it, and what is let go of or left in dispute beside it.

    Negative where a credit of the customer's is netted, which only a bank line's money does.
    """

    item: OpenItem
    amount: Decimal
    discount: Decimal = Decimal(0)
    charge: Decimal = Decimal(0)
    difference: Decimal = Decimal(0)
    deduction: Decimal = Decimal(0)
    reason: ReasonCode | None = None
    note: str = ""


# How each concession is booked: the item's kind, the account that bears it, the entry's kind.
BOOKED = {
    "discount": (KIND.DISCOUNT, ROLE.DISCOUNT, Entry.Kind.DISCOUNT),
    "charge": (KIND.CHARGE, ROLE.BANK_CHARGES, Entry.Kind.DISCOUNT),
    "difference": (KIND.WRITE_OFF, ROLE.WRITE_OFF, Entry.Kind.WRITE_OFF),
}


def apply_parts(receipt: Receipt, parts: Iterable[Part], *, on: date, actor: Actor) -> list[Allocation]:
    """Settle items with a receipt and what is let go of with it, all or nothing.

    A discount is granted where the terms earn it on the day the money came, the rules' days of grace included. What is
    taken beyond that, a charge above the rules' and a difference are within the actor's own limit an item, or refused:
    then they are deducted for a reason, which leaves them open and disputed. Raises CashRefused, OverApplied.
    """
    parts = list(parts)
    with acting(actor):
        entity = receipt.entity
        locked = lock({receipt.item_id, *(part.item.pk for part in parts)})
        if len(locked) != len(parts) + 1:
            raise CashRefused("Each item can be named once.")
        refuse_elsewhere(entity.pk, actor)
        check(parts, locked, entity=entity, received_on=receipt.received_on, actor=actor)
        made = apply(receipt.item, [Split(part.item, part.amount) for part in parts if part.amount], on=on, actor=actor)
        for part in parts:
            for what in BOOKED:
                if amount := getattr(part, what):
                    made += concede(receipt, part.item, what, amount, on=on, actor=actor)
            if part.deduction:
                deductions.record(
                    part.item, part.deduction, part.reason, receipt=receipt, note=part.note, on=on, actor=actor
                )
        return made


def concede(
    receipt: Receipt, item: OpenItem, what: str, amount: Decimal, *, on: date, actor: Actor
) -> list[Allocation]:
    """Let go of so much of an item beside a receipt: "discount", "charge" or "difference". It goes when that goes."""
    kind, against, entry_kind = BOOKED[what]
    day = max(on, item.effective_on)
    negative = items.book(
        entity=item.entity,
        customer=item.customer,
        kind=kind,
        amount=-amount,
        currency=item.currency,
        issued_on=day,
        due_on=day,
        number=item.number,
        against=against,
        entry_kind=entry_kind,
        known_on=max(day, item.known_on),
        actor=actor,
    )
    Concession.objects.create(receipt=receipt, item=negative, settles=item)
    return apply(negative, [Split(item, amount)], on=on, actor=actor)


def check(
    parts: Iterable[Part], locked: dict[int, OpenItem], *, entity: LegalEntity, received_on: date, actor: Actor
) -> None:
    """Whether the actor may let go of so much beside money of that day; the rule of `apply_parts`, for any money.

    `locked` are the parts' items as they stand. Raises CashRefused, OverApplied.
    """
    rules = MatchingRules.objects.filter(entity=entity).first() or MatchingRules(entity=entity)
    tiers = discounts.of_items(locked[part.item.pk] for part in parts)
    for part in parts:
        _check(part, locked[part.item.pk], rules, tiers.get(part.item.pk, ()), entity, received_on, actor)


def _check(
    part: Part, item: OpenItem, rules: MatchingRules, tiers, entity: LegalEntity, received_on: date, actor: Actor
) -> None:
    amounts = {name: exact(getattr(part, name), item.currency) for name in (*BOOKED, "amount", "deduction")}
    if any(amount < 0 for amount in amounts.values()) or not any(amounts.values()):
        raise CashRefused(f"Say what becomes of {item.number}.")
    if sum(amounts.values()) > item.open_amount:
        raise OverApplied(f"{item.number} only owes {item.open_money}.")
    if part.deduction and part.reason is None:
        raise CashRefused(f"Say why {part.deduction} {item.currency} of {item.number} are deducted.")
    earned = discounts.earned(
        part.amount, item.open_amount, item.currency, tiers, received_on, grace_days=rules.discount_grace_days
    )
    unearned = max(part.discount - earned, Decimal(0))
    free = unearned + part.difference

    def within(amount: Decimal, limit: Decimal) -> bool:
        base = foureyes.valued(amount, item.currency, entity, max(received_on, item.effective_on))
        return base is not None and base <= limit

    if part.charge and not within(part.charge, rules.bank_charge):
        free += part.charge
    if free and not within(free, foureyes.limit(entity, actor)):
        what = f"a discount of {unearned} {item.currency} that is not earned" if unearned else f"{free} {item.currency}"
        raise CashRefused(
            f"{item.number}: {what} is more than you let go of alone. Deduct it for a reason, or ask for a write-off."
        )
