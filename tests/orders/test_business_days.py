"""On which days a legal entity does business: public holidays, weekends of the country, closing days."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from o2c.core.actors import SYSTEM
from o2c.orders import business_days
from o2c.orders.business_days import Calendar
from o2c.orders.models import ClosingDay, Holiday, HolidayYear, LegalEntity
from tests.given import Given

MONDAY = date(2026, 3, 2)


def test_a_calendar_without_closed_days_skips_the_weekend():
    calendar = Calendar()
    friday = date(2026, 3, 6)
    assert calendar.business_day(friday) == friday
    assert calendar.business_day(friday, 1) == date(2026, 3, 9)
    assert calendar.business_day(date(2026, 3, 7)) == date(2026, 3, 9)
    assert calendar.business_day(friday, 10) == date(2026, 3, 20)


def test_a_calendar_that_is_closed_for_good_has_no_business_day():
    assert Calendar(frozenset(range(1, 8))).business_day(MONDAY) is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    weekend=st.sets(st.integers(1, 7), max_size=6),
    closed=st.sets(st.integers(0, 400), max_size=30),
    start=st.integers(0, 300),
    further=st.integers(0, 40),
)
def test_the_database_and_the_calendar_are_one_rule(db, weekend, closed, start, further):
    entity = Given().entity()
    days = [MONDAY + timedelta(days=number) for number in closed]
    LegalEntity.objects.filter(pk=entity.pk).update(weekend=sorted(weekend))
    ClosingDay.objects.filter(entity=entity).delete()
    ClosingDay.objects.bulk_create(ClosingDay(entity=entity, day=day, name="x") for day in days)
    entity.refresh_from_db()
    day = MONDAY + timedelta(days=start)
    calendar = business_days.calendar(entity, day - timedelta(days=1), day + timedelta(days=further * 7 + 70))
    assert business_days.is_business_day(entity, day) == calendar.is_business_day(day)
    assert business_days.business_day(entity, day, further) == calendar.business_day(day, further)


@time_machine.travel("2026-03-02T12:00:00Z")
def test_holidays_are_those_of_the_country_and_its_region(given):
    entity = given.entity("BY1", country="DE", subdivision="BY")
    national = given.entity("DE1", country="DE")
    epiphany = date(2027, 1, 6)  # a holiday in Bavaria, not in all of Germany
    assert not business_days.is_business_day(entity, epiphany)
    assert business_days.is_business_day(national, epiphany)
    assert not business_days.is_business_day(national, date(2026, 5, 1))
    assert business_days.business_day(national, date(2026, 4, 30), 1) == date(2026, 5, 4)


def test_the_weekend_is_the_countrys(given):
    assert given.entity("BD1", country="BD").weekend == [5, 6]
    assert given.entity("DE1", country="DE").weekend == [6, 7]
    assert given.entity("XX1", country="").weekend == [6, 7]


def test_the_table_is_filled_for_every_place_and_once(given):
    with time_machine.travel("2026-03-02T12:00:00Z"):
        given.entity("DE1", country="DE")
        given.entity("UK1", country="GB", subdivision="SCT")
        years = HolidayYear.objects.values_list("country", "year")
        assert set(years) == {(country, year) for country in ("DE", "GB") for year in range(2025, 2029)}
        count = Holiday.objects.count()
        assert business_days.fill(MONDAY) == {"years": 0}
        assert Holiday.objects.count() == count > 40
    assert business_days.fill(date(2027, 1, 1)) == {"years": 2}
    assert Holiday.objects.filter(country="DE", day__year=2029).exists()


def test_a_newer_package_fills_the_days_to_come_anew_and_leaves_the_past(given):
    with time_machine.travel("2026-03-02T12:00:00Z"):
        given.entity("DE1", country="DE")
    HolidayYear.objects.update(version="0.1")
    Holiday.objects.filter(day__year=2026).delete()
    Holiday.objects.create(country="DE", day=date(2026, 1, 5), name="Declared once")
    assert business_days.fill(MONDAY) == {"years": 4}
    days = set(Holiday.objects.filter(country="DE", day__year=2026).values_list("day", flat=True))
    assert date(2026, 1, 5) in days
    assert date(2026, 1, 1) not in days  # past, and left as it was
    assert date(2026, 12, 25) in days


def test_a_country_that_the_package_does_not_know_has_its_weekend_only(given):
    entity = given.entity("XX1", country="AQ")
    assert not business_days.known("XX")
    assert business_days.is_business_day(entity, MONDAY)


def test_closing_days_are_the_entitys_own_and_audited(given):
    entity, other = given.entity("DE1"), given.entity("DE2")
    closed = business_days.close(entity, MONDAY, "Stocktaking", actor=SYSTEM)
    assert not business_days.is_business_day(entity, MONDAY)
    assert business_days.is_business_day(other, MONDAY)
    assert business_days.close(entity, MONDAY, "Works outing", actor=SYSTEM).pk == closed.pk
    business_days.reopen(closed, actor=SYSTEM)
    assert business_days.is_business_day(entity, MONDAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pgh_label FROM orders_closingdayevent ORDER BY pgh_id")
        assert [row[0] for row in cursor.fetchall()] == ["insert", "update", "delete"]


@pytest.mark.parametrize(
    ("country", "subdivision", "weekend", "text"),
    [
        ("DE", "BAVARIA", [6, 7], "DE has no region BAVARIA"),
        ("DE", "", [1, 2, 3, 4, 5, 6, 7], "At least one day"),
        ("DE", "", [0], "The days of a week"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(country, subdivision, weekend, text):
    with pytest.raises(business_days.CalendarRefused, match=text):
        business_days.check(country, subdivision, weekend)
