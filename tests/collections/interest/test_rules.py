"""Interest on late payment is what the days add up to, and what the published rates say."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from o2c.collections.interest.rules import (
    Change,
    Compensation,
    NoRate,
    Rate,
    Span,
    Terms,
    accrue,
    compensation,
    half_year,
    whole,
    yearly,
)

EURO = Terms(
    points=Decimal(8),
    rates=[
        Rate(date(2023, 7, 1), Decimal("4.00")),
        Rate(date(2024, 1, 1), Decimal("4.50")),
        Rate(date(2024, 7, 1), Decimal("4.25")),
        Rate(date(2025, 1, 1), Decimal("3.15")),
    ],
)
DAYS = st.dates(date(2023, 7, 1), date(2025, 6, 30))
MONEY = st.decimals(1, 100000, places=2)


def by_day(amount: Decimal, changes: list[Change], due_on: date, until: date, terms: Terms) -> Decimal:
    """The interest of each day by itself, summed up: what the rule means, said in another way."""
    total, day = Decimal(0), due_on + timedelta(days=1)
    begins = day
    while day <= until:
        owed = amount + sum(change.amount for change in changes if change.on < day or change.on <= due_on)
        if owed > 0:
            total += owed * yearly(terms, begins if terms.kept else day) / 100 / terms.year
        day += timedelta(days=1)
    return total


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws slowly
@given(
    MONEY,
    st.lists(st.builds(Change, DAYS, st.decimals(-50000, 20000, places=2)), max_size=6),
    DAYS,
    DAYS,
    st.booleans(),
    st.sampled_from([360, 365]),
)
def test_interest_is_what_each_day_adds(amount, changes, due_on, until, kept, year):
    terms = Terms(EURO.points, EURO.rates, kept=kept, year=year)
    spans = accrue(amount, changes, due_on, until, terms)
    assert abs(sum(span.interest for span in spans) - by_day(amount, changes, due_on, until, terms)) < Decimal("1e-15")
    days = [day for span in spans for day in (span.first, span.last)]
    assert days == sorted(days), "no day is counted twice"
    assert not days or due_on < days[0] <= days[-1] <= until


def test_over_first_january_and_first_july_with_a_part_payment():
    """1,000.00 due 15 December 2023, 400.00 paid on 31 March 2024, the rest still owed on 15 August 2024.

    16 to 31 December 2023: 16 days of 1,000.00 at 4.00 + 8 = 12.00 %: 1000 × 12 × 16 / 36500 = 5.260274
    1 January to 31 March 2024: 91 days of 1,000.00 at 4.50 + 8 = 12.50 %: 1000 × 12.5 × 91 / 36500 = 31.164384
    1 April to 30 June: 91 days of 600.00 at 12.50 %: 600 × 12.5 × 91 / 36500 = 18.698630
    1 July to 15 August: 46 days of 600.00 at 4.25 + 8 = 12.25 %: 600 × 12.25 × 46 / 36500 = 9.263014
    Together 64.386301, which is 64.39. Rates: ECB, main refinancing operations, as of each first day of a half-year.
    """
    spans = accrue(
        Decimal(1000), [Change(date(2024, 3, 31), Decimal(-400))], date(2023, 12, 15), date(2024, 8, 15), EURO
    )
    assert [(span.first, span.last, span.days, span.owed, span.percent) for span in spans] == [
        (date(2023, 12, 16), date(2023, 12, 31), 16, 1000, 12),
        (date(2024, 1, 1), date(2024, 3, 31), 91, 1000, Decimal("12.5")),
        (date(2024, 4, 1), date(2024, 6, 30), 91, 600, Decimal("12.5")),
        (date(2024, 7, 1), date(2024, 8, 15), 46, 600, Decimal("12.25")),
    ]
    assert whole(spans, "EUR") == Decimal("64.39")


def test_where_the_rate_is_kept_it_is_that_of_the_first_day_late():
    """£5,000 due 30 November 2023 and owed to 31 May 2024: 183 days at Bank Rate of 30 June 2023, 5.00 + 8 = 13 %."""
    kept = Terms(
        Decimal(8), [Rate(date(2023, 7, 1), Decimal("5.00")), Rate(date(2024, 1, 1), Decimal("5.25"))], kept=True
    )
    spans = accrue(Decimal(5000), [], date(2023, 11, 30), date(2024, 5, 31), kept)
    assert [(span.days, span.percent) for span in spans] == [(183, 13)]
    assert whole(spans, "GBP") == Decimal("325.89")


def test_who_pays_on_the_due_day_or_before_owes_nothing_and_a_day_later_one_day():
    due = date(2024, 2, 1)
    assert accrue(Decimal(365), [Change(due, Decimal(-365))], due, date(2024, 5, 1), EURO) == []
    late = accrue(Decimal(365), [Change(date(2024, 2, 2), Decimal(-365))], due, date(2024, 5, 1), EURO)
    assert late == [Span(date(2024, 2, 2), date(2024, 2, 2), Decimal(365), Decimal("12.50"), Decimal("0.125"))]
    assert accrue(Decimal(365), [], due, due, EURO) == []


def test_a_half_year_without_a_rate_is_missed_and_not_guessed():
    with pytest.raises(NoRate, match="2025-07-01"):
        accrue(Decimal(100), [], date(2025, 6, 1), date(2025, 7, 1), EURO)
    with pytest.raises(NoRate, match="2023-01-01"):
        accrue(Decimal(100), [], date(2023, 6, 1), date(2023, 7, 1), EURO)
    paid = [Change(date(2025, 6, 20), Decimal(-100))]
    assert whole(accrue(Decimal(100), paid, date(2025, 6, 1), date(2025, 8, 1), EURO), "EUR") == Decimal("0.58")


def test_a_contract_names_one_rate_and_a_negative_reference_rate_lessens_the_points():
    assert yearly(Terms(Decimal(9)), date(2020, 1, 1)) == 9
    german = Terms(Decimal(9), [Rate(date(2022, 7, 1), Decimal("-0.88"))])
    assert yearly(german, date(2022, 12, 31)) == Decimal("8.12")


def test_compensation_goes_by_what_is_owed_and_only_in_the_currency_it_is_named_in():
    british = Terms(
        Decimal(8),
        compensation=[
            Compensation(Decimal(0), Decimal(40), "GBP"),
            Compensation(Decimal(1000), Decimal(70), "GBP"),
            Compensation(Decimal(10000), Decimal(100), "GBP"),
        ],
    )
    assert [compensation(british, Decimal(owed), "GBP") for owed in ("999.99", "1000", "9999.99", "10000")] == [
        40, 70, 70, 100,
    ]  # fmt: skip
    assert compensation(british, Decimal(5000), "EUR") == 0


@given(DAYS)
def test_a_half_year_begins_in_january_or_july(day):
    begins = half_year(day)
    assert begins <= day
    assert (begins.month, begins.day) in ((1, 1), (7, 1))
    assert (day - begins).days < 184
