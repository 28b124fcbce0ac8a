"""Paying credits back: to accounts that are known, by somebody else's word, settled by the line that pays."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from o2c.core import states
from o2c.core.actors import SYSTEM
from o2c.core.models import User
from o2c.invoicing import cash
from o2c.invoicing.cash import foureyes, refunds
from o2c.invoicing.models import BankLine, LineUse, Refund
from o2c.orders.models import CustomerBankAccount
from tests.given import DAY
from tests.invoicing.cash.conftest import STRANGERS, THEIRS, balance, open_of

LATER = DAY + timedelta(days=3)


@pytest.fixture
def overpaid(given, bank):
    """A customer who paid 150 for an invoice of 100."""
    item = given.open_item("100.00 EUR")
    receipt = bank.receipt("150.00 EUR", customer=item.customer)
    cash.apply(receipt.item, [cash.Split(item, Decimal(100))], on=DAY, actor=SYSTEM)
    return receipt


def ask(receipt, amount, actor, iban=THEIRS):
    return refunds.ask(receipt.item, Decimal(amount), iban=iban, reason="Paid twice", on=DAY, actor=actor)


def test_an_overpayment_is_paid_back(bank, overpaid, clerk, manager):
    asked = ask(overpaid, "50.00", clerk)
    assert (asked.state, asked.holder) == ("asked", overpaid.customer.name)
    assert overpaid.number in asked.evidence
    assert open_of(overpaid.item) == [Decimal("-50.00")]
    approved = refunds.approve(asked, on=DAY, actor=manager)
    assert open_of(overpaid.item, approved.item) == [0, 0]
    assert balance("refunds") == Decimal("-50.00")
    line = bank.line("-50.00 EUR", on=LATER)
    refunds.pay(approved, line, on=LATER, actor=clerk)
    approved.refresh_from_db()
    assert approved.state == "paid"
    assert BankLine.objects.get(pk=line.pk).open_amount == 0
    assert (balance("refunds"), balance("cash"), balance("bank")) == (0, 0, Decimal("100.00"))
    assert open_of(overpaid.item) == [0]


def test_only_to_an_account_that_paid_or_was_confirmed(given, overpaid, clerk):
    CustomerBankAccount.objects.create(customer=overpaid.customer, iban=STRANGERS)
    for iban in (STRANGERS, "DE02500105170137075030"):
        with pytest.raises(refunds.UnknownAccount):
            ask(overpaid, "50.00", clerk, iban=iban)
    with pytest.raises(ValueError, match="no IBAN"):
        ask(overpaid, "50.00", clerk, iban="DE00000000000000000000")
    assert Refund.objects.count() == 0


def test_an_account_whose_payment_was_taken_back_is_evidence_no_more(given, bank, clerk, manager):
    customer = given.customer()
    kept = given.receipt("80.00 EUR", customer=customer)
    gone = bank.receipt("10.00 EUR", customer=customer)
    asked = refunds.ask(kept.item, Decimal(80), iban=THEIRS, reason="Paid twice", on=DAY, actor=clerk)
    cash.reverse(gone, on=DAY, actor=SYSTEM)
    with pytest.raises(refunds.UnknownAccount):
        refunds.approve(asked, on=DAY, actor=manager)
    assert open_of(kept.item) == [Decimal("-80.00")]


def test_the_same_credit_is_not_asked_for_twice(overpaid, clerk):
    ask(overpaid, "30.00", clerk)
    with pytest.raises(cash.OverApplied):
        ask(overpaid, "20.01", clerk)
    ask(overpaid, "20.00", clerk)


def test_what_was_applied_meanwhile_is_not_paid_back(given, overpaid, clerk, manager):
    asked = ask(overpaid, "50.00", clerk)
    new = given.open_item("10.00 EUR", customer=overpaid.customer)
    cash.apply(overpaid.item, [cash.Split(new, Decimal(10))], on=DAY, actor=SYSTEM)
    with pytest.raises(cash.OverApplied):
        refunds.approve(asked, on=DAY, actor=manager)
    assert Refund.objects.get().state == "asked"
    assert open_of(overpaid.item) == [Decimal("-40.00")]


def test_large_refunds_need_two_others(given, bank, clerk, manager, boss):
    receipt = bank.receipt("10000.00 EUR", customer=given.customer())
    asked = ask(receipt, "10000.00", clerk)
    assert refunds.approve(asked, on=DAY, actor=manager).state == "asked"
    with pytest.raises(foureyes.FourEyes):
        refunds.approve(asked, on=DAY, actor=manager)
    assert refunds.approve(asked, on=DAY, actor=boss).state == "approved"


def test_an_approved_refund_is_taken_back_until_it_is_paid(bank, overpaid, clerk, manager):
    approved = refunds.approve(ask(overpaid, "50.00", clerk), on=DAY, actor=manager)
    refunds.cancel(approved, on=LATER, actor=manager)
    assert open_of(overpaid.item) == [Decimal("-50.00")]
    assert balance("refunds") == 0
    again = refunds.approve(ask(overpaid, "50.00", clerk), on=LATER, actor=manager)
    refunds.pay(again, bank.line("-50.00 EUR", on=LATER), on=LATER, actor=clerk)
    with pytest.raises(cash.CashRefused):
        refunds.cancel(again, on=LATER, actor=manager)
    assert open_of(overpaid.item) == [0]


def test_a_refund_that_comes_back_opens_the_credit_again(bank, overpaid, clerk, manager):
    refund = refunds.approve(ask(overpaid, "50.00", clerk), on=DAY, actor=manager)
    refunds.pay(refund, bank.line("-50.00 EUR"), on=DAY, actor=clerk)
    back = bank.line("50.00 EUR", on=LATER)
    refunds.come_back(refund, back, on=LATER, actor=clerk)
    assert open_of(overpaid.item) == [Decimal("-50.00")]
    assert (balance("refunds"), balance("cash")) == (0, 0)
    with pytest.raises(cash.CashRefused):
        refunds.come_back(refund, back, on=LATER, actor=clerk)


@pytest.mark.parametrize("money", ["50.00 EUR", "-49.99 EUR"])
def test_a_line_that_does_not_fit_pays_nothing(bank, overpaid, clerk, manager, money):
    refund = refunds.approve(ask(overpaid, "50.00", clerk), on=DAY, actor=manager)
    with pytest.raises(cash.CashRefused):
        refunds.pay(refund, bank.line(money), on=DAY, actor=clerk)
    assert Refund.objects.get().state == "approved"


def test_a_refund_is_paid_once(bank, overpaid, clerk, manager):
    refund = refunds.approve(ask(overpaid, "50.00", clerk), on=DAY, actor=manager)
    refunds.pay(refund, bank.line("-50.00 EUR"), on=DAY, actor=clerk)
    second = bank.line("-50.00 EUR")
    with pytest.raises((states.IllegalMove, states.LostRace)):
        refunds.pay(refund, second, on=DAY, actor=clerk)
    assert BankLine.objects.get(pk=second.pk).open_amount == -50


def test_nobody_swaps_the_account_or_the_approver_in_the_database(overpaid, clerk):
    asked = ask(overpaid, "50.00", clerk)
    for change in ({"iban": STRANGERS}, {"amount": 1}, {"asked_by_id": None}, {"holder": "Me"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Refund.objects.filter(pk=asked.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.filter(pk=asked.pk).update(decided_by_id=clerk.user_id)


def test_a_person_names_the_line_that_paid_a_refund_in_another_currency(given, clerk, manager):
    given.rate("USD", "1.25")
    receipt = given.receipt("80.00 USD", customer=given.customer())
    came = given.bank_line("80.00 USD", iban=THEIRS)
    LineUse.objects.create(
        line=came, kind="receipt", amount=80, receipt=receipt, effective_on=DAY, actor="x", entry=receipt.item.entry
    )
    refund = refunds.approve(ask(receipt, "80.00", clerk), on=DAY, actor=manager)
    paid = given.bank_line("-80.00 USD", "by hand")
    others = [given.bank_line("-79.99 USD"), given.bank_line("-80.00 EUR"), given.bank_line("80.00 USD")]
    assert refunds.lines_for(refund) == [paid]
    browser = Client()
    browser.force_login(User.objects.get(pk=manager.user_id))
    listed = browser.get(reverse("approvals") + "?show=to_pay").content.decode()
    assert f"By hand at your bank, as {refund.reference}" in listed
    address = reverse("pay_refund", args=[refund.pk])
    for other in others:
        assert browser.post(address, {"line": other.pk}).status_code == 422
    assert Refund.objects.get().state == "approved"
    assert browser.post(address, {"line": paid.pk}).status_code == 302
    assert Refund.objects.get().state == "paid"
    assert BankLine.objects.get(pk=paid.pk).open_amount == 0
    assert balance("refunds", "USD") == 0
