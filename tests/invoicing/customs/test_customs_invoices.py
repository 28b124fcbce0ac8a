"""Commercial invoices of exports: what stands on them, read back, and what is missing instead of a false paper."""

from decimal import Decimal

import pytest

from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing.billing import running
from o2c.invoicing.customs import keeping, reading
from o2c.invoicing.customs.keeping import NoCustomsInvoice
from o2c.invoicing.invoices import issuing
from o2c.invoicing.models import CustomsInvoice, Invoice
from o2c.invoicing.papers.rendering import pictures
from o2c.orders import customers
from o2c.orders.deliveries import keeping as deliveries
from o2c.orders.deliveries.keeping import Part
from o2c.orders.models import Delivery, LegalEntity, Order, OrderLine, PaymentTerms
from tests.invoicing.papers.reading import text
from tests.orders.makers import product
from tests.orders.ordered import DAY, order, planned

TO = {
    "ship_to_name": "Berghof AG, Lager", "ship_to_street": "Seestrasse 9", "ship_to_postal_code": "8001",
    "ship_to_city": "Zürich", "ship_to_country": "CH", "incoterm": "DAP", "incoterm_place": "Zürich",
}  # fmt: skip


@pytest.fixture
def seller(given, time_machine) -> LegalEntity:
    time_machine.move_to("2026-03-02 12:00Z", tick=False)
    return given.entity(
        name="Nordwind GmbH", address="Hafenstraße 1\n20457 Hamburg", vat_id="DE123456789", phone="+49 40 1",
        eori="DE7654321", time_zone="Europe/Berlin",
    )  # fmt: skip


@pytest.fixture
def sold(given, seller) -> Order:
    """Ten pumps at 250 for two, and four seals at 1.005, to Switzerland."""
    terms = PaymentTerms.objects.create(code="NET30", name="30 days", days=30)
    buyer = given.customer(
        "C1", entity=seller, name="Berghof AG", country="CH", street="Bergweg 1", postal_code="3000", city="Bern",
        terms=terms,
    )  # fmt: skip
    made = order(buyer, ("10", "250"), ("4", "1.005"), entity=seller, terms=terms, **TO)
    facts = {"tax_category": "G", "tax_rate": 0, "origin_country": "DE"}
    made.lines.filter(position=1).update(
        price_per=2, hs_code="841370", net_weight_kg=100, gross_weight_kg="110.5", **facts
    )
    made.lines.filter(position=2).update(hs_code="848420", net_weight_kg="0.2", gross_weight_kg="0.3", **facts)
    return made


def paper(made: Delivery) -> str:
    return text(bytes(keeping.document_of(made, actor=SYSTEM).content))


def lacks(made: Delivery) -> list[tuple[str, str]]:
    with pytest.raises(NoCustomsInvoice) as none:
        keeping.document_of(made, actor=SYSTEM)
    return [(each.pointer, each.code) for each in none.value.faults]


def test_all_that_customs_ask_for_stands_on_it(sold):
    said = paper(planned(sold, "6", "4"))
    for part in (
        "Commercial invoice DN2026-000001",
        "Nordwind GmbH Hafenstraße 1 20457 Hamburg Germany VAT ID DE123456789 EORI DE7654321",
        "Berghof AG Bergweg 1 3000 Bern Switzerland", "Berghof AG, Lager Seestrasse 9 8001 Zürich Switzerland",
        "DAP Zürich (Incoterms® 2020)", "841370 Germany (DE) 6 units 60.000 66.300 250.00 750.00",
        "848420 Germany (DE) 4 units 0.200 0.300 1.005 4.02", "Total 60.200 66.600 754.02", "Value EUR", "PO-SO-1",
        "We declare that what is stated on this invoice is true and complete.",
    ):  # fmt: skip
        assert part in said, (part, said)


