"""JSON, gzip and ZIP: the same rows, whatever they are written as and wrapped in."""

import gzip
import io
import json
import tracemalloc
import zipfile
from collections import deque
from datetime import date
from decimal import Decimal

import pytest

from o2c.core.actors import SYSTEM
from o2c.core.imports import containers, files, progress, records, running
from o2c.core.imports.cells import Broken, Cell
from o2c.core.imports.mapping import Refused
from o2c.invoicing.models import OpenItem
from o2c.invoicing.proof import proof
from o2c.web.loading import KINDS
from tests.imports import workbooks_given as make
from tests.imports.files_given import ITEM_MAP, MAPS, counts, found, real


def written(tmp_path, content: bytes | str):
    path = tmp_path / "anything.csv"  # the name says nothing
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(tmp_path, content: bytes | str, wanted=(), **told):
    source = files.inspect(written(tmp_path, content), list(wanted), **told)
    return source, list(files.rows(source))


def zipped(**entries: bytes | str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


# --- JSON


def test_a_line_is_an_object_and_keys_in_keys_are_joined(tmp_path):
    lines = '{"a": "1", "b": {"c": "x", "d": {"e": true}}}\n\n{"a": null, "f": ["p", "q"], "b": {}}\n'
    source, rows = read(tmp_path, lines)
    assert (source.form, source.header) == ("jsonl", ["a", "b.c", "b.d.e", "f"])
    assert rows == [(1, ["1", "x", "true", ""]), (3, ["", "", "", "p; q"])]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("0.1", "0.1"),
        ("1234567890123456789.12", "1234567890123456789.12"),
        ("1e3", "1000"),
        ("-1.50E-3", "-0.00150"),
        ("1001", "1001"),
    ],
)
@pytest.mark.parametrize("shape", ['{"n": %s}', '[{"n": %s}]'])
def test_numbers_never_pass_through_a_float(tmp_path, shape, number, said):
    _, ((_, row),) = read(tmp_path, shape % number)
    assert (row, row[0].kind) == ([said], "number")


@pytest.mark.parametrize("number", ["1e999999999", "9" * 5000, "1" + "0" * 100 + ".5"])
def test_numbers_out_of_bounds_are_never_written_out(tmp_path, number):
    _, ((_, row),) = read(tmp_path, f'{{"n": {number}}}')
    assert row[0].kind == Cell.FAULT


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"a": 1, "a": 2}', "has the key 'a' twice"),
        ('{"a": {"b": 1}, "a.b": 2}', "has the key 'a.b' twice"),
        ('{"a": {"x": 1, "x": 1}}', "has the key 'x' twice"),
        ('{"a": NaN}', "holds NaN, which is no number"),
        ('{"a": -Infinity}', "holds -Infinity"),
        ('{"a": ' * 30 + "1" + "}" * 30, "nested more than 20 deep"),
        ('{"a": ' * 100_000, "nested too deeply"),
        ('{"a": 1', "is not JSON"),
        ('{"a": 1} {"a": 2}', "more than one value"),
        ("[1, 2]", "is not an object"),
        ('"text"', "is not an object"),
        ("<a>1</a>", "is not JSON"),
        ('{"a": "' + "x" * (2 << 20) + '"}', "longer than 1,048,576"),
    ],
)
def test_a_line_that_is_no_object_spoils_only_itself(tmp_path, line, said):
    _, rows = read(tmp_path, f'{{"a": "1"}}\n{line}\n{{"a": "3"}}\n')
    assert [number for number, _ in rows] == [1, 2, 3]
    assert isinstance(rows[1][1], Broken)
    assert said in rows[1][1].reason
    assert (rows[0][1], rows[2][1]) == (["1"], ["3"])


def test_lists_of_objects_are_no_cells(tmp_path):
    _, ((_, row),) = read(tmp_path, '{"a": [{"b": 1}]}')
    assert (row[0].kind, row[0].note) == ("fault", "is a list of lists or objects")


