"""Loading files of other formats than CSV: an Excel workbook, and packed JSON lines; and taking a load back."""

import gzip
import json
import tempfile
import zipfile
from datetime import date, timedelta
from pathlib import Path

from django.db import connection

from bench.loading import _empty
from bench.report import Report, manage

WORKBOOK_ROWS, LINES = 100_000, 1_000_000
SECONDS, MEGABYTES = 60.0, 300.0
# Beside the seconds of the load: what it wrote in one statement a table is undone and reversed, so twice the rows.
TAKING_BACK = 2.5
# Beside the memory that a tenth of the file needs.
FLAT = 1.25

COLUMNS = ["Customer", "Invoice", "Issued", "Due", "Amount", "Paid on"]
MAP = {
    "columns": {
        "customer": "Customer",
        "number": "Invoice",
        "issued_on": "Issued",
        "due_on": "Due",
        "amount": "Amount",
        "settled_on": "Paid on",
    },
    "currency": "EUR",
    "create_customers": True,
    "source": "bench",
}
FIRST = date(2024, 1, 1)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'


def measure(report: Report) -> None:
    with tempfile.TemporaryDirectory() as name, connection.cursor() as cursor:
        folder = Path(name)
        cursor.execute("SELECT code FROM orders_legalentity ORDER BY id LIMIT 1")
        (entity,) = cursor.fetchone()
        (folder / "map.json").write_text(json.dumps(MAP))
        count = report.scaled(WORKBOOK_ROWS)
        _write_workbook(folder / "items.xlsx", count)
        loaded, answer = _load(folder, "items.xlsx", entity, count)
        detail = f"{count:,} rows, the whole command"
        report.limit("load a workbook", loaded.seconds, "s", SECONDS, detail)
        report.limit("memory to load a workbook", loaded.megabytes, "MB", MEGABYTES, "peak of the process")
        undone = manage("load", "--undo", answer["import_run"], "--json")
        assert json.loads(undone.output)["taken_back"] > 0
        report.limit(
            "take it back",
            undone.seconds / loaded.seconds,
            "x",
            TAKING_BACK,
            f"{undone.seconds:.1f} s, the whole command",
        )
        report.fact("memory to take it back", undone.megabytes, "MB", "peak of the process")
        few, many = report.scaled(LINES) // 10, report.scaled(LINES)
        memory = []
        for count in (few, many):
            _write_lines(folder / "items.jsonl.gz", count)
            loaded, _ = _load(folder, "items.jsonl.gz", entity, count)
            memory.append(loaded.megabytes)
        report.fact("load packed JSON lines", loaded.seconds, "s", f"{many:,} rows, the whole command")
        report.limit(
            "memory to load packed JSON lines",
            memory[1] / memory[0],
            "x",
            FLAT,
            f"{memory[1]:.0f} MB of {many:,} rows, {memory[0]:.0f} MB of {few:,}",
        )


def _load(folder: Path, file: str, entity: str, count: int):
    _empty()
    loaded = manage("load", "open-items", folder / file, "--map", folder / "map.json", "--entity", entity, "--json")
    answer = json.loads(loaded.output)
    assert answer["created"] == answer["rows"] == count, answer
    return loaded, answer


def _rows(count: int):
    """Customer, number, day of issue, due day, amount, day of payment or None."""
    for n in range(count):
        issued = FIRST + timedelta(days=n % 700)
        paid = issued + timedelta(days=40) if n % 3 == 0 else None
        yield 10_000 + n % 5_000, f"R{n:08}", issued, issued + timedelta(days=30), f"{n % 100_000}.{n % 90 + 10}", paid


def _write_lines(path: Path, count: int) -> None:
    with gzip.open(path, "wt", compresslevel=3) as file:
        for customer, number, issued, due, amount, paid in _rows(count):
            file.write(
                f'{{"Customer":"{customer}","Invoice":"{number}","Issued":"{issued}","Due":"{due}","Amount":{amount},'
                f'"Paid on":{json.dumps(str(paid)) if paid else "null"}}}\n'
            )


def _write_workbook(path: Path, count: int) -> None:
    """As Excel writes it: texts shared, days and amounts as numbers."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships {RELATIONS}><Relationship Id="a" Type="{RELATION}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATION}"><sheets><sheet name="Items" sheetId="1" r:id="a"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships {RELATIONS}><Relationship Id="a" Type="{RELATION}/worksheet"'
        f' Target="worksheets/sheet1.xml"/><Relationship Id="b" Type="{RELATION}/sharedStrings"'
        f' Target="sharedStrings.xml"/><Relationship Id="c" Type="{RELATION}/styles" Target="styles.xml"/>'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet {MAIN}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    }
    epoch = date(1899, 12, 30)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        with archive.open("xl/sharedStrings.xml", "w") as part:
            part.write(f"<sst {MAIN}>".encode())
            for text in COLUMNS:
                part.write(f"<si><t>{text}</t></si>".encode())
            for n in range(count):
                part.write(f"<si><t>R{n:08}</t></si>".encode())
            part.write(b"</sst>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(f"<worksheet {MAIN}><sheetData><row r='1'>".encode())
            part.write("".join(f'<c t="s"><v>{n}</v></c>' for n in range(len(COLUMNS))).encode() + b"</row>")
            for line, (customer, _, issued, due, amount, paid) in enumerate(_rows(count), start=2):
                settled = f'<c r="F{line}" s="1"><v>{(paid - epoch).days}</v></c>' if paid else ""
                part.write(
                    f'<row r="{line}"><c r="A{line}"><v>{customer}</v></c><c r="B{line}" t="s">'
                    f'<v>{line - 2 + len(COLUMNS)}</v></c><c r="C{line}" s="1"><v>{(issued - epoch).days}</v></c>'
                    f'<c r="D{line}" s="1"><v>{(due - epoch).days}</v></c><c r="E{line}"><v>{amount}</v></c>{settled}'
                    "</row>".encode()
                )
            part.write(b"</sheetData></worksheet>")
