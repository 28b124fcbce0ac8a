"""`manage.py load invoices` with an e-invoice: it comes in as it was issued, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from o2c.core.actors import SYSTEM
from o2c.core.models import ImportRun
from o2c.invoicing.einvoices import coming
from o2c.invoicing.einvoices.archives import Given
from o2c.invoicing.einvoices.model import Adjustment, Identifier, Preceding
from o2c.invoicing.einvoices.read import read
from o2c.invoicing.einvoices.write import FORMATS, UBL, write
from o2c.invoicing.models import Entry, Invoice, OpenItem
from o2c.invoicing.proof import proof
from o2c.orders.models import Customer, LegalEntity
from tests.at_once import at_once
from tests.invoicing.einvoices import norm
from tests.invoicing.einvoices.given import SMALL

D = Decimal
pytestmark = pytest.mark.django_db
CREDIT = replace(
    SMALL, is_credit_note=True, type_code="381", number="G-1", due_on=None, preceding=(Preceding("R-1"),), terms="",
)  # fmt: skip


def load(content: bytes, tmp_path, *options: str) -> tuple[dict, str, int]:
    path, out, error, code = tmp_path / "invoice", StringIO(), StringIO(), 0
    path.write_bytes(content)
    try:
        call_command("load", "invoices", str(path), "--json", *options, stdout=out, stderr=error)
    except CommandError as refused:
        error.write(str(refused))
        code = refused.returncode
    return json.loads(out.getvalue()), error.getvalue(), code


def nothing_there() -> bool:
    return not (Invoice.objects.exists() or OpenItem.objects.exists() or Entry.objects.exists())


@pytest.mark.parametrize("syntax", FORMATS)
def test_the_first_of_all_opens_seller_and_buyer(syntax, tmp_path):
    answer, _error, code = load(write(SMALL, syntax), tmp_path)
    invoice = Invoice.objects.get()
    assert answer == {
        "number": "R-1", "entity": "MAIN", "customer": "Atelier SARL", "created": 1, "unchanged": 0,
        "invoice": invoice.pk, "import_run": ImportRun.objects.get().pk, "dry_run": False, "problems": [],
        "notes": [
            "There was no legal entity yet: opened MAIN, Werk GmbH.",
            "There was no customer Atelier SARL: opened Atelier SARL.",
            "Opened the account of Atelier SARL with MAIN.",
        ],
    }  # fmt: skip
    assert (code, invoice.state, invoice.number, invoice.numbered_here) == (0, Invoice.State.ISSUED, "R-1", False)
    assert (invoice.net_total, invoice.tax_total, invoice.gross_total) == (D(100), D(19), D(119))
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 3, 2), date(2026, 4, 1))
    (item,) = OpenItem.objects.all()
    assert (item.amount, item.open_amount, item.due_on) == (D(119), D(119), date(2026, 4, 1))
    assert proof() == []


def test_the_same_again_changes_nothing(tmp_path):
    first, _, _ = load(write(SMALL, UBL), tmp_path)
    again, _, code = load(write(SMALL, "cii"), tmp_path)
    assert (again["created"], again["unchanged"], again["invoice"], code) == (0, 1, first["invoice"], 0)
    assert (Invoice.objects.count(), OpenItem.objects.count(), Customer.objects.count()) == (1, 1, 1)


def test_one_of_that_number_that_says_something_else(tmp_path):
    load(write(SMALL, UBL), tmp_path)
    answer, error, code = load(write(replace(SMALL, issued_on=date(2026, 3, 3)), UBL), tmp_path)
    assert code == 2
    assert [each["rule"] for each in answer["problems"]] == ["number"]
    assert "R-1 was issued before and says something else now" in error
    assert "Invoice/ID (line " in answer["problems"][0]["where"]
    assert Invoice.objects.get().issued_on == date(2026, 3, 2)


def test_sums_that_do_not_add_up_post_nothing(tmp_path):
    wrong = replace(SMALL, totals=replace(SMALL.totals, payable=D("118.00")))
    answer, _, code = load(write(wrong, UBL), tmp_path)
    assert (code, answer["created"], [each["rule"] for each in answer["problems"]]) == (2, 0, ["BR-CO-16"])
    assert nothing_there()
    assert not LegalEntity.objects.exists()
    assert not Customer.objects.exists()


def test_what_is_no_invoice_posts_nothing(tmp_path):
    answer, _error, code = load(b"<html/>", tmp_path)
    assert (code, answer["problems"][0]["rule"]) == (2, "unreadable")
    assert nothing_there()


def test_a_line_that_is_not_its_quantity_times_price_is_kept_as_it_says(tmp_path):
    odd = replace(SMALL, lines=(replace(SMALL.lines[0], price=D("24.99")),))
    answer, error, code = load(write(odd, UBL), tmp_path)
    assert code == 0, error
    assert answer["notes"][-1] == "Line 1 says 100.00, which is 0.04 off its quantity times price: kept as said."
    invoice = Invoice.objects.get()
    assert (invoice.line_total, invoice.payable) == (D(100), D(119))
    (part,) = invoice.adjustments.all()
    assert (part.reason, part.is_charge, part.amount) == ("Difference to quantity times price", True, D("0.04"))


def test_a_unit_that_we_do_not_invoice_in(tmp_path):
    answer, _, code = load(write(replace(SMALL, lines=(replace(SMALL.lines[0], unit="ZZ"),)), UBL), tmp_path)
    assert (code, answer["problems"][0]["rule"]) == (2, "BR-CL-23")
    assert "Invoice/InvoiceLine/InvoicedQuantity (line " in answer["problems"][0]["where"]
    assert nothing_there()
    assert not Customer.objects.exists()


def test_without_a_day_to_pay_by_it_is_due_by_the_accounts_terms_or_at_once(invoicing, tmp_path):
    invoicing.buyer("K-1", name="Atelier SARL", country="FR", vat_id="")
    by_terms = replace(SMALL, due_on=None, terms="As agreed")
    answer, _, _ = load(write(by_terms, UBL), tmp_path)
    assert (Invoice.objects.get(pk=answer["invoice"]).due_on, answer["notes"]) == (date(2026, 4, 1), [])
    other = replace(by_terms, number="R-2", buyer=replace(SMALL.buyer, name="Another"))
    answer, _, _ = load(write(other, UBL), tmp_path)
    assert Invoice.objects.get(pk=answer["invoice"]).due_on == date(2026, 3, 2)
    assert answer["notes"][-1] == "R-2 says no day to pay by, and the account has no terms: it is due at once."


def test_a_dry_run_keeps_nothing(tmp_path):
    answer, _, code = load(write(SMALL, UBL), tmp_path, "--dry-run")
    assert (answer["created"], answer["invoice"], answer["dry_run"], code) == (1, None, True, 0)
    assert nothing_there()
    assert not LegalEntity.objects.exists()


def test_the_buyer_is_known_by_number_vat_id_or_name(invoicing, tmp_path):
    entity = invoicing.seller()
    given = replace(SMALL, buyer=replace(SMALL.buyer, vat_id="FR 40 303 265 045"))
    by_vat_id = invoicing.buyer("K-1")
    assert load(write(given, UBL), tmp_path)[0]["customer"] == by_vat_id.number
    by_name = invoicing.buyer("K-2", name="ATELIER sarl", country="FR", vat_id="")
    answer, _, _ = load(write(replace(SMALL, number="R-2"), UBL), tmp_path)
    assert (answer["customer"], answer["entity"], answer["notes"]) == (by_name.number, entity.code, [])
    by_number = invoicing.buyer("K-3", vat_id="")
    given = replace(SMALL, number="R-3", buyer=replace(SMALL.buyer, ids=(Identifier("K-3"),)))
    assert load(write(given, UBL), tmp_path)[0]["customer"] == by_number.number
    assert Customer.objects.count() == 3


def test_a_buyer_who_could_be_two(invoicing, tmp_path):
    for number in ("K-1", "K-2"):
        invoicing.buyer(number, name="Atelier SARL", country="FR", vat_id="")
    answer, error, code = load(write(SMALL, UBL), tmp_path)
    assert code == 2
    assert answer["problems"][0]["rule"] == "customer"
    assert "Atelier SARL could be K-1 and K-2." in error
    assert nothing_there()


def test_an_invoice_of_somebody_else(invoicing, tmp_path):
    invoicing.seller(vat_id="DE999999999")
    answer, _, code = load(write(SMALL, UBL), tmp_path)
    assert (code, answer["problems"][0]["rule"]) == (2, "seller")
    assert "Werk GmbH DE123456789" in answer["problems"][0]["text"]
    assert nothing_there()


def test_a_credit_note_settles_the_invoice_that_it_names(tmp_path):
    load(write(SMALL, UBL), tmp_path)
    answer, error, code = load(write(CREDIT, UBL), tmp_path)
    assert (code, answer["created"]) == (0, 1), error
    credit = Invoice.objects.get(number="G-1")
    assert (credit.kind, credit.corrects.number) == (Invoice.Kind.CREDIT_NOTE, "R-1")
    assert {item.open_amount for item in OpenItem.objects.all()} == {D(0)}
    assert proof() == []


def test_allowances_and_charges_come_in_with_their_amounts(tmp_path):
    part = Adjustment(False, D("10.00"), D("100.00"), D("10"), "S", D("19"), "Loyalty")
    given = replace(
        SMALL,
        adjustments=(part,),
        lines=(replace(SMALL.lines[0], price=D("24"), adjustments=(Adjustment(True, D("4.00"), reason="Packing"),)),),
        totals=replace(
            SMALL.totals, allowances=D("10.00"), net=D("90.00"), tax=D("17.10"), gross=D("107.10"), payable=D("107.10")
        ),
        taxes=(replace(SMALL.taxes[0], taxable=D("90.00"), tax=D("17.10")),),
    )
    _answer, error, code = load(write(given, UBL), tmp_path)
    assert code == 0, error
    invoice = Invoice.objects.get()
    assert (invoice.allowance_total, invoice.net_total, invoice.payable) == (D(10), D(90), D("107.10"))


@norm.needs_files
@pytest.mark.parametrize("name", ["base-example", "Allowance-example", "vat-category-E", "vat-category-O"])
def test_real_ones(name, tmp_path):
    content = (norm.PEPPOL / f"rules/examples/{name}.xml").read_bytes()
    totals = read(content).invoice.totals
    answer, error, code = load(content, tmp_path)
    assert code == 0, error
    invoice = Invoice.objects.get(pk=answer["invoice"])
    assert (invoice.net_total, invoice.tax_total) == (totals.net, totals.tax)
    assert (invoice.gross_total, invoice.payable) == (totals.gross, totals.payable)


@pytest.mark.django_db(transaction=True)
def test_twice_at_once_is_once(invoicing):
    invoicing.seller()
    invoicing.buyer("K-1", name="Atelier SARL", country="FR", vat_id="")
    found = read(write(SMALL, UBL))

    def bring():
        return coming.load([Given("", found)], seen=LegalEntity.objects.all(), actor=SYSTEM)

    both = at_once(bring, bring)
    assert sorted((each.created, each.unchanged) for each in both) == [(0, 1), (1, 0)]
    assert Invoice.objects.count() == 1
