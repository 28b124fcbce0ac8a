"""Hours of business: a deadline is as far from its question as was given, whatever lies between."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from o2c.collections.inquiries.hours import Office
from o2c.orders.business_days import Calendar

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = Office(Calendar(), BERLIN, time(9), time(17))
STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
OFFICES = st.builds(
    Office,
    st.builds(Calendar, closed=st.frozensets(st.dates(date(2026, 1, 1), date(2027, 3, 1)), max_size=20)),
    st.sampled_from([UTC, BERLIN, ZoneInfo("America/New_York")]),
    st.times(time(0), time(11, 59)).map(lambda at: at.replace(second=0, microsecond=0)),
    st.times(time(12), time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0)),
)


@given(OFFICES, STARTS, st.integers(1, 100 * 60))
def test_what_lies_between_a_question_and_its_deadline_is_what_was_given(office, start, minutes):
    end = office.after(start, timedelta(minutes=minutes))
    assert office.between(start, end) == timedelta(minutes=minutes)
    assert office.between(end, start) <= timedelta(), "nothing lies before"
    assert office.calendar.is_business_day(end.astimezone(office.zone).date())


@given(OFFICES, st.lists(STARTS, min_size=3, max_size=3))
def test_what_is_worked_in_two_stretches_is_worked_in_both_together(office, moments):
    first, middle, last = sorted(moments)
    assert office.between(first, middle) + office.between(middle, last) == office.between(first, last)


def test_the_clock_that_is_put_forward_and_back_gives_and_takes_no_hour():
    """From Friday at four to Monday at ten are two hours, on the weekends of spring and of autumn too."""
    for friday in (date(2026, 3, 27), date(2026, 10, 23), date(2026, 11, 6)):
        asked = datetime.combine(friday, time(16), BERLIN)
        due = NINE_TO_FIVE.after(asked, timedelta(hours=2))
        assert due.astimezone(BERLIN) == datetime.combine(friday + timedelta(days=3), time(10), BERLIN)


def test_an_office_that_never_opens_waits_by_the_clock():
    shut = Office(Calendar(weekend=frozenset(range(1, 8))), UTC, time(9), time(17))
    asked = datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert shut.after(asked, timedelta(hours=3)) == asked + timedelta(hours=3)
