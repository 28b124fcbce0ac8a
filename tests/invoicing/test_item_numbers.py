"""The numbers by which items are searched for stand apart from the items, and follow them."""

from decimal import Decimal

from django.db import connection

from o2c.core.actors import SYSTEM
from o2c.invoicing import items
from o2c.invoicing.models import Entry, ItemNumber, LedgerAccount, OpenItem
from tests.given import DAY


def received(given, number: str) -> OpenItem:
    """Money on account as an ERP tells of it."""
    customer = given.customer()
    return items.book(
        entity=given.entity(), customer=customer, kind=OpenItem.Kind.ON_ACCOUNT, amount=Decimal(-50), currency="EUR",
        issued_on=DAY, due_on=DAY, number=number, against=LedgerAccount.Role.CASH, entry_kind=Entry.Kind.RECEIPT,
        actor=SYSTEM, source="erp",
    )  # fmt: skip


def numbers() -> list[tuple]:
    return list(ItemNumber.objects.order_by("pk").values_list("number", "key", "tail"))


def test_a_document_has_its_figures_and_a_payment_of_ours_no_number(given):
    item = given.open_item("100.00 EUR", number="INV-2026-000123/2")
    given.pay(item)
    assert OpenItem.objects.count() == 2
    assert numbers() == [("INV-2026-000123/2", "2026000123", "123")]


def test_a_number_without_figures_is_found_by_its_letters_only(given):
    given.open_item("100.00 EUR", number="Deposit")
    assert numbers() == [("Deposit", "", None)]


def test_what_another_system_numbered_is_found_but_is_no_document(given):
    received(given, "ZAHL-77")
    assert numbers() == [("ZAHL-77", None, None)]


def test_a_changed_number_is_the_one_that_is_searched(given):
    item, other = given.open_item("100.00 EUR", number="RE-1"), received(given, "ZAHL-1")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE invoicing_openitem SET number = number || '0'")
    assert numbers() == [("RE-10", "10", "10"), ("ZAHL-10", None, None)]
    assert list(OpenItem.objects.filter(numbered__key="10")) == [item]
    assert list(OpenItem.objects.filter(numbered__number__icontains="zahl")) == [other]


def test_settling_an_item_leaves_its_number_unwritten(given):
    """The reason why numbers stand apart: their indexes are not written anew with what is open."""
    item = given.open_item("100.00 EUR")
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin, ctid FROM invoicing_itemnumber WHERE item_id = %s", [item.pk])
        before = cursor.fetchall()
        given.pay(item)
        cursor.execute("SELECT xmin, ctid FROM invoicing_itemnumber WHERE item_id = %s", [item.pk])
        assert cursor.fetchall() == before != []
