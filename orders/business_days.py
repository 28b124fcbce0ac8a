"""On which days a legal entity does business: its weekend, the public holidays where it is, and its own closing days.

Public holidays come from the package `holidays` into a table that is kept filled, so that rules over many rows read
them in the database (`orders_is_business_day`, `orders_business_day`); `Calendar` is the same rule without one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.db import connection, transaction

from o2c.core import locks
from o2c.core.actors import Actor, acting
from o2c.orders.models import SATURDAY, SUNDAY, ClosingDay, Holiday, HolidayYear, LegalEntity

# Years that are kept filled: work of last year is still looked at, and promises reach into the next.
YEARS_BACK, YEARS_AHEAD = 1, 2
# As long as the database's rule looks for a day of business beyond what is asked.
PATIENCE = timedelta(days=60)


class CalendarRefused(ValueError):
    """The calendar cannot be kept so; the text says why."""


@dataclass(frozen=True)
class Calendar:
    """What days a legal entity does no business on. `weekend` counts as ISO 8601 does: 1 is Monday, 7 Sunday."""

    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})
    closed: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        return day.isoweekday() not in self.weekend and day not in self.closed

    def business_day(self, day: date, further: int = 0) -> date | None:
        """The business day on or after a day, or so many business days further than it; None where there is none."""
        candidate = day + timedelta(days=min(further, 1))
        last = day + timedelta(days=further * 7) + PATIENCE
        left = max(further - 1, 0)
        while candidate <= last:
            if self.is_business_day(candidate):
                if left == 0:
                    return candidate
                left -= 1
            candidate += timedelta(days=1)
        return None


def calendar(entity: LegalEntity, first: date, last: date) -> Calendar:
    """The entity's calendar from one day to another, as the database has it."""
    public = Holiday.objects.filter(country=entity.country, subdivision=entity.subdivision, day__range=(first, last))
    own = ClosingDay.objects.filter(entity=entity, day__range=(first, last))
    days = {*public.values_list("day", flat=True), *own.values_list("day", flat=True)}
    return Calendar(frozenset(entity.weekend), frozenset(days))


def is_business_day(entity: LegalEntity, day: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT orders_is_business_day(%s, %s)", [entity.pk, day])
        return bool(cursor.fetchone()[0])


def business_day(entity: LegalEntity, day: date, further: int = 0) -> date | None:
    """`Calendar.business_day`, answered by the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT orders_business_day(%s, %s, %s)", [entity.pk, day, further])
        return cursor.fetchone()[0]


# --- What the package knows


def subdivisions(country: str) -> dict[str, str]:
    """States and regions of a country that have holidays of their own: code → what to call it."""
    if country not in holidays.list_supported_countries():
        return {}
    aliases = holidays.country_holidays(country).get_subdivision_aliases()
    return {code: f"{code} · {names[0]}" if names else code for code, names in aliases.items()}


def known(country: str) -> bool:
    """Whether the public holidays of a country are known."""
    return country in holidays.list_supported_countries()


def usual_weekend(country: str) -> list[int]:
    if not known(country):
        return [SATURDAY, SUNDAY]
    return sorted(day + 1 for day in holidays.country_holidays(country).weekend)


@lru_cache(maxsize=256)
def _of_year(country: str, subdivision: str, year: int) -> dict[date, str]:
    if not known(country):
        return {}
    kind = holidays.country_holidays(country)
    language = "en_US" if "en_US" in kind.supported_languages else None
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=year, language=language)
    return {day: name[:200] for day, name in found.items() if day.year == year}


# --- Keeping the table filled


def fill(today: date) -> dict[str, int]:
    """Fill in the years around a day for every legal entity's country and region, where that is still to be done.

    A newer version of the package fills the years anew, but leaves the days that are past as they were.
    """
    years = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
    places = set(LegalEntity.objects.values_list("country", "subdivision"))
    there = set(HolidayYear.objects.filter(version=holidays.__version__).values_list("country", "subdivision", "year"))
    missing = sorted({(*place, year) for place in places for year in years} - there)
    for country, subdivision, year in missing:
        _fill_year(country, subdivision, year, today)
    return {"years": len(missing)}


def _fill_year(country: str, subdivision: str, year: int, today: date) -> None:
    # Two workers may find the same year missing at once. It is no act of anybody: an `acting` here would put its name
    # on what the transaction around it does, such as opening the legal entity.
    with transaction.atomic():
        locks.hold("holidays", country, subdivision, year)
        begun = HolidayYear.objects.filter(country=country, subdivision=subdivision, year=year).first()
        if begun is not None and begun.version == holidays.__version__:
            return
        days = Holiday.objects.filter(country=country, subdivision=subdivision, day__year=year)
        if begun is not None:
            days = days.filter(day__gt=today)
        days.delete()
        Holiday.objects.bulk_create(
            (
                Holiday(country=country, subdivision=subdivision, day=day, name=name)
                for day, name in _of_year(country, subdivision, year).items()
                if begun is None or day > today
            ),
            ignore_conflicts=True,
        )
        HolidayYear.objects.update_or_create(
            country=country, subdivision=subdivision, year=year, defaults={"version": holidays.__version__}
        )


# --- Acts


def check(country: str, subdivision: str, weekend: Iterable[int]) -> None:
    """Raises CalendarRefused where a calendar would contradict itself."""
    if len(set(weekend) & set(range(1, 8))) > 6:
        raise CalendarRefused("At least one day of the week must be a day of business.")
    if set(weekend) - set(range(1, 8)):
        raise CalendarRefused("The days of a week are 1 (Monday) to 7 (Sunday).")
    if subdivision and subdivision not in subdivisions(country):
        offered = ", ".join(sorted(subdivisions(country))) or "none"
        raise CalendarRefused(f"{country} has no region {subdivision} with holidays of its own; there are: {offered}.")


def close(entity: LegalEntity, day: date, name: str, *, actor: Actor) -> ClosingDay:
    """Do no business on a day. A day that is there already gets the name."""
    with acting(actor):
        found, made = ClosingDay.objects.get_or_create(entity=entity, day=day, defaults={"name": name})
        if not made and found.name != name:
            ClosingDay.objects.filter(pk=found.pk).update(name=name)
            found.name = name
        return found


def reopen(closing_day: ClosingDay, *, actor: Actor) -> None:
    """Do business on a day that was to be closed."""
    with acting(actor):
        closing_day.delete()