@pytest.mark.parametrize(
    ("language", "said"),
    [("de", "Handelsrechnung DN2026-000001"), ("fr", "Facture commerciale DN2026-000001"), ("it", "Commercial inv")],
)
def test_it_is_in_the_buyers_language_or_english(sold, language, said):
    type(sold.customer).objects.filter(pk=sold.customer_id).update(language=language)
    assert said in paper(planned(sold))


@pytest.mark.parametrize("last", ["Germany", "DEUTSCHLAND", "DE"])
def test_a_country_that_the_address_says_itself_stands_there_once(sold, last):
    LegalEntity.objects.update(address=f"Hafenstraße 1\n20457 Hamburg\n{last}")
    assert f"20457 Hamburg {last} VAT ID" in paper(planned(sold))


def test_what_is_missing_is_said_of_its_line_and_no_paper_is_made(sold, seller):
    LegalEntity.objects.update(address="")
    Order.objects.update(incoterm="", ship_to_street="")
    sold.lines.filter(position=1).update(hs_code="", price=0)
    sold.lines.filter(position=2).update(origin_country="", net_weight_kg=None, gross_weight_kg=None)
    assert lacks(planned(sold)) == [
        ("/seller/address", "missing"), ("/ship_to/street", "missing"), ("/incoterm", "missing"),
        ("/lines/0/hs_code", "missing"), ("/lines/0/value", "missing"), ("/lines/1/origin_country", "missing"),
        ("/lines/1/net_weight_kg", "missing"), ("/lines/1/gross_weight_kg", "missing"),
    ]  # fmt: skip
    assert not CustomsInvoice.objects.exists()


def test_work_crosses_no_border(sold):
    sold.lines.filter(position=1).update(unit="HUR", hs_code="", net_weight_kg=None, gross_weight_kg=None)
    made = planned(sold)
    assert "841370" not in paper(made)
    assert "848420" in paper(made)
    sold.lines.update(unit="HUR")
    assert lacks(made) == [("/lines", "empty")]


def test_what_is_lighter_with_its_packing_is_not_believed(sold):
    sold.lines.filter(position=2).update(gross_weight_kg="0.1")
    assert lacks(planned(sold)) == [("/lines/1/gross_weight_kg", "range")]


def test_what_the_order_leaves_open_the_product_says(sold):
    sold.lines.filter(position=2).update(
        product=product(
            "P1", hs_code="848420", origin_country="IT", net_weight_kg=Decimal("0.5"), gross_weight_kg=Decimal("0.75")
        ),
        hs_code="", origin_country="", net_weight_kg=None, gross_weight_kg=None,
    )  # fmt: skip
    assert "848420 Italy (IT) 4 units 2.000 3.000" in paper(planned(sold, "0", "4"))
    OrderLine.objects.filter(position=2).update(unit="KGM")
    assert lacks(Delivery.objects.get()) == [
        ("/lines/0/net_weight_kg", "missing"),
        ("/lines/0/gross_weight_kg", "missing"),
    ]


@pytest.mark.parametrize("country", ["DE", "FR", "MC", ""])
def test_what_stays_in_the_customs_territory_needs_none(sold, country):
    Order.objects.update(ship_to_country=country)
    assert ("/ship_to/country", "no_export") in lacks(planned(sold))


def test_orders_with_several_terms_are_sent_apart(sold, seller):
    other = order(sold.customer, ("1", "5"), entity=seller, number="SO-2", **TO | {"incoterm": "EXW"})
    other.lines.update(hs_code="1", origin_country="DE", net_weight_kg=1, gross_weight_kg=1)
    parts = [Part(each.lines.get(position=1), Decimal(1)) for each in (sold, other)]
    assert lacks(deliveries.plan(parts, actor=SYSTEM)) == [("/incoterm", "several")]


