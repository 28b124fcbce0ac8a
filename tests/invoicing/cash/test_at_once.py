"""Two people at the same money at the same moment: one wins, the other is told, and nothing happens twice."""

from decimal import Decimal
from functools import partial

import pytest

from o2c.core import states
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing import banks, cash
from o2c.invoicing.cash import exporting, refunds, returns, transfers, writeoffs
from o2c.invoicing.models import OpenItem, Refund, RefundExport, ReturnedPayment
from o2c.invoicing.proof import proof
from tests.at_once import at_once as begun_at_once
from tests.given import DAY, Given
from tests.invoicing.cash.conftest import OURS, THEIRS, Bank

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = (cash.CashRefused, states.IllegalMove, states.LostRace)
at_once = partial(begun_at_once, refusals=REFUSED)


def won(results: list) -> int:
    return sum(not isinstance(result, REFUSED) for result in results)


@pytest.fixture
def office():
    given = Given()
    account = banks.open_account(given.entity(), name="Main", currency="EUR", iban=OURS, actor=SYSTEM)
    people = [Actor.of(given.user(f"boss{number}", Role.FINANCE_MANAGER)) for number in range(4)]
    return given, Bank(given, account), people


def test_one_of_two_approvals_books(office):
    given, bank, (asker, first, second, third) = office
    receipt = bank.receipt("100.00 EUR", customer=given.customer())
    asked = refunds.ask(receipt.item, Decimal(100), iban=THEIRS, reason="x", on=DAY, actor=asker)
    results = at_once(
        *(lambda boss=boss: refunds.approve(asked, on=DAY, actor=boss) for boss in (first, second, third))
    )
    assert won(results) == 1
    assert OpenItem.objects.filter(kind="refund").count() == 1
    assert proof() == []


def test_a_credit_is_applied_or_paid_back_and_never_both(office):
    given, bank, (asker, boss, clerk, _) = office
    for amount in range(100, 105):  # the same to the same account for another customer is held
        customer = given.customer()
        receipt = bank.receipt(f"{amount}.00 EUR", customer=customer)
        item = given.open_item(f"{amount}.00 EUR", customer=customer)
        asked = refunds.ask(receipt.item, Decimal(amount), iban=THEIRS, reason="x", on=DAY, actor=asker)
        results = at_once(
            lambda asked=asked: refunds.approve(asked, on=DAY, actor=boss),
            lambda receipt=receipt, item=item: cash.apply(
                receipt.item, [cash.Split(item, receipt.amount)], on=DAY, actor=clerk
            ),
        )
        assert won(results) == 1
    assert proof() == []


def test_two_write_offs_of_the_same_amount_are_one(office):
    given, _, (first, second, *_) = office
    item = given.open_item("50.00 EUR")

    def let_go(actor):
        return writeoffs.write_off(item, Decimal(50), kind="small", reason="x", on=DAY, actor=actor)

    assert won(at_once(lambda: let_go(first), lambda: let_go(second))) == 1
    assert OpenItem.objects.get(pk=item.pk).open_amount == 0
    assert proof() == []


def test_a_payment_comes_back_once_however_often_it_is_found(office):
    given, bank, _ = office
    item = given.open_item("100.00 EUR")
    receipt = bank.receipt("100.00 EUR", customer=item.customer, end_to_end_id="DD-1")
    cash.apply(receipt.item, [cash.Split(item, Decimal(100))], on=DAY, actor=SYSTEM)
    line = bank.line("-100.00 EUR", end_to_end_id="DD-1", return_reason="AM04")
    results = at_once(*([lambda: returns.recognise(line, actor=SYSTEM)] * 4))
    assert sum(isinstance(result, ReturnedPayment) for result in results) == 1
    assert OpenItem.objects.get(pk=item.pk).open_amount == 100
    assert proof() == []


def test_money_is_moved_or_its_receipt_reversed(office):
    given, bank, (first, second, *_) = office
    other = given.customer()
    for _ in range(5):
        receipt = bank.receipt("100.00 EUR", customer=given.customer())
        at_once(
            lambda receipt=receipt: transfers.move(
                receipt.item, [transfers.Share(other, Decimal(60))], reason="x", on=DAY, actor=first
            ),
            lambda receipt=receipt: cash.reverse(receipt, on=DAY, actor=second),
        )
        receipt.refresh_from_db()
        assert receipt.reversed_on == DAY
    assert OpenItem.objects.exclude(open_amount=0).count() == 0
    assert proof() == []


def test_each_refund_is_in_one_file(office):
    given, bank, (asker, boss, first, second) = office
    customer = given.customer()
    for amount in range(10, 16):  # one account of several customers, or the same amount twice, would be held
        receipt = bank.receipt(f"{amount}.00 EUR", customer=customer)
        asked = refunds.ask(receipt.item, Decimal(amount), iban=THEIRS, reason="x", on=DAY, actor=asker)
        refunds.approve(asked, on=DAY, actor=boss)

    def export(actor):
        return exporting.export(bank.account, pay_on=DAY, today=DAY, actor=actor)

    at_once(lambda: export(first), lambda: export(second))
    assert sum(made.count for made in RefundExport.objects.all()) == 6
    assert Refund.objects.filter(state="exported").count() == 6
