"""E-invoices to test with, written by us."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from o2c.invoicing.einvoices.model import (
    EN_16931,
    Account,
    Address,
    Adjustment,
    Attachment,
    Attribute,
    Card,
    Contact,
    Delivery,
    Document,
    EInvoice,
    Identifier,
    Line,
    Note,
    Party,
    Payment,
    Period,
    Preceding,
    Tax,
    Totals,
)

D = Decimal
SMALL = EInvoice(
    number="R-1",
    issued_on=date(2026, 3, 2),
    type_code="380",
    currency="EUR",
    due_on=date(2026, 4, 1),
    profile=EN_16931,
    seller=Party(name="Werk GmbH", vat_id="DE123456789", address=Address(city="Hamburg", country="DE")),
    buyer=Party(name="Atelier SARL", address=Address(city="Lyon", country="FR")),
    payments=(Payment("58", account=Account("DE89370400440532013000")),),
    totals=Totals(lines=D("100.00"), net=D("100.00"), tax=D("19.00"), gross=D("119.00"), payable=D("119.00")),
    taxes=(Tax("S", D("19"), D("100.00"), D("19.00")),),
    lines=(
        Line(
            id="1", quantity=D("4"), unit="HUR", net=D("100.00"), price=D("25"), category="S", rate=D("19"), name="Work"
        ),
    ),
)

# Every term there is.
FULL = EInvoice(
    number="R-2026/77",
    issued_on=date(2026, 3, 2),
    type_code="380",
    currency="SEK",
    tax_currency="EUR",
    tax_point_on=date(2026, 3, 1),
    due_on=date(2026, 4, 1),
    buyer_reference="04011000-12345-34",
    project="P-9",
    contract="C-2025-4",
    order="PO 4711",
    sales_order="SO-33",
    receiving_advice="WE-1",
    despatch_advice="LS-1",
    tender="LOT-7",
    object=Identifier("METER-1", "AAA"),
    accounting="4400",
    terms="30 days net\n2 % until 12 March",
    notes=(Note("Thank you for your order"), Note("Seat of the company: Hamburg", "REG")),
    process="P1",
    profile=EN_16931,
    preceding=(Preceding("R-2026/70", date(2026, 2, 1)), Preceding("R-2026/71")),
    seller=Party(
        name="Werk & Söhne GmbH",
        trading_name="Werk",
        ids=(Identifier("L-1"), Identifier("4000001000005", "0088")),
        registration=Identifier("HRB 12345", "0198"),
        vat_id="DE123456789",
        tax_registration="22/815/0815/4",
        legal_form="Managing director: A. Werk",
        endpoint=Identifier("rechnung@werk.example", "EM"),
        address=Address("Hafenstraße 1", "Hof 2", "Tor 3", "Hamburg", "20457", "HH", "DE"),
        contact=Contact("A. Werk", "+49 40 1234", "a.werk@werk.example"),
    ),
    buyer=Party(
        name="Atelier SARL",
        trading_name="Atelier",
        ids=(Identifier("10001"),),
        registration=Identifier("552100554", "0002"),
        vat_id="FR40303265045",
        endpoint=Identifier("552100554", "0002"),
        address=Address("1 rue A", "Bât. B", "", "Lyon", "69001", "Rhône", "FR"),
        contact=Contact("B. Petit", "+33 4 12", "b@atelier.example"),
    ),
    payee=Party(name="Factor AG", ids=(Identifier("F-1"),), registration=Identifier("HRB 1")),
    representative=Party(
        name="Steuer KG", vat_id="SE556677889901", address=Address("Gatan 1", "", "", "Malmö", "21119", "", "SE")
    ),
    delivery=Delivery(
        "Atelier, dock", Identifier("3012345000010", "0088"), date(2026, 2, 27),
        Address("2 rue C", "", "", "Dijon", "21000", "", "FR"),
    ),
    period=Period(date(2026, 2, 1), date(2026, 2, 28)),
    remittance="RF18 5390 0754 7034",
    payments=(
        Payment("97", "Agreed", Account("DE89370400440532013000", "Werk GmbH", "COBADEFFXXX")),
        Payment("97", "", Account("123-456", "Werk GmbH")),
        Payment("97", card=Card("1234", "B. Petit")),
        Payment("97", debited="FR7630006000011234567890189"),
    ),
    mandate="M-1",
    creditor="DE98ZZZ09999999999",
    adjustments=(
        Adjustment(False, D("10.00"), D("200.00"), D("5"), "S", D("25"), "Loyalty", "95"),
        Adjustment(True, D("20.00"), None, None, "E", D("0"), "Freight", "FC"),
    ),
    totals=Totals(
        lines=D("300.00"), allowances=D("10.00"), charges=D("20.00"), net=D("310.00"), tax=D("72.50"),
        accounting_tax=D("6.41"), gross=D("382.50"), prepaid=D("82.51"), rounding=D("0.01"), payable=D("300.00"),
    ),
    taxes=(
        Tax("S", D("25"), D("290.00"), D("72.50")),
        Tax("E", D("0"), D("20.00"), D("0.00"), "Article 132", "VATEX-EU-132"),
    ),
    documents=(
        Document("TS-1", "Timesheet", "https://werk.example/ts-1"),
        Document("TS-2", "", "", Attachment(b"a,b\n1,2\n", "text/csv", "ts.csv")),
    ),
    lines=(
        Line(
            id="1", note="As agreed", object=Identifier("SIM-1", "AAA"), quantity=D("10"), unit="H87", net=D("200.00"),
            order_line="10", accounting="4401", period=Period(date(2026, 2, 1), date(2026, 2, 14)),
            adjustments=(
                Adjustment(False, D("11.25"), D("225.00"), D("5"), reason="Quantity", reason_code="95"),
                Adjustment(True, D("-13.75"), reason="Packing"),
            ),
            price=D("2250.0000"), discount=D("250"), gross_price=D("2500"), base_quantity=D("100"), base_unit="H87",
            category="S", rate=D("25"), name="Screw", description="Steel\nM4", seller_code="S-4", buyer_code="X4",
            standard_code=Identifier("4012345000016", "0160"),
            classifications=(Identifier("73181500", "HS", "2022"), Identifier("31161500", "TST")), origin="SE",
            attributes=(Attribute("Colour", "blue"), Attribute("Length", "20")),
        ),
        Line(
            id="2", quantity=D("1"), unit="LS", net=D("100.00"), price=D("100"), category="S", rate=D("25"), name="Fit",
        ),
    ),
)  # fmt: skip
CREDIT = replace(
    FULL, is_credit_note=True, type_code="381", number="G-1", tax_point_on=None, tax_point_code="35", terms="",
)  # fmt: skip
