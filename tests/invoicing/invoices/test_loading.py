"""Invoices from files of lines: whole documents, summed up and judged here, or none of it."""

from datetime import date
from decimal import Decimal

import pytest

from o2c.core.actors import SYSTEM
from o2c.invoicing import closing
from o2c.invoicing.models import Entry, Invoice, OpenItem
from o2c.invoicing.proof import proof
from tests.imports.files_given import counts, found

pytestmark = pytest.mark.django_db

HEAD = "Customer;Invoice;Type;Date;Text;Qty;Unit;Price;Rate;Net;Gross"
COLUMNS = {
    "customer": "Customer", "number": "Invoice", "kind": "Type", "issued_on": "Date", "description": "Text",
    "quantity": "Qty", "unit": "Unit", "price": "Price", "tax_rate": "Rate", "line_net": "Net", "gross_total": "Gross",
}  # fmt: skip
MAP = {"columns": COLUMNS, "currency": "EUR", "date_format": "DD.MM.YYYY", "decimal": ",", "create_customers": True}
GOOD = [
    "C1;R-1;;02.01.2026;Work;2;HUR;50,00;19;100,00;172,50",
    "C1;R-1;;02.01.2026;Parts;1,5;C62;33,3333;7;50,00;172,50",
    "C1;R-2;;05.01.2026;Work;1;hour;50,00;19;50,00;59,50",
]


@pytest.fixture
def mapping(invoicing):
    invoicing.seller()
    invoicing.buyer("C1")
    return MAP


def file(*rows: str) -> str:
    return "\n".join([HEAD, *rows])


def test_rows_of_a_number_are_one_document_issued_with_its_own_number(load, mapping):
    answer = load("invoices", file(*GOOD), mapping)
    assert (counts(answer), answer["notes"]) == ((3, 0, 0, 0), ["2 documents were issued."])
    first, second = Invoice.objects.order_by("issued_on")
    assert (first.number, first.numbered_here, first.state, first.gross_total, first.lines.count()) == (
        "R-1", False, "issued", Decimal("172.50"), 2,
    )  # fmt: skip
    assert (second.gross_total, second.lines.get().unit, second.due_on) == (Decimal("59.50"), "HUR", date(2026, 2, 4))
    items = OpenItem.objects.order_by("issued_on").values_list("number", "amount", "known_on")
    assert list(items) == [("R-1", Decimal("172.50"), date(2026, 1, 2)), ("R-2", Decimal("59.50"), date(2026, 1, 5))]
    assert proof() == []


def test_loaded_again_it_is_left_as_it_is_and_changed_it_is_rejected(load, mapping):
    load("invoices", file(*GOOD), mapping)
    assert counts(load("invoices", file(*GOOD), mapping)) == (0, 0, 3, 0)
    changed = load("invoices", file(GOOD[0], GOOD[1].replace("33,3333", "33,34"), GOOD[2]), mapping)
    assert counts(changed) == (0, 0, 1, 2)
    assert {(row[0], row[1]) for row in found(changed)} == {("2", "external_id"), ("3", "external_id")}
    assert "credit it" in found(changed)[0][3]
    assert (Invoice.objects.count(), Entry.objects.count()) == (2, 2)


def test_a_document_without_a_number_is_numbered_here(load, mapping):
    columns = {name: column for name, column in COLUMNS.items() if name != "number"} | {"external_id": "Invoice"}
    load("invoices", file(*GOOD), {**mapping, "columns": columns})
    assert list(Invoice.objects.order_by("number").values_list("number", "external_id", "numbered_here")) == [
        ("INV2026-000001", "R-1", True), ("INV2026-000002", "R-2", True),
    ]  # fmt: skip
    assert proof() == []


