"""What a file is, its content says; and what is made to harm is refused."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zipfile

import pytest

from o2c import ROOT
from o2c.invoicing.bank import reading, sources
from o2c.invoicing.bank.reading import read, stream
from o2c.invoicing.bank.statements import Line, Refused, Statement

CAMT = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr>'
    "<Stmt><Id>S1</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>{}</Stmt>"
    "</BkToCstmrStmt></Document>"
)
ENTRY = (
    '<Ntry><Amt Ccy="EUR">{}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
    "<BookgDt><Dt>2026-03-02</Dt></BookgDt></Ntry>"
)
MT940 = ":20:A\n:25:12345678/1234\n:28C:1/1\n:60F:C260302EUR0,\n:61:260302C10,NTRFNONREF\n:62F:C260302EUR10,\n-\n"


def refusal(content: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read(content)
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (CAMT.format(ENTRY.format("1")), "camt.053"),
        (MT940, "mt940"),
        ("01,A,B,260302,0700,1,,,2/\n02,B,A,1,260302,,USD,2/\n03,77,USD/\n49,0,2/\n98,0,1,4/\n99,0,1,6/\n", "bai2"),
    ],
)
def test_the_format_is_found_in_the_content_in_any_wrapping_and_encoding(content, format, tmp_path):
    raw = content.encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("statement.pdf", raw)
    path = tmp_path / "wrong.csv"
    path.write_bytes(raw)
    spellings = [
        raw,
        gzip.compress(raw),
        packed.getvalue(),
        path,
        str(path),
        b"\xef\xbb\xbf" + raw,
        raw.replace(b"\n", b"\r\n"),
    ]
    if not content.startswith("<"):
        spellings.append(content.encode("utf-16"))
    for spelled in spellings:
        found = read(spelled)
        assert found.format == format
        assert len(found.statements) == 1


def test_a_zip_of_several_statements_is_read_whole_in_order_and_says_which():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("2.sta", MT940.replace("28C:1/1", "28C:2/1"))
        archive.writestr("1.sta", MT940)
    found = read(packed.getvalue())
    assert [each.number for each in found.statements] == ["1", "2"]
    assert found.statements[0].lines[0].where.startswith("1.sta line")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n\n \n", "empty lines"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"date;amount\n1;2\n", "map of its columns"),
        (b"\x00\x01\x02\x03" * 50, "binary"),
        (b"<html><body>Sign in</body></html>", "no bank statement: it is 'html'"),
        (b"<?xml version='1.0'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.09'/>", "pain.001.001.09"),
        (CAMT.format(ENTRY.format("1"))[:-40].encode(), "damaged or cut off"),
        (gzip.compress(MT940.encode())[:-12], "gzip is damaged"),
        (gzip.compress(gzip.compress(MT940.encode())), "another compressed file"),
        (b"!Type:Bank\nD1/2/26\n", "QIF"),
        (b"UNA:+.? '\nUNB+", "EDIFACT"),
    ],
)
def test_what_is_no_statement_is_refused_with_the_reason(content, reason):
    assert reason in refusal(content)


def test_entities_are_refused_before_they_expand():
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE D [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    )
    text = CAMT.format(ENTRY.format("1")).split("?>", 1)[1].replace("S1", "&c;")
    assert "document type" in refusal((bomb + text).encode())


def test_files_of_the_machine_are_not_read_into_it(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("1000000")
    text = CAMT.format(ENTRY.format("&x;")).split("?>", 1)[1]
    assert "document type" in refusal(f'<!DOCTYPE D [<!ENTITY x SYSTEM "file://{secret}">]>{text}'.encode())


def test_ofx_has_no_document_type_either():
    assert "document type" in refusal(b'OFXHEADER:100\n\n<!DOCTYPE OFX [<!ENTITY a "b">]><OFX></OFX>')


def test_what_swells_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(sources, "LARGEST", 1 << 20)
    assert "larger than" in refusal(gzip.compress(b"0" * (2 << 20)))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.sta", MT940 + "0" * 600_000)
    assert "larger than" in refusal(packed.getvalue())
    assert "larger than" in refusal(b"1" * (1 << 20) + b"1")


def test_a_line_without_end_is_refused():
    assert "longer than any" in refusal(MT940.encode() + b":86:" + b"x" * (3 << 20))


def test_a_zip_of_two_formats_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a", MT940)
        archive.writestr("b", CAMT.format(ENTRY.format("1")))
    assert "load them apart" in refusal(packed.getvalue())


def test_nothing_of_a_file_is_left_behind_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(sources.tempfile, "tempdir", str(tmp_path))
    read(gzip.compress(MT940.encode()))
    refusal(gzip.compress(b"nothing"))
    assert list(tmp_path.iterdir()) == []


def test_a_stream_hands_on_lines_then_their_statement():
    events = list(stream(MT940.encode()))
    assert [type(each) for each in events] == [Line, Statement]
    assert events[1].lines == ()
    assert events[1].booked_count == 1


READ_LARGE = """
import resource, sys
from o2c.invoicing.bank.reading import stream
from o2c.invoicing.bank.statements import Line
next(iter(stream(sys.argv[2])))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(isinstance(each, Line) for each in stream(sys.argv[1]))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("format", ["camt", "mt940"])
def test_a_large_file_is_read_in_the_same_memory(format, tmp_path):
    count = 8_000
    large, small = tmp_path / "large", tmp_path / "small"
    if format == "camt":
        large.write_text(CAMT.format(ENTRY.format("1.00") * count))
        small.write_text(CAMT.format(ENTRY.format("1.00")))
    else:
        head, entry, tail = MT940.partition(":61:260302C10,NTRFNONREF\n")
        large.write_text(head + (entry + ":86:some text to it\n") * count + tail)
        small.write_text(MT940)
    said = subprocess.run(
        [sys.executable, "-c", READ_LARGE, large, small], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines, kilobytes = map(int, said.stdout.split())
    assert lines == count
    # Kept, the lines would be more than twice as much.
    assert kilobytes * (1 if sys.platform == "linux" else 1 / 1024) < 5_000


def test_every_format_has_its_reader():
    assert len({reader for _, reader in reading.RECORDS}) == 4
