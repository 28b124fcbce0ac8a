"""Which lines are the same line: files that overlap meet, and genuine repeats stay."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from o2c.invoicing.bank.identity import Identities, account_key, identify
from o2c.invoicing.bank.reading import read
from o2c.invoicing.bank.statements import Flag, Kind, Line, Party, Statement, Status

FIRST = date(2026, 3, 2)


def line(day: int = 0, amount: str = "10.00", **facts) -> Line:
    on = FIRST + timedelta(days=day)
    return Line(amount=Decimal(amount), currency="EUR", where="line 1", booking_date=on, value_date=on, **facts)


def statement(*lines: Line, account: str = "DE02120300000000202051", **facts) -> Statement:
    return Statement(
        kind=Kind.STATEMENT, account=account, iban=account, account_currency="EUR", where="line 1", lines=lines, **facts
    )


def keys(*lines: Line) -> list[str]:
    return [key for _, _, key in identify([statement(*lines)])]


# Few values, so that equal lines, and references that a bank gives twice, are common.
lines_of_a_day = st.lists(
    st.builds(
        lambda amount, text, reference, name: {
            "amount": amount,
            "remittance": text,
            "bank_reference": reference,
            "counterparty": Party(name=name),
        },
        st.sampled_from(["10.00", "-10.00", "25.50"]),
        st.sampled_from(["", "invoice 4711", "invoice 4712"]),
        st.sampled_from(["", "", "A1", "B2"]),
        st.sampled_from(["", "Ada"]),
    ),
    max_size=6,
)


@st.composite
def cuts(draw) -> tuple[list[Line], list[tuple[int, int]]]:
    """A history, and two parts of it that each begin with a day and end anywhere."""
    days = draw(st.lists(lines_of_a_day, min_size=1, max_size=6))
    history = [line(day=number, **facts) for number, day in enumerate(days) for facts in day]
    begins = [
        next((i for i, each in enumerate(history) if each.booking_date >= FIRST + timedelta(d)), len(history))
        for d in range(len(days) + 1)
    ]
    parts = []
    for _ in range(2):
        start = draw(st.sampled_from(begins))
        parts.append((start, draw(st.integers(start, len(history)))))
    return history, parts


@settings(max_examples=400, deadline=None)
@given(cuts())
def test_two_cuts_of_a_history_merge_to_the_history_of_both(cut):
    history, parts = cut
    merged: dict[str, Line] = {}
    for start, end in parts:
        for _, found, key in identify([statement(*history[start:end])]):
            merged.setdefault(key, found)
    covered = sorted({number for start, end in parts for number in range(start, end)})
    expected = [history[number] for number in covered]

    def sums(lines):
        return Counter((each.booking_date, each.amount, each.bank_reference) for each in lines)

    assert sums(merged.values()) == sums(expected)
    without_reference = Counter(each for each in expected if not each.bank_reference)
    assert Counter(each for each in merged.values() if not each.bank_reference) == without_reference


@settings(max_examples=100, deadline=None)
@given(cuts())
def test_a_file_read_again_brings_nothing_new(cut):
    history, _ = cut
    first = {key for _, _, key in identify([statement(*history)])}
    again = {key for _, _, key in identify([statement(*history)])}
    assert first == again
    assert len(first) == len(history)


def test_two_genuine_equal_payments_stay_two():
    one, two = keys(line(remittance="invoice 1"), line(remittance="invoice 1"))
    assert one != two


def test_a_text_that_is_completed_later_is_the_same_line_by_the_banks_reference():
    short = line(bank_reference="X1", remittance="inv")
    assert keys(short) == keys(replace(short, remittance="invoice 4711", counterparty=Party(name="Ada")))


def test_a_reference_that_the_bank_gives_to_all_does_not_merge_them():
    found = keys(*(line(amount=amount, bank_reference="0000") for amount in ("1", "2", "2")))
    assert len(set(found)) == 3


def test_pending_and_booked_never_meet():
    assert keys(line()) != keys(line(status=Status.PENDING))


def test_a_text_that_is_wrapped_otherwise_is_the_same():
    assert keys(line(remittance="invoice 4711\nMarch")) == keys(line(remittance="invoice 4711 March"))
    assert keys(line(amount="10")) == keys(line(amount="10.00"))


def test_accounts_are_apart():
    lines = (line(),)
    one = statement(*lines)
    other = statement(*lines, account="DE88100900001234567892")
    found = [key for _, _, key in identify([one, other])]
    assert len(set(found)) == 2
    assert account_key(replace(one, iban="DE02 1203 0000 0000 2020 51")) == account_key(one)


def test_pages_of_one_day_count_on():
    found = [key for _, _, key in identify([statement(line()), statement(line())])]
    assert len(set(found)) == 2


def test_a_statement_that_stands_twice_in_a_file_counts_once():
    page = (
        ":20:A\n:25:12345678/1234\n:28C:1/1\n:60F:C260302EUR0,\n:61:260302C10,NTRFNONREF\n:86:rent\n"
        ":62F:C260302EUR10,\n-\n"
    )
    found = read((page * 2).encode())
    assert [Flag.REPEATED in each.flags for each in found.statements] == [False, True]
    assert len(list(identify(found.statements))) == 1


def test_identities_are_short_and_plain():
    assert len(Identities("X").of(line())) < 80
    assert Identities("X").of(line()).isascii()
