"""OFX of both versions: values with and without end tags, decimals, currencies, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from o2c.invoicing.bank.reading import read
from o2c.invoicing.bank.statements import Flag, Refused, Status

HEAD = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n"


def ofx(*entries: str, currency: str = "USD", head: str = HEAD, more: str = "", pending: str = "") -> str:
    return (
        f"{head}<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>0<STMTRS><CURDEF>{currency}<BANKACCTFROM><BANKID>1<ACCTID>000123"
        f"<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20260301<DTEND>20260302{''.join(entries)}</BANKTRANLIST>"
        f"{pending}<LEDGERBAL><BALAMT>1.234,50<DTASOF>20260302</LEDGERBAL>{more}</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )


def entry(
    amount: str = "12.50", more: str = "<NAME>Ada", day: str = "20260302120000.000[-5:EST]", key: str = "0001"
) -> str:
    return f"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{key}{more}</STMTTRN>"


def one(*entries: str, **facts):
    (statement,) = read(ofx(*entries, **facts).encode()).statements
    return statement


def test_an_entry_and_the_balance():
    statement = one(entry(more="<CHECKNUM>0042<NAME>A &amp; B<MEMO>invoice 0042"))
    (line,) = statement.lines
    assert (line.amount, line.currency, line.booking_date) == (Decimal("12.50"), "USD", date(2026, 3, 2))
    assert (line.counterparty.name, line.remittance, line.bank_reference) == ("A & B", "invoice 0042", "0001")
    assert line.customer_reference == "0042"
    assert statement.closing.amount == Decimal("1234.50")
    assert (statement.account, statement.arithmetic_ok) == ("000123", None)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("-12,5", "-12.5"), ("+0012.50", "12.50"), ("1,234.56", "1234.56"), ("-1.234,56", "-1234.56"), (".5", "0.5")],
)
def test_decimals_with_point_or_comma(text, amount):
    assert one(entry(text)).lines[0].amount == Decimal(amount)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (entry("1,234"), "thousands or decimals"),
        (entry("$12"), "is no amount"),
        (entry("--1"), "is no amount"),
        (entry(""), "amount is missing"),
        (entry(day="20260230"), "is no day"),
        (entry(day=""), "day of booking is missing"),
        (entry(more="<TRNAMT>99"), "twice"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(broken, reason):
    found = read(ofx(entry(), broken).encode())
    assert [reason in each.reason for each in found.refused] == [True]
    assert len(found.statements[0].lines) == 1
    assert Flag.INCOMPLETE in found.statements[0].flags


def test_end_tags_comments_and_cdata_change_nothing():
    closed = (
        ofx(entry())
        .replace("<FITID>0001", "<FITID>0001</FITID><!-- <TRNAMT>99 -->")
        .replace("<NAME>Ada", "<NAME><![CDATA[Ada]]></NAME>")
    )
    (line,) = read(closed.encode()).statements[0].lines
    assert (line.amount, line.counterparty.name) == (Decimal("12.50"), "Ada")


def test_a_very_long_single_line_is_read():
    statement = one(*(entry(key=str(number)) for number in range(9000)))
    assert statement.booked_count == 9000
    assert statement.booked_sum == Decimal("12.50") * 9000


def test_the_currency_of_an_entry():
    foreign = one(entry(more="<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY>"))
    assert foreign.lines[0].currency == "EUR"
    assert Flag.CURRENCIES in foreign.flags
    converted = one(entry(more="<ORIGCURRENCY><CURRATE>1.1<CURSYM>EUR</ORIGCURRENCY>"))
    assert (converted.lines[0].currency, converted.lines[0].original_currency) == ("USD", "EUR")
    assert converted.lines[0].rate == Decimal("1.1")


def test_pending_entries_are_apart():
    pending = (
        "<BANKTRANLISTP><DTASOF>20260302<STMTTRNP><TRNTYPE>DEBIT<DTTRAN>20260302<TRNAMT>-5<NAME>x</STMTTRNP>"
        "</BANKTRANLISTP>"
    )
    statement = one(entry(), pending=pending)
    assert [line.status for line in statement.lines] == [Status.BOOKED, Status.PENDING]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ofx(entry())[:-20], "cut off"),
        (ofx(entry()).replace("</STMTTRN>", "", 1).replace("</BANKTRANLIST>", "", 1), "ends where it is not open"),
        (ofx(entry(), entry()).replace("</STMTTRN>", "", 1), "does not end"),
        (ofx(entry(), currency=""), "names no currency"),
        (ofx(entry()) + "<OFX>", "behind the end"),
        (HEAD + "<OFX></OFX>", "holds no statement"),
    ],
)
def test_what_is_refused_whole(text, reason):
    with pytest.raises(Refused, match=reason):
        read(text.encode())


def test_text_in_windows_letters():
    text = ofx(entry(more="<NAME>Müller €"))
    assert read(text.encode("cp1252")).statements[0].lines[0].counterparty.name == "Müller €"
    assert read(text.encode()).statements[0].lines[0].counterparty.name == "Müller €"
