"""Whatever people do with money, in whatever order: the books are proven, and every balance is what a plain model says.

The model knows nothing of the database: it adds and takes away amounts as the acts promise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing import cash
from o2c.invoicing.cash import conceding, realising, refunds, returns, transfers, writeoffs
from o2c.invoicing.guarding import paid_back, quarantine
from o2c.invoicing.models import (
    Allocation,
    LineUse,
    OpenItem,
    Posting,
    Quarantine,
    Receipt,
    Refund,
    Transfer,
    WriteOff,
)
from o2c.invoicing.proof import proof
from tests.given import DAY, Given
from tests.invoicing.cash.conftest import THEIRS

ZERO = Decimal(0)
amounts = st.integers(1, 200_00).map(lambda cents: Decimal(cents) / 100)
picks = st.integers(0, 10**6)
shares = st.sampled_from([Decimal(1), Decimal("0.5"), Decimal("0.1")])


@dataclass
class Model:
    """Open amounts by item, and what stands: allocations as (debit, credit, amount), and what was made of credits."""

    open: dict[int, Decimal] = field(default_factory=dict)
    amount: dict[int, Decimal] = field(default_factory=dict)
    currency: dict[int, str] = field(default_factory=dict)
    allocated: dict[int, tuple[int, int, Decimal]] = field(default_factory=dict)
    receipts: dict[int, int] = field(default_factory=dict)  # standing receipt → its item
    conceded: dict[int, list[int]] = field(default_factory=dict)  # receipt → items let go of with it
    write_offs: dict[int, tuple[int, int]] = field(default_factory=dict)  # booked → item, opposite
    asked: dict[int, tuple[str, int]] = field(default_factory=dict)  # (waiting) refund → "asked", credit
    approved: dict[int, tuple[int, int]] = field(default_factory=dict)  # refund → credit, item
    paid: dict[int, tuple[int, int]] = field(default_factory=dict)
    transfers: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # standing → credit, out, in
    accounts: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def book(self, item: OpenItem) -> None:
        self.open[item.pk] = self.amount[item.pk] = item.amount
        self.currency[item.pk] = item.currency

    def post(self, role: str, amount: Decimal, currency: str = "EUR") -> None:
        self.accounts[role, currency] = self.accounts.get((role, currency), ZERO) + amount

    def allocate(self, key: int, debit: int, credit: int, amount: Decimal) -> None:
        assert 0 < amount <= min(self.open[debit], -self.open[credit])
        self.open[debit] -= amount
        self.open[credit] += amount
        self.allocated[key] = (debit, credit, amount)

    def unallocate(self, key: int) -> None:
        debit, credit, amount = self.allocated.pop(key)
        self.open[debit] += amount
        self.open[credit] -= amount

    def unallocate_all(self, item: int) -> None:
        for key in [key for key, (debit, credit, _) in self.allocated.items() if item in (debit, credit)]:
            self.unallocate(key)

    def cancel(self, item: int) -> None:
        assert self.open[item] == self.amount[item]
        self.open[item] = ZERO

    def undo_write_off(self, key: int, role: str) -> None:
        _, opposite = self.write_offs.pop(key)
        self.unallocate_all(opposite)
        self.cancel(opposite)
        self.post(role, self.amount[opposite], self.currency[opposite])

    def undo_transfer(self, key: int) -> None:
        _, out, there = self.transfers.pop(key)
        self.release(there)
        self.unallocate_all(out)
        self.cancel(out)
        self.cancel(there)

    def release(self, credit: int) -> None:
        for key in [key for key, (_, of) in self.asked.items() if of == credit]:
            del self.asked[key]
        for key in [key for key, (of, _) in self.approved.items() if of == credit]:
            _, item = self.approved.pop(key)
            self.unallocate_all(item)
            self.cancel(item)
            self.post("refunds", self.amount[item], self.currency[item])
        for key in [key for key, (of, _) in self.write_offs.items() if of == credit]:
            self.undo_write_off(key, "write_off")
        for key in [key for key, (of, _, _) in self.transfers.items() if of == credit]:
            self.undo_transfer(key)
        for key in [key for key, (_, of, _) in self.allocated.items() if of == credit]:
            self.unallocate(key)


class Money(RuleBasedStateMachine):
    """Two customers of one legal entity, two currencies, a clerk and two managers."""

    def __init__(self):
        super().__init__()
        self.work = transaction.atomic()
        self.work.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.work.__exit__(None, None, None)

    @initialize()
    def open_books(self):
        self.given = Given()
        self.entity = self.given.entity()
        self.customers = [self.given.customer() for _ in range(2)]
        self.given.rate("USD", "1.25", DAY - timedelta(days=60))
        self.given.rate("USD", "1.10", DAY + timedelta(days=5))
        clerk = self.given.user("clerk", Role.CASH_CLERK)
        self.clerk = Actor.of(clerk)
        self.boss = Actor.of(self.given.user("boss", Role.FINANCE_MANAGER))
        self.model = Model()
        self.day = DAY

    # --- Choosing

    def items(self, *, credit: bool, currency: str | None = None) -> list[OpenItem]:
        ids = [pk for pk, left in self.model.open.items() if (left < 0 if credit else left > 0)]
        found = OpenItem.objects.filter(pk__in=ids).order_by("pk")
        return list(found.filter(currency=currency) if currency else found)

    def one(self, rows, pick: int):
        return rows[pick % len(rows)] if rows else None

    def part(self, whole: Decimal, share: Decimal) -> Decimal:
        return max((whole * share).quantize(Decimal("0.01")), Decimal("0.01"))

    def newest(self, **of) -> Allocation:
        return Allocation.objects.filter(amount__gt=0, **of).order_by("-pk").first()

    def standing_allocation(self, allocation: Allocation) -> None:
        self.model.allocate(allocation.pk, allocation.debit_item_id, allocation.credit_item_id, allocation.amount)

    # --- What people do

    @rule()
    def a_day_passes(self):
        self.day += timedelta(days=1)

    @rule(amount=amounts, who=picks, dollars=st.booleans(), credit=st.booleans())
    def a_document(self, amount, who, dollars, credit):
        currency = "USD" if dollars else "EUR"
        item = self.given.open_item(
            f"{-amount if credit else amount} {currency}", customer=self.one(self.customers, who), due=self.day
        )
        self.model.book(item)

    @rule(amount=amounts, who=picks, dollars=st.booleans())
    def money_comes(self, amount, who, dollars):
        currency = "USD" if dollars else "EUR"
        line = self.given.bank_line(f"{amount} {currency}", iban=THEIRS, on=self.day)
        receipt = self.given.receipt(f"{amount} {currency}", customer=self.one(self.customers, who), on=self.day)
        LineUse.objects.create(
            line=line, kind="receipt", amount=amount, receipt=receipt, effective_on=self.day, actor="clerk"
        )
        self.model.book(receipt.item)
        self.model.receipts[receipt.pk] = receipt.item_id
        self.model.post("bank", amount, currency)

    @rule(first=picks, second=picks, share=shares)
    def apply(self, first, second, share):
        credit = self.one(self.items(credit=True), first)
        debit = credit and self.one(self.items(credit=False, currency=credit.currency), second)
        if not debit:
            return
        amount = self.part(min(debit.open_amount, -credit.open_amount), share)
        (made,) = cash.apply(credit, [cash.Split(debit, amount)], on=self.day, actor=self.clerk)
        self.standing_allocation(made)

    @rule(first=picks, second=picks)
    def apply_too_much(self, first, second):
        credit = self.one(self.items(credit=True), first)
        debit = credit and self.one(self.items(credit=False, currency=credit.currency), second)
        if not debit:
            return
        too_much = min(debit.open_amount, -credit.open_amount) + Decimal("0.01")
        with pytest.raises(cash.OverApplied):
            cash.apply(credit, [cash.Split(debit, too_much)], on=self.day, actor=self.clerk)

    @precondition(lambda self: self.model.allocated)
    @rule(pick=picks)
    def unapply(self, pick):
        key = self.one(sorted(self.model.allocated), pick)
        debit, credit, _ = self.model.allocated[key]
        allocation = Allocation.objects.get(pk=key)
        made = {item for _, item in (*self.model.approved.values(), *self.model.paid.values())}
        made |= {opposite for _, opposite in self.model.write_offs.values()}
        made |= {out for _, out, _ in self.model.transfers.values()}
        made |= {item for rows in self.model.conceded.values() for item in rows}
        if {debit, credit} & made:
            with pytest.raises(cash.CashRefused):
                cash.unapply(allocation, on=self.day, actor=self.clerk)
            return
        cash.unapply(allocation, on=self.day, actor=self.clerk)
        self.model.unallocate(key)
        if (debit, credit) in {(of, by) for of, by, _ in self.model.allocated.values()}:
            return
        for receipt in [receipt for receipt, item in self.model.receipts.items() if item == credit]:
            for negative in list(self.model.conceded.get(receipt, [])):
                if any(row[:2] == (debit, negative) for row in self.model.allocated.values()):
                    self.model.unallocate_all(negative)
                    self.model.cancel(negative)
                    self.model.conceded[receipt].remove(negative)
                    self.model.post("bank_charges", self.model.amount[negative], allocation.currency)

    @rule(first=picks, second=picks, part=shares)
    def pay_with_a_charge(self, first, second, part):
        receipt = self.one(sorted(self.model.receipts), first)
        item = receipt and OpenItem.objects.get(pk=self.model.receipts[receipt])
        debit = item and item.open_amount < 0 and self.one(self.items(credit=False, currency=item.currency), second)
        if not debit or debit.open_amount < Decimal("0.02"):
            return
        amount = self.part(min(debit.open_amount - Decimal("0.01"), -item.open_amount), part)
        charge = min(debit.open_amount - amount, Decimal("2.50"))
        made = conceding.apply_parts(
            Receipt.objects.get(pk=receipt),
            [conceding.Part(debit, amount, charge=charge)],
            on=self.day,
            actor=self.clerk,
        )
        negative = OpenItem.objects.get(pk=made[1].credit_item_id)
        self.model.book(negative)
        self.model.post("bank_charges", charge, negative.currency)
        self.model.conceded.setdefault(receipt, []).append(negative.pk)
        for allocation in made:
            self.standing_allocation(allocation)

    @rule(pick=picks, share=shares, bad=st.booleans(), credit=st.booleans())
    def write_off(self, pick, share, bad, credit):
        item = self.one(self.items(credit=credit), pick)
        if item is None:
            return
        kind = WriteOff.Kind.BAD_DEBT if bad and not credit else WriteOff.Kind.SMALL
        amount = self.part(abs(item.open_amount), share)
        row = writeoffs.write_off(item, amount, kind=kind, reason="x", on=self.day, actor=self.clerk)
        if row.state == "asked":
            row = writeoffs.approve(row, on=self.day, actor=self.boss)
        self.model.book(row.opposite)
        self.model.post("bad_debt" if kind == "bad_debt" else "write_off", -row.opposite.amount, item.currency)
        self.standing_allocation(self.newest())
        self.model.write_offs[row.pk] = (item.pk, row.opposite_id)

    @precondition(lambda self: self.model.write_offs)
    @rule(pick=picks)
    def take_a_write_off_back(self, pick):
        key = self.one(sorted(self.model.write_offs), pick)
        row = WriteOff.objects.get(pk=key)
        writeoffs.reverse(row, on=self.day, actor=self.boss)
        opposite = self.model.write_offs[key][1]
        del self.model.write_offs[key]
        self.model.unallocate_all(opposite)
        self.model.cancel(opposite)
        role = "bad_debt" if row.kind == "bad_debt" else "write_off"
        self.model.post(role, self.model.amount[opposite], row.currency)

    @rule(pick=picks, share=shares)
    def ask_for_a_refund(self, pick, share):
        credit = self.one(self.items(credit=True), pick)
        if credit is None or not refunds.accounts(credit.customer, self.entity):
            return
        left = -credit.open_amount - sum(
            Refund.objects.get(pk=key).amount for key, (_, of) in self.model.asked.items() if of == credit.pk
        )
        if left <= 0:
            return
        row = refunds.ask(credit, self.part(left, share), iban=THEIRS, reason="x", on=self.day, actor=self.clerk)
        self.model.asked[row.pk] = ("asked", credit.pk)

    @precondition(lambda self: self.model.asked)
    @rule(pick=picks)
    def approve_a_refund(self, pick):
        key = self.one(sorted(self.model.asked), pick)
        row = Refund.objects.get(pk=key)
        credit = row.credit_item_id
        if not refunds.accounts(row.customer, self.entity):
            with pytest.raises(refunds.UnknownAccount):
                refunds.approve(row, on=self.day, actor=self.boss)
            return
        if paid_back.is_held(row):
            with pytest.raises(refunds.RefundHeld):
                refunds.approve(row, on=self.day, actor=self.boss)
            held = Quarantine.objects.exclude(state=Quarantine.State.RELEASED).get(refund=row)
            quarantine.ask(held, why="x", actor=self.clerk)
            quarantine.release(held, decision="x", actor=self.boss)
        left = -self.model.open[credit]
        try:
            row = refunds.approve(row, on=self.day, actor=self.boss)
        except cash.OverApplied:
            assert row.amount > left
            return
        if paid_back.is_held(row):  # by what was found just now
            assert row.state == Refund.State.ASKED
            return
        assert row.amount <= left
        self.model.book(row.item)
        self.model.post("refunds", -row.amount, row.currency)
        self.standing_allocation(self.newest())
        del self.model.asked[key]
        self.model.approved[key] = (credit, row.item_id)

    @precondition(lambda self: self.model.approved)
    @rule(pick=picks, pays=st.booleans())
    def pay_or_cancel_a_refund(self, pick, pays):
        key = self.one(sorted(self.model.approved), pick)
        row = Refund.objects.get(pk=key)
        credit, item = self.model.approved.pop(key)
        if pays:
            line = self.given.bank_line(f"{-row.amount} {row.currency}", on=self.day)
            refunds.pay(row, line, on=self.day, actor=self.clerk)
            self.model.paid[key] = (credit, item)
            self.model.post("bank", -row.amount, row.currency)
        else:
            refunds.cancel(row, on=self.day, actor=self.boss)
            self.model.unallocate_all(item)
            self.model.cancel(item)
        self.model.post("refunds", row.amount, row.currency)

    @rule(pick=picks, share=shares)
    def move(self, pick, share):
        credit = self.one(self.items(credit=True), pick)
        if credit is None:
            return
        other = next(customer for customer in self.customers if customer.pk != credit.customer_id)
        amount = self.part(-credit.open_amount, share)
        (row,) = transfers.move(credit, [transfers.Share(other, amount)], reason="x", on=self.day, actor=self.clerk)
        self.transferred(row)

    @rule(pick=picks, share=shares)
    def exchange(self, pick, share):
        credit = self.one(self.items(credit=True), pick)
        if credit is None:
            return
        other = "EUR" if credit.currency == "USD" else "USD"
        amount = self.part(-credit.open_amount, share)
        if amount < Decimal("0.10"):
            return
        row = transfers.exchange(credit, amount, other, on=self.day, actor=self.clerk)
        self.transferred(row)

    def transferred(self, row: Transfer) -> None:
        self.model.book(row.out_item)
        self.model.book(row.in_item)
        self.standing_allocation(self.newest())
        self.model.transfers[row.pk] = (row.credit_item_id, row.out_item_id, row.in_item_id)

    @precondition(lambda self: self.model.transfers)
    @rule(pick=picks)
    def take_a_transfer_back(self, pick):
        key = self.one(sorted(self.model.transfers), pick)
        transfers.reverse(Transfer.objects.get(pk=key), on=self.day, actor=self.clerk)
        self.model.undo_transfer(key)

    @precondition(lambda self: self.model.receipts)
    @rule(pick=picks, came_back=st.booleans())
    def reverse_or_return_a_receipt(self, pick, came_back):
        key = self.one(sorted(self.model.receipts), pick)
        receipt = Receipt.objects.get(pk=key)
        if came_back:
            line = self.given.bank_line(f"{-receipt.amount} {receipt.currency}", on=self.day, return_reason="AC01")
            returns.receive_back(receipt, line=line, on=self.day, actor=self.clerk)
            self.model.post("bank", -receipt.amount, receipt.currency)
        else:
            cash.reverse(receipt, on=self.day, actor=self.clerk)
        item = self.model.receipts.pop(key)
        self.model.release(item)
        for negative in self.model.conceded.pop(key, []):
            self.model.unallocate_all(negative)
            self.model.cancel(negative)
            self.model.post("bank_charges", self.model.amount[negative], receipt.currency)
        self.model.cancel(item)

    # --- What always holds

    @invariant()
    def every_balance_is_the_models(self):
        if not hasattr(self, "model"):
            return
        found = dict(OpenItem.objects.filter(pk__in=self.model.open).values_list("pk", "open_amount"))
        assert found == self.model.open
        others = OpenItem.objects.exclude(pk__in=self.model.open).exclude(open_amount=0)
        assert list(others) == []

    @invariant()
    def the_books_are_proven(self):
        if not hasattr(self, "model"):
            return
        realising.realise(self.entity)
        assert proof() == []
        balances: dict[tuple[str, str], Decimal] = {}
        for role, currency, amount in Posting.objects.values_list("account__role", "currency", "amount"):
            balances[role, currency] = balances.get((role, currency), ZERO) + amount
        for role in ("bank", "refunds", "write_off", "bad_debt", "bank_charges"):
            for currency in ("EUR", "USD"):
                expected = self.model.accounts.get((role, currency), ZERO)
                assert balances.get((role, currency), ZERO) == expected, (role, currency)
        # in the base currency nothing stays between two currencies
        rows = Posting.objects.filter(account__role="fx_clearing").values_list("base_amount", flat=True)
        assert sum(rows, ZERO) == 0


def run(examples: int, steps: int, phases=tuple(Phase)) -> None:
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def test_any_sequence_keeps_the_books(db):
    # as it fails is good enough here; at length it is made small
    run(examples=5, steps=20, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@pytest.mark.soak
def test_any_long_sequence_keeps_the_books(db):
    run(examples=150, steps=60)


def test_the_model_can_fail():
    """A model that forgets an undoing differs from the books: the check is none if it cannot fail."""
    model = Model(open={1: Decimal(5), 2: Decimal(-5)}, amount={1: Decimal(5), 2: Decimal(-5)})
    model.allocate(7, 1, 2, Decimal(5))
    with pytest.raises(AssertionError):
        model.allocate(8, 1, 2, Decimal("0.01"))
    assert (model.open, SYSTEM.name) == ({1: 0, 2: 0}, "system")
