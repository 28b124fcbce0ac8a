"""Payments that come back: a direct debit the payer's bank returned, a cheque that bounced.

The receipt is reversed, the line's money is used by that, our bank's charge is booked, and the customer is charged what
the rules say. What the collector does about it hears of `payment.returned`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.db.models.functions import Now

from o2c.core import clock, outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import exact
from o2c.invoicing import items, ledger
from o2c.invoicing.cash import foureyes
from o2c.invoicing.cash.receipts import CashRefused, refuse_elsewhere
from o2c.invoicing.cash.reversing import reverse
from o2c.invoicing.models import (
    BankLine,
    Entry,
    LedgerAccount,
    LineUse,
    MatchProposal,
    OpenItem,
    Receipt,
    ReturnedPayment,
)

ROLE = LedgerAccount.Role


@dataclass(frozen=True)
class Candidate:
    """A receipt that a returned line may be of: by what it was found, and whether the line says so beyond doubt."""

    receipt: Receipt
    by: str
    sure: bool


def receive_back(
    receipt: Receipt,
    *,
    on: date,
    actor: Actor,
    line: BankLine | None = None,
    reason: str = "",
    bank_fee: Decimal | None = None,
) -> ReturnedPayment:
    """Take back a payment that the bank took back; exactly what it had cleared is open again.

    Of a `line` going out, the receipt's amount is used as the return and what is beyond that, or what the line names as
    charges, is the bank's fee, unless `bank_fee` says otherwise. Without a line: a cheque that bounced by hand. Raises
    CashRefused where it came back before, or the line does not fit.
    """
    with acting(actor):
        if line is not None:
            line = BankLine.objects.select_for_update(no_key=True).get(pk=line.pk)
        receipt = (
            Receipt.objects.select_for_update(no_key=True, of=("self",)).select_related("entity").get(pk=receipt.pk)
        )
        refuse_elsewhere(receipt.entity_id, actor)
        if receipt.reversed_on is not None:
            raise CashRefused(f"{receipt.number} is reversed already.")
        on = max(on, receipt.received_on)
        if line is not None:
            on = max(on, line.booked_on)
            fee = _fee_of(line, receipt, bank_fee)
            reason = reason or line.return_reason
        else:
            fee = exact(bank_fee or Decimal(0), receipt.currency)
        opposite = reverse(receipt, on=on, actor=actor)
        # Its money came and went: the line that brought it stays used, and the proposal says what became of it.
        MatchProposal.objects.filter(receipt=receipt, state=MatchProposal.State.APPLIED).update(
            state=MatchProposal.State.RETURNED, decided_by=actor.name, decided_at=Now()
        )
        if line is not None:
            _use(line, LineUse.Kind.RETURN, -receipt.amount, opposite.entry, on, actor, receipt=receipt)
            if fee:
                entry = _charge_entry(line, receipt, fee, on, actor)
                _use(
                    line, LineUse.Kind.SET_ASIDE, -fee, entry, on, actor, note=f"Bank's fee for {receipt.number}"[:200]
                )
        made = ReturnedPayment.objects.create(
            entity_id=receipt.entity_id,
            receipt=receipt,
            line=line,
            returned_on=on,
            reason=reason.strip()[:140],
            bank_fee=fee,
            fee_item=_fee_item(receipt, fee, on, actor),
            actor=actor.name,
        )
        outbox.emit(
            "payment.returned",
            returned_id=made.pk,
            receipt_id=receipt.pk,
            customer_id=receipt.customer_id,
            entity_id=receipt.entity_id,
        )
        return made


def candidates(line: BankLine, *, by_key: bool = False) -> list[Candidate]:
    """The receipts that a line going out may return, the surest first; none where it is no return.

    Beyond doubt only by the end-to-end id, which both banks carry, and the amount. By other references, or amount and
    payer, they are shown to a person; `by_key` leaves those out.
    """
    if line.amount >= 0 or not (line.return_reason or line.is_reversal):
        return []
    undone = LineUse.objects.filter(reverses__isnull=False).values("reverses_id")
    uses = (
        LineUse.objects.filter(
            kind=LineUse.Kind.RECEIPT,
            reverses=None,
            line__entity=line.entity_id,
            line__account=line.account_id,
            line__currency=line.currency,
            line__booked_on__lte=line.booked_on,
            line__amount__gt=0,
            receipt__reversed_on=None,
            receipt__amount__lte=-line.open_amount,
        )
        .exclude(pk__in=undone)
        .select_related("line", "receipt")
    )
    keys = [
        ("end_to_end_id", line.end_to_end_id, "end-to-end id"),
        ("customer_reference", line.customer_reference, "our reference"),
        ("bank_reference", line.bank_reference, "the bank's reference"),
    ]
    owed = _told_amount(line)
    for column, value, by in keys[:1] if by_key else keys:
        if value:
            found = list(uses.filter(**{f"line__{column}": value}).order_by("-line__booked_on", "-id")[:20])
            exactly = [use for use in found if use.receipt.amount == owed]
            if found:
                sure = column == "end_to_end_id" and len(exactly) == 1
                return [Candidate(use.receipt, by, sure) for use in exactly or found]
    payer = Q(line__party_iban=line.party_iban) if line.party_iban else Q(line__party_name=line.party_name)
    if by_key or not (line.party_iban or line.party_name):
        return []
    found = uses.filter(payer, receipt__amount=owed).order_by("-line__booked_on", "-id")[:20]
    return [Candidate(use.receipt, "payer and amount", False) for use in found]


def recognise(line: BankLine, *, actor: Actor) -> ReturnedPayment | None:
    """Book a returned payment by itself where the line says beyond doubt which one it is. Safe to run again."""
    with acting(actor):
        line = BankLine.objects.select_for_update(no_key=True, of=("self",)).select_related("entity").get(pk=line.pk)
        if line.open_amount >= 0 or line.statement.arithmetic_ok is False:
            return None
        found = candidates(line, by_key=True)
        if len(found) != 1 or not found[0].sure:
            return None
        today = clock.today(line.entity.time_zone)
        return receive_back(found[0].receipt, line=line, on=min(today, line.booked_on), actor=actor)


def _told_amount(line: BankLine) -> Decimal:
    """What came back without the bank's charges, as the line tells."""
    if line.original_amount is not None and (line.original_currency or line.currency) == line.currency:
        return abs(line.original_amount)
    return -line.amount - _charges(line)


