"""Paying a customer's credit back: asked for by one person, approved by another, to an account that is known as theirs.

Approved, it clears the credit and is owed to the bank (the account of refunds to be paid); the bank line that pays it
settles that. What speaks against one (`guarding.paid_back`) is looked for when it is asked for and again when it is
approved; one that is held is not approved before two people have let go of it.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from o2c.core import outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.money import exact, plain
from o2c.invoicing import banks, closing, items, ledger
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
from o2c.invoicing.guarding import paid_back
from o2c.invoicing.models import (
    BankDetailChange,
    BankLine,
    Entry,
    LedgerAccount,
    LineUse,
    OpenItem,
    Refund,
    RefundExport,
)
from o2c.orders.models import Customer, LegalEntity

STATE = Refund.State
MOST_LINES = 50


class UnknownAccount(CashRefused):
    """Nothing says that the account is the customer's."""


class RefundHeld(CashRefused):
    """Something speaks against the refund, and nobody has released it yet."""


@dataclass(frozen=True)
class Known:
    """An account that is known as the customer's, and why."""

    iban: str
    holder: str
    evidence: str


def accounts(customer: Customer, entity: LegalEntity) -> list[Known]:
    """Where the customer may be refunded: accounts that paid the legal entity for them, and those that were confirmed.

    What a file or an administrator wrote down as theirs is neither.
    """
    found: dict[str, Known] = {}
    undone = LineUse.objects.filter(reverses__isnull=False).values("reverses_id")
    paid = (
        LineUse.objects.filter(
            kind=LineUse.Kind.RECEIPT,
            reverses=None,
            receipt__customer=customer,
            receipt__entity=entity,
            receipt__reversed_on=None,
        )
        .exclude(pk__in=undone)
        .exclude(line__party_iban="")
        .select_related("line", "receipt")
        .order_by("-line__booked_on", "-id")[:200]
    )
    for use in paid:
        evidence = (
            f"Paid us {plain(use.receipt.amount, use.receipt.currency)} {use.receipt.currency}"
            f" on {use.line.booked_on.isoformat()} ({use.receipt.number})"
        )
        found.setdefault(
            use.line.party_iban, Known(use.line.party_iban, (use.line.party_name or customer.name)[:70], evidence)
        )
    confirmed = BankDetailChange.objects.filter(customer=customer, state=BankDetailChange.State.APPROVED)
    for change in confirmed.select_related("called_by").order_by("-id")[:200]:
        evidence = f"Confirmed by {change.called_by.username}'s call to {change.called_number}"
        found.setdefault(change.iban, Known(change.iban, customer.name[:70], evidence))
    return list(found.values())


def ask(
    credit: OpenItem, amount: Decimal, *, iban: str, reason: str, on: date, actor: Actor, holder: str = ""
) -> Refund:
    """Ask that so much of a credit be paid back. Raises UnknownAccount, OverApplied, CashRefused, BankRefused.

    What speaks against it is written down; `paid_back.is_held` says whether it waits in quarantine for that.
    """
    iban = banks.read_iban(iban)
    with acting(actor):
        credit = lock([credit.pk])[credit.pk]
        refuse_elsewhere(credit.entity_id, actor)
        if credit.amount >= 0:
            raise CashRefused(f"{credit.number} is not a credit.")
        amount = exact(amount, credit.currency)
        if amount <= 0:
            raise CashRefused("A refund is more than nothing.")
        asked = Refund.objects.filter(credit_item=credit, state=STATE.ASKED).aggregate(sum=Sum("amount"))["sum"] or 0
        left = -credit.open_amount - asked
        if amount > left:
            raise OverApplied(f"Only {left} {credit.currency} are left of {credit.number}.")
        found = known(credit.customer, credit.entity, iban)
        made = Refund.objects.create(
            entity_id=credit.entity_id,
            customer_id=credit.customer_id,
            credit_item=credit,
            currency=credit.currency,
            amount=amount,
            base_amount=foureyes.valued(amount, credit.currency, credit.entity, on),
            iban=iban,
            holder=(holder.strip() or found.holder)[:70],
            evidence=found.evidence[:200],
            **foureyes.asking(actor, reason),
        )
        paid_back.look([made.pk], on=on)
        outbox.emit("approvals.asked", subject="refund", id=made.pk, entity_id=made.entity_id)
        return made


