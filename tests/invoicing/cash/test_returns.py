"""Payments that come back: what they had cleared is open again, once, and the collector hears of it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from o2c.collections import promises
from o2c.collections.models import Task
from o2c.core import clock, outbox
from o2c.core.actors import SYSTEM
from o2c.invoicing import cash
from o2c.invoicing.cash import returns
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.matching import applying, deciding, running
from o2c.invoicing.models import BankLine, CashRules, LineUse, OpenItem, Receipt, ReturnedPayment
from o2c.invoicing.proof import proof
from o2c.wiring import handle_events
from tests.given import DAY
from tests.invoicing.cash.conftest import STRANGERS, THEIRS, balance, open_of

LATER = DAY + timedelta(days=3)


@pytest.fixture
def collected(given, bank):
    """A direct debit of 100 that cleared one invoice and a part of another."""
    first = given.open_item("70.00 EUR")
    second = given.open_item("50.00 EUR", customer=first.customer)
    receipt = bank.receipt("100.00 EUR", customer=first.customer, end_to_end_id="DD-1")
    splits = [cash.Split(first, Decimal(70)), cash.Split(second, Decimal(30))]
    cash.apply(receipt.item, splits, on=DAY, actor=SYSTEM)
    return receipt, first, second


def back(bank, money="-100.00 EUR", **facts):
    return bank.line(money, on=LATER, **{"end_to_end_id": "DD-1", "return_reason": "AM04", **facts})


def test_exactly_what_it_had_cleared_is_open_again(bank, collected):
    receipt, first, second = collected
    line = back(bank)
    made = returns.recognise(line, actor=SYSTEM)
    assert (made.receipt, made.reason, made.bank_fee, made.fee_item) == (receipt, "AM04", 0, None)
    assert open_of(first, second, receipt.item) == [Decimal("70.00"), Decimal("50.00"), 0]
    assert BankLine.objects.get(pk=line.pk).open_amount == 0
    assert (balance("cash"), balance("bank")) == (0, 0)
    # found again, nothing happens
    assert returns.recognise(line, actor=SYSTEM) is None
    with pytest.raises(cash.CashRefused):
        returns.receive_back(receipt, line=line, on=LATER, actor=SYSTEM)
    assert (ReturnedPayment.objects.count(), LineUse.objects.filter(kind="return").count()) == (1, 1)


@pytest.mark.parametrize(
    ("rules", "fee"),
    [
        ({}, None),
        ({"passes_on_bank_fee": True}, "3.50"),
        ({"return_fee": 10}, "10.00"),
        ({"passes_on_bank_fee": True, "return_fee": 10}, "13.50"),
    ],
)
def test_the_banks_fee_is_booked_and_charged_by_the_rules(bank, collected, rules, fee):
    receipt, first, _ = collected
    if rules:
        CashRules.objects.create(entity=receipt.entity, **rules)
    line = back(bank, "-103.50 EUR", charges=[{"amount": "3.50", "currency": "EUR"}])
    made = returns.recognise(line, actor=SYSTEM)
    assert made.bank_fee == Decimal("3.50")
    assert (made.fee_item and made.fee_item.open_amount) == (fee and Decimal(fee))
    assert open_of(first) == [Decimal("70.00")]
    assert BankLine.objects.get(pk=line.pk).open_amount == 0
    assert (balance("bank_charges"), balance("cash")) == (Decimal("3.50"), 0)
    assert balance("fees") == -Decimal(fee or 0)


def test_what_the_line_does_not_say_beyond_doubt_waits_for_a_person(given, bank, collected):
    receipt, first, _ = collected
    no_key = back(bank, end_to_end_id="", party_iban=THEIRS)
    assert [(found.receipt, found.sure) for found in returns.candidates(no_key)] == [(receipt, False)]
    assert returns.recognise(no_key, actor=SYSTEM) is None
    assert returns.candidates(back(bank, end_to_end_id="", party_iban=STRANGERS)) == []
    assert returns.candidates(back(bank, return_reason="")) == []
    another = bank.receipt("100.00 EUR", customer=given.customer(), end_to_end_id="DD-1")
    assert {found.receipt for found in returns.candidates(back(bank))} == {receipt, another}
    assert returns.recognise(back(bank), actor=SYSTEM) is None
    assert open_of(first) == [0]


def test_nothing_of_a_flagged_statement_is_booked_by_itself(bank, collected):
    assert returns.recognise(back(bank, arithmetic_ok=False), actor=SYSTEM) is None
    assert ReturnedPayment.objects.count() == 0


def test_a_line_that_is_too_small_or_elsewhere_returns_nothing(given, bank, collected):
    receipt, first, _ = collected
    for line in (back(bank, "-99.99 EUR"), back(bank, "100.00 EUR")):
        with pytest.raises(cash.CashRefused):
            returns.receive_back(receipt, line=line, on=LATER, actor=SYSTEM)
    assert open_of(first) == [0]


def test_a_cheque_bounces_by_hand(given, clerk):
    item = given.open_item("100.00 EUR")
    receipt = given.pay(item)
    made = returns.receive_back(receipt, on=LATER, actor=clerk, reason="No funds")
    assert (made.line, made.reason) == (None, "No funds")
    assert open_of(item) == [Decimal("100.00")]


def test_the_collector_calls_once_and_the_promise_is_judged_anew(given, bank, collected):
    receipt, first, _ = collected
    today = clock.today()
    promise = promises.record(
        customer=first.customer,
        entity=first.entity,
        items=[(given.open_item("10.00 EUR", customer=first.customer), Decimal(10))],
        pay_by=today,
        promised_on=today,
        actor=SYSTEM,
    )
    returns.recognise(back(bank), actor=SYSTEM)
    handle_events()
    handle_events()
    task = Task.objects.get(kind="returned")
    assert task.why == f"100.00 EUR of {receipt.number} came back: AM04"
    promise.refresh_from_db()
    assert promise.state == "open"
    assert OpenItem.objects.get(pk=first.pk).cycle == 2


def test_a_loaded_statement_books_what_it_says_beyond_doubt(given, bank, collected):
    receipt, first, _ = collected
    back(bank)
    back(bank, end_to_end_id="", party_iban=THEIRS)
    for _ in range(2):
        outbox.emit("bank.loaded", entity_id=receipt.entity_id, account_id=bank.account.pk, statements=[])
        handle_events()
    assert open_of(first) == [Decimal("70.00")]
    assert ReturnedPayment.objects.count() == 1
    assert BankLine.objects.filter(open_amount__lt=0).count() == 1


@pytest.mark.parametrize("by_line", [True, False])
def test_a_proposal_says_that_its_payment_came_back(given, bank, clerk, by_line):
    item = given.open_item("100.00 EUR")
    line = bank.line("100.00 EUR", end_to_end_id="DD-7")
    proposal = deciding.propose_by_hand(line, item.customer, [Part(item, Decimal(100))], actor=clerk)
    applying.apply_one(proposal, actor=clerk, on=DAY)
    if by_line:
        returns.recognise(back(bank, end_to_end_id="DD-7"), actor=SYSTEM)
    else:
        returns.receive_back(Receipt.objects.get(proposal=proposal), on=LATER, actor=clerk, reason="bounced")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == ("returned", "system" if by_line else clerk.name)
    # the money came and went: the line is not open again, and nobody takes the proposal back a second time
    line.refresh_from_db()
    assert (line.open_amount, open_of(item)) == (0, [Decimal(100)])
    for act in (deciding.undo, lambda each, **facts: deciding.take_back(each.receipt, **facts)):
        with pytest.raises((applying.Overtaken, cash.CashRefused)):
            act(proposal, on=LATER, actor=clerk)
    line.refresh_from_db()
    assert line.open_amount == 0
    assert running.match(given.entity())["lines"] == 0
    assert proof() == []


def test_what_a_proposal_had_let_go_of_comes_back_too(given, bank, clerk):
    item = given.open_item("100.00 EUR")
    line = bank.line("99.50 EUR", end_to_end_id="DD-7")
    part = Part(item, Decimal("99.50"), difference=Decimal("0.50"))
    applying.apply_one(deciding.propose_by_hand(line, item.customer, [part], actor=clerk), actor=clerk, on=DAY)
    assert open_of(item) == [0]
    assert returns.recognise(back(bank, "-99.50 EUR", end_to_end_id="DD-7"), actor=SYSTEM) is not None
    assert open_of(item) == [Decimal("100.00")]
    assert (balance("write_off"), balance("cash")) == (0, 0)