def _charges(line: BankLine) -> Decimal:
    """What the line names as the bank's charges in its own currency."""
    total = Decimal(0)
    for charge in line.charges:
        if charge.get("currency", line.currency) == line.currency:
            total += abs(Decimal(str(charge.get("amount", 0))))
    return total


def _fee_of(line: BankLine, receipt: Receipt, told: Decimal | None) -> Decimal:
    if (line.entity_id, line.currency) != (receipt.entity_id, receipt.currency) or line.amount >= 0:
        raise CashRefused("A payment comes back by a line of the same legal entity and currency, going out.")
    left = -line.open_amount - receipt.amount
    if left < 0:
        raise CashRefused(f"Only {-line.open_amount} {line.currency} of the line are not used yet.")
    fee = exact(left if told is None else told, line.currency)
    if fee > left:
        raise CashRefused(f"Beyond the payment the line has only {left} {line.currency}.")
    return fee


def _charge_entry(line: BankLine, receipt: Receipt, fee: Decimal, on: date, actor: Actor) -> Entry:
    entry = Entry.objects.create(
        entity_id=line.entity_id,
        payer_id=receipt.payer_id,
        kind=Entry.Kind.BANK,
        text=f"Fee {receipt.number}"[:100],
        effective_on=on,
        known_on=on,
        actor=actor.name,
    )
    ledger.post(entry, [ledger.Line(ROLE.BANK_CHARGES, fee), ledger.Line(ROLE.CASH, -fee)], line.currency)
    return entry


def _use(line: BankLine, kind: str, amount: Decimal, entry: Entry, on: date, actor: Actor, **facts) -> None:
    LineUse.objects.create(line=line, kind=kind, amount=amount, entry=entry, effective_on=on, actor=actor.name, **facts)


def _fee_item(receipt: Receipt, bank_fee: Decimal, on: date, actor: Actor) -> OpenItem | None:
    """What the customer is charged by the rules: the bank's fee, and our own where it is in the base currency."""
    rules = foureyes.rules(receipt.entity)
    amount = bank_fee if rules.passes_on_bank_fee else Decimal(0)
    if receipt.currency == receipt.entity.base_currency:
        amount += rules.return_fee
    if not amount:
        return None
    return items.book(
        entity=receipt.entity,
        customer=receipt.customer,
        kind=OpenItem.Kind.FEE,
        amount=exact(amount, receipt.currency),
        currency=receipt.currency,
        issued_on=on,
        due_on=on,
        number=f"Return fee {receipt.number}"[:100],
        against=ROLE.FEES,
        entry_kind=Entry.Kind.FEE,
        actor=actor,
    )
