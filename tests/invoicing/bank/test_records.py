"""The formats of fixed records and of commas: BAI2, CODA, CFONB120, AEB43."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from o2c.core.reading.values import Unreadable
from o2c.invoicing.bank.cfonb120 import overpunched
from o2c.invoicing.bank.reading import read
from o2c.invoicing.bank.statements import Flag, Kind, Refused


def one(text: str):
    (statement,) = read(text.encode()).statements
    return statement


def refusal(text: str) -> str:
    with pytest.raises(Refused) as refused:
        read(text.encode())
    return str(refused.value)


# --- BAI2


def bai2(
    *entries: str, status: str = "010,10000,,,015,11000,,", currency: str = "USD", total: str = "22000", **group
) -> str:
    lines = [f"03,0012345,{currency},{status}/", *entries]
    return "\n".join(
        [
            "01,BANK,ME,260302,0700,1,,,2/",
            f"02,ME,BANK,{group.get('kind', '1')},260302,,{currency},{group.get('modifier', '2')}/",
            *lines,
            f"49,{total},{len(lines) + 1}/",
            f"98,{total},1,{len(lines) + 3}/",
            f"99,{total},1,{len(lines) + 5}/",
        ]
    )


def test_bai2_entries_with_funds_and_text_that_goes_on():
    text = bai2(
        "16,165,1500,V,260304,,0001,C-1,INVOICE 0042, MARCH/2026",
        "88,AND MORE",
        "16,475,300,S,100,100,100,0002,,CHECK/",
        "16,175,0200,D,2,0,100,1,100,,0003,DEPOSIT/",
        "16,699,400,Z,,,/",
        total="23400",
    )
    statement = one(text)
    assert [line.amount for line in statement.lines] == [
        Decimal("15.00"),
        Decimal("-3.00"),
        Decimal("2.00"),
        Decimal("-4.00"),
    ]
    assert statement.lines[0].remittance == "INVOICE 0042, MARCH/2026\nAND MORE"
    assert statement.lines[0].value_date == date(2026, 3, 4)
    assert [line.bank_reference for line in statement.lines] == ["0001", "0002", "", ""]
    assert statement.lines[2].customer_reference == "0003"
    assert statement.arithmetic_ok is True
    assert statement.flags == frozenset()
    assert statement.account == "0012345"


def test_bai2_amounts_have_the_decimals_of_their_currency():
    assert one(bai2("16,165,1500,,,/", currency="JPY", status="", total="1500")).lines[0].amount == 1500
    assert one(bai2("16,165,1500,,,/", currency="KWD", status="", total="1500")).lines[0].amount == Decimal("1.5")


def test_bai2_control_totals_are_compared():
    assert Flag.TOTALS not in one(bai2("16,165,1000,,,/")).flags
    assert Flag.TOTALS in one(bai2("16,165,1000,,,/", total="22001")).flags


def test_bai2_of_the_same_day_is_a_report_and_a_test_is_flagged():
    assert one(bai2("16,165,1000,,,/", modifier="3")).kind == Kind.REPORT
    assert Flag.TRIAL in one(bai2("16,165,1000,,,/", kind="4")).flags
    assert "takes back" in refusal(bai2("16,165,1000,,,/", kind="2"))


def test_bai2_refuses_what_it_cannot_read_with_its_line():
    found = read(bai2("16,165,10x0,,,/", "16,921,1000,,,/", "16,165,1000,,,/").encode())
    assert [each.where for each in found.refused] == ["line 4", "line 5"]
    assert "does not say whether it is credit or debit" in found.refused[1].reason
    assert found.statements[0].arithmetic_ok is False


@pytest.mark.parametrize("left", range(1, 7))
def test_bai2_that_is_cut_off_is_refused(left):
    lines = bai2("16,165,1000,,,/").split("\n")
    assert refusal("\n".join(lines[:left]))


# --- CODA


def coda(*movements: str, closing: str = "0000000000110000", trailer: str = "") -> str:
    opening = ("12001BE68539007547034".ljust(39) + "EUR" + "0000000000100000" + "010326" + "ADA NV").ljust(125) + "012"
    credits = trailer or "000003" + "0" * 15 + "000000000010000"
    return "\n".join(
        line.ljust(127) + "0" if len(line) < 128 else line
        for line in [
            ("00000020326" + "72505" + " " * 8 + "0012345678" + "ADA NV".ljust(26) + "KREDBEBB").ljust(127) + "2",
            opening,
            *movements,
            ("8001BE68539007547034".ljust(38) + "EUR" + closing + "020326").ljust(127) + "0",
            ("9".ljust(16) + credits).ljust(127) + "2",
        ]
    )


def movement(
    text: str,
    *,
    sign: str = "0",
    amount: str = "10000",
    key: str = "00010000",
    structured: str = "0",
    code: str = "00150000",
) -> str:
    return (
        "21"
        + key
        + "REF0000000000000001".ljust(21)
        + sign
        + amount.rjust(15, "0")
        + "020326"
        + code
        + structured
        + text.ljust(53)
        + "020326"
        + "012"
        + "00 0"
    )


def test_coda_a_movement_with_its_party_and_references():
    second = "2200010000" + " MARCH".ljust(53) + "0000E2E".ljust(35) + "KREDBEBBXXX"
    third = "2300010000" + "BE71096123456769".ljust(37) + "ADA".ljust(35)
    statement = one(coda(movement("INVOICE 0042"), second, third, trailer="000005" + "0" * 15 + "000000000010000"))
    (line,) = statement.lines
    assert line.amount == Decimal("10.000")
    assert line.remittance.split() == ["INVOICE", "0042", "MARCH"]
    assert (line.end_to_end_id, line.counterparty.name, line.counterparty.iban) == (
        "0000E2E",
        "ADA",
        "BE71096123456769",
    )
    assert statement.arithmetic_ok is True
    assert statement.flags == frozenset()
    assert (statement.number, statement.sequence, statement.account) == ("012", "001", "BE68539007547034")


def test_coda_a_structured_communication_keeps_its_zeros():
    (line,) = one(coda(movement("101000000004254", structured="1"))).lines
    assert line.creditor_reference == "000000004254"


def test_coda_parts_are_members_and_not_lines():
    parts = [movement("", key=f"0001000{number}", amount="5000", code="50150000", sign="2") for number in (1, 2)]
    trailer = "000005" + "0" * 15 + "000000000010000"
    statement = one(coda(movement("", code="10150000"), *parts, trailer=trailer))
    assert len(statement.lines) == 1
    assert [member.amount for member in statement.lines[0].members] == [5, 5]
    assert statement.flags == frozenset()
    broken = one(coda(movement("", code="10150000"), parts[0], trailer=trailer))
    assert {Flag.MEMBERS, Flag.TOTALS} <= broken.flags


def test_coda_that_is_cut_off_or_broken_is_refused():
    lines = coda(movement("x")).split("\n")
    for left in range(1, len(lines)):
        assert refusal("\n".join(lines[:left]))
    assert "no amount" in refusal(coda(movement("x"), closing="00000000001100O0"))


# --- CFONB120


def cfonb(*records: str, opening: str = "1000{", closing: str = "1100{") -> str:
    def balance(kind: str, day: str, amount: str) -> str:
        return (f"{kind}30004    00823EUR2 00001234567  {day}".ljust(90) + amount.rjust(14, "0")).ljust(120)

    return "\n".join([balance("01", "010326", opening), *records, balance("07", "020326", closing)])


def cfonb_record(kind: str, rest: str) -> str:
    return (f"{kind}30004" + "0001" + "00823" + "EUR2 " + "00001234567" + "05" + "020326" + rest).ljust(120)


def cfonb_movement(amount: str) -> str:
    return cfonb_record("04", ("  030326" + "VIR ADA").ljust(50) + amount.rjust(14, "0") + "0000REF")


def more(kind: str, text: str) -> str:
    return cfonb_record("05", "     " + kind + text)


@pytest.mark.parametrize(
    ("text", "places", "amount"),
    [
        ("0000000001000{", "2", "100.00"),
        ("1000}", "2", "-100.00"),
        ("227R", "2", "-22.79"),
        ("166956E", "2", "16695.65"),
        ("166956E", "0", "1669565"),
        ("166956E", "3", "1669.565"),
    ],
)
def test_cfonb_the_last_digit_holds_the_sign(text, places, amount):
    assert overpunched(text, places) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "1000", "1000S", "10 0{", "{{"])
def test_cfonb_an_amount_without_its_sign_is_refused(text):
    with pytest.raises(Unreadable):
        overpunched(text, "2")


def test_cfonb_a_movement_with_what_is_said_about_it():
    statement = one(
        cfonb(
            cfonb_movement("100{"),
            more("NPY", "ADA SARL"),
            more("LIB", "FACTURE 0042"),
            more("RCN", "0000E2E".ljust(35)),
        )
    )
    (line,) = statement.lines
    assert line.amount == Decimal("10.00")
    assert (line.booking_date, line.value_date) == (date(2026, 3, 2), date(2026, 3, 3))
    assert (line.counterparty.name, line.remittance, line.end_to_end_id) == ("ADA SARL", "FACTURE 0042", "0000E2E")
    assert line.code.proprietary == "05"
    assert statement.arithmetic_ok is True
    assert statement.iban.startswith("FR")


def test_cfonb_that_is_cut_off_or_mixed_is_refused():
    text = cfonb(cfonb_movement("100{"))
    assert "cut off" in refusal(text[: text.rindex("\n")])
    assert "another account" in refusal(text.replace("00001234567", "00001234568", 1))
    assert "no amount" in refusal(cfonb(closing="11X0{"))


# --- AEB43


def aeb43(
    *records: str, closing: str = "110000", end: bool = True, credits: str = "00001" + "1000".rjust(14, "0")
) -> str:
    lines = [
        (
            "11"
            + "0081"
            + "5398"
            + "0001414452"
            + "260301"
            + "260302"
            + "2"
            + "10000".rjust(14, "0")
            + "978"
            + "3"
            + "ADA"
        ).ljust(80),
        *records,
        (
            "33" + "0081" + "5398" + "0001414452" + "00000" + "0" * 14 + credits + "2" + "11000".rjust(14, "0") + "978"
        ).ljust(80),
    ]
    return "\n".join([*lines, *([("88" + "9" * 18 + f"{len(lines):06}").ljust(80)] if end else [])])


ENTRY = (
    "22" + " " * 4 + "0901" + "260302" + "260303" + "12" + "408" + "2" + "1000".rjust(14, "0") + "0" * 22 + "0000004711"
).ljust(80)


def test_aeb43_a_movement_with_its_concepts():
    statement = one(aeb43(ENTRY, ("2301" + "FACTURA 0042".ljust(38) + "MARZO").ljust(80)))
    (line,) = statement.lines
    assert (line.amount, line.currency) == (Decimal("10.00"), "EUR")
    assert line.remittance == "FACTURA 0042\nMARZO"
    assert line.creditor_reference == "0000004711"
    assert statement.arithmetic_ok is True
    assert statement.flags == frozenset()
    assert statement.iban.startswith("ES")


def test_aeb43_sums_are_compared_and_a_missing_end_is_flagged():
    assert Flag.TOTALS in one(aeb43(ENTRY, credits="00002" + "1000".rjust(14, "0"))).flags
    assert Flag.TRAILER in one(aeb43(ENTRY, end=False)).flags


def test_aeb43_that_is_cut_off_or_broken_is_refused():
    lines = aeb43(ENTRY).split("\n")
    assert "cut off" in refusal("\n".join(lines[:2]))
    found = read(aeb43(ENTRY.replace("1000", "10O0")).encode())
    assert "no amount" in found.refused[0].reason
    assert found.statements[0].arithmetic_ok is False
