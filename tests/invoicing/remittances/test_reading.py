"""What each format says, to the last field; and what is refused, with its place."""

import gzip
import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest

from o2c.invoicing.remittances.facts import Advice, Flag, Line, Party, Refused
from o2c.invoicing.remittances.reading import read
from tests.imports.workbooks_given import table, workbook
from tests.invoicing.remittances.samples import CSV, REMADV, UBL, X12, x12

IBAN = "DE89370400440532013000"


def one(content: bytes, **how) -> Advice:
    (advice,) = read(content, **how).advices
    return advice


def told(lines) -> list[tuple]:
    return [(line.document, line.paid, line.discount, line.deduction, line.reason_code) for line in lines]


def refusal(content: bytes, **how) -> str:
    with pytest.raises(Refused) as refused:
        read(content, **how)
    return str(refused.value)


# --- UBL


def test_ubl():
    found = read(UBL.encode())
    assert (found.format, found.refused) == ("ubl", ())
    (advice,) = found.advices
    assert (advice.number, advice.reference, advice.paid_on) == ("RA-77", "E2E-4711", date(2026, 3, 2))
    assert (advice.currency, advice.total, advice.flags) == ("EUR", Decimal("1100.00"), frozenset())
    assert advice.payer == Party("Acme GmbH", "C1", IBAN)
    assert advice.payee == Party("Company DE1", "V-9", "")
    assert [(line.document, line.paid, line.document_on) for line in advice.lines] == [
        ("INV-1001", Decimal("1190.00"), date(2026, 2, 1)),
        ("CN-7", Decimal("-90.00"), None),
    ]


def test_ubl_from_the_suppliers_side_is_turned_round():
    turned = UBL.replace("DebitLineAmount", "X").replace("CreditLineAmount", "DebitLineAmount")
    advice = one(
        turned.replace("<cbc:X ", "<cbc:CreditLineAmount ").replace("cbc:X>", "cbc:CreditLineAmount>").encode()
    )
    assert [line.paid for line in advice.lines] == [Decimal("1190.00"), Decimal("-90.00")]
    assert advice.flags == frozenset()


def test_ubl_whose_lines_do_not_make_the_total_is_kept_and_flagged():
    assert one(UBL.replace("1100.00", "1100.01").encode()).flags == {Flag.TOTAL}


def test_a_line_of_ubl_that_cannot_be_read_is_named_with_its_place():
    found = read(UBL.replace('"EUR">90.00</cbc:CreditLineAmount', '"EUR">9O.00</cbc:CreditLineAmount').encode())
    assert found.advices[0].flags == {Flag.INCOMPLETE, Flag.TOTAL}
    (refused,) = found.refused
    assert "RemittanceAdviceLine[2] (line 2" in refused.where
    assert "'9O.00' is no amount" in refused.reason


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[: len(text) // 2], "damaged or cut off"),
        (lambda text: text.replace("?>", '?><!DOCTYPE a [<!ENTITY b "c">]>', 1), "document type"),
        (lambda text: text.replace("RemittanceAdvice", "Invoice"), "no remittance advice"),
        (lambda text: text.replace(">EUR<", ">EURO<"), "is no currency"),
    ],
)
def test_ubl_that_is_refused(change, said):
    assert said in refusal(change(UBL).encode())


def test_entities_are_not_expanded():
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "x"}">' for n in range(12))
    text = UBL.replace("?>", f"?><!DOCTYPE r [{bomb}]>", 1).replace("RA-77", "&l11;")
    assert "document type" in refusal(text.encode()) or "damaged" in refusal(text.encode())


# --- X12


def test_x12():
    found = read(X12)
    assert (found.format, found.refused) == ("x12.820", ())
    (advice,) = found.advices
    assert (advice.reference, advice.paid_on, advice.total) == ("TRACE-0815", date(2026, 3, 2), Decimal(940))
    assert (advice.currency, advice.flags, advice.number) == ("USD", frozenset(), "0001")
    assert (advice.payer, advice.payee) == (Party("Acme Inc", "C1"), Party("Company DE1", "V-9"))
    assert told(advice.lines) == [
        ("", -25, 0, 0, "L8"),
        ("INV-1001", 500, 20, 0, ""),
        ("INV-1002", 480, 0, 20, "01"),
        ("CN-7", -15, 0, 0, ""),
    ]
    assert advice.lines[1].document_on == date(2026, 2, 1)


