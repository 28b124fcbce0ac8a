from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from o2c.core.actors import SYSTEM
from o2c.core.models import OutboxEvent
from o2c.core.states import LostRace
from o2c.invoicing import cash, closing, items
from o2c.invoicing.cash import Split
from o2c.invoicing.invoices import correcting, drafts, issuing
from o2c.invoicing.invoices.drafts import Adjustment, InvoiceRefused
from o2c.invoicing.items import ItemRefused
from o2c.invoicing.models import Allocation, Entry, Invoice, InvoiceLine, OpenItem, Posting
from o2c.invoicing.proof import proof
from o2c.orders import customers
from o2c.orders.terms import Share, Tier
from tests.invoicing.invoices.conftest import DAY, IBAN, line

pytestmark = pytest.mark.django_db


def postings(invoice: Invoice) -> dict[str, Decimal]:
    return {
        posting.account.role: posting.amount
        for posting in Posting.objects.filter(entry=invoice.entry_id).select_related("account")
    }


def faults(error) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in error.value.faults]


def test_an_issued_invoice_is_numbered_posted_and_owed(invoicing):
    invoice = invoicing.issue(line("100.00", "2"), line("50.00", "1", "7"))
    assert (invoice.number, invoice.state, invoice.reference) == ("INV2026-000001", "issued", "RF94INV2026000001")
    assert (invoice.due_on, invoice.gross_total) == (date(2026, 4, 1), Decimal("291.50"))
    item = OpenItem.objects.get(entry=invoice.entry_id)
    assert (item.number, item.amount, item.open_amount, item.due_on) == (
        "INV2026-000001", Decimal("291.50"), Decimal("291.50"), date(2026, 4, 1),
    )  # fmt: skip
    assert postings(invoice) == {
        "receivables": Decimal("291.50"), "output_tax": Decimal("-41.50"), "sales": Decimal("-250.00"),
    }  # fmt: skip
    assert proof() == []
    assert OutboxEvent.objects.filter(kind="invoices.issued").count() == 1


def test_what_was_agreed_is_fixed_on_the_invoice(invoicing):
    terms = invoicing.terms("S", days=60, tiers=(Tier(10, Decimal(3)), Tier(20, Decimal(2))))
    customer = invoicing.buyer(terms=terms, policy="gentle")
    invoice = invoicing.issue(line("100.00"), customer=customer)
    assert invoice.agreed["discounts"] == [
        {"until": "2026-03-12", "percent": "3", "discount": "3.57", "pay": "115.43"},
        {"until": "2026-03-22", "percent": "2", "discount": "2.38", "pay": "116.62"},
    ]
    assert (invoice.agreed["terms"]["code"], invoice.agreed["pay_to"]["iban"], invoice.policy) == ("S", IBAN, "gentle")
    assert (invoice.seller["vat_id"], invoice.buyer["number"]) == ("DE123456789", customer.number)


def test_instalments_become_items_that_add_up(invoicing):
    thirds = (Share(Decimal("33.333"), 0), Share(Decimal("33.333"), 30), Share(Decimal("33.334"), 60))
    invoice = invoicing.issue(line("100.00"), customer=invoicing.buyer(terms=invoicing.terms("3", shares=thirds)))
    parts = OpenItem.objects.filter(entry=invoice.entry_id).order_by("id").values_list("number", "due_on", "amount")
    assert list(parts) == [
        ("INV2026-000001/1", date(2026, 4, 1), Decimal("39.67")),
        ("INV2026-000001/2", date(2026, 5, 1), Decimal("39.67")),
        ("INV2026-000001/3", date(2026, 5, 31), Decimal("39.66")),
    ]
    assert [part["amount"] for part in invoice.agreed["instalments"]] == ["39.67", "39.67", "39.66"]
    assert proof() == []


def test_prepaid_and_rounding_are_posted(invoicing):
    invoice = invoicing.issue(line("100.00"), prepaid=Decimal("19.00"), rounding=Decimal("0.05"))
    assert postings(invoice) == {
        "receivables": Decimal("100.05"), "prepayments": Decimal("19.00"), "output_tax": Decimal("-19.00"),
        "sales": Decimal("-100.00"), "rounding": Decimal("-0.05"),
    }  # fmt: skip
    assert proof() == []