def approve(asked: Refund, *, on: date, actor: Actor, note: str = "") -> Refund:
    """Approve what somebody else asked for; once everybody who must has, it is booked and waits to be paid.

    The account is looked at again: one that paid by a receipt that was reversed since is no evidence any more. So is
    what speaks against it: where something new holds it, it stays asked for, and whoever calls finds it held.
    Raises RefundHeld for one that is held already, FourEyes, UnknownAccount, OverApplied, IllegalMove.
    """
    with acting(actor):
        asked = foureyes.locked(asked)
        if asked.state != STATE.ASKED:
            raise states.IllegalMove(f"This refund is {asked.get_state_display().lower()} already.")
        known(asked.customer, asked.entity, asked.iban)
        foureyes.refuse_own(asked, actor, asked.first_by_id)
        if paid_back.is_held(asked):
            raise RefundHeld("This refund is held back. Ask for its release in quarantine; then it can be approved.")
        if paid_back.look([asked.pk], on=on):
            # an error would take back what was found
            return asked
        if foureyes.is_final(asked, actor, two=foureyes.needs_two(asked.entity, asked.base_amount)):
            _book(asked, on=on, actor=actor, **foureyes.decided(actor, note))
            outbox.emit("approvals.decided", subject="refund", id=asked.pk, state=asked.state)
        return asked


def refuse(asked: Refund, *, note: str, actor: Actor) -> None:
    with acting(actor):
        foureyes.refuse(foureyes.locked(asked), note=note, actor=actor)


def withdraw(asked: Refund, *, actor: Actor) -> None:
    with acting(actor):
        foureyes.withdraw(foureyes.locked(asked), actor=actor)


def cancel(refund: Refund, *, on: date, actor: Actor, note: str = "") -> None:
    """Take an approved refund back that the bank has not paid: the credit is open again.

    Of one that is with the bank only do it once the bank said no. Raises IllegalMove, CashRefused for one that is paid.
    """
    with acting(actor):
        refund = foureyes.locked(refund)
        if refund.state == STATE.PAID:
            raise CashRefused("The bank has paid this; it is taken back by the line with which it comes back.")
        _cancel(refund, on=on, actor=actor)
        if note.strip():
            Refund.objects.filter(pk=refund.pk).update(note=note.strip()[:300])


def pay(refund: Refund, line: BankLine, *, on: date, actor: Actor) -> LineUse:
    """The bank line that paid a refund settles it. Raises CashRefused where the line does not fit, OverApplied."""
    with acting(actor):
        line = _line(line)
        refund = foureyes.locked(refund)
        if line.entity_id != refund.entity_id or line.currency != refund.currency or line.amount >= 0:
            raise CashRefused("A refund is paid by a line of the same legal entity and currency, going out.")
        if refund.amount > -line.open_amount:
            raise OverApplied(f"Only {-line.open_amount} {line.currency} of the line are not used yet.")
        use = _use(line, refund, -refund.amount, on=on, actor=actor)
        states.move(refund, STATE.PAID, use=use)
        return use


def lines_for(refund: Refund) -> list[BankLine]:
    """The lines going out that may have paid a refund, the closest amounts first, then the latest. No returns."""
    found = BankLine.objects.filter(
        entity=refund.entity_id,
        currency=refund.currency,
        open_amount__lte=-refund.amount,
        is_money=True,
        is_reversal=False,
        return_reason="",
    )
    return list(found.order_by("-open_amount", "-booked_on", "-pk")[:MOST_LINES])


def come_back(refund: Refund, line: BankLine, *, on: date, actor: Actor) -> LineUse:
    """A refund that was paid came back by a line coming in: the credit is open again."""
    with acting(actor):
        line = _line(line)
        refund = foureyes.locked(refund)
        if refund.state != STATE.PAID or line.entity_id != refund.entity_id or line.currency != refund.currency:
            raise CashRefused("Only a refund that was paid comes back, to the same legal entity and in its currency.")
        if line.amount <= 0 or refund.amount > line.open_amount:
            raise OverApplied(f"Only {line.open_amount} {line.currency} of the line are not used yet.")
        use = _use(line, refund, refund.amount, on=on, actor=actor)
        _cancel(refund, on=on, actor=actor)
        return use


