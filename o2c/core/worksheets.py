"""Writing a table as an Excel workbook of one sheet, row by row, so that the same rows make the same file."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO

from xlsxwriter import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = 32_767  # characters of a cell
LONGEST_TITLE = 31
# What no sheet can be called.
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
# What XML 1.0 cannot hold.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
OPTIONS = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
# The day on which it was made is no part of what it says.
SOME_DAY = {"created": datetime(2000, 1, 1, tzinfo=UTC)}


def write(file: IO[bytes], title: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Write a workbook whose one sheet has a bold first row of column names and a row of cells for each of `rows`.

    Cells are str, int, Decimal, date or None. Text is written as text, so that a spreadsheet never runs what looks like
    a formula; amounts are numbers, of which fifteen figures are kept. The rows are taken one by one and not kept.
    """
    with Workbook(file, OPTIONS) as book:
        book.set_properties(SOME_DAY)
        bold, hundredths = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        sheet = book.add_worksheet(FORBIDDEN.sub(" ", title)[:LONGEST_TITLE])
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, bold)
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, cell)
                elif isinstance(cell, Decimal):
                    sheet.write_number(number, place, cell, hundredths if cell.as_tuple().exponent == -2 else None)
                elif isinstance(cell, int):
                    sheet.write_number(number, place, cell)
                elif cell is not None:
                    text = UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", str(cell))
                    sheet.write_string(number, place, text[:LONGEST])
