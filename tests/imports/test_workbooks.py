"""Excel workbooks: what their cells say, and what is never believed of them."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from o2c.core.imports import containers, files, workbooks
from o2c.core.imports.cells import Cell
from o2c.core.imports.mapping import Refused
from o2c.invoicing.models import OpenItem
from o2c.invoicing.proof import proof
from tests.imports import workbooks_given as make
from tests.imports.files_given import counts, found, real


def written(tmp_path, content: bytes):
    path = tmp_path / "anything.dat"  # the name says nothing
    path.write_bytes(content)
    return path


def read(tmp_path, content: bytes, **told):
    source = files.inspect(written(tmp_path, content), [], **told)
    return source, list(files.rows(source))


def one(tmp_path, cell: str) -> str:
    """The only cell of a row, as it is read."""
    _, ((_, row),) = read(tmp_path, make.workbook({"S": make.sheet(make.row(1, "A"), f'<row r="2">{cell}</row>')}))
    return row[0]


def test_cells_say_what_they_are(tmp_path):
    book = make.workbook(
        {
            "S": make.table(
                ["Text", "Zeros", "Whole", "Amount", "Day", "Own day", "Yes"],
                ["Müller & Söhne", "000123", 1001, 0.1, date(2026, 3, 2), make.cell(date(2026, 3, 3), style=3), True],
            )
        }
    )
    source, rows = read(tmp_path, book)
    assert (source.form, source.sheet, source.header[:2]) == ("xlsx", "S", ["Text", "Zeros"])
    ((line, row),) = rows
    assert line == 2
    assert row == ["Müller & Söhne", "000123", "1001", "0.1", "2026-03-02", "2026-03-03", "true"]
    kinds = [cell.kind if isinstance(cell, Cell) else "" for cell in row]
    assert kinds == ["", "", "number", "number", "day", "day", ""]


@pytest.mark.parametrize(
    ("stored", "read_as"),
    [
        ("0.1", "0.1"),
        ("0.10000000000000001", "0.1"),
        ("1234.5600000000002", "1234.5600000000002"),
        ("79.989999999999995", "79.99"),
        ("1E3", "1000"),
        ("-1.5E-2", "-0.015"),
        ("123456789012345", "123456789012345"),
        ("100.0", "100"),
        ("-0", "-0"),
    ],
)
def test_numbers_are_the_shortest_that_are_the_same(tmp_path, stored, read_as):
    assert one(tmp_path, f"<c><v>{stored}</v></c>") == read_as


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_amount_of_cents_comes_back_exactly(tmp_path, amount):
    """However a program writes the float nearest to it: with 17 digits or the fewest."""
    for stored in (f"{float(amount):.17g}", repr(float(amount))):
        assert Decimal(one(tmp_path, f"<c><v>{stored}</v></c>")) == amount


@pytest.mark.parametrize(
    ("number", "early", "day"),
    [
        ("1", False, "1900-01-01"),
        ("59", False, "1900-02-28"),
        ("61", False, "1900-03-01"),
        ("46083", False, "2026-03-02"),
        ("46083.5", False, "2026-03-02 12:00:00"),
        ("46083.999999999", False, "2026-03-03"),
        ("44621", True, "2026-03-02"),
    ],
)
def test_days_are_counted_as_excel_counts_them(tmp_path, number, early, day):
    rows = make.sheet(make.row(1, "A"), f'<row r="2"><c s="1"><v>{number}</v></c></row>')
    _, ((_, row),) = read(tmp_path, make.workbook({"S": rows}, early=early))
    assert (row[0], row[0].kind) == (day, "day")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('<c s="1"><v>60</v></c>', "29 February 1900"),
        ('<c s="1"><v>-3</v></c>', "not a day"),
        ('<c s="1"><v>99999999</v></c>', "not a day"),
        ('<c s="2"><v>0.5</v></c>', "time of day"),
        ('<c t="e"><v>#REF!</v></c>', "error of Excel"),
        ("<c><v>twelve</v></c>", "no number"),
        ("<c><v>NaN</v></c>", "no number"),
        ("<c><v>1e999</v></c>", "no number"),
        ('<c t="s"><v>7</v></c>', "does not hold"),
        ("<c><f>A1*2</f></c>", "formula without a value"),
        ('<c t="str"><f>A1&amp;"x"</f><v></v></c>', "formula without a value"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, cell, said):
    value = one(tmp_path, cell)
    assert value.kind == Cell.FAULT
    assert said in value.note


def test_shared_texts_with_runs_readings_and_escapes(tmp_path):
    shared = (
        f"<sst {make.MAIN}><si><t>plain</t></si><si><r><t>two </t></r><r><t>runs</t></r></si>"
        "<si><t>東京</t><rPh><t>トウキョウ</t></rPh></si><si><t>a_x000D_b</t></si><si/></sst>"
    )
    cells = "".join(f'<c t="s"><v>{place}</v></c>' for place in range(5))
    rows = make.sheet(make.row(1, *"abcde"), f'<row r="2">{cells}</row>')
    _, ((_, row),) = read(tmp_path, make.workbook({"S": rows}, xl__sharedStrings_xml=shared))
    assert row == ["plain", "two runs", "東京", "a\rb", ""]


def test_rows_and_columns_that_are_left_out_are_empty(tmp_path):
    rows = make.sheet(
        make.row(3, make.cell("A", "B3"), make.cell("B", "D3")),
        make.row(7, make.cell("1", "D7")),
        make.row(8, make.cell("  ", "B8")),
        make.row(9, make.cell("2", "B9"), make.cell("beside the table", "Z9")),
    )
    source, read_rows = read(tmp_path, make.workbook({"S": rows}))
    assert source.header == ["", "A", "", "B"]
    assert read_rows == [(7, ["", "", "", "1"]), (9, ["", "2", "", ""])]


def test_the_first_visible_sheet_with_content_unless_one_is_named(tmp_path):
    sheets = {
        "Hidden": make.table(["h"], ["0"]),
        "Empty": make.sheet(),
        "Items": make.table(["a"], ["1"]),
        "More": make.table(["b"], ["2"]),
    }
    book = make.workbook(sheets, hidden=("Hidden",))
    assert read(tmp_path, book)[0].sheet == "Items"
    assert read(tmp_path, book, sheet="More")[1] == [(2, ["2"])]
    assert read(tmp_path, book, sheet="Hidden")[1] == [(2, ["0"])]
    with pytest.raises(Refused, match=r"no sheet 'Other'\. Its sheets: Empty, Items, More, Hidden"):
        read(tmp_path, book, sheet="Other")
    with pytest.raises(Refused, match="'Empty' is empty"):
        read(tmp_path, book, sheet="Empty")


def test_titles_above_the_header_are_skipped_by_the_sheets_rows(tmp_path):
    rows = make.sheet(make.row(1, "Open items"), make.row(4, "A"), make.row(5, "1"))
    assert read(tmp_path, make.workbook({"S": rows}), skip_lines=2)[1] == [(5, ["1"])]


# --- What is refused


ENTITIES = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("bomb", [ENTITIES, OUTSIDE])
@pytest.mark.parametrize(
    "part", ["xl__worksheets__sheet1_xml", "xl__sharedStrings_xml", "xl__styles_xml", "xl__workbook_xml"]
)
def test_xml_with_a_document_type_is_refused(tmp_path, bomb, part):
    parts = {part: f"{bomb}<x>&b;</x>"}
    with pytest.raises(Refused, match="has a document type"):
        read(tmp_path, make.workbook({"S": make.table(["a"], ["1"])}, **parts))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (make.workbook({"S": make.table(["a"])}, xl__vbaProject_bin="x"), "holds macros"),
        (make.workbook({"S": make.table(["a"])}, xl__workbook_bin="x"), "binary"),
        (make.workbook({"S": make.table(["a"])}, mimetype="x"), "OpenDocument"),
        (make.workbook({"S": make.sheet()}), "none of its sheets has content"),
        (make.workbook({}), "no worksheet"),
        (make.workbook({"S": "<worksheet><sheetData><row"}), "damaged"),
        (make.workbook({"S": "not XML"}), "damaged"),
        (make.workbook({"S": make.sheet(make.row(5, "a"), make.row(2, "b"))}), "row 2 comes after row 5"),
        (make.workbook({"S": make.sheet(make.row(1, make.cell("x", "XFE1")))}), "more than 16,384 columns"),
        (make.workbook({"S": make.sheet(f'<row r="1">{"<c/>" * 16_385}</row>')}), "more than 16,384 columns"),
        (make.workbook({"S": make.sheet("<x>" * 50 + "</x>" * 50)}), "nested more than"),
        (make.workbook({"S": make.table(["x" * 200_000])}), "longer than 32,767"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, r"old Excel or Word file \(.xls\)"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (make.workbook({"S": make.table(["a"], ["1"])})[:-40], "damaged or cut off"),
    ],
)
def test_what_is_no_readable_workbook_is_refused(tmp_path, content, said):
    with pytest.raises(Refused, match=said):
        read(tmp_path, content)


def test_a_workbook_that_unpacks_without_end_is_refused_while_it_unpacks(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "RATIO_FROM", 1 << 20)
    zeros = make.sheet(make.row(1, "a"), "<row>" + " " * (8 << 20) + "</row>")
    texts = f"<sst {make.MAIN}>" + "<si><t>same</t></si>" * 500_000 + "</sst>"
    for book in (
        make.workbook({"S": zeros}),
        make.workbook({"S": make.table(["a"], ["1"])}, xl__sharedStrings_xml=texts),
    ):
        with pytest.raises(Refused, match="more than 200 times its size"):
            read(tmp_path, book)


def test_relations_to_outside_are_left_alone(tmp_path):
    rels = (
        f'<Relationships {make.PACKAGE}><Relationship Id="rId1" Type="{make.RELATION}/worksheet"'
        ' Target="https://elsewhere.example/sheet.xml" TargetMode="External"/></Relationships>'
    )
    parts = {"xl/_rels/workbook.xml.rels": rels}
    with pytest.raises(Refused, match="no worksheet"):
        read(tmp_path, make.workbook({"S": make.table(["a"], ["1"])}, **parts))


def test_a_part_that_was_changed_in_the_archive_is_found(tmp_path):
    book = make.workbook({"S": make.table(["a"], *[[str(n)] for n in range(5_000)])})
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
    place = entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2
    broken = book[:place] + bytes([book[place] ^ 0xFF]) + book[place + 1 :]
    with pytest.raises(Refused, match="damaged"):
        read(tmp_path, broken)


def test_columns_have_letters():
    assert [workbooks.column_of(letters) for letters in ("A", "Z", "AA", "XFD")] == [0, 25, 26, 16_383]


# --- Loaded


MAP = {
    "columns": {"customer": "No", "number": "Invoice", "issued_on": "Issued", "due_on": "Due", "amount": "Amount"},
    "currency": "EUR",
    "create_customers": True,
    "date_format": "DD.MM.YYYY",  # of the days that stand there as text
    "decimal": ",",
}
HEADER = ["No", "Invoice", "Issued", "Due", "Amount"]


def test_typed_cells_need_no_format_of_the_map_and_text_keeps_it(load):
    book = make.workbook(
        {
            "S": make.table(
                HEADER,
                [1001, "000123", date(2026, 1, 2), date(2026, 2, 1), 79.989999999999995],
                [1001, 124, "03.01.2026", "02.02.2026", "1.234,50"],
            )
        }
    )
    assert counts(load.items(load.file(book), MAP)) == (2, 0, 0, 0)
    told = OpenItem.objects.order_by("issued_on").values_list("customer__number", "number", "issued_on", "amount")
    assert list(told) == [
        ("1001", "000123", date(2026, 1, 2), Decimal("79.9900")),
        ("1001", "124", date(2026, 1, 3), Decimal("1234.5000")),
    ]


def test_a_formulas_value_is_taken_with_a_warning_and_none_without(load):
    good = ["1001", "1", date(2026, 1, 2), date(2026, 2, 1)]
    book = make.workbook(
        {
            "S": make.table(
                HEADER,
                [*good, make.cell(10.5, formula="5*2.1")],
                ["1001", "2", *good[2:], make.cell(11, formula="11")],
                ["1001", "3", *good[2:], make.cell(None, formula="1+1")],
                ["1001", "4", make.cell(0.25, style=2), *good[3:], 12],
                ["1001", "5", make.cell(46024.75, style=1), *good[3:], 12],
            )
        }
    )
    answer = load.items(load.file(book), MAP)
    assert counts(answer) == (2, 0, 0, 3)
    assert found(answer) == [
        (
            "2",
            "Amount",
            "",
            "is worked out by a formula, as in 1 more rows: what it gave last was taken",
            "warning",
        ),
        ("4", "Amount", "=", "is a formula without a value: open the workbook in Excel and save it", "error"),
        ("5", "Issued", "0.25", "is a time of day", "error"),
        ("6", "Issued", "2026-01-02 18:00:00", "has a time of day, and date_format names none", "error"),
    ]


def test_the_dynamics_workbooks_are_read_sheet_by_sheet(load):
    """A Dynamics 365 demo: days and amounts stand in cells that say what they are."""
    file = real("ar/RSM-D365-Sales__customer-payment-prediction/data/PaymentPrediction-Demo.xlsx")
    customers = {"columns": {"number": "Customer account", "name": "Name", "city": "City"}, "sheet": "Input_Customers"}
    assert counts(load("customers", file, customers)) == (26, 0, 0, 0)
    answer = load.items(
        file,
        {
            "columns": {
                "customer": "Customer account",
                "number": "Invoice",
                "external_id": "Voucher",
                "issued_on": "Date",
                "due_on": "Due date",
                "amount": "Amount in transaction currency",
                "open_amount": "Balance",
                "currency": "Currency",
            },
            "sheet": "Transactions",
        },
    )
    assert counts(answer) == (93, 0, 0, 0)
    first = OpenItem.objects.get(external_id="FTV-30000010")
    assert (first.number, first.amount, first.due_on) == ("FTI-00001009", Decimal("65430.85"), date(2026, 8, 18))
    exported = real("ar/RSM-D365-Sales__customer-payment-prediction/demo-customers.xlsx")
    known = {"columns": {"number": "Account", "name": "Name", "currency": "Currency"}}
    answer = load("customers", exported, known)
    assert answer["created"] + answer["updated"] + answer["unchanged"] == answer["rows"] == 26
    assert proof() == []