def recognise(line: BankLine, *, actor: Actor) -> list[Refund]:
    """Settle the refunds that a line going out paid, where it says so beyond doubt; which ones. Safe to run again.

    By the reference that went through both banks and the amount, else the sum of one whole file of ours.
    """
    with acting(actor):
        line = BankLine.objects.select_for_update(no_key=True, of=("self",)).select_related("statement").get(pk=line.pk)
        if line.open_amount >= 0 or line.statement.arithmetic_ok is False:
            return []
        found = _paid_by(line)
        for refund in found:
            pay(refund, line, on=line.booked_on, actor=actor)
        return found


# --- Booking


def _paid_by(line: BankLine) -> list[Refund]:
    waiting = Refund.objects.filter(
        entity=line.entity_id, currency=line.currency, state__in=[STATE.APPROVED, STATE.EXPORTED]
    ).order_by("pk")
    key = line.end_to_end_id.removeprefix("REFUND-")
    if key != line.end_to_end_id and key.isdecimal():
        return list(waiting.filter(pk=int(key[:18]), amount=-line.open_amount))
    if line.open_amount != line.amount:
        return []
    exports = RefundExport.objects.filter(account=line.account_id, total=-line.amount, pay_on__lte=line.booked_on)
    files = list(exports.filter(refunds__state=STATE.EXPORTED).distinct()[:2])
    if len(files) != 1:
        return []
    found = list(waiting.filter(export=files[0], state=STATE.EXPORTED))
    # what was taken back meanwhile, or paid by a line of its own, makes the sum another
    return found if sum(refund.amount for refund in found) == -line.amount else []


def known(customer: Customer, entity: LegalEntity, iban: str) -> Known:
    """Why an account is believed to be the customer's. Raises UnknownAccount where nothing says so."""
    for each in accounts(customer, entity):
        if each.iban == iban:
            return each
    raise UnknownAccount(
        "No payment of this customer came from this account, and nobody has confirmed it."
        " Ask for a change of bank details first."
    )


def _book(refund: Refund, *, on: date, actor: Actor, **decided) -> None:
    credit = lock([refund.credit_item_id])[refund.credit_item_id]
    if refund.amount > -credit.open_amount:
        raise OverApplied(f"Only {-credit.open_amount} {credit.currency} are left of {credit.number} now; refuse this.")
    on = max(on, credit.effective_on)
    item = items.book(
        entity=credit.entity,
        customer=credit.customer,
        kind=OpenItem.Kind.REFUND,
        amount=refund.amount,
        currency=refund.currency,
        issued_on=on,
        due_on=on,
        number=refund.reference,
        against=LedgerAccount.Role.REFUNDS,
        entry_kind=Entry.Kind.REFUND,
        known_on=max(on, credit.known_on),
        actor=actor,
    )
    apply(credit, [Split(item, refund.amount)], on=on, actor=actor)
    states.move(refund, STATE.APPROVED, item_id=item.pk, booked_on=on, **decided)


def _cancel(refund: Refund, *, on: date, actor: Actor) -> None:
    states.move(refund, STATE.CANCELLED)
    lock([refund.credit_item_id, refund.item_id])
    for allocation in standing(debit_item=refund.item_id):
        open_again(allocation, on=on, actor=actor)
    items.cancel(refund.item, on=on, actor=actor)
    outbox.emit("approvals.decided", subject="refund", id=refund.pk, state=refund.state)


def _line(line: BankLine) -> BankLine:
    return BankLine.objects.select_for_update(no_key=True).get(pk=line.pk)


def _use(line: BankLine, refund: Refund, amount: Decimal, *, on: date, actor: Actor) -> LineUse:
    """Use a line's money for a refund: what was to be paid is, and the clearing account with it."""
    on = max(on, line.booked_on)
    if closing.is_closed(line.entity, on):
        raise CashRefused(closing.told(line.entity, on))
    entry = Entry.objects.create(
        entity_id=line.entity_id,
        payer_id=refund.customer.payer_id,
        kind=Entry.Kind.REFUND,
        text=refund.reference,
        effective_on=on,
        known_on=on,
        actor=actor.name,
    )
    role = LedgerAccount.Role
    ledger.post(entry, [ledger.Line(role.REFUNDS, -amount), ledger.Line(role.CASH, amount)], line.currency)
    return LineUse.objects.create(
        line=line, kind=LineUse.Kind.REFUND, amount=amount, entry=entry, effective_on=on, actor=actor.name
    )