def test_an_array_of_objects_however_it_is_cut_into_reads(tmp_path, monkeypatch):
    objects = [{"n": str(n), "text": 'a "quoted" ]}, ' + "ü" * (n % 40)} for n in range(300)]
    text = json.dumps(objects, indent=1, ensure_ascii=False)
    for size in (7, 64, 1 << 16):
        monkeypatch.setattr(records, "READ", size)
        source, rows = read(tmp_path, text)
        assert source.form == "json"
        assert [row for _, row in rows] == [list(each.values()) for each in objects]
        assert [line for line, _ in rows][:3] == [2, 6, 10]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"a": 1}', "cut off"),
        ('[{"a": 1}, ', "cut off"),
        ('[{"a": 1},]', "comma before the end"),
        ('[{"a": 1} {"a": 2}]', "comma is missing"),
        ('[{"a": 1}] x', "goes on after"),
        ('[\n{"a": 1},\n{"a": oops}]', "from line 3 on"),
        ('[{"a": 1}, {"a": NaN}]', "holds NaN"),
        ("[]", "no object"),
        ("[ {}, {}]", "no object"),
    ],
)
def test_an_array_that_cannot_be_read_on_is_refused(tmp_path, text, said):
    with pytest.raises(Refused, match=said):
        read(tmp_path, text)


def test_a_key_that_only_later_objects_have_is_found_where_the_map_names_it(tmp_path):
    lines = "".join(f'{{"a": "{n}"}}\n' for n in range(records.SAMPLE + 5)) + '{"late": "1", "other": "2"}\n'
    assert read(tmp_path, lines)[0].header == ["a"]
    source, rows = read(tmp_path, lines, ["late"])
    assert (source.header, rows[-1][1]) == (["a", "late"], ["", "1"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_json_in_other_encodings(tmp_path, encoding):
    assert read(tmp_path, '{"Größe": "Straße"}\n'.encode(encoding))[1] == [(1, ["Straße"])]


def test_nul_and_halves_of_characters_reject_their_row(load):
    good = {"Customer": "C1", "Issued": "2026-01-31", "Due": "2026-03-02", "Amount": 10}
    lines = [json.dumps(good | {"Invoice": number}) for number in ("1", "a\0b", "\ud800", "4")]
    answer = load.items("\n".join(lines), ITEM_MAP)
    assert counts(answer) == (2, 0, 0, 2)
    assert [row[3] for row in found(answer)] == [
        "contains a NUL character",
        "contains bytes that are not in the file's encoding",
    ]


# --- Wrapped


ROWS = "a,b\n1,x\n2,y\n"


@pytest.mark.parametrize(
    ("content", "form", "wrapping"),
    [
        (gzip.compress(ROWS.encode()), "csv", "gzip"),
        (gzip.compress(ROWS.encode()[:5]) + gzip.compress(ROWS.encode()[5:]), "csv", "gzip"),
        (zipped(**{"folder/rows.txt": ROWS}), "csv", "zip"),
        (zipped(**{"rows.txt": ROWS, "__MACOSX/._rows.txt": "x"}), "csv", "zip"),
        (gzip.compress(b'{"a":"1","b":"x"}\n{"a":"2","b":"y"}'), "jsonl", "gzip"),
        (zipped(rows=b'[{"a":"1","b":"x"},{"a":"2","b":"y"}]'), "json", "zip"),
        (gzip.compress(make.workbook({"S": make.table(["a", "b"], ["1", "x"], ["2", "y"])})), "xlsx", "gzip"),
        (zipped(book=make.workbook({"S": make.table(["a", "b"], ["1", "x"], ["2", "y"])})), "xlsx", "zip"),
    ],
)
def test_gzip_and_zip_around_any_of_them(tmp_path, content, form, wrapping):
    source, rows = read(tmp_path, content)
    assert (source.form, source.wrapping, source.header) == (form, wrapping, ["a", "b"])
    assert [row for _, row in rows] == [["1", "x"], ["2", "y"]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(ROWS.encode())[:-4], "gzip is damaged or cut off"),
        (gzip.compress(ROWS.encode()) + b"behind it", "gzip is damaged"),
        (gzip.compress(b""), "empty"),
        (gzip.compress(gzip.compress(b"x")), "another compressed file"),
        (zipped(a=gzip.compress(b"x")), "another compressed file"),
        (zipped(a=zipped(b="x")), "another compressed file"),
        (zipped(a="1", b="2"), "holds 2 files"),
        (zipped(), "ZIP is empty"),
        (b"PK\x03\x04" + b"\0" * 100, "damaged or cut off"),
        (gzip.compress(b"%PDF-1.7"), "PDF"),
        (b"BZh91AY", "bzip2"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    ],
)
def test_wrappings_that_cannot_be_read_are_refused(tmp_path, content, said):
    with pytest.raises(Refused, match=said):
        read(tmp_path, content)


def test_an_encrypted_entry_is_refused(tmp_path):
    archive = bytearray(zipped(a="secret"))
    central = archive.index(b"PK\x01\x02")
    archive[central + 8] |= 1
    with pytest.raises(Refused, match="encrypted"):
        read(tmp_path, bytes(archive))


def test_a_list_of_files_that_would_fill_the_memory_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "LARGEST_LIST", 100)
    with pytest.raises(Refused, match="far too many files"):
        read(tmp_path, zipped(a="1", b="2", c="3"))


