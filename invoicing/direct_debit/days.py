"""On which days the banks of the euro area settle: the calendar of TARGET (T2), by the package `holidays`."""

from datetime import date, timedelta
from functools import lru_cache

import holidays

SATURDAY = 5


@lru_cache(maxsize=32)
def _closed(year: int) -> frozenset[date]:
    return frozenset(holidays.financial_holidays("XECB", years=year))


def settles(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in _closed(day.year)


def settling_day(day: date, further: int = 0) -> date:
    """The TARGET day on or after a day, or so many TARGET days further than it."""
    left = further
    if left:
        while left:
            day += timedelta(days=1)
            left -= settles(day)
        return day
    while not settles(day):
        day += timedelta(days=1)
    return day


def days_before(day: date, count: int) -> date:
    """So many TARGET days before a day."""
    while count:
        day -= timedelta(days=1)
        count -= settles(day)
    return day


def earliest(today: date, *, notice_days: int, lead_days: int) -> date:
    """The first day on which may be collected what is said today: told long enough before, and in time for the bank."""
    told = settling_day(today + timedelta(days=notice_days))
    return max(told, settling_day(today, lead_days))
