"""Reading amounts, days and words: never a guess."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c.core.imports import values
from o2c.core.imports.values import BadFormat, Unreadable, amount, day_reader, flag

POINT, COMMA = ".", ","


@pytest.mark.parametrize(
    ("text", "decimal", "read"),
    [
        ("55.94", POINT, "55.94"),
        ("-55.94", POINT, "-55.94"),
        ("0055.9400", POINT, "55.94"),
        ("1,234.50", POINT, "1234.5"),
        ("1,234,567", POINT, "1234567"),
        ("12,34,567.00", POINT, "1234567"),
        ("1.234,50", COMMA, "1234.5"),
        ("1.234.567,8", COMMA, "1234567.8"),
        ("1 234,50", COMMA, "1234.5"),
        ("1\u00a0234\u00a0567,50", COMMA, "1234567.5"),
        ("1\u202f234,50", COMMA, "1234.5"),
        ("1'234.50", POINT, "1234.5"),
        ("1’234.50", POINT, "1234.5"),
        ("(1,234.50)", POINT, "-1234.5"),
        ("1.234,50-", COMMA, "-1234.5"),
        ("1.234,50 -", COMMA, "-1234.5"),
        ("−12.5", POINT, "-12.5"),
        ("+12.5", POINT, "12.5"),
        ("- 12.5", POINT, "-12.5"),
        (".50", POINT, "0.5"),
        ("-0.00", POINT, "0"),
        ("999999999999999", POINT, "999999999999999"),
    ],
)
def test_amounts_as_the_world_writes_them(text, decimal, read):
    assert amount(text, decimal) == read


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("1,23", POINT),  # a decimal comma, or half a group: not 123
        ("1,2345", POINT),
        ("12,34.5", POINT),
        ("1234,567.00", POINT),
        ("1.234.50", POINT),
        ("55.94", COMMA),
        ("1.23", COMMA),
        ("1,234.50", COMMA),
        ("1 23", POINT),
        ("1234 567", POINT),
        ("1e5", POINT),
        ("NaN", POINT),
        ("Infinity", POINT),
        ("0x10", POINT),
        ("--5", POINT),
        ("(5", POINT),
        ("-(5)", POINT),
        ("5-5", POINT),
        ("5.", POINT),
        (".", POINT),
        ("-", POINT),
        ("()", POINT),
        ("EUR 5", POINT),
        ("$5", POINT),
        ("n/a", POINT),
        ("١٢", POINT),
        ("½", POINT),
        ("1000000000000000", POINT),  # wider than any amount that is booked
    ],
)
def test_what_is_no_amount_is_never_made_one(text, decimal):
    with pytest.raises(Unreadable):
        amount(text, decimal)


plain_amounts = st.decimals(
    min_value=Decimal(-999_999_999_999), max_value=Decimal(999_999_999_999), places=2, allow_nan=False
)


@given(
    plain_amounts,
    st.sampled_from(["{:,}", "{:}", "{:_}", "{:'}"]),
    st.sampled_from([POINT, COMMA]),
    st.sampled_from(["-{}", "{}-", "({})", "−{}", "- {}"]),
)
def test_an_amount_comes_back_however_it_was_written(value, grouping, decimal, negative):
    mark = {"{:,}": "," if decimal == POINT else ".", "{:}": "", "{:_}": "\u00a0", "{:'}": "'"}[grouping]
    text = f"{abs(value):,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", mark)
    assert Decimal(amount(negative.format(text) if value < 0 else text, decimal)) == value


@given(st.text(max_size=20), st.sampled_from([POINT, COMMA]))
def test_any_text_is_an_exact_amount_or_refused(text, decimal):
    try:
        read = amount(text.strip(), decimal)
    except Unreadable:
        return
    digits = [sign for sign in text if sign.isdigit()]
    assert Decimal(read).is_finite()
    assert "".join(digits).lstrip("0").rstrip("0") == read.replace(".", "").lstrip("-").lstrip("0").rstrip("0")


@pytest.mark.parametrize(
    ("text", "date_format", "day"),
    [
        ("2012-03-29", "%Y-%m-%d", "2012-03-29"),
        ("29/03/2012", "%d/%m/%Y", "2012-03-29"),
        ("9/3/2012", "DD/MM/YYYY", "2012-03-09"),
        ("3/29/2012", "M/D/YYYY", "2012-03-29"),
        ("03/29/2012", "M/D/YYYY", "2012-03-29"),
        ("29/03/2012", "dd/mm/yyyy", "2012-03-29"),
        ("29.03.12", "%d.%m.%y", "2012-03-29"),
        ("29.03.70", "DD.MM.YY", "1970-03-29"),
        ("20120329", "YYYYMMDD", "2012-03-29"),
        ("20120329", "%Y%m%d", "2012-03-29"),
        ("29-MAR-2012", "DD-MON-YYYY", "2012-03-29"),
        ("29 March 2012", "%d %B %Y", "2012-03-29"),
        ("2012-03-29T00:00:00", "YYYY-MM-DD", "2012-03-29"),
        ("2012-03-29 00:00:00.000", "YYYY-MM-DD", "2012-03-29"),
        ("2012-03-29 17:30:00", "%Y-%m-%d %H:%M:%S", "2012-03-29"),
        ("29.02.2024", "%d.%m.%Y", "2024-02-29"),
    ],
)
def test_days_as_the_map_says(text, date_format, day):
    assert day_reader(date_format)(text) == day


@pytest.mark.parametrize(
    ("text", "date_format"),
    [
        ("31.02.2024", "%d.%m.%Y"),
        ("29.02.2023", "%d.%m.%Y"),
        ("13/25/2012", "%m/%d/%Y"),
        ("25/12/2012", "%m/%d/%Y"),
        ("2012-03-29", "%d.%m.%Y"),
        ("29.03.2012 17:30", "%d.%m.%Y"),
        ("29.03.12", "%d.%m.%Y"),
        ("2012329", "YYYYMMDD"),
        ("00.00.0000", "%d.%m.%Y"),
        ("01.01.0201", "%d.%m.%Y"),
        ("01.01.9999", "%d.%m.%Y"),
        ("today", "%d.%m.%Y"),
        ("41276", "%d.%m.%Y"),
        ("٢٩.03.2012", "%d.%m.%Y"),
    ],
)
def test_what_is_no_day_is_never_made_one(text, date_format):
    with pytest.raises(Unreadable):
        day_reader(date_format)(text)


@given(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%d-%b-%Y"]),
)
def test_a_day_comes_back_from_every_format(day, date_format):
    assert day_reader(date_format)(day.strftime(date_format).replace("Sept", "Sep")) == day.isoformat()


@given(st.dates(date(1970, 1, 1), date(2068, 12, 31)))
def test_two_digits_of_a_year_are_the_nearest_century(day):
    assert day_reader("%d.%m.%y")(day.strftime("%d.%m.%y")) == day.isoformat()


@pytest.mark.parametrize("date_format", ["", "DD.MM", "%d.%m.%Y %d", "%Y", "%Q-%m-%d", "whenever"])
def test_a_format_that_says_no_day_is_refused(date_format):
    with pytest.raises(BadFormat):
        day_reader(date_format)


def test_swapping_a_format_exchanges_day_and_month():
    assert values.swapped("M/D/YYYY") == "%d/%m/%Y"
    assert values.swapped("%-d.%-m.%Y") == "%m.%d.%Y"
    assert values.swapped("DD-MON-YYYY") is None
    day = date(2012, 3, 29) + timedelta(days=0)
    assert day_reader(values.swapped("%d/%m/%Y"))("03/29/2012") == day.isoformat()


@pytest.mark.parametrize(
    ("text", "read"), [("Yes", "t"), ("ja", "t"), ("OUI", "t"), ("1", "t"), ("No", "f"), ("0", "f")]
)
def test_yes_and_no(text, read):
    assert flag(text) == read


def test_the_maps_own_words_come_first():
    assert flag("X", truthy=frozenset({"x"})) == "t"
    assert flag("1", falsy=frozenset({"1"})) == "f"
    with pytest.raises(Unreadable):
        flag("maybe")


def test_texts_that_a_database_cannot_hold_are_refused():
    assert values.clean("Müller & Söhne", 40) == "Müller & Söhne"
    for text in ("a\0b", "a\udcfcb", "x" * 41):
        with pytest.raises(Unreadable):
            values.clean(text, 40)
