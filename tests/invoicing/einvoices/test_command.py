"""`manage.py invoice read`, `convert`, and `export` as an e-invoice."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from lxml import etree
from pypdf import PdfReader

from o2c.core.actors import SYSTEM
from o2c.core.audit.models import AccessRecord
from o2c.invoicing.einvoices.facturx import EXTENSION, FX, RDF
from o2c.invoicing.einvoices.issued import address_of
from o2c.invoicing.einvoices.model import Address, Identifier
from o2c.invoicing.einvoices.read import read
from o2c.invoicing.einvoices.write import CII, FACTURX, FORMATS, UBL, write
from o2c.invoicing.invoices import correcting
from o2c.invoicing.invoices.drafts import Adjustment
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers.keeping import document_of
from o2c.orders.terms import Share, Tier
from tests.invoicing.einvoices import norm
from tests.invoicing.einvoices.given import CREDIT, FULL, SMALL
from tests.invoicing.invoices.conftest import DAY, IBAN, line

KEYS = [
    "number", "issued_on", "due_on", "currency", "seller", "buyer", "net", "tax", "gross", "payable", "lines",
    "problems",
]  # fmt: skip


def invoice(*arguments: object) -> tuple[str, str, int]:
    """What the command says on both ways out, and its exit code."""
    out, error, code = StringIO(), StringIO(), 0
    try:
        call_command("invoice", *map(str, arguments), stdout=out, stderr=error)
    except CommandError as refused:
        error.write(str(refused))
        code = refused.returncode
    return out.getvalue(), error.getvalue(), code


@pytest.fixture
def file(tmp_path):
    def written(content: bytes, name: str = "invoice.bin"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return written


# --- read


@pytest.mark.parametrize("syntax", FORMATS)
def test_read(syntax, file):
    out, error, code = invoice("read", file(write(SMALL, syntax)), "--json")
    answer = json.loads(out)
    assert list(answer) == KEYS
    assert answer == {
        "number": "R-1", "issued_on": "2026-03-02", "due_on": "2026-04-01", "currency": "EUR", "seller": "Werk GmbH",
        "buyer": "Atelier SARL", "net": "100.00", "tax": "19.00", "gross": "119.00", "payable": "119.00", "lines": 1,
        "problems": [],
    }  # fmt: skip
    assert (error, code) == ("", 0)


def test_amounts_are_at_the_scale_of_their_currency(file):
    whole = replace(SMALL, totals=replace(SMALL.totals, gross=Decimal(119), payable=Decimal("119.0")))
    answer = json.loads(invoice("read", file(write(whole, UBL)), "--json")[0])
    assert (answer["gross"], answer["payable"]) == ("119.00", "119.00")


def test_a_refused_one_is_told_and_ends_with_two(file):
    wrong = replace(SMALL, totals=replace(SMALL.totals, payable=Decimal("120.00")))
    path = file(write(wrong, UBL))
    out, error, code = invoice("read", path, "--json")
    (problem,) = json.loads(out)["problems"]
    assert (problem["rule"], code) == ("BR-CO-16", 2)
    assert "LegalMonetaryTotal/PayableAmount (line " in problem["where"]
    assert "is refused: 1 problems" in error
    out, error, code = invoice("read", path)
    assert "to pay 120.00 EUR" in out
    assert "(BR-CO-16)" in error
    assert code == 2


def test_what_cannot_be_read_is_told_in_the_same_form(file):
    out, error, code = invoice("read", file(b"<html/>"), "--json")
    answer = json.loads(out)
    assert list(answer) == KEYS
    assert answer["number"] is None
    assert answer["lines"] == 0
    assert [each["rule"] for each in answer["problems"]] == ["unreadable"]
    assert "no invoice in UBL or CII" in error
    assert code == 2


def test_a_file_that_is_not_there(tmp_path):
    out, error, code = invoice("read", tmp_path / "none.xml", "--json")
    assert (out, code) == ("", 1)
    assert "cannot be opened" in error


def test_read_for_people(file):
    out, error, code = invoice("read", file(write(FULL, CII)))
    assert "Invoice R-2026/77 (cii) of 2026-03-02" in out
    assert "Screw: 200.00 SEK" in out
    assert "to pay 300.00 SEK until 2026-04-01" in out
    assert (error, code) == ("", 0)


def test_what_en_16931_has_no_term_for_is_named(file):
    content = write(SMALL, UBL).replace(b"<cbc:IssueDate>", b"<cbc:UUID>u-1</cbc:UUID><cbc:IssueDate>", 1)
    _, error, code = invoice("read", file(content))
    assert "Not read, since EN 16931 has no term for it: Invoice/UUID (line 5)" in error
    assert code == 0


# --- convert


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("of", FORMATS)
@pytest.mark.parametrize("given", [FULL, CREDIT], ids=["invoice", "credit note"])
def test_convert(given, of, to, file, tmp_path):
    out = tmp_path / "out"
    _, error, code = invoice("convert", file(write(given, of)), "--to", to, "--out", out)
    assert (code, read(out).invoice, read(out).syntax) == (0, given, to)
    assert f"{given.number}: {out}" in error


def test_a_refused_one_is_not_converted(file, tmp_path):
    wrong = write(replace(SMALL, currency=""), UBL)
    out = tmp_path / "out.xml"
    _, error, code = invoice("convert", file(wrong), "--to", CII, "--out", out)
    assert code == 2
    assert "(BR-05)" in error
    assert [path.name for path in tmp_path.iterdir()] == ["invoice.bin"]


def test_where_nothing_can_be_written(file, tmp_path):
    _, error, code = invoice("convert", file(write(SMALL, UBL)), "--to", CII, "--out", tmp_path / "no" / "out.xml")
    assert code == 1
    assert "cannot be written" in error


# --- export


@pytest.mark.parametrize("syntax", FORMATS)
def test_an_issued_invoice(syntax, invoicing, tmp_path):
    issued = invoicing.issue(
        line("100.00", "3", description="Advice\nTwo days in Hamburg"),
        line("12.345", "10", rate="7", price_per=Decimal(100), unit="KGM"),
        buyer_reference="04011000-1", order_reference="PO-1", note="Thank you", delivered_on=DAY,
    )  # fmt: skip
    out = tmp_path / "out"
    _, error, code = invoice("export", issued.number, "--format", syntax, "--out", out)
    assert code == 0
    assert f"{issued.number} of DE1: {out}" in error
    found = read(out)
    assert (found.syntax, found.problems, found.left_out) == (syntax, (), ())
    made = found.invoice
    assert (made.number, made.type_code, made.currency, made.issued_on) == (issued.number, "380", "EUR", DAY)
    assert (made.due_on, made.delivery.on) == (date(2026, 4, 1), DAY)
    assert (made.buyer_reference, made.order, made.notes[0].text) == ("04011000-1", "PO-1", "Thank you")
    assert (made.totals.net, made.totals.tax) == (issued.net_total, issued.tax_total)
    assert (made.totals.gross, made.totals.payable) == (issued.gross_total, issued.payable)
    assert [(each.name, each.description) for each in made.lines] == [("Advice", "Two days in Hamburg"), ("Work", "")]
    assert [(each.quantity, each.base_quantity, each.base_unit) for each in made.lines] == [
        (3, None, ""),
        (10, 100, "KGM"),
    ]
    assert (made.payments[0].code, made.payments[0].account.number) == ("58", IBAN)
    assert made.remittance == issued.reference
    assert (made.seller.vat_id, made.buyer.vat_id) == ("DE123456789", "FR40303265045")
    assert made.buyer.ids == (Identifier(issued.customer.number),)
    record = AccessRecord.objects.get(kind=AccessRecord.Kind.EXPORTED)
    assert record.facts == {"number": issued.number, "format": syntax} | record.facts


@pytest.mark.parametrize("syntax", [UBL, CII])
def test_all_that_we_issue_passes_the_norm(syntax, invoicing, tmp_path):
    part = Adjustment(reason="Loyalty", percent=Decimal(5), category="S", rate=Decimal(19))
    of_line = Adjustment(reason="Quantity", percent=Decimal("2.5"))
    issued = [
        invoicing.issue(line("100.00", adjustments=(of_line,)), line("50.00", rate="7"), adjustments=(part,)),
        invoicing.issue(line("100.00", rate="0", category="AE")),
        invoicing.issue(line("100.00", rate="0", category="K"), delivered_on=DAY, deliver_to_country="FR"),
        invoicing.issue(line("100.00", rate="0", category="G")),
        invoicing.issue(line("100.00", rate="0", category="E"), exemption_reason="Article 132"),
        invoicing.issue(line("100.00", rate="0", category="Z")),
        invoicing.issue(line("100.00", rate="0", category="O")),
        invoicing.issue(line("100.00"), prepaid=Decimal("19.00")),
        invoicing.issue(
            line("100.00"),
            customer=invoicing.buyer(
                terms=invoicing.terms(
                    "D", tiers=(Tier(10, Decimal(2)),), shares=(Share(Decimal(50), 0), Share(Decimal(50), 20))
                )
            ),
        ),
    ]
    issued.append(correcting.cancel(issued[0], actor=SYSTEM, on=DAY))
    for each in issued:
        out = tmp_path / f"{each.number}.xml"
        _, error, code = invoice("export", each.number, "--kind", each.kind, "--format", syntax, "--out", out)
        assert code == 0, error
        content = out.read_bytes()
        assert norm.schema_errors(content) == [], each
        assert norm.broken(content) == [], each
        made = read(content).invoice
        assert made.totals.payable == each.payable
        assert made.is_credit_note is (each.kind == Invoice.Kind.CREDIT_NOTE)


def test_a_factur_x_is_the_kept_paper_with_the_invoice_in_it(invoicing, tmp_path):
    issued = invoicing.issue()
    out = tmp_path / "out.pdf"
    invoice("export", issued.number, "--format", FACTURX, "--out", out)
    kept, made = PdfReader(BytesIO(bytes(document_of(issued).content))), PdfReader(out)
    assert [page.extract_text() for page in made.pages] == [page.extract_text() for page in kept.pages]
    (attached,) = made.attachment_list
    assert (attached.name, attached.subtype, attached.associated_file_relationship) == (
        "factur-x.xml", "/text/xml", "/Alternative",
    )  # fmt: skip
    assert norm.schema_errors(attached.content) == norm.broken(attached.content) == []
    root = made.trailer["/Root"]
    assert [file.get_object()["/UF"] for file in root["/AF"]] == ["factur-x.xml"]
    for name in ("/StructTreeRoot", "/OutputIntents", "/MarkInfo", "/Lang"):
        assert (name in root) == (name in kept.trailer["/Root"])
    told = etree.fromstring(root["/Metadata"].get_object().get_data())
    said = {each.tag: each.text for each in told.iter(f"{{{FX}}}*")}
    assert said == {
        f"{{{FX}}}DocumentFileName": "factur-x.xml", f"{{{FX}}}DocumentType": "INVOICE", f"{{{FX}}}Version": "1.0",
        f"{{{FX}}}ConformanceLevel": "EN 16931",
    }  # fmt: skip
    pdfa = "{http://www.aiim.org/pdfa/ns/id/}"
    assert (told.findtext(f".//{pdfa}part"), told.findtext(f".//{pdfa}conformance")) == ("3", "A")
    schemas = told.findall(f".//{{{EXTENSION}}}schemas")
    assert len(schemas) == 1
    assert FX in [each.text for each in schemas[0].iter("{http://www.aiim.org/pdfa/ns/schema#}namespaceURI")]
    assert {each.tag for each in schemas[0][0]} == {f"{{{RDF}}}li"}


def test_the_same_invoice_is_the_same_file(invoicing, tmp_path):
    issued = invoicing.issue()
    for name in ("a", "b"):
        invoice("export", issued.number, "--format", FACTURX, "--out", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_without_a_name_it_has_its_number(invoicing, tmp_path, monkeypatch):
    issued = invoicing.issue()
    monkeypatch.chdir(tmp_path)
    for syntax in FORMATS:
        invoice("export", issued.number, "--format", syntax)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"{issued.number}{end}" for end in (".ubl.xml", ".cii.xml", ".facturx.pdf")}


def test_one_that_would_be_refused_is_not_written(invoicing, tmp_path):
    issued = invoicing.issue(customer=invoicing.buyer(country=""))
    out = tmp_path / "out.xml"
    _, error, code = invoice("export", issued.number, "--format", UBL, "--out", out)
    assert code == 2
    assert "would be refused as an e-invoice" in error
    assert "(BR-1" in error
    assert not out.exists()


def test_the_sellers_address_by_its_lines():
    def address(*lines: str) -> Address:
        return address_of("\n".join(lines), "DE")

    assert address() == Address(country="DE")
    assert address("Hamburg") == Address(street="Hamburg", country="DE")
    assert address("20457 Hamburg") == Address(city="Hamburg", postal_code="20457", country="DE")
    assert address("Weg 1", "D-20457 Hamburg") == Address("Weg 1", "", "", "Hamburg", "D-20457", "", "DE")
    assert address("Haus", "Weg 1", "London SW1A 1AA") == Address("Haus", "Weg 1", "", "London SW1A 1AA", "", "", "DE")
    assert address("A", "B", "C", "D", "1012 AB Amsterdam") == Address(
        "A", "B", "C, D", "Amsterdam", "1012 AB", "", "DE"
    )
