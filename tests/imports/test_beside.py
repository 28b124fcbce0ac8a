"""Files beside the one that is loaded: heads and lines that an ERP exports apart."""

import json
from datetime import date
from decimal import Decimal

import pytest

from o2c.core.imports import beside
from o2c.invoicing.models import OpenItem
from tests.imports.files_given import counts, found

LINES = "Doc;Amount\n1;10.00\n2;20.50\n3;7.00\n"
HEADS = "No;Buyer;Issued;Due\n2;C2;2026-01-02;2026-02-01\n1;C1;2026-01-01;2026-01-31\n"
MAP = {
    "columns": {
        "number": "Doc", "amount": "Amount", "customer": "head.Buyer", "issued_on": "head.Issued", "due_on": "head.Due",
    },
    "currency": "EUR",
    "create_customers": True,
    "due_days": 30,
    "beside": {"head": {"Doc": "No"}},
}  # fmt: skip


@pytest.fixture
def head(load):
    return load.file(HEADS, "heads.csv")


def test_a_row_finds_what_it_lacks_and_one_that_does_not_is_rejected(load, head):
    answer = load("open-items", LINES, MAP, beside=[f"head={head}"])
    assert counts(answer) == (2, 0, 0, 1)
    assert {row[:2] for row in found(answer)} == {("4", "head.Buyer"), ("4", "head.Issued")}
    items = OpenItem.objects.order_by("number").values_list("number", "customer__number", "amount")
    assert list(items) == [("1", "C1", Decimal("10.00")), ("2", "C2", Decimal("20.50"))]


def test_a_file_of_json_keeps_what_its_cells_are(load):
    lines = load.file('{"doc": 1, "amount": 10.5}\n{"doc": 2, "amount": 3}\n', "lines.jsonl")
    heads = load.file(
        '{"no": 1, "buyer": "C1", "day": "2026-01-01"}\n{"no": 2, "buyer": "C1", "day": null}\n', "h.jsonl"
    )
    columns = {"number": "doc", "amount": "amount", "customer": "h.buyer", "issued_on": "h.day"}
    raw = MAP | {"columns": columns, "beside": {"h": {"doc": "no"}}}
    answer = load("open-items", lines, raw, beside=[f"h={heads}"])
    assert counts(answer) == (1, 0, 0, 1), found(answer)
    assert OpenItem.objects.get().amount == Decimal("10.50")


def test_two_files_and_two_columns(load):
    heads = load.file("Co;No;Buyer\nA;1;C1\nB;1;C2\n", "heads.csv")
    days = load.file("Buyer;Issued\nX;2026-01-01\nY;2026-01-02\n", "days.csv")
    columns = {"customer": "h.Buyer", "issued_on": "d.Issued", "external_id": "Id"}
    raw = MAP | {
        "columns": {"number": "Doc", "amount": "Amount", **columns},
        "beside": {"h": {"Co": "Co", "Doc": "No"}, "d": {"Who": "Buyer"}},
    }
    lines = "Id;Co;Doc;Who;Amount\na;A;1;Y;10\nb;B;1;X;20\n"
    assert counts(load("open-items", lines, raw, beside=[f"h={heads}", f"d={days}"])) == (2, 0, 0, 0)
    items = OpenItem.objects.order_by("external_id").values_list("customer__number", "issued_on", "amount")
    assert list(items) == [("C1", date(2026, 1, 2), Decimal(10)), ("C2", date(2026, 1, 1), Decimal(20))]


@pytest.mark.parametrize(
    ("raw", "given", "said"),
    [
        (MAP, [], "The map needs a file 'head' beside this one: --beside head=FILE."),
        (MAP | {"beside": {}}, ["head={}"], "says nothing of the file 'head'"),
        (MAP, ["head"], "--beside takes NAME=FILE, and not head."),
        (MAP, ["head={}", "head={}"], "--beside gives two files head."),
        (
            MAP | {"beside": {"head": {"Doc": "Number"}}},
            ["head={}"],
            "The file 'head' beside it has no column 'Number'",
        ),
        (MAP | {"beside": {"head": {"Number": "No"}}}, ["head={}"], "The file has no column 'Number'"),
        (MAP | {"beside": {"he.ad": {"Doc": "No"}}}, ["head={}"], "The map's 'beside' cannot be"),
        (MAP | {"columns": MAP["columns"] | {"due_on": "head.Until"}}, ["head={}"], "no column 'head.Until'"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(load, head, raw, given, said):
    answer = load("open-items", LINES, raw, beside=[each.format(head) for each in given])
    assert (answer["exit"], said in answer["refused"]) == (2, True), answer
    assert not OpenItem.objects.exists()


def test_two_rows_of_one_key_are_refused(load):
    twice = load.file(HEADS + "1;C3;2026-01-01;2026-01-31\n", "heads.csv")
    answer = load("open-items", LINES, MAP, beside=[f"head={twice}"])
    assert answer["refused"] == "Line 4 of the file 'head' beside it is the second with No 1."


def test_a_line_that_cannot_be_read_is_refused(load):
    broken = load.file(HEADS + "3;C3\n", "heads.csv")
    answer = load("open-items", LINES, MAP, beside=[f"head={broken}"])
    assert "Line 4 of the file 'head' beside it cannot be read" in answer["refused"]


def test_a_cell_is_kept_as_it_is():
    from o2c.core.imports.cells import Cell

    kept = [beside._kept(each) for each in ("a", Cell("1.5", Cell.NUMBER), Cell("2026-01-01", Cell.DAY, "a formula"))]
    back = [beside._cell(each) for each in json.loads(json.dumps(kept))]
    assert [(str(each), getattr(each, "kind", ""), getattr(each, "note", "")) for each in back] == [
        ("a", "", ""), ("1.5", "number", ""), ("2026-01-01", "day", "a formula"),
    ]  # fmt: skip
