"""What is written is read as the same, in each syntax, and passes the norm's schemas and rules."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from o2c.invoicing.einvoices.model import EInvoice, Line, Party, Payment
from o2c.invoicing.einvoices.read import CII, FACTURX, UBL, read
from o2c.invoicing.einvoices.rules import problems
from o2c.invoicing.einvoices.write import write
from tests.invoicing.einvoices import norm
from tests.invoicing.einvoices.given import CREDIT, FULL, SMALL

INVOICES = {"small": SMALL, "full": FULL, "credit note": CREDIT}


def test_the_full_one_has_every_term():
    assert {each.name for each in fields(EInvoice) if not getattr(FULL, each.name)} == {
        "is_credit_note",
        "tax_point_code",
    }
    assert {each.name for each in fields(Line) if not getattr(FULL.lines[0], each.name)} == set()
    assert {each.name for each in fields(Party) if not getattr(FULL.seller, each.name)} == set()
    assert problems(FULL) == problems(SMALL) == problems(CREDIT) == []


@pytest.mark.parametrize("name", INVOICES)
@pytest.mark.parametrize("syntax", [UBL, CII, FACTURX])
def test_it_is_read_as_it_was_written(name, syntax):
    found = read(write(INVOICES[name], syntax))
    assert found.invoice == INVOICES[name]
    assert (found.syntax, found.problems, found.left_out) == (syntax, (), ())


@pytest.mark.parametrize("name", INVOICES)
@pytest.mark.parametrize("syntax", [UBL, CII])
def test_it_passes_the_schema_and_the_rules(name, syntax):
    content = write(INVOICES[name], syntax)
    assert norm.schema_errors(content) == []
    assert norm.broken(content) == []


@pytest.mark.parametrize("syntax", [UBL, CII])
def test_the_norms_rules_catch_a_wrong_total(syntax):
    wrong = replace(SMALL, totals=replace(SMALL.totals, gross=Decimal("119.01")))
    content = write(wrong, syntax)
    assert norm.schema_errors(content) == []
    assert {"BR-CO-15"} <= {rule or text[:10] for rule, text in norm.broken(content)} or any(
        "BR-CO-15" in text for _, text in norm.broken(content)
    )
    assert {each.rule for each in read(content).problems} >= {"BR-CO-15"}


def test_ubl_without_a_way_to_pay_says_one_that_says_nothing_more():
    """UBL has the due day of a credit note, and what the payer writes, in a way to pay."""
    bare = replace(CREDIT, payments=())
    found = read(write(bare, UBL)).invoice
    assert found == replace(bare, payments=(Payment("1"),))
    assert found.due_on == date(2026, 4, 1)
    assert norm.broken(write(bare, UBL)) == []


def test_a_sellers_order_without_the_buyers():
    only = replace(SMALL, sales_order="SO-1")
    content = write(only, UBL)
    assert b"<cbc:ID>NA</cbc:ID>" in content
    assert read(content).invoice == only


def test_what_xml_cannot_write_is_left_out():
    odd = replace(SMALL, buyer_reference="a\x0bb\ufffe")
    for syntax in (UBL, CII):
        assert read(write(odd, syntax)).invoice.buyer_reference == "ab"


def test_a_credit_note_that_cii_could_not_tell_is_not_written():
    odd = replace(CREDIT, type_code="380")
    assert read(write(odd, UBL)).invoice == odd
    with pytest.raises(ValueError, match="380 is no type of a credit note in CII"):
        write(odd, CII)


def test_names_are_in_the_namespaces_of_the_norm():
    root = etree.fromstring(write(SMALL, UBL))
    assert root.tag == "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
    root = etree.fromstring(write(SMALL, CII))
    assert root.tag == "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice"
