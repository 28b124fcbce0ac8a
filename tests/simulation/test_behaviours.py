"""The days on which customers pay."""

from datetime import date
from random import Random

from hypothesis import given as suppose
from hypothesis import strategies as st

from o2c.web.simulation.behaviours import FAILING_DAYS, Behaviour, month_end, pay_run, pays_on, working_day

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31)).map(date.toordinal)


@suppose(DAYS)
def test_working_days_are_the_next_that_is_none_of_a_weekend(day):
    found = working_day(day)
    assert 0 <= found - day <= 2
    assert date.fromordinal(found).weekday() < 5
    assert found == day or date.fromordinal(day).weekday() >= 5


@suppose(DAYS)
def test_pay_runs_are_on_thursdays(day):
    found = pay_run(day)
    assert 0 <= found - day < 7
    assert date.fromordinal(found).weekday() == 3


@suppose(DAYS)
def test_month_end_is_the_last_working_day_not_before_the_day(day):
    found = month_end(day)
    assert found >= day
    paid = date.fromordinal(found)
    assert paid.weekday() < 5
    after = date.fromordinal(working_day(found + 1))
    assert after.month != paid.month
    assert found - day <= 34


def test_month_end_passes_to_the_next_month_over_a_weekend():
    assert date.fromordinal(month_end(date(2026, 5, 30).toordinal())) == date(2026, 6, 30)
    assert date.fromordinal(month_end(date(2026, 12, 31).toordinal())) == date(2026, 12, 31)


@suppose(st.sampled_from(list(Behaviour)), DAYS, st.integers(0, 2**32))
def test_the_same_dice_make_the_same_day(behaviour, due, seed):
    as_of = due + 100
    assert pays_on(behaviour, due, as_of, Random(seed)) == pays_on(behaviour, due, as_of, Random(seed))


def test_who_goes_under_pays_before_and_not_at_the_end():
    as_of = date(2026, 6, 30).toordinal()
    dice = Random(1)
    before = [pays_on(Behaviour.FAILING, as_of - FAILING_DAYS - n, as_of, dice) for n in range(50)]
    assert None not in before
    assert [pays_on(Behaviour.FAILING, as_of - n % 10, as_of, dice) for n in range(50)] == [None] * 50