def test_while_it_is_in_the_house_it_follows_and_then_stays(sold):
    made = planned(sold, "6", "4")
    first = keeping.document_of(made, actor=SYSTEM)
    assert keeping.document_of(made, actor=SYSTEM) == first
    deliveries.change(made, parts=[Part(sold.lines.get(position=2), Decimal(4))], actor=SYSTEM)
    second = keeping.document_of(made, actor=SYSTEM)
    assert "Total 0.200 0.300 4.02" in text(bytes(second.content))
    deliveries.ship(made, on=DAY, actor=SYSTEM)
    LegalEntity.objects.update(name="Another GmbH", address="")
    assert keeping.document_of(made, actor=SYSTEM) == second
    deliveries.cancel(made, reason="back", actor=SYSTEM)
    assert keeping.document_of(made, actor=SYSTEM) == second
    assert CustomsInvoice.objects.count() == 2


def test_lines_that_changed_after_it_was_made_are_not_those_of_the_paper(sold):
    made = planned(sold, "6", "4")
    keeping.document_of(made, actor=SYSTEM)
    deliveries.change(made, parts=[Part(sold.lines.get(position=2), Decimal(4))], actor=SYSTEM)
    deliveries.ship(made, on=DAY, actor=SYSTEM)
    assert "Total 0.200 0.300 4.02" in paper(made)


def test_a_cancelled_one_without_a_paper_gets_none(sold):
    made = planned(sold)
    deliveries.cancel(made, reason="no", actor=SYSTEM)
    assert lacks(made) == []


def test_what_is_invoiced_is_worth_what_the_invoice_says(sold, seller):
    made = deliveries.ship(planned(sold), on=DAY, actor=SYSTEM)
    running.run(seller, as_of=DAY, actor=SYSTEM)
    invoice = Invoice.objects.get()
    assert invoice.state == "issued"
    OrderLine.objects.update(price=1)
    found, faults = reading.read(Delivery.objects.get())
    assert (faults, [line.value for line in found.lines], found.total) == (
        [], [Decimal("1250.00"), Decimal("4.02")], Decimal("1254.02"),
    )  # fmt: skip
    assert found.invoices == (invoice.number,)
    assert invoice.number in paper(made)


@pytest.fixture
def adjusted(sold, seller):
    """The delivery of both lines, invoiced with these allowances and charges of the whole invoice."""

    def adjusted(*parts: tuple[str, bool]) -> Delivery:
        made = deliveries.ship(planned(sold), on=DAY, actor=SYSTEM)
        LegalEntity.objects.update(vat_id="")  # so that it stays a draft
        running.run(seller, as_of=DAY, actor=SYSTEM)
        LegalEntity.objects.update(vat_id="DE123456789")
        invoice = Invoice.objects.get(state="draft")
        for position, (amount, is_charge) in enumerate(parts, start=1):
            invoice.adjustments.create(position=position, is_charge=is_charge, reason="Freight or discount",
                                       amount=amount, category="G", rate=0)  # fmt: skip
        issuing.issue(invoice, actor=SYSTEM)
        return made

    return adjusted


def test_discounts_and_charges_of_the_whole_invoice_are_shared_out_to_the_cent(adjusted):
    # of 1254.02: 1250.00 is 99.679 %, 4.02 is 0.321 %
    made = adjusted(("10.00", True), ("125.41", False))
    found, faults = reading.read(made)
    assert (faults, [(line.shared, line.value) for line in found.lines], found.total) == (
        [], [(Decimal("-115.04"), Decimal("1134.96")), (Decimal("-0.37"), Decimal("3.65"))], Decimal("1138.61"),
    )  # fmt: skip
    assert found.total == Invoice.objects.get().net_total
    said = paper(made)
    assert "With its share of discounts and charges of the whole invoice: -115.04" in said.replace("−", "-")


def test_a_discount_that_leaves_nothing_leaves_no_value(adjusted):
    assert lacks(adjusted(("1254.02", False))) == [("/lines/0/value", "missing"), ("/lines/1/value", "missing")]


