"""How a file is written: encoding, delimiter, header, lines."""

import codecs
import io
import zipfile
from collections import deque

import pytest

from o2c.core.imports import delimited, files
from o2c.core.imports.files import Broken
from o2c.core.imports.mapping import Refused

HEADER = ["Kunde", "Größe", "Straße"]


def written(tmp_path, content: bytes):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    return path


def read(path, wanted=(), **told):
    source = files.inspect(path, list(wanted), **told)
    return source, list(files.rows(source))


@pytest.mark.parametrize(
    ("encoding", "bom", "said"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF8, "utf-8-sig"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32"),
        ("cp1252", b"", "cp1252"),
        ("latin-1", b"", "cp1252"),
    ],
)
def test_encodings_are_recognized(tmp_path, encoding, bom, said):
    text = "Kunde;Größe;Straße\r\nMüller;1,5;Königsallee\r\n"
    source, rows = read(written(tmp_path, bom + text.encode(encoding)), HEADER)
    assert (source.encoding, source.header) == (said, HEADER)
    assert rows == [(2, ["Müller", "1,5", "Königsallee"])]


def test_the_euro_sign_and_dashes_of_windows_survive(tmp_path):
    source, rows = read(written(tmp_path, "a;b\n10 €;x – y\n".encode("cp1252")), ["a"])
    assert (source.encoding, rows) == ("cp1252", [(2, ["10 €", "x – y"])])


def test_bytes_that_windows_does_not_know_are_latin_1(tmp_path):
    source, _ = read(written(tmp_path, b"a;b\n\x81\xe9;2\n"), ["a"])
    assert source.encoding == "latin-1"


def test_an_umlaut_after_megabytes_of_ascii_decides_the_encoding(tmp_path):
    lines = b"a;b\n" + b"x;1234567890\n" * 200_000 + "Müller;1\n".encode("cp1252")
    path = written(tmp_path, lines)
    source = files.inspect(path, ["a"])
    (last,) = deque(files.rows(source), maxlen=1)
    assert (source.encoding, last) == ("cp1252", (200_002, ["Müller", "1"]))


def test_a_character_cut_by_the_reading_block_is_no_bad_byte(tmp_path):
    filler = b"a;b\n" + b"x" * (delimited.CHUNK - 5)
    source, rows = read(written(tmp_path, filler + "ü;1\n".encode()), ["a"])
    assert source.encoding == "utf-8"
    assert isinstance(rows[0][1], Broken)  # longer than any field may be, and still only one row


def test_one_bad_byte_in_a_utf8_file_spoils_one_row_only(tmp_path):
    good = "".join(f"Müller {n};Köln\n" for n in range(20)).encode()
    source, rows = read(written(tmp_path, b"a;b\n" + good + b"M\xfcller;Bonn\n" + good), ["a"])
    assert source.encoding == "utf-8"
    assert sum("\udcfc" in row[0] for _, row in rows) == 1
    assert len(rows) == 41


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", ":", "#", "\x1f", "\x01", "§"])
def test_any_delimiter_is_found_by_the_columns_the_map_names(tmp_path, delimiter):
    lines = [delimiter.join(["No", "Date, local", "Sum"]), delimiter.join(["1", "x", "2"])]
    source, rows = (
        read(written(tmp_path, "\n".join(lines).encode()), ["Sum", "No"]) if delimiter != "," else (None, None)
    )
    if delimiter == ",":
        source, rows = read(written(tmp_path, b'No,"Date, local",Sum\n1,x,2'), ["Sum", "No"])
    assert (source.delimiter, source.header) == (delimiter, ["No", "Date, local", "Sum"])
    assert rows == [(2, ["1", "x", "2"])]


def test_more_commas_in_the_names_than_semicolons_between_them(tmp_path):
    source, _ = read(written(tmp_path, b"Amount, net, EUR;No, ext, int\n1;2\n"), ["No, ext, int"])
    assert source.delimiter == ";"


def test_excels_hint_of_the_delimiter_is_followed(tmp_path):
    source, rows = read(written(tmp_path, b"sep=|\r\na|b\r\n1|2\r\n"), ["a"])
    assert (source.delimiter, rows) == ("|", [(3, ["1", "2"])])


def test_titles_above_the_header_are_skipped_and_counted(tmp_path):
    _, rows = read(written(tmp_path, b"Open items\n\na;b\n1;2\n"), ["a"], skip_lines=2)
    assert rows == [(4, ["1", "2"])]


def test_lines_are_those_a_row_begins_on(tmp_path):
    content = b'a;b\r\n1;"two\r\nlines"\r\n\r\n;;\r\n2;x\r\n3;"three\n\nof them"\n4;y\n'
    _, rows = read(written(tmp_path, content.replace(b";;", b";")), ["a"])
    assert [(line, row[0]) for line, row in rows] == [(2, "1"), (6, "2"), (7, "3"), (10, "4")]


def test_lines_that_end_as_old_macs_ended_them(tmp_path):
    _, rows = read(written(tmp_path, b"a;b\r1;2\r3;4\r"), ["a"])
    assert rows == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_rows_of_another_width_are_broken_and_the_next_are_not(tmp_path):
    _, rows = read(written(tmp_path, b"a;b;c\n1;2\n1;2;3;4\n1;2;3;;\n1;2;3\n"), ["a"])
    assert rows == [
        (2, Broken("has 2 columns where the header has 3", ["1", "2"])),
        (3, Broken("has 4 columns where the header has 3", ["1", "2", "3", "4"])),
        (4, ["1", "2", "3"]),
        (5, ["1", "2", "3"]),
    ]


def test_a_stray_quote_swallows_no_other_row(tmp_path):
    content = b'a;b\n1;x\n2;"never closed\n3;y\n4;z\n'
    _, rows = read(written(tmp_path, content), ["a"])
    assert [(line, isinstance(row, Broken)) for line, row in rows] == [(2, False), (3, True), (4, False), (5, False)]


def test_two_stray_quotes_swallow_nothing_between_them(tmp_path):
    content = b'a;b\n1;x\n2;"open\n3;y\n4;"z\n5;w\n'
    _, rows = read(written(tmp_path, content), ["a"])
    assert [line for line, row in rows if not isinstance(row, Broken)] == [2, 4, 6]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"%PDF-1.7 rest", "PDF"),
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"\xd0\xcf\x11\xe0rest", "Excel"),
        (bytes(range(256)) * 20, "binary"),
        (b"\0" * 5000, "binary"),
    ],
)
def test_what_is_no_table_of_text_is_refused(tmp_path, content, said):
    with pytest.raises(Refused, match=said):
        files.inspect(written(tmp_path, content), ["a"])


def test_a_workbook_is_named_as_one(tmp_path):
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(Refused, match="Excel"):
        files.inspect(written(tmp_path, book.getvalue()), ["a"])


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refused, match="cannot be read"):
        files.inspect(tmp_path / "absent.csv", ["a"])