def test_a_credit_note_settles_the_invoice_that_it_names(load, mapping):
    load("invoices", file(*GOOD), mapping)
    columns = {name: column for name, column in COLUMNS.items() if name != "gross_total"} | {"corrects": "Gross"}
    mapping = {**mapping, "columns": columns}
    answer = load("invoices", file("C1;G-1;381;10.01.2026;Work;1;HUR;50,00;19;50,00;R-1"), mapping)
    assert counts(answer) == (1, 0, 0, 0)
    assert OpenItem.objects.get(number="R-1").open_amount == Decimal("113.00")
    assert OpenItem.objects.get(number="G-1").open_amount == 0
    too_much = load("invoices", file("C1;G-2;381;10.01.2026;Work;9;HUR;50,00;19;450,00;R-1"), mapping)
    assert counts(too_much) == (0, 0, 0, 1)
    assert "left to credit" in found(too_much)[0][3]
    assert proof() == []


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("C1;R-1;;02.01.2026;Work;2;HUR;50,00;19;99,00;172,50", "line_net", "is not quantity times price"),
        ("C1;R-1;;02.01.2026;Work;2;HUR;50,00;19;100,00;172,51", "gross_total", "differs from line 3"),
        ("C1;R-1;;02.01.2026;Work;2;FURLONG;50,00;19;100,00;172,50", "unit", "is none of"),
        ("C1;R-1;;02.01.2026;Work;2;HUR;-50,00;19;-100,00;172,50", "price", "BR-27"),
        ("C1;R-1;;02.01.2026;Work;2;HUR;50,00;119;100,00;172,50", "tax_rate", "is not between 0 and 100"),
        ("C1;R-1;;02.01.2026;Work;2;HUR;50,00;0;100,00;153,50", "gross_total", "differs"),
        ("C2;R-1;;02.01.2026;Work;2;HUR;50,00;19;100,00;172,50", "customer", "differs from line"),
        ("C1;R-1;letter;02.01.2026;Work;2;HUR;50,00;19;100,00;172,50", "kind", "is none of"),
        ("C1;R-1;;02.01.2026;;2;HUR;50,00;19;100,00;172,50", "description", "is missing"),
        ("C1;R-1;;02.01.2026;Work;2,1234567;HUR;50,00;19;100,00;172,50", "quantity", "is finer"),
    ],
)
def test_one_bad_line_keeps_its_document_out_and_no_other(load, mapping, line, column, reason):
    answer = load("invoices", file(line, *GOOD[1:]), mapping)
    assert counts(answer) == (1, 0, 0, 2)
    rows = found(answer)
    assert any(row[1] == COLUMNS[column] and reason in row[3] for row in rows), rows
    assert list(Invoice.objects.values_list("number", flat=True)) == ["R-2"]
    assert (OpenItem.objects.count(), proof()) == (1, [])


def test_totals_that_do_not_add_up_are_refused_with_the_rule(load, mapping):
    answer = load("invoices", file(*(row.replace("172,50", "172,51") for row in GOOD)), mapping)
    assert counts(answer) == (1, 0, 0, 2)
    assert found(answer)[0][:2] == ("2", "Gross")
    assert "which is 172.50 (BR-CO-15)" in found(answer)[0][3]


def test_what_breaks_a_rule_of_the_norm_or_of_the_books_is_rejected_at_its_line(load, mapping, invoicing):
    zero = load("invoices", file(GOOD[2].replace(";19;", ";0;").replace("59,50", "50,00")), mapping)
    assert found(zero) == [("2", "Rate", "", "The standard rate of tax is more than 0 %. (BR-S-5)", "error")]
    closing.close(invoicing.seller(), date(2026, 1, 31), actor=SYSTEM)
    closed = load("invoices", file(*GOOD), mapping)
    assert counts(closed) == (0, 0, 0, 3)
    assert found(closed)[0][:2] == ("2", "Date")
    assert not Invoice.objects.exists()


def test_a_dry_run_writes_nothing(load, mapping):
    assert counts(load("invoices", file(*GOOD), mapping, dry_run=True)) == (3, 0, 0, 0)
    assert not Invoice.objects.exists()
