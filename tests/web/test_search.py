"""One field finds what is meant: a customer, a document, an amount, a reference, a payment."""

import pytest
from django.test import Client
from django.urls import reverse

from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing.invoices import drafts
from o2c.invoicing.invoices.drafts import Draft


@pytest.fixture
def client(given):
    client = Client()
    client.force_login(given.user("finn", Role.FINANCE_MANAGER))
    return client


def found(client, text) -> dict[str, list]:
    context = client.get(reverse("customers"), {"q": text}).context
    return {
        "customers": [customer.number for customer, _ in context["found"]],
        "items": [item.number for item in context["items"]],
        "invoices": [invoice.number for invoice in context["invoices"]],
        "payments": [line.remittance for line in context["payments"]],
    }


def nothing(**more) -> dict[str, list]:
    return {"customers": [], "items": [], "invoices": [], "payments": [], **more}


def test_an_amount_finds_items_and_payments_of_it_either_way_of_writing(given, client):
    item, credit = given.open_item("1234.50 EUR"), given.open_item("-1234.50 EUR")
    given.open_item("1234.00 EUR")
    given.pay(item)
    given.bank_line("1234.50 EUR", "Danke")
    paid = given.pay(given.open_item("7.00 EUR"))
    for typed in ("1234.5", "1,234.50", "1.234,50", "1 234,50 EUR", "€ 1234.50"):
        now = found(client, typed)
        assert now["payments"] == ["Danke"]
        assert {item.number, credit.number} <= set(now["items"])
        assert len(now["items"]) == 3, "with the money that paid the first"
    assert found(client, "7,00")["items"] == ["Payment", paid.item.settles.get().debit_item.number]


def test_what_may_be_thousands_or_decimals_is_looked_for_as_both(given, client):
    many, few = given.open_item("1234.00 EUR"), given.open_item("1.234 KWD")
    assert found(client, "1.234")["items"] == [few.number, many.number]


def test_a_reference_finds_the_invoice_that_names_it(given, client):
    written = given.invoice("100.00 EUR")
    draft = Draft(written.entity, written.customer, "EUR", written.issued_on, order_reference="PO-77/Blue", lines=())
    drafts.write(draft, actor=SYSTEM)
    assert found(client, written.reference)["invoices"] == [written.number]
    assert found(client, "po-77/blue") == nothing(invoices=[""])


def test_a_payment_is_found_by_what_its_payer_wrote(given, client):
    given.bank_line("10.00 EUR", "Order PO-77, thank you", name="Meier KG")
    given.bank_line("10.00 EUR", "Rent", name="Huber")
    assert found(client, "po-77") == nothing(payments=["Order PO-77, thank you"])
    assert found(client, "meier k") == nothing(payments=["Order PO-77, thank you"])


def test_nobody_finds_what_they_may_not_see(given):
    item = given.open_item("1234.50 EUR")
    given.invoice("100.00 EUR")
    given.bank_line("1234.50 EUR", "Danke")
    client = Client()
    client.force_login(given.user("elsewhere", Role.FINANCE_MANAGER, entities=[given.entity("FR1")]))
    for typed in ("1234.50", "Danke", item.number):
        assert found(client, typed) == nothing()
    client.force_login(given.user("orders", Role.ORDER_CLERK))
    assert found(client, "1234.50") == nothing(items=[item.number])


@pytest.mark.parametrize("typed", ["1.2.3", "12,34,56", "99999999999999999999", "--5", "EURO 5", "5 EURO"])
def test_what_is_no_amount_finds_none(given, client, typed):
    given.open_item("5.00 EUR")
    assert found(client, typed) == nothing()