def test_what_comes_to_nothing_is_issued_and_owed_by_nobody(invoicing):
    invoice = invoicing.issue(line("0.00"))
    assert (invoice.number, invoice.entry_id, OpenItem.objects.count()) == ("INV2026-000001", None, 0)
    paid = invoicing.issue(line("100.00"), prepaid=Decimal("119.00"))
    assert (paid.payable, OpenItem.objects.count(), proof()) == (0, 0, [])


def test_in_another_currency_every_posting_has_its_base_amount_and_the_tax_is_said_in_it(invoicing):
    invoicing.given.rate("USD", "1.0837", DAY)
    invoice = invoicing.issue(line("33.33"), line("0.10", "1", "7"), currency="USD")
    base = Posting.objects.filter(entry=invoice.entry_id).values_list("base_amount", flat=True)
    assert sum(base) == 0
    assert invoice.base_tax == Decimal("5.85")  # 6.34 USD at 1.0837
    assert proof() == []


def test_numbers_follow_the_days_and_start_anew_each_year(invoicing):
    customer = invoicing.buyer()
    days = [date(2026, 1, 5), date(2025, 12, 30), date(2026, 1, 2)]
    written = [invoicing.write(customer=customer, issued_on=day) for day in days]
    done = issuing.issue_all([each.pk for each in written], entity=written[0].entity, actor=SYSTEM, today=DAY)
    assert [done.numbers[each.pk] for each in written] == ["INV2026-000002", "INV2025-000001", "INV2026-000001"]
    assert proof() == []


@pytest.mark.parametrize(
    ("facts", "lines", "found"),
    [
        ({}, [line("1.00", rate="0")], [("/lines/0/rate", "BR-S-5")]),
        ({}, [line("1.00", rate="5", category="Z")], [("/lines/0/rate", "BR-Z-5")]),
        ({"delivered_on": DAY}, [line("1.00", rate="5", category="K")], [("/lines/0/rate", "BR-IC-5")]),
        ({}, [line("1.00", rate="0", category="E")], [("/exemption_reason", "BR-E-10")]),
        ({}, [line("1.00", rate="0", category="K")], [("/delivered_on", "BR-IC-11")]),
        ({}, [line("1.00", rate="0", category="O"), line("1.00")], [("/lines", "BR-O-11")]),
        ({"period_from": DAY, "period_until": DAY - timedelta(1)}, [line("1.00")], [("/period_until", "BR-29")]),
        ({}, [line("1.00", "-1")], [("/lines", "negative")]),
        ({"prepaid": Decimal(2)}, [line("1.00")], [("/prepaid", "BR-CO-16")]),
        ({"issued_on": DAY + timedelta(1)}, [line("1.00")], [("/issued_on", "future")]),
        ({"currency": "SEK"}, [line("1.00")], [("/currency", "BR-53")]),
    ],
)
def test_what_breaks_a_rule_is_not_issued(invoicing, facts, lines, found):
    with pytest.raises(InvoiceRefused) as refused:
        invoicing.issue(*lines, **facts)
    assert faults(refused) == found
    assert (OpenItem.objects.count(), Entry.objects.count(), Invoice.objects.get().state) == (0, 0, "draft")


def test_an_invoice_needs_lines(invoicing):
    draft = replace(invoicing.draft(), lines=())
    with pytest.raises(InvoiceRefused) as refused:
        issuing.issue(drafts.write(draft, actor=SYSTEM), actor=SYSTEM, today=DAY)
    assert faults(refused) == [("/lines", "BR-16")]


def test_an_invoice_needs_a_seller_with_a_vat_id_and_terms(invoicing):
    seller = invoicing.given.entity("BARE", vat_id="")
    customer = invoicing.given.customer(entity=seller)
    with pytest.raises(InvoiceRefused) as refused:
        invoicing.issue(entity=seller, customer=customer)
    assert faults(refused) == [("/entity", "BR-S-2"), ("/terms", "required")]