def test_an_adjustment_of_a_document_is_in_what_is_paid_or_not_as_the_total_tells():
    before = x12("BPR*C*90*C*CHK************20260302", "TRN*1*998", "RMR*IV*A-1**100*100", "ADX*-10*01")
    after = x12("BPR*C*90*C*CHK************20260302", "TRN*1*998", "RMR*IV*A-1**90*100", "ADX*-10*01")
    for content in (before, after):
        advice = one(content)
        assert told(advice.lines) == [("A-1", 90, 0, 10, "01")]
        assert advice.flags == frozenset()


def test_what_is_not_said_to_be_paid_is_the_whole_document():
    advice = one(x12("BPR*C*98*C*ACH************260302", "TRN*1*998", "RMR*IV*A-1***100*2"))
    assert told(advice.lines) == [("A-1", 98, 2, 0, "")]
    assert advice.paid_on == date(2026, 3, 2)


def test_other_sets_of_an_interchange_are_passed_over():
    text = X12.decode().replace("ST*820", "ST*997*5~\nSE*2*5~\nST*820")
    assert len(read(text.encode()).advices) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[:90], "cut off"),
        (lambda text: text[:300], "cut off"),
        (lambda text: text[: text.index("SE*")], "does not end with SE"),
        (lambda text: text[: text.index("GE*")], "does not end with IEA"),
        (lambda text: text.replace("SE*13", "SE*12"), "SE says 12 segments"),
        (lambda text: text.replace("ST*820", "ST*810").replace("BPR", "BIG"), "no transaction set 820"),
    ],
)
def test_x12_that_is_refused(change, said):
    assert said in refusal(change(X12.decode()).encode())


def test_a_segment_of_x12_that_cannot_be_read_is_named():
    found = read(X12.replace(b"**480*", b"**4B0*"))
    assert found.advices[0].flags == {Flag.INCOMPLETE, Flag.TOTAL}
    assert [(each.where, each.reason) for each in found.refused] == [
        ("820 0001 (segment 3) RMR (segment 13)", "'4B0' is no amount.")
    ]


# --- EDIFACT


def test_edifact():
    found = read(REMADV)
    assert (found.format, found.refused) == ("edifact.remadv", ())
    (advice,) = found.advices
    assert (advice.number, advice.reference, advice.paid_on) == ("AV'77", "E2E-4711", date(2026, 3, 2))
    assert (advice.currency, advice.total, advice.flags) == ("EUR", Decimal("1026.20"), frozenset())
    assert (advice.payer, advice.payee) == (Party("Acme GmbH", "4012345000009", IBAN), Party("Company DE1", "V-9"))
    assert told(advice.lines) == [
        ("INV-1001", Decimal("1116.20"), Decimal("23.80"), 50, "12"),
        ("CN-7", -90, 0, 0, ""),
    ]
    assert advice.lines[0].document_on == date(2026, 2, 1)
    assert advice.lines[0].reason_text == "two cartons broken"
    assert advice.lines[0].gross == 1190


def test_edifact_with_signs_of_its_own_and_a_decimal_comma():
    text = REMADV.decode().replace("UNA:+.? '", "UNA|^,! ~")
    text = text.replace("?'", "!'").replace("'\n", "~").replace("+", "^").replace(":", "|").replace(".", ",")
    assert told(one(text.encode()).lines) == told(one(REMADV).lines)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[: text.index("MOA+12:90") + 4], "cut off within a segment"),
        (lambda text: text[: text.index("UNT")], "does not end with UNT"),
        (lambda text: text[: text.index("UNZ")], "does not end with UNZ"),
        (lambda text: text.replace("UNT+22", "UNT+21"), "UNT says 21 segments"),
        (lambda text: text.replace("REMADV", "INVOIC"), "no message REMADV"),
    ],
)
def test_edifact_that_is_refused(change, said):
    assert said in refusal(change(REMADV.decode()).encode())


# --- Tables


