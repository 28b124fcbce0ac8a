"""Money that stood in the wrong place: other customers, other currencies, and the way back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from o2c.core import states
from o2c.invoicing import cash
from o2c.invoicing.cash import realising, transfers
from o2c.invoicing.cash.transfers import Share
from o2c.invoicing.models import OpenItem, RealisedDifference, Transfer
from o2c.wiring import handle_events
from tests.given import DAY
from tests.invoicing.cash.conftest import balance, open_of

LATER = DAY + timedelta(days=3)


def base_balance(role: str) -> Decimal:
    from o2c.invoicing.models import Posting

    return sum((row.base_amount for row in Posting.objects.filter(account__role=role)), Decimal(0))


def test_money_is_moved_split_and_settles_there(given, clerk):
    one, two, three = given.customer(), given.customer(), given.customer()
    item = given.open_item("40.00 EUR", customer=two)
    receipt = given.receipt("100.00 EUR", customer=one)
    shares = [Share(two, Decimal(40)), Share(three, Decimal("25.50"))]
    first, second = transfers.move(receipt.item, shares, reason="Wrong customer", on=DAY, actor=clerk)
    assert open_of(receipt.item, first.in_item, second.in_item) == [
        Decimal("-34.50"), Decimal("-40.00"), Decimal("-25.50"),
    ]  # fmt: skip
    cash.apply(first.in_item, [cash.Split(item, Decimal(40))], on=DAY, actor=clerk)
    transfers.reverse(first, on=LATER, actor=clerk)
    assert open_of(receipt.item, first.in_item, item) == [Decimal("-74.50"), 0, Decimal("40.00")]
    with pytest.raises(states.IllegalMove):
        transfers.reverse(first, on=LATER, actor=clerk)


def test_a_receipt_that_is_reversed_takes_back_what_was_moved_on(given, clerk):
    one, two, three = given.customer(), given.customer(), given.customer()
    items = [given.open_item("60.00 EUR", customer=customer) for customer in (one, two, three)]
    receipt = given.receipt("100.00 EUR", customer=one)
    cash.apply(receipt.item, [cash.Split(items[0], Decimal(10))], on=DAY, actor=clerk)
    (moved,) = transfers.move(receipt.item, [Share(two, Decimal(90))], reason="x", on=DAY, actor=clerk)
    cash.apply(moved.in_item, [cash.Split(items[1], Decimal(50))], on=DAY, actor=clerk)
    (on,) = transfers.move(moved.in_item, [Share(three, Decimal(40))], reason="x", on=DAY, actor=clerk)
    cash.apply(on.in_item, [cash.Split(items[2], Decimal(40))], on=DAY, actor=clerk)
    cash.reverse(receipt, on=LATER, actor=clerk)
    assert open_of(*items, receipt.item, moved.in_item, on.in_item) == [Decimal("60.00")] * 3 + [0, 0, 0]
    assert sum(item.open_amount for item in OpenItem.objects.all()) == Decimal("180.00")
    assert balance("cash") == 0


@pytest.mark.parametrize("amount", ["100.01", "0", "-1.00"])
def test_no_more_than_is_left_is_moved(given, clerk, amount):
    other = given.customer()
    receipt = given.receipt("100.00 EUR", customer=given.customer())
    with pytest.raises(cash.CashRefused):
        transfers.move(receipt.item, [Share(other, Decimal(amount))], reason="x", on=DAY, actor=clerk)
    assert Transfer.objects.count() == 0


def test_money_is_moved_only_to_whom_it_may_be(given, clerk):
    receipt = given.receipt("100.00 EUR", customer=given.customer())
    elsewhere = given.customer(entity=given.entity("UK1", "GBP"))
    for customer, reason in ((elsewhere, "x"), (receipt.customer, "x"), (given.customer(), " ")):
        with pytest.raises(cash.CashRefused):
            transfers.move(receipt.item, [Share(customer, Decimal(1))], reason=reason, on=DAY, actor=clerk)
    assert open_of(receipt.item) == [Decimal("-100.00")]


# --- Other currencies


def test_dollars_settle_euros_and_what_the_rate_brings_is_realised(given, clerk):
    given.rate("USD", "1.25", DAY)
    given.rate("USD", "1.20", LATER)
    item = given.open_item("80.00 EUR")
    receipt = given.receipt("100.00 USD", customer=item.customer)
    assert receipt.item.base_amount == Decimal("-80.00")
    made = transfers.exchange(receipt.item, Decimal(100), "EUR", on=LATER, actor=clerk)
    assert (made.in_item.amount, made.difference) == (Decimal("-83.33"), Decimal("-3.33"))
    assert (balance("fx_realised"), base_balance("fx_clearing")) == (Decimal("3.33"), 0)
    assert (balance("fx_clearing", "USD"), balance("fx_clearing")) == (Decimal("-100.00"), Decimal("80.00"))
    cash.apply(made.in_item, [cash.Split(item, Decimal(80))], on=LATER, actor=clerk)
    assert open_of(item, receipt.item, made.in_item) == [0, 0, Decimal("-3.33")]
    transfers.reverse(made, on=LATER, actor=clerk)
    assert open_of(item, receipt.item, made.in_item) == [Decimal("80.00"), Decimal("-100.00"), 0]
    assert (balance("fx_realised"), balance("fx_clearing"), balance("fx_clearing", "USD")) == (0, 0, 0)


@pytest.mark.parametrize(
    ("told", "amount"),
    [({"received": Decimal("79.10")}, "-79.10"), ({"rate": Decimal("0.79")}, "-79.00"), ({}, "-80.00")],
)
def test_the_banks_amount_or_rate_or_the_days(given, clerk, told, amount):
    given.rate("USD", "1.25", DAY)
    receipt = given.receipt("100.00 USD", customer=given.customer())
    made = transfers.exchange(receipt.item, Decimal(100), "EUR", on=DAY, actor=clerk, **told)
    assert made.in_item.amount == Decimal(amount)
    assert balance("fx_realised") == -(Decimal(amount) + 80)
    assert open_of(receipt.item) == [0]


def test_without_a_rate_nothing_is_changed(given, clerk):
    receipt = given.receipt("100.00 USD", customer=given.customer())
    for told in ({}, {"received": Decimal(80)}):
        with pytest.raises(cash.CashRefused, match="load the rates"):
            transfers.exchange(receipt.item, Decimal(100), "EUR", on=DAY, actor=clerk, **told)
    assert open_of(receipt.item) == [Decimal("-100.00")]


def test_an_invoice_in_dollars_paid_at_another_rate_realises_the_difference_once(given, clerk):
    given.rate("USD", "1.25", DAY - timedelta(days=30))
    given.rate("USD", "1.00", DAY)
    item = given.open_item("100.00 USD", due=DAY)
    assert item.base_amount == Decimal("80.00")
    first = given.pay(item, "33.33 USD")
    handle_events()
    handle_events()
    # 33.33 USD stood at 26.66 EUR and brought 33.33
    assert balance("fx_realised") == Decimal("-6.67")
    given.pay(item, "66.67 USD")
    handle_events()
    assert balance("fx_realised") == -Decimal("20.00")
    assert base_balance("receivables") + base_balance("receivables_revaluation") == 0
    cash.reverse(first, on=LATER, actor=clerk)
    handle_events()
    handle_events()
    assert (open_of(item), realising.realise(given.entity())) == ([Decimal("33.33")], 0)
    open_base = Decimal("80.00") * Decimal("33.33") / 100
    kept = base_balance("receivables") + base_balance("receivables_revaluation")
    assert abs(kept - open_base) < Decimal("0.01")
    assert RealisedDifference.objects.filter(entry__isnull=False).count() == 3


def test_euros_settle_dollars_and_realise_when_they_do(given, clerk):
    given.rate("USD", "1.25", DAY - timedelta(days=30))
    given.rate("USD", "1.00", DAY)
    item = given.open_item("100.00 USD", due=DAY)
    receipt = given.receipt("100.00 EUR", customer=item.customer)
    made = transfers.exchange(receipt.item, Decimal(100), "USD", on=DAY, actor=clerk)
    assert (made.in_item.amount, made.difference) == (Decimal("-100.00"), 0)
    cash.apply(made.in_item, [cash.Split(item, Decimal(100))], on=DAY, actor=clerk)
    handle_events()
    assert open_of(item, receipt.item, made.in_item) == [0, 0, 0]
    assert balance("fx_realised") == Decimal("-20.00")
    assert base_balance("receivables") + base_balance("receivables_revaluation") == 0
