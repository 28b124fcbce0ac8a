"""From rows to the facts of a paper."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D  # noqa: N817 there are many

import pytest

from o2c.core.actors import SYSTEM
from o2c.invoicing.invoices import correcting
from o2c.invoicing.invoices.drafts import Adjustment
from o2c.invoicing.papers import facts
from o2c.invoicing.papers.invoices import sheet
from o2c.invoicing.papers.reading import papers
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.terms import Share, Tier
from tests.invoicing.invoices.conftest import DAY, IBAN, line
from tests.invoicing.papers.test_invoices import plain


def paper(invoice) -> facts.InvoicePaper:
    return papers([invoice.pk])[invoice.pk]


@pytest.fixture
def rich(invoicing):
    """An invoice with everything that can stand on one."""
    seller = invoicing.seller(
        name="Nordwind GmbH",
        address="Speicherstraße 12\n\n20457 Hamburg",
        registration_number="HRB 1",
        email="ar@nordwind.example",
        phone="+49 40 1",
    )
    terms = invoicing.terms("T", tiers=(Tier(10, D(3)),))
    buyer = invoicing.buyer(
        "10042",
        name="Ateliers du Rhône",
        entity=seller,
        terms=terms,
        street="18 rue A",
        postal_code="69002",
        city="Lyon",
        country="FR",
        language="fr",
    )
    return invoicing.issue(
        line(
            "100.00",
            "2.5",
            unit="HUR",
            product="SRV",
            description="Montage\nsur site",
            adjustments=(Adjustment(is_charge=False, reason="Remise", percent=D(10)),),
        ),
        line("9.40", "300", rate="7", price_per=D(100)),
        entity=seller,
        customer=buyer,
        adjustments=(Adjustment(is_charge=True, reason="Fret", amount=D("15.00"), category="S", rate=D(19)),),
        buyer_reference="AB",
        order_reference="PO-1",
        contract_reference="F-9",
        note="Merci",
        prepaid=D("50.00"),
        period_from=date(2026, 2, 1),
        period_until=date(2026, 2, 28),
    )


def test_an_issued_invoice_with_everything(rich):
    read = paper(rich)
    assert (read.kind, read.number, read.issued_on, read.language) == ("invoice", rich.number, DAY, "fr")
    assert read.seller == facts.Party(
        name="Nordwind GmbH",
        address=("Speicherstraße 12", "20457 Hamburg"),
        country="DE",
        vat_id="DE123456789",
        registration="HRB 1",
        email="ar@nordwind.example",
        phone="+49 40 1",
    )
    assert read.buyer == facts.Party(
        name="Ateliers du Rhône",
        address=("18 rue A", "69002 Lyon"),
        country="FR",
        number="10042",
        vat_id="FR40303265045",
    )
    assert read.lines == (
        facts.Line(
            position="1",
            code="SRV",
            description="Montage\nsur site",
            quantity=D("2.5"),
            unit="HUR",
            price=D(100),
            adjustments=(facts.Adjustment("Remise", False, D("25.00"), D(10)),),
            category="S",
            rate=D(19),
            net=D("225.00"),
        ),
        facts.Line(
            position="2",
            description="Work",
            quantity=D(300),
            unit="C62",
            price=D("9.40"),
            price_per=D(100),
            category="S",
            rate=D(7),
            net=D("28.20"),
        ),
    )
    assert read.adjustments == (facts.Adjustment("Fret", True, D("15.00"), None, "S", D(19)),)
    assert (read.line_total, read.charge_total, read.net_total) == (D("253.20"), D("15.00"), D("268.20"))
    assert read.taxes == (
        facts.Tax("S", D(19), D("240.00"), D("45.60")),
        facts.Tax("S", D(7), D("28.20"), D("1.97")),
    )
    assert (read.gross_total, read.prepaid, read.payable) == (D("315.77"), D("50.00"), D("265.77"))
    assert read.instalments == (facts.Instalment(date(2026, 4, 1), D("265.77")),)
    assert read.discounts == (facts.Discount(date(2026, 3, 12), D(3), D("7.97"), D("257.80")),)
    assert (read.pay_to.holder, read.pay_to.iban, read.pay_to.bic) == ("Nordwind GmbH", IBAN, "COBADEFFXXX")
    assert read.reference == rich.reference
    assert read.reference.startswith("RF")
    assert read.late == facts.LateTerms()
    assert (read.period_from, read.period_until) == (date(2026, 2, 1), date(2026, 2, 28))
    assert (read.buyer_reference, read.order_reference, read.contract_reference, read.note) == (
        "AB",
        "PO-1",
        "F-9",
        "Merci",
    )
    totals = [row["amount"] for row in plain(sheet(read))["totals"]]
    assert totals == ["253,20", "15,00", "268,20", "45,60", "1,97", "315,77", "−50,00", "265,77"]


def test_what_was_issued_stays_whatever_becomes_of_the_parties(rich):
    before = paper(rich)
    Customer.objects.filter(pk=rich.customer_id).update(name="Other", city="Paris", language="de")
    LegalEntity.objects.filter(pk=rich.entity_id).update(name="Renamed", address="Elsewhere")
    assert paper(rich) == before


def test_instalments(invoicing):
    terms = invoicing.terms("S", shares=(Share(D(50), 0), Share(D(50), 30)))
    invoice = invoicing.issue(line("100.01", rate="0", category="Z"), customer=invoicing.buyer(terms=terms))
    assert paper(invoice).instalments == (
        facts.Instalment(date(2026, 4, 1), D("50.01")),
        facts.Instalment(date(2026, 5, 1), D("50.00")),
    )


def test_a_draft_is_read_as_it_would_be_issued_and_without_a_number(invoicing):
    terms = invoicing.terms("S", shares=(Share(D(50), 0), Share(D(50), 30)))
    draft = invoicing.write(customer=invoicing.buyer(terms=terms))
    read = paper(draft)
    assert read.draft
    assert [part.due_on for part in read.instalments] == [date(2026, 4, 1), date(2026, 5, 1)]
    assert (read.pay_to, read.reference) == (None, "")
    Customer.objects.filter(pk=draft.customer_id).update(name="Renamed", language="de")
    assert (paper(draft).buyer.name, paper(draft).language) == ("Renamed", "de")


def test_a_credit_note_names_its_invoice(invoicing):
    invoice = invoicing.issue()
    note = correcting.cancel(invoice, actor=SYSTEM, on=DAY)
    read = paper(note)
    assert (read.kind, read.corrects, read.cancels) == ("credit_note", (invoice.number, DAY), True)
    assert (read.payable, read.instalments, read.discounts) == (D("119.00"), (), ())
    assert paper(invoice).number == invoice.number


def test_another_currency_says_the_tax_in_the_sellers(invoicing, given):
    given.rate("USD", "1.25", on=DAY)
    invoice = invoicing.issue(currency="USD")
    read = paper(invoice)
    assert read.base_currency == "EUR"
    assert read.base_tax == invoice.base_tax == D("15.20")
    assert not read.reference.startswith("RF")


def test_the_number_of_queries_does_not_grow(invoicing, django_assert_num_queries):
    terms = invoicing.terms("S", shares=(Share(D(50), 0), Share(D(50), 30)))
    ids = [invoicing.issue(line("1.00"), line("2.00")).pk for _ in range(3)]
    ids += [invoicing.write(customer=invoicing.buyer(terms=terms)).pk for _ in range(3)]
    with django_assert_num_queries(8):
        assert len(papers(ids)) == 6
    with django_assert_num_queries(4):
        assert len(papers(ids[:3])) == 3
    with django_assert_num_queries(4):
        assert len(papers(ids[:1])) == 1


def test_no_statutory_interest_is_promised_where_there_is_none(invoicing):
    seller = invoicing.seller("US1", "USD", country="US", vat_id="")
    draft = invoicing.write(entity=seller, currency="USD", customer=invoicing.buyer(entity=seller))
    assert paper(draft).late is None
