"""Receipts and what they settle."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from o2c.core.actors import SYSTEM
from o2c.invoicing import balances, cash, items
from o2c.invoicing.models import Allocation, Entry, OpenItem, Posting
from o2c.invoicing.proof import proof
from tests.given import DAY

LATER = DAY + timedelta(days=10)


def test_short_payment_leaves_the_rest_open(given):
    item = given.open_item("1000.00 EUR")
    given.pay(item, "970.00 EUR")
    assert item.open_amount == Decimal("30.00")
    assert balances.of_item(item.pk, DAY) == Decimal("30.00")
    assert balances.of_item(item.pk, DAY - timedelta(days=1)) == Decimal("1000.00")
    assert proof() == []


def test_no_split_exceeds_what_its_item_owes(given):
    item = given.open_item("100.00 EUR")
    receipt = given.receipt("150.00 EUR", customer=item.customer)
    with pytest.raises(cash.OverApplied):
        cash.apply(receipt.item, [cash.Split(item, Decimal("100.01"))], on=DAY, actor=SYSTEM)
    assert Allocation.objects.count() == 0


def test_no_splits_exceed_what_is_left_of_the_money(given):
    first, second = given.open_item("100.00 EUR"), None
    second = given.open_item("100.00 EUR", customer=first.customer)
    receipt = given.receipt("150.00 EUR", customer=first.customer)
    splits = [cash.Split(first, Decimal("100.00")), cash.Split(second, Decimal("50.01"))]
    with pytest.raises(cash.OverApplied):
        cash.apply(receipt.item, splits, on=DAY, actor=SYSTEM)
    assert Allocation.objects.count() == 0


def test_undoing_an_allocation_opens_both_items_and_begins_a_new_cycle(given):
    item = given.open_item("100.00 EUR")
    receipt = given.pay(item)
    assert item.open_amount == 0
    cash.unapply(Allocation.objects.get(), on=LATER, actor=SYSTEM)
    item.refresh_from_db()
    receipt.item.refresh_from_db()
    assert (item.open_amount, item.cycle) == (Decimal("100.00"), 2)
    assert receipt.item.open_amount == Decimal("-100.00")
    assert balances.of_item(item.pk, DAY) == 0
    assert balances.of_item(item.pk, LATER) == Decimal("100.00")
    with pytest.raises(cash.CashRefused):
        cash.unapply(Allocation.objects.get(amount__gt=0), on=LATER, actor=SYSTEM)
    assert proof() == []


def test_reversing_a_receipt_opens_again_exactly_what_it_settled(given):
    first = given.open_item("100.00 EUR")
    second = given.open_item("50.00 EUR", customer=first.customer)
    receipt = given.receipt("120.00 EUR", customer=first.customer)
    splits = [cash.Split(first, Decimal("100.00")), cash.Split(second, Decimal("20.00"))]
    cash.apply(receipt.item, splits, on=DAY, actor=SYSTEM)
    cash.reverse(receipt, on=LATER, actor=SYSTEM)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.open_amount, second.open_amount) == (Decimal("100.00"), Decimal("50.00"))
    assert sum(item.open_amount for item in OpenItem.objects.all()) == Decimal("150.00")
    with pytest.raises(cash.CashRefused):
        cash.reverse(receipt, on=LATER, actor=SYSTEM)
    assert proof() == []


def test_receipt_numbers_have_no_gap_after_a_refusal(given):
    customer = given.customer()
    given.receipt("10.00 EUR", customer=customer)
    with transaction.atomic():
        given.receipt("10.00 EUR", customer=customer)
        transaction.set_rollback(True)
    assert given.receipt("10.00 EUR", customer=customer).number == "R2026-000002"
    assert proof() == []


def test_an_allocation_does_not_count_before_both_sides_are_there(given):
    item = given.open_item("100.00 EUR", issued=DAY, due=DAY + timedelta(days=30))
    early = given.receipt("100.00 EUR", customer=item.customer, on=DAY - timedelta(days=5))
    (allocation,) = cash.apply(early.item, [cash.Split(item, Decimal(100))], on=DAY - timedelta(days=5), actor=SYSTEM)
    assert allocation.effective_on == DAY


def test_cancelling_restores_every_balance(given):
    item = given.open_item("100.00 EUR")
    items.cancel(item, on=LATER, actor=SYSTEM)
    assert sum(i.open_amount for i in OpenItem.objects.all()) == 0
    assert balances.of_item(item.pk, DAY) == Decimal("100.00")
    assert proof() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoicing_posting SET amount = amount * 2",
        "DELETE FROM invoicing_posting",
        "UPDATE invoicing_entry SET effective_on = '2020-01-01'",
        "DELETE FROM invoicing_entry",
        "UPDATE invoicing_allocation SET amount = 1",
        "DELETE FROM invoicing_allocation",
        "UPDATE invoicing_openitem SET amount = 1",
        "UPDATE invoicing_openitem SET open_amount = 1",
        "DELETE FROM invoicing_openitem",
        "UPDATE invoicing_receipt SET amount = 1",
    ],
)
def test_the_database_refuses_to_change_what_is_posted(given, statement):
    given.pay(given.open_item("100.00 EUR"), "40.00 EUR")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert proof() == []


def test_the_database_refuses_an_entry_that_does_not_balance(given):
    item = given.open_item("100.00 EUR")
    posting = item.entry.postings.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.create(entry=item.entry, account=posting.account, currency="EUR", amount=1, base_amount=1)


def test_the_database_refuses_an_allocation_that_overdraws_an_item(given):
    item = given.open_item("100.00 EUR")
    receipt = given.receipt("500.00 EUR", customer=item.customer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Allocation.objects.create(
            debit_item=item,
            credit_item=receipt.item,
            payer_id=item.payer_id,
            currency="EUR",
            amount=Decimal("100.01"),
            effective_on=DAY,
            known_on=DAY,
            actor="test",
        )


def test_history_loaded_today_ages_as_it_was_known_then(given):
    item = given.open_item("100.00 EUR", due=date(2020, 1, 31))
    given.pay(item, on=date(2020, 2, 20))
    assert balances.of_item(item.pk, date(2020, 2, 19)) == Decimal("100.00")
    assert balances.of_item(item.pk, date(2020, 2, 20)) == 0


def test_entries_carry_their_kind(given):
    given.pay(given.open_item("100.00 EUR"))
    assert sorted(Entry.objects.values_list("kind", flat=True)) == ["item", "receipt"]