@pytest.mark.parametrize("standing", ["blocked", "closed"])
def test_nothing_new_is_invoiced_to_who_is_not_open_but_credited(invoicing, standing):
    invoice = invoicing.issue(line("100.00"))
    account = invoice.customer.accounts.get()
    customers.change_account(account, standing=standing, standing_reason="Insolvent", actor=SYSTEM)
    with pytest.raises(InvoiceRefused) as refused:
        invoicing.issue(customer=invoice.customer)
    assert faults(refused) == [("/customer", "not-open")]
    assert f" is {standing} with {invoice.entity.code}: Insolvent. " in refused.value.faults[0].text
    note = invoicing.issue(line("50.00"), customer=invoice.customer, kind="credit_note", corrects=invoice)
    assert note.state == "issued"
    customers.change_account(account, standing="open", actor=SYSTEM)
    assert invoicing.issue(customer=invoice.customer).state == "issued"


@pytest.mark.parametrize(
    ("bad", "found"),
    [
        (line("1.00", unit="PIECE"), [("/lines/0/unit", "BR-CL-23")]),
        (line("1.00", category="X"), [("/lines/0/category", "category")]),
        (line("-1.00"), [("/lines/0/price", "BR-27")]),
        (line("1.0000001"), [("/lines/0/price", "scale")]),
        (line("1.00", description=" "), [("/lines/0/description", "BR-25")]),
        (line("1.00", "1e20"), [("/lines/0/quantity", "range")]),
        (line("1.00", "NaN"), [("/lines/0/quantity", "range")]),
        (line("1.00", adjustments=(Adjustment("x"),)), [("/lines/0/adjustments/0/amount", "either")]),
        (line("1.00", adjustments=(Adjustment("x", amount=Decimal("0.001")),)),
         [("/lines/0/adjustments/0/amount", "amount")]),
    ],
)  # fmt: skip
def test_what_is_none_of_our_words_is_not_even_a_draft(invoicing, bad, found):
    with pytest.raises(InvoiceRefused) as refused:
        invoicing.write(bad)
    assert faults(refused) == found
    assert not Invoice.objects.exists()


def test_an_unknown_currency_is_refused(invoicing):
    with pytest.raises(InvoiceRefused) as refused:
        invoicing.write(currency="XYZ")
    assert faults(refused) == [("/currency", "currency")]


# --- Closed books


def test_nothing_is_booked_into_closed_books(invoicing):
    seller, customer = invoicing.seller(), invoicing.buyer()
    closing.close(seller, date(2026, 2, 28), actor=SYSTEM)
    february = date(2026, 2, 27)
    with pytest.raises(InvoiceRefused) as refused:
        invoicing.issue(customer=customer, issued_on=february)
    assert faults(refused) == [("/issued_on", "closed")]
    with pytest.raises(ItemRefused, match="closed until 2026-02-28"):
        invoicing.given.open_item("10.00 EUR", customer=customer, entity=seller, issued=february)
    with pytest.raises(IntegrityError, match="closed until 2026-02-28"), transaction.atomic():
        Entry.objects.create(entity=seller, kind="item", effective_on=february, known_on=february, actor="x")
    assert invoicing.issue(customer=customer, issued_on=DAY).number == "INV2026-000001"
    closing.close(seller, None, actor=SYSTEM)
    assert invoicing.issue(customer=customer, issued_on=february).number == "INV2026-000002"


def test_books_are_not_closed_ahead(invoicing):
    with pytest.raises(closing.ClosingRefused):
        closing.close(invoicing.seller(), date(2999, 1, 31), actor=SYSTEM)