@pytest.mark.parametrize("wrap", [lambda zeros: gzip.compress(zeros), lambda zeros: zipped(a=zeros)])
def test_bombs_are_refused_while_they_unpack(tmp_path, monkeypatch, wrap):
    bomb = wrap(b"0" * (80 << 20))
    tracemalloc.start()
    with pytest.raises(Refused, match="more than 200 times its size"):
        read(tmp_path, bomb)
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()
    monkeypatch.setattr(containers, "LARGEST_UNPACKED", 1000)
    with pytest.raises(Refused, match="unpacks to more than"):
        read(tmp_path, wrap(bytes(range(256)) * 5))


def test_a_million_columns_are_refused(tmp_path):
    with pytest.raises(Refused, match=r"1,000,000 columns; no more than 16,384"):
        read(tmp_path, ",".join("c" * 1_000_000))
    with pytest.raises(Refused, match="different keys"):
        read(tmp_path, "\n".join(json.dumps({f"k{n}_{m}": 1 for m in range(1000)}) for n in range(20)))


@pytest.mark.parametrize("content", [b"a;b\n1;" + b"x" * (30 << 20) + b"\n2;y\n", b"a;b\n" + b'1;"x\n' * 200_000])
def test_lines_without_end_take_no_memory(tmp_path, content):
    path = written(tmp_path, content)
    source = files.inspect(path, ["a"])
    tracemalloc.start()
    (last,) = deque(files.rows(source), maxlen=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20
    assert isinstance(last[1], Broken) or last == (3, ["2", "y"])


# --- The same book


LINES = [
    ("C1", "0001", date(2026, 1, 2), date(2026, 2, 1), "100.10"),
    ("C1", "0002", date(2026, 1, 3), date(2026, 2, 2), "-20.00"),
    ("1002", "0003", date(2026, 1, 4), date(2026, 2, 3), "79.99"),
]
COLUMNS = ["Customer", "Invoice", "Issued", "Due", "Amount"]


def as_csv() -> bytes:
    return "\n".join(",".join(map(str, row)) for row in [COLUMNS, *LINES]).encode()


def as_workbook() -> bytes:
    typed = [
        [int(number) if number.isdigit() else number, invoice, issued, due, float(amount)]
        for number, invoice, issued, due, amount in LINES
    ]
    return make.workbook({"Cover": make.sheet(), "Items": make.table(COLUMNS, *typed)})


def as_lines() -> bytes:
    rows = [dict(zip(COLUMNS, map(str, row), strict=True)) for row in LINES]
    return "\n".join(json.dumps(row).replace(f'"{row["Amount"]}"', row["Amount"]) for row in rows).encode()


def as_array() -> bytes:
    return b"[" + as_lines().replace(b"\n", b",\n") + b"]"


def test_the_same_book_whatever_the_file_is_written_as(load):
    forms = [as_csv(), as_workbook(), as_lines(), as_array()]
    for number, content in enumerate([*forms, *map(gzip.compress, forms), *(zipped(x=each) for each in forms)]):
        answer = load.items(load.file(content, f"{number}.bin"), ITEM_MAP)
        assert counts(answer) == ((3, 0, 0, 0) if number == 0 else (0, 0, 3, 0)), number
    told = OpenItem.objects.order_by("issued_on").values_list(
        "customer__number", "number", "issued_on", "due_on", "amount"
    )
    assert list(told) == [(*row[:4], Decimal(row[4])) for row in LINES]
    assert proof() == []


def test_the_ibm_receivables_are_one_book_from_csv_json_lines_and_gzip(load):
    file = real("ar/putanynisworkaholic__SQL-IBM-Finance-Factoring-Late-Payment-Analysis/data.csv")
    source = files.inspect(file, [])
    rows = [dict(zip(source.header, row, strict=True)) for _, row in files.rows(source)]
    lines = "\n".join(map(json.dumps, rows)).encode()
    assert counts(load.items(file, MAPS / "ibm-mdy.json")) == (2466, 0, 0, 0)
    workbook = make.workbook({"S": make.table(source.header, *(list(row.values()) for row in rows))})
    for content in (gzip.compress(file.read_bytes()), lines, gzip.compress(lines), workbook):
        answer = load.items(load.file(content, "again"), MAPS / "ibm-mdy.json")
        assert counts(answer) == (0, 0, 2466, 0)


def test_the_sap_journal_is_loaded_from_its_own_json(load):
    folder = "ar/Pavan19047__Dodge-AI---Order-To-Cash-Process-Mining/backend/data/sap-o2c-data"
    file = real(f"{folder}/journal_entry_items_accounts_receivable/part-20251119-133433-74.jsonl")
    answer = load.items(
        file,
        {
            "columns": {
                "customer": "customer",
                "number": "referenceDocument",
                "external_id": "accountingDocument",
                "issued_on": "documentDate",
                "amount": "amountInTransactionCurrency",
                "settled_on": "clearingDate",
                "currency": "transactionCurrency",
            },
            "due_days": 30,
            "create_customers": True,
        },
    )
    created, _, _, rejected = counts(answer)
    assert (created, rejected, answer["rows"]) == (40, 0, 40), found(answer)
    assert proof() == []


def test_what_only_workbooks_have_is_refused_elsewhere(load):
    assert "is no workbook" in load.items(as_csv(), {**ITEM_MAP, "sheet": "Items"})["refused"]


@pytest.mark.parametrize("content", [as_csv(), as_workbook(), as_lines(), gzip.compress(as_array())])
def test_progress_is_told_in_its_phases(given, tmp_path, content, monkeypatch):
    entity = given.entity()
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    told = []
    order = running.Order(
        KINDS["open-items"],
        written(tmp_path, content),
        ITEM_MAP,
        entity.code,
        entity.pk,
        date(2026, 3, 2),
        tmp_path,
    )
    outcome = running.load(order, actor=SYSTEM, progress=lambda *facts: told.append(facts))
    assert outcome.created == 3
    assert list(dict.fromkeys(phase for *_, phase in told)) == ["reading", "checking", "booking"]
    for name in ("reading", "checking", "booking"):
        of_phase = [(done, total) for done, total, phase in told if phase == name]
        assert of_phase[-1][0] == of_phase[-1][1] > 0
        assert [done for done, _ in of_phase] == sorted(done for done, _ in of_phase)