def test_csv():
    found = read(CSV)
    assert (found.format, found.refused) == ("csv", ())
    first, second = found.advices
    assert (first.reference, first.paid_on, first.total) == ("E2E-4711", date(2026, 3, 2), Decimal("1616.20"))
    assert (first.currency, first.flags, first.payer) == ("EUR", frozenset(), Party("Acme GmbH", "C1", IBAN))
    assert told(first.lines) == [
        ("INV-1001", Decimal("1166.20"), Decimal("23.80"), 0, ""),
        ("INV-1002", 450, 0, 50, "BROKEN"),
    ]
    assert (second.reference, second.total, second.payer) == ("E2E-4712", 80, Party("Beta AG", "C2"))


def test_a_workbook():
    rows = table(
        ["Check number", "Invoice number", "Invoice date", "Gross amount", "Discount", "Amount paid"],
        ["100234", "INV-1001", date(2026, 2, 13), Decimal("100.5"), 2, Decimal("98.5")],
        ["100234", "INV-1002", date(2026, 2, 14), 50, 0, 50],
        [None, None, None, Decimal("150.5"), 2, Decimal("148.5")],
    )
    advice = one(workbook({"Avis": rows}), currency="USD")
    assert (advice.reference, advice.currency, advice.total) == ("100234", "USD", Decimal("148.5"))
    assert told(advice.lines) == [("INV-1001", Decimal("98.5"), 2, 0, ""), ("INV-1002", 50, 0, 0, "")]
    assert advice.flags == frozenset()


def test_what_cannot_be_told_is_asked_and_can_be_said():
    content = (
        b"Invoice number,Invoice date,Amount paid,Currency\nA-10001,01/02/2026,10.00,EUR\nA-10002,03/02/2026,5.00,EUR\n"
    )
    assert "date_format" in refusal(content)
    advice = one(content, raw={"date_format": "%d/%m/%Y"})
    assert [line.document_on for line in advice.lines] == [date(2026, 2, 1), date(2026, 2, 3)]
    assert "No column says the currency" in refusal(b"Invoice number,Amount paid\nA-10001,10.00\n")


def test_a_row_that_cannot_be_read_flags_its_advice():
    found = read(CSV.replace(b"450,00;EUR", b"45O,00;EUR"))
    assert found.advices[0].flags == {Flag.INCOMPLETE}
    assert found.refused[0].where == "line 3"
    assert "Zahlbetrag" in found.refused[0].reason
    assert found.advices[1].flags == frozenset()


def test_a_total_that_the_rows_do_not_make():
    content = b"Invoice number,Amount paid,Total,Currency\nA-10001,10.00,16.00,EUR\nA-10002,5.00,16.00,EUR\n"
    assert one(content).flags == {Flag.TOTAL}


# --- Wrapping and damage


def test_gzip_and_zip():
    assert read(gzip.compress(X12)).advices == read(X12).advices
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("1.edi", REMADV)
        archive.writestr("2.edi", REMADV.replace(b"E2E-4711", b"E2E-4712"))
    assert [each.reference for each in read(held.getvalue()).advices] == ["E2E-4711", "E2E-4712"]


def test_what_swells_is_refused():
    assert "times" in refusal(gzip.compress(b"<RemittanceAdvice>" + b" " * (64 << 20)))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"hello", b"\x00\x01\x02", b"%PDF-1.7 ..."])
def test_what_is_no_advice_is_refused(content):
    assert refusal(content)


@pytest.mark.parametrize("sample", [UBL.encode(), X12, REMADV, CSV])
def test_a_file_cut_off_anywhere_is_refused_or_flagged_or_whole_rows(sample):
    """Never read as more or other than it says: amounts of lines are those of the whole file."""
    whole = {(line.document, line.paid) for advice in read(sample).advices for line in advice.lines}
    for end in range(0, len(sample), 37):
        try:
            found = read(sample[:end])
        except Refused:
            continue
        assert sample is CSV or found.advices == read(sample).advices
        for advice in found.advices:
            assert {(line.document, line.paid) for line in advice.lines[:-1]} <= whole


def test_lines_agree():
    assert Line(paid=Decimal(90), gross=Decimal(100), discount=Decimal(10)).agrees
    assert Line(paid=Decimal(60), gross=Decimal(100)).agrees
    assert not Line(paid=Decimal(95), gross=Decimal(100), discount=Decimal(10)).agrees