@pytest.mark.parametrize(
    ("country", "eori", "code"),
    [
        ("DE", "", "missing"), ("DE", "FR12345678901234", None), ("DE", "XI123456789000", None), ("DE", "GB1", "wrong"),
        ("GB", "", "missing"), ("GB", "GB123456789000", None), ("GB", "XI123456789000", None), ("GB", "DE1", "wrong"),
        ("US", "", None),
    ],
)  # fmt: skip
def test_who_exports_from_the_union_or_the_kingdom_needs_a_number_of_there(sold, seller, country, eori, code):
    LegalEntity.objects.update(country=country, eori=eori)
    _, faults = reading.read(planned(sold))
    assert [(each.pointer, each.code) for each in faults] == ([("/seller/eori", code)] if code else [])


def test_the_customers_number_stands_by_the_buyer_and_where_goods_go_to_them(sold):
    customers.change(sold.customer, eori="DE99", actor=SYSTEM)
    made = planned(sold)
    assert paper(made).count("EORI DE99") == 2
    Delivery.objects.update(ship_to_name="Somebody else")
    made.refresh_from_db()
    found, _ = reading.read(made)
    assert (found.buyer.eori, found.consignee.eori) == ("DE99", "")


def test_many_lines_go_over_pages_with_one_total(sold, seller):
    lines = [("1", "2.50")] * 80
    long = order(sold.customer, *lines, entity=seller, number="SO-3", **TO)
    long.lines.update(hs_code="841370", origin_country="DE", net_weight_kg=1, gross_weight_kg=2)
    said = paper(planned(long))
    assert said.count("841370") == 80
    assert said.count("Total 80.000 160.000 200.00") == 1
    found, _ = reading.read(Delivery.objects.get())
    assert len(pictures(found)) > 2


def test_any_number_of_lines_takes_as_many_statements(sold, seller, django_assert_max_num_queries):
    one = planned(sold, "1", "0")
    with django_assert_max_num_queries(10) as few:
        reading.read(Delivery.objects.select_related("entity", "customer", "carrier").get(pk=one.pk))
    many = order(sold.customer, *[("1", "2")] * 50, entity=seller, number="SO-4", **TO)
    made = planned(many)
    with django_assert_max_num_queries(len(few)):
        reading.read(Delivery.objects.select_related("entity", "customer", "carrier").get(pk=made.pk))


def test_on_its_page_and_over_the_api(client, given, sold, key):
    made = planned(sold, "6", "4")
    client.force_login(given.user("boss", Role.FINANCE_MANAGER))
    assert "Customs invoice" in client.get(f"/deliveries/{made.pk}/").content.decode()
    shown = client.get(f"/deliveries/{made.pk}/customs-invoice/")
    assert (shown["Content-Type"], shown.content[:5]) == ("application/pdf", b"%PDF-")
    over = key().get(f"/deliveries/{made.pk}/customs-invoice")
    assert over.content == shown.content
    assert key().get(f"/deliveries/{made.pk}/customs-invoice", If_None_Match=over["ETag"]).status_code == 304
    sold.lines.filter(position=1).update(hs_code="")
    page = client.get(f"/deliveries/{made.pk}/customs-invoice/").content.decode()
    assert "Line 1: the HS code is missing." in page
    assert f'href="/orders/{sold.pk}/"' in page
    LegalEntity.objects.update(eori="")
    assert "/setup/entities/" not in client.get(f"/deliveries/{made.pk}/customs-invoice/").content.decode()
    client.force_login(given.user("admin", Role.ADMINISTRATOR))
    assert f'href="/setup/entities/{sold.entity_id}/"' in client.get(
        f"/deliveries/{made.pk}/customs-invoice/"
    ).content.decode()  # fmt: skip
    LegalEntity.objects.update(eori="DE7654321")
    refused = key().get(f"/deliveries/{made.pk}/customs-invoice")
    assert (refused.status_code, [each["pointer"] for each in refused.json()["errors"]]) == (409, ["/lines/0/hs_code"])
