"""Workbooks that are written: read back as they were meant, and nothing of them is run."""

import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest

from o2c.core import worksheets
from o2c.core.imports import files

ROWS = [
    ("=1+1", 7, Decimal("1234.50"), date(2026, 3, 2), None),
    ("https://example.com", -3, Decimal("0.005"), date(1999, 12, 31), ""),
    ("a\x00b\ud800\nc & <d>", 0, Decimal(5), None, "x" * 40_000),
]
COLUMNS = ("text", "number", "amount", "day", "more")


def written(rows=ROWS, title="Claims") -> bytes:
    file = BytesIO()
    worksheets.write(file, title, COLUMNS, rows)
    return file.getvalue()


def test_cells_are_what_they_were(tmp_path):
    path = tmp_path / "claims.xlsx"
    path.write_bytes(written())
    rows = [row for _, row in files.rows(files.inspect(path, []))]
    assert [str(cell) for cell in rows[0]] == ["=1+1", "7", "1234.5", "2026-03-02", ""]
    assert [str(cell) for cell in rows[1]] == ["https://example.com", "-3", "0.005", "1999-12-31", ""]
    assert str(rows[2][0]) == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}\nc & <d>"
    assert len(str(rows[2][4])) == worksheets.LONGEST


def test_nothing_is_a_formula_or_a_link():
    with zipfile.ZipFile(BytesIO(written())) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet
        assert not [name for name in book.namelist() if "rels" in name and "sheet1" in name]


def test_the_same_rows_make_the_same_file():
    assert written() == written()


@pytest.mark.parametrize("title", ["a/b:c*?[d]\\", "x" * 60])
def test_any_title_makes_a_sheet(title):
    with zipfile.ZipFile(BytesIO(written(title=title))) as book:
        assert "<sheet name=" in book.read("xl/workbook.xml").decode()
