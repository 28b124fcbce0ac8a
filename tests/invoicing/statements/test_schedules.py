"""When a schedule's day has come: across months' ends, the changes of the clock, and days on which nothing ran."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as chance
from hypothesis import strategies as st

from o2c.core.actors import SYSTEM
from o2c.core.models import Message
from o2c.invoicing.models import StatementRun, StatementSchedule
from o2c.invoicing.statements import runs, schedules
from o2c.orders.models import LegalEntity

BERLIN = LegalEntity(code="DE1", time_zone="Europe/Berlin")


def monthly(day: int, at: time = time(6), **facts) -> StatementSchedule:
    return StatementSchedule(
        **{"entity": BERLIN, "every": "month", "day_of_month": day, "at": at, "from_on": date(2020, 1, 1), **facts}
    )


def weekly(weekday: int, at: time = time(6), **facts) -> StatementSchedule:
    return StatementSchedule(
        **{"entity": BERLIN, "every": "week", "weekday": weekday, "at": at, "from_on": date(2020, 1, 1), **facts}
    )


def in_berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("schedule", "now", "day"),
    [
        (monthly(31), "2026-02-28 06:00", "2026-02-28"),
        (monthly(31), "2026-02-28 05:59", "2026-01-31"),
        (monthly(31), "2024-02-29 23:00", "2024-02-29"),
        (monthly(30), "2026-03-01 00:00", "2026-02-28"),
        (monthly(31), "2026-04-30 07:00", "2026-04-30"),
        (monthly(1), "2026-01-01 06:00", "2026-01-01"),
        (monthly(1), "2026-01-01 05:00", "2025-12-01"),
        (weekly(1), "2026-03-02 06:00", "2026-03-02"),
        (weekly(1), "2026-03-02 05:59", "2026-02-23"),
        (weekly(7), "2026-03-04 12:00", "2026-03-01"),
        # The clock leaves 02:30 out on this Sunday, and shows it twice on the other.
        (weekly(7, time(2, 30)), "2026-03-29 01:59", "2026-03-22"),
        (weekly(7, time(2, 30)), "2026-03-29 03:00", "2026-03-29"),
        (weekly(7, time(2, 30)), "2026-10-25 02:29", "2026-10-18"),
        (weekly(7, time(2, 30)), "2026-10-25 02:30", "2026-10-25"),
        (monthly(1, from_on=date(2026, 3, 1)), "2026-02-20 12:00", None),
    ],
)
def test_the_day_that_is_due(schedule, now, day):
    due = schedules.due_day(schedule, in_berlin(now).astimezone(UTC))
    assert due == (date.fromisoformat(day) if day else None)


@pytest.mark.parametrize(
    ("schedule", "due_on", "as_of", "from_on"),
    [
        (monthly(31), "2026-03-31", "2026-03-31", "2026-03-01"),
        (monthly(31), "2026-02-28", "2026-02-28", "2026-02-01"),
        (monthly(2, as_of="month_before"), "2026-03-02", "2026-02-28", "2026-02-01"),
        (monthly(31, as_of="month_before"), "2026-03-31", "2026-02-28", "2026-02-01"),
        (monthly(1, as_of="day_before"), "2026-01-01", "2025-12-31", "2025-12-01"),
        (weekly(1), "2026-03-02", "2026-03-02", "2026-02-24"),
    ],
)
def test_what_is_told_as_of_when(schedule, due_on, as_of, from_on):
    day = date.fromisoformat(due_on)
    assert schedules.as_of(schedule, day) == date.fromisoformat(as_of)
    assert schedules.from_on(schedule, day, None) == date.fromisoformat(from_on)


ANY = st.one_of(
    st.builds(monthly, st.integers(1, 31), st.times().map(lambda at: at.replace(second=0, microsecond=0))),
    st.builds(weekly, st.integers(1, 7), st.times().map(lambda at: at.replace(second=0, microsecond=0))),
)


@chance(ANY, st.datetimes(datetime(2023, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)))
def test_days_follow_each_other_without_a_gap_and_the_next_one_is_still_to_come(schedule, now):
    day = schedules.due_day(schedule, now)
    following = schedules.following(schedule, day)
    assert schedules.latest(schedule, following - timedelta(days=1)) == day
    assert schedules.latest(schedule, following) == following
    assert day + timedelta(days=6) < following <= day + timedelta(days=31)
    assert schedules.next_day(schedule, now, done=day) == following
    assert schedules.next_day(schedule, now, done=None) == day
    local = now.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None)
    assert datetime.combine(day, schedule.at) <= local < datetime.combine(following, schedule.at)
    assert schedules.as_of(schedule, day) <= day


# --- What is made


@pytest.fixture
def owing(given):
    entity = given.entity(time_zone="Europe/Berlin")
    customer = given.customer("C-1", entity=entity)
    given.open_item("100.00 EUR", customer=customer, due=date(2026, 1, 20), number="I-1")
    return entity


def made() -> list[tuple]:
    return list(StatementRun.objects.order_by("pk").values_list("due_on", "as_of", "from_on"))


@pytest.fixture
def at(time_machine):
    return lambda text: time_machine.move_to(in_berlin(text), tick=False)


def test_a_missed_day_is_made_up_for_once_and_an_activity_leaves_no_day_out(owing, at):
    at("2026-01-15 10:00")
    schedules.create(
        entity=owing,
        kind="activity",
        every="month",
        day_of_month=31,
        at=time(18),
        channel="none",
        who="all",
        actor=SYSTEM,
    )
    at("2026-01-31 17:59")
    assert runs.make_due() == []
    at("2026-01-31 18:00")
    assert len(runs.make_due()) == 1
    assert runs.make_due() == []
    at("2026-02-01 00:10")
    assert runs.make_due() == []
    # Nothing ran in February and March.
    at("2026-04-10 09:00")
    assert len(runs.make_due()) == 1
    at("2026-04-10 09:05")
    assert runs.make_due() == []
    assert made() == [
        (date(2026, 1, 31), date(2026, 1, 31), date(2026, 1, 1)),
        (date(2026, 3, 31), date(2026, 3, 31), date(2026, 2, 1)),
    ]


def test_an_hour_that_the_clock_shows_twice_comes_once(owing, at, time_machine):
    at("2026-10-20 10:00")
    schedules.create(entity=owing, every="week", weekday=7, at=time(2, 30), channel="none", actor=SYSTEM)
    for utc in ("00:29", "00:30", "00:59", "01:29", "01:30", "01:31", "05:00"):  # 02:30 is 00:30 and 01:30 UTC
        time_machine.move_to(datetime.fromisoformat(f"2026-10-25 {utc}+00:00"), tick=False)
        runs.make_due()
    assert made() == [(date(2026, 10, 25), date(2026, 10, 25), None)]


def test_a_stopped_schedule_makes_nothing_and_goes_on_from_then(owing, at):
    at("2026-01-15 10:00")
    schedule = schedules.create(entity=owing, every="week", weekday=1, at=time(6), channel="none", actor=SYSTEM)
    schedules.stop(schedule, actor=SYSTEM)
    at("2026-01-27 10:00")
    assert runs.make_due() == []
    schedules.resume(schedule, actor=SYSTEM)
    assert runs.make_due() == [], "what passed meanwhile is not made up"
    at("2026-02-02 06:00")
    assert [run.due_on for run in runs.make_due()] == [date(2026, 2, 2)]


def test_a_day_that_passed_by_the_old_rule_is_not_made_by_the_new_one(owing, at):
    at("2026-01-15 10:00")
    schedule = schedules.create(entity=owing, every="month", day_of_month=20, at=time(6), channel="none", actor=SYSTEM)
    schedules.change(schedule, day_of_month=10, actor=SYSTEM)
    assert runs.make_due() == []
    at("2026-02-10 06:00")
    assert [run.due_on for run in runs.make_due()] == [date(2026, 2, 10)]


def test_one_that_asks_for_what_cannot_be_does_not_hold_up_the_others(owing, at):
    at("2026-01-15 10:00")
    for segment in ("gone", ""):
        schedules.create(
            entity=owing, segment=segment, every="week", weekday=1, at=time(6), channel="none", actor=SYSTEM
        )
    at("2026-01-19 06:00")
    with pytest.raises(runs.RunRefused, match="segment gone"):
        runs.make_due()
    assert [run.segment for run in StatementRun.objects.all()] == [""]
    assert Message.objects.count() == 0