# --- What is issued stays


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoicing_invoice SET note = 'x'",
        "UPDATE invoicing_invoice SET state = 'draft'",
        "UPDATE invoicing_invoice SET number = 'INV1'",
        "DELETE FROM invoicing_invoicetax",
        "UPDATE invoicing_invoiceline SET price = 2",
        "DELETE FROM invoicing_invoiceline",
        "INSERT INTO invoicing_invoiceline (invoice_id, position, product, description, quantity, unit, price,"
        " price_per, category, rate, net) SELECT id, 9, '', 'x', 1, 'C62', 1, 1, 'S', 19, 1 FROM invoicing_invoice",
        "UPDATE invoicing_invoiceadjustment SET amount = 2",
    ],
)
def test_the_database_keeps_an_issued_invoice_as_it_is(invoicing, statement):
    invoicing.issue(adjustments=(Adjustment("Bonus", amount=Decimal(1), category="S", rate=Decimal(19)),))
    with pytest.raises(DatabaseError, match="issued"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_draft_is_changed_and_thrown_away_but_only_as_it_was_seen(invoicing):
    draft = invoicing.draft()
    written = drafts.write(draft, actor=SYSTEM)
    again = drafts.write(invoicing.draft(line("7.00"), customer=draft.customer), actor=SYSTEM, existing=written)
    assert (again.pk, again.gross_total, InvoiceLine.objects.count()) == (written.pk, Decimal("8.33"), 1)
    with pytest.raises(LostRace):
        drafts.write(draft, actor=SYSTEM, existing=written, seen=written.updated_at - timedelta(seconds=1))
    drafts.discard(again, actor=SYSTEM)
    assert not Invoice.objects.exists()
    issued = invoicing.issue()
    for attempt in (drafts.discard, issuing.issue):
        with pytest.raises(LostRace):
            attempt(issued, actor=SYSTEM)


def test_some_of_many_are_left_as_drafts_with_the_reason(invoicing):
    customer = invoicing.buyer()
    good, bad = invoicing.write(customer=customer), invoicing.write(line("1.00", rate="0"), customer=customer)
    both = {"entity": good.entity, "actor": SYSTEM, "today": DAY}
    refused = issuing.issue_all([good.pk, bad.pk], **both)
    assert (refused.numbers, list(refused.refused)) == ({}, [bad.pk])
    assert Invoice.objects.filter(state="draft").count() == 2
    done = issuing.issue_all([good.pk, bad.pk], **both, partly=True)
    assert (done.numbers, list(done.refused)) == ({good.pk: "INV2026-000001"}, [bad.pk])


def test_an_item_of_an_invoice_is_not_cancelled_past_it(invoicing):
    invoice = invoicing.issue()
    with pytest.raises(ItemRefused, match="INV2026-000001"):
        items.cancel(OpenItem.objects.get(), on=DAY, actor=SYSTEM)
    assert proof() == []
    assert Invoice.objects.get().state == invoice.state


# --- Corrections


def test_a_credit_note_settles_its_invoice_what_is_due_first_first(invoicing):
    halves = (Share(Decimal(50), 0), Share(Decimal(50), 30))
    invoice = invoicing.issue(line("100.00"), customer=invoicing.buyer(terms=invoicing.terms("2", shares=halves)))
    draft = correcting.as_draft(correcting.credit(invoice, actor=SYSTEM, on=DAY))
    note = invoicing.issue(line("60.00"), customer=draft.customer, kind="credit_note", corrects=invoice)
    assert (note.number, note.payable, postings(note)["sales"]) == ("CN2026-000001", Decimal("71.40"), Decimal("60.00"))
    left = OpenItem.objects.filter(entry=invoice.entry_id).order_by("due_on").values_list("open_amount", flat=True)
    assert list(left) == [Decimal("0.00"), Decimal("47.60")]
    assert OpenItem.objects.get(entry=note.entry_id).open_amount == 0
    assert proof() == []


def test_no_more_is_credited_than_was_invoiced_not_even_by_two_at_once(invoicing):
    invoice = invoicing.issue(line("100.00"), line("10.00", rate="7"))
    facts = {"customer": invoice.customer, "kind": "credit_note", "corrects": invoice}
    with pytest.raises(InvoiceRefused) as refused:
        invoicing.issue(line("110.00"), **facts)
    assert faults(refused) == [("/lines", "over-credited"), ("/lines", "over-credited")]
    with pytest.raises(InvoiceRefused, match="taxes at S 7 % less is left"):
        invoicing.issue(line("11.00", rate="7"), **facts)
    two = [invoicing.write(line("60.00"), **facts) for _ in range(2)]
    together = issuing.issue_all([each.pk for each in two], entity=invoice.entity, actor=SYSTEM, today=DAY)
    assert set(together.refused) == {each.pk for each in two}
    issuing.issue(two[0], actor=SYSTEM, today=DAY)
    with pytest.raises(InvoiceRefused):
        issuing.issue(two[1], actor=SYSTEM, today=DAY)
    assert proof() == []


def test_a_credit_note_over_what_is_paid_stays_to_the_customers_credit(invoicing):
    invoice = invoicing.issue(line("100.00"))
    item = OpenItem.objects.get()
    receipt = invoicing.given.pay(item, "100.00 EUR")
    note = invoicing.issue(line("50.00"), customer=invoice.customer, kind="credit_note", corrects=invoice)
    assert OpenItem.objects.get(entry=note.entry_id).open_amount == Decimal("-40.50")
    assert OpenItem.objects.get(pk=item.pk).open_amount == 0
    assert receipt is not None
    assert proof() == []


def test_cancelling_takes_back_everything_by_a_document_of_its_own(invoicing):
    invoicing.given.rate("USD", "1.0837", DAY)
    invoice = invoicing.issue(line("33.33"), currency="USD", prepaid=Decimal(5))
    invoicing.given.rate("USD", "1.2", DAY + timedelta(1))
    note = correcting.cancel(invoice, actor=SYSTEM, on=DAY + timedelta(1))
    invoice.refresh_from_db()
    assert (invoice.state, note.number, note.cancels, note.corrects_id) == (
        "cancelled", "CN2026-000001", True, invoice.pk,
    )  # fmt: skip
    assert set(OpenItem.objects.values_list("open_amount", flat=True)) == {Decimal(0)}
    assert sum(Posting.objects.values_list("base_amount", flat=True)) == 0
    by_account = Posting.objects.values_list("account_id", "amount", "base_amount")
    assert {account: 0 for account, _, _ in by_account} == {
        account: sum(amount + base for other, amount, base in by_account if other == account)
        for account, _, _ in by_account
    }
    assert Entry.objects.get(pk=note.entry_id).reverses_id == invoice.entry_id
    assert proof() == []
    with pytest.raises(InvoiceRefused, match="cancelled already"):
        correcting.cancel(invoice, actor=SYSTEM)


def test_what_is_settled_or_credited_is_not_cancelled(invoicing):
    invoice = invoicing.issue(line("100.00"))
    receipt = invoicing.given.pay(OpenItem.objects.get(), "10.00 EUR")
    with pytest.raises(InvoiceRefused, match="settled"):
        correcting.cancel(invoice, actor=SYSTEM)
    cash.unapply(Allocation.objects.get(credit_item__receipt=receipt), on=DAY, actor=SYSTEM)
    invoicing.issue(line("1.00"), customer=invoice.customer, kind="credit_note", corrects=invoice)
    with pytest.raises(InvoiceRefused):
        correcting.cancel(invoice, actor=SYSTEM)
    assert proof() == []


def test_an_invoice_is_cancelled_even_if_its_customer_could_not_be_invoiced_any_more(invoicing):
    customer = invoicing.buyer()
    invoice = invoicing.issue(line("10.00", rate="0", category="AE"), customer=customer)
    type(customer).objects.filter(pk=customer.pk).update(vat_id="")
    assert correcting.cancel(invoice, actor=SYSTEM).cancels


def test_a_payment_is_applied_to_an_invoice_as_to_any_item(invoicing):
    invoice = invoicing.issue(line("100.00"))
    item = OpenItem.objects.get(entry=invoice.entry_id)
    receipt = cash.receive(
        entity=invoice.entity, customer=invoice.customer, amount=Decimal(119), currency="EUR", received_on=DAY,
        method="transfer", actor=SYSTEM,
    )  # fmt: skip
    cash.apply(receipt.item, [Split(item, Decimal(119))], on=DAY, actor=SYSTEM)
    item.refresh_from_db()
    assert (item.open_amount, proof()) == (0, [])
