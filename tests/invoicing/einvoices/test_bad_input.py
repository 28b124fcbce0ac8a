"""What is no invoice, or is one that cannot be trusted, is refused with what and where."""

from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfWriter

from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.einvoices.model import Tax
from o2c.invoicing.einvoices.read import LARGEST, read
from o2c.invoicing.einvoices.write import CII, UBL, write
from tests.invoicing.einvoices.given import SMALL

XML = write(SMALL, UBL)
LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">{}]><Invoice>&lol9;</Invoice>""".format(
    "".join(f'<!ENTITY lol{number} "{f"&lol{number - 1 or str()};" * 10}">' for number in range(1, 10))
)


def refusal(content: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read(content)
    return str(refused.value)


def pdf(**attached: bytes) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    for name, content in attached.items():
        writer.add_attachment(name, content)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"PK\x03\x04 no XML", "neither XML nor a PDF"),
        (XML[: len(XML) // 2], "line"),
        (XML.replace(b"</cbc:ID>", b"</cbc:Id>", 1), "line 4"),
        (XML.replace(b"Werk GmbH", "Wärk".encode("latin-1")), "damaged"),
        (LAUGHS.encode(), "d"),
        (b'<!DOCTYPE Invoice SYSTEM "file:///etc/passwd"><Invoice/>', "document type"),
        (b"<html><body/></html>", "no invoice in UBL or CII: it is 'html'"),
        (b"<a:CrossIndustryDocument xmlns:a='urn:ferd:CrossIndustryDocument:invoice:1p0'/>", "ZUGFeRD 1"),
        (b"<two>" + XML[XML.index(b"<Invoice") :] * 2 + b"</two>", "2 invoices"),
        (b"x" * (LARGEST + 1), "larger than 20 MB"),
        (b"%PDF-1.7\nbroken", "The PDF"),
        (pdf(), "no factur-x.xml"),
        (pdf(**{"notes.txt": b"a"}), "Attached are notes.txt"),
        (pdf(**{"factur-x.xml": b"<a>"}), "damaged"),
        (pdf(**{"factur-x.xml": b"<" * (LARGEST + 1)}), "larger than 20 MB"),
    ],
    ids=[
        "nothing", "blanks", "another file", "cut off", "a tag that does not close", "wrong encoding",
        "entities", "a document type", "something else", "before the norm", "two of them", "too large", "no pdf",
        "pdf without a file", "pdf with another file", "pdf with broken xml", "pdf with a bomb",
    ],
)  # fmt: skip
def test_it_is_refused(content, said):
    assert said in refusal(content)


def test_entities_are_not_expanded():
    assert "lollol" not in refusal(LAUGHS.encode())


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path):
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Refused, match="larger than 20 MB"):
        read(path)


def test_in_an_envelope():
    assert read(b"<Envelope>" + XML[XML.index(b"<Invoice") :] + b"</Envelope>").invoice == SMALL


@pytest.mark.parametrize(
    ("change", "rule", "where", "said"),
    [
        (
            (b'unitCode="HUR"', b'unitCode="HOURS"'),
            "BR-CL-23",
            "Invoice/InvoiceLine/InvoicedQuantity (line",
            "HOURS is no unit",
        ),
        ((b">EUR<", b">EUX<"), "BR-CL-04", "Invoice/DocumentCurrencyCode (line", "EUX is no currency"),
        ((b'Amount currencyID="EUR">19.00', b'Amount currencyID="USD">19.00'), "currency", "TaxAmount (line", "in USD"),
        ((b"<cbc:ID>S</cbc:ID>", b"<cbc:ID>Q</cbc:ID>"), "BR-CL-17", "TaxCategory/ID (line", "Q is no tax category"),
        ((b"2026-03-02", b"2026-02-30"), "format", "Invoice/IssueDate (line 5)", "'2026-02-30' is no day"),
        ((b">100.00<", b">1e2<"), "format", "(line", "'1e2' is no decimal number"),
        ((b">58<", b">580<"), "BR-CL-16", "Invoice/PaymentMeans/PaymentMeansCode (line", "580 is no way to pay"),
        ((b">FR<", b">XX<"), "BR-CL-14", "Country/IdentificationCode (line", "XX is no country"),
    ],
    ids=["unit", "currency", "another currency", "tax category", "day", "number", "way to pay", "country"],
)
def test_what_is_unknown_or_unreadable_is_named(change, rule, where, said):
    found = read(XML.replace(*change))
    named = [each for each in found.problems if each.rule == rule]
    assert found.refused
    assert named
    assert where in named[0].where
    assert said in named[0].text


@pytest.mark.parametrize("syntax", [UBL, CII])
@pytest.mark.parametrize(
    ("totals", "rule"),
    [
        ({"lines": "100.01"}, "BR-CO-10"),
        ({"allowances": "1.00"}, "BR-CO-11"),
        ({"charges": "1.00"}, "BR-CO-12"),
        ({"net": "100.01"}, "BR-CO-13"),
        ({"tax": "19.01"}, "BR-CO-14"),
        ({"gross": "119.01"}, "BR-CO-15"),
        ({"payable": "119.01"}, "BR-CO-16"),
        ({"prepaid": "1.00"}, "BR-CO-16"),
    ],
)
def test_sums_that_do_not_add_up(syntax, totals, rule):
    wrong = replace(SMALL, totals=replace(SMALL.totals, **{name: Decimal(value) for name, value in totals.items()}))
    found = read(write(wrong, syntax))
    (said,) = [each for each in found.problems if each.rule == rule]
    assert "(line " in said.where
    assert "It says" in said.text
    assert found.invoice == wrong


def test_a_tax_that_is_not_that_of_its_rate():
    wrong = replace(
        SMALL,
        taxes=(Tax("S", Decimal(19), Decimal("100.00"), Decimal("21.00")),),
        totals=replace(SMALL.totals, tax=Decimal("21.00"), gross=Decimal("121.00"), payable=Decimal("121.00")),
    )
    found = {each.rule: each for each in read(write(wrong, UBL)).problems}
    assert set(found) == {"BR-CO-17", "BR-S-09"}
    assert found["BR-CO-17"].text == "It says 21.00, but 100.00 at 19 % are 19.00."
    assert "Invoice/TaxTotal/TaxSubtotal/TaxAmount (line" in found["BR-CO-17"].where


def test_the_total_of_the_tax_must_be_said():
    untaxed = replace(
        SMALL,
        totals=replace(SMALL.totals, tax=None, gross=Decimal("100.00"), payable=Decimal("100.00")),
        taxes=(Tax("Z", Decimal(0), Decimal("100.00"), Decimal("0.00")),),
        lines=(replace(SMALL.lines[0], category="Z", rate=Decimal(0)),),
    )
    assert [each.rule for each in read(write(untaxed, UBL)).problems] == ["BR-CO-15"]
    found = read(write(untaxed, CII))  # where it may be left out if it is nothing
    assert (found.problems, found.invoice.totals.tax) == ((), Decimal(0))


@pytest.mark.parametrize(("is_credit_note", "code"), [(False, "381"), (True, "380")])
def test_a_type_of_the_other_kind_of_document(is_credit_note, code):
    odd = replace(SMALL, is_credit_note=is_credit_note, type_code=code)
    assert "BR-CL-01" in {each.rule for each in read(write(odd, UBL)).problems}


def test_when_to_pay_must_be_said():
    (said,) = read(write(replace(SMALL, due_on=None), UBL)).problems
    assert (said.rule, said.text) == (
        "BR-CO-25",
        "119.00 are to be paid, and neither a day (BT-9) nor terms (BT-20) say when.",
    )
