"""MT940 and MT942: entries, texts of many banks, wrapped fields, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from o2c.invoicing.bank.reading import read
from o2c.invoicing.bank.statements import Flag, Kind, Refused, Status

HEAD = ":20:STARTUMS\n:25:12345678/0001234567\n:28C:00012/001\n:60F:C260301EUR100,\n"


def statement(*fields: str, closing: str = "C260302EUR110,", head: str = HEAD):
    text = head + "".join(f"{field}\n" for field in fields) + f":62F:{closing}\n-\n"
    (found,) = read(text.encode()).statements
    return found


def line(*fields: str, **facts):
    (found,) = statement(*fields, **facts).lines
    return found


def test_an_entry():
    found = line(":61:2603010302CR10,NTRF0000042//B-01", ":86:invoice 0042")
    assert (found.amount, found.currency) == (Decimal(10), "EUR")
    assert (found.value_date, found.booking_date) == (date(2026, 3, 1), date(2026, 3, 2))
    assert (found.customer_reference, found.bank_reference, found.code.swift) == ("0000042", "B-01", "NTRF")
    assert found.remittance == "invoice 0042"


@pytest.mark.parametrize(("mark", "amount"), [("C", 10), ("D", -10), ("RC", -10), ("RD", 10), ("CR", 10), ("DR", -10)])
def test_the_sign_of_each_mark(mark, amount):
    found = line(f":61:260302{mark}10,NTRFNONREF", closing=f"C260302EUR{100 + amount},")
    assert found.amount == amount
    assert found.reversal is (mark in ("RC", "RD"))


def test_the_year_turns_between_value_and_booking():
    assert line(":61:2512310102C10,NTRFNONREF").booking_date == date(2026, 1, 2)
    assert line(":61:2601011231C10,NTRFNONREF").booking_date == date(2025, 12, 31)


def test_a_bank_month_of_thirty_days_ends_with_february():
    assert line(":61:2602300301C10,NTRFNONREF").value_date == date(2026, 2, 28)
    assert line(":61:2402300301C10,NTRFNONREF").value_date == date(2024, 2, 29)


def test_german_subfields_with_sepa_references_across_them():
    found = line(
        ":61:2603020302CR10,NTRFNONREF",
        ":86:166?00GUTSCHRIFT?100399?20EREF+0000-ABCDEFGHIJKLMNOPQR?21STU?22MREF+M-1?23SVWZ+RE 0042",
        " vom 1.3.?30PBNKDEFF100?31DE42100100100043921105?32Ada Lovel?33ace",
    )
    assert found.end_to_end_id == "0000-ABCDEFGHIJKLMNOPQRSTU"
    assert found.mandate_id == "M-1"
    assert found.remittance == "RE 0042 vom 1.3."
    assert (found.counterparty.name, found.counterparty.iban) == ("Ada Lovelace", "DE42100100100043921105")
    assert found.counterparty.bic == "PBNKDEFF100"
    assert (found.code.proprietary, found.code.issuer) == ("166", "GVC")


def test_a_returned_debit_says_why():
    found = line(":61:260302D10,NRTINONREF", ":86:109?00RUECKLASTSCHRIFT?20EREF+E1?34914", closing="C260302EUR90,")
    assert (found.return_reason, found.end_to_end_id) == ("914", "E1")


def test_dutch_names_across_lines():
    found = line(
        ":61:260302C10,N654NONREF",
        ":86:/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAM",
        "E/Ada/REMI/USTD//factuur 0042/EREF/NOTPROVIDED",
    )
    assert (found.counterparty.name, found.counterparty.iban) == ("Ada", "NL91ABNA0417164300")
    assert (found.remittance, found.end_to_end_id) == ("factuur 0042", "")


def test_original_amount_rate_and_charges():
    found = line(":61:260302C10,NTRFNONREF", "/OCMT/USD12,5/EXCH/1,25/CHGS/EUR2,/")
    assert (found.original_amount, found.original_currency, found.rate) == (Decimal("12.5"), "USD", Decimal("1.25"))
    assert found.charges[0].amount == -2


def test_a_wrapped_time_of_day_is_text_and_so_is_a_dash():
    found = line(":61:260302C10,NTRFNONREF", ":86:paid at 12", ":30:15 by card", "-", "thank you")
    assert found.remittance == "paid at 12\n:30:15 by card\n-\nthank you"


def test_two_equal_entries_stay_two():
    found = statement(*[":61:260302C5,NTRFNONREF", ":86:same"] * 2)
    assert len(found.lines) == 2
    assert found.arithmetic_ok is True


def test_arithmetic_that_fails_is_flagged():
    found = statement(":61:260302C11,NTRFNONREF")
    assert found.arithmetic_ok is False
    assert Flag.ARITHMETIC in found.flags


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (":61:260302C1,0,0NTRFNONREF", "is no amount"),
        (":61:260302X10,NTRFNONREF", "is no entry"),
        (":61:261302C10,NTRFNONREF", "is no day"),
        (":61:2603020231C10,NTRFNONREF", "is no day of booking"),
    ],
)
def test_an_entry_that_cannot_be_read_is_refused_with_its_line(field, reason):
    found = read((HEAD + field + "\n:61:260302C10,NTRFNONREF\n:62F:C260302EUR110,\n-\n").encode())
    (refusal,) = found.refused
    assert refusal.where == "line 5"
    assert reason in refusal.reason
    assert len(found.statements[0].lines) == 1
    assert found.statements[0].arithmetic_ok is False


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEAD + ":61:260302C10,NTRFNONREF\n", "cut off"),
        (HEAD + HEAD + ":62F:C260302EUR100,\n-\n", "cut off"),
        (HEAD + ":62F:C260302EUR1", "no comma"),
        (HEAD.replace("EUR100,", "EUR1O0,") + ":62F:C260302EUR100,\n", "is no balance"),
        (":61:260302C10,NTRFNONREF\n", "stands in no statement"),
        (HEAD.replace(":25:12345678/0001234567\n", "") + ":62F:C260302EUR100,\n-\n", "names no account"),
        (HEAD + ":62F:C260302EUR100,\n:61:260302C10,NTRFNONREF\n", "behind the closing balance"),
    ],
)
def test_what_is_refused_whole(text, reason):
    with pytest.raises(Refused, match=reason):
        read(text.encode())


def test_lines_of_nobodys_are_never_taken_for_anothers():
    nobodys = (HEAD + ":61:260302C10,NTRFNONREF\n:62F:C260302EUR110,\n-\n").replace(":25:", ":x25:")
    with pytest.raises(Refused, match="names no account"):
        read((nobodys + HEAD + ":62F:C260302EUR100,\n-\n").encode())


def test_mt942_is_a_report_of_pending_entries():
    text = (
        "{1:F01BANKDEFFXXXX0000000000}{2:O9421200260302BANKDEFFXXXX00000000002603021200N}{4:\n:20:A\n:25:DE02120300000000202051\n"
        ":28C:1/1\n:34F:EURD0,\n:13D:2603021200+0100\n:61:260302C10,NTRFNONREF\n:86:x\n:90C:1EUR10,\n-}\n"
    )
    found = read(text.encode())
    (report,) = found.statements
    assert (found.format, report.kind) == ("mt942", Kind.REPORT)
    assert [each.status for each in report.lines] == [Status.PENDING]
    assert report.arithmetic_ok is None
    assert read(text.replace("1EUR10,", "1EUR11,").encode()).statements[0].flags == {Flag.TOTALS}


def test_letters_of_another_encoding_are_read():
    text = HEAD + ":61:260302C10,NTRFNONREF\n:86:Grüße für 12 €\n:62F:C260302EUR110,\n-\n"
    for encoding in ("utf-8", "cp1252"):
        assert read(text.encode(encoding)).statements[0].lines[0].remittance == "Grüße für 12 €"
