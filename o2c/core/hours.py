"""The hours of day in which mail goes out, where whoever reads it is. Pure: nothing here asks what time it is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

if TYPE_CHECKING:
    from holidays import HolidayBase

# Countries with several times of day: where most of their business is, from its first to its last hour.
ZONES = {
    "AQ": ["Antarctica/McMurdo"],
    "AR": ["America/Argentina/Buenos_Aires"],
    "AU": ["Australia/Sydney", "Australia/Perth"],
    "BR": ["America/Sao_Paulo", "America/Manaus"],
    "CA": ["America/Toronto", "America/Vancouver"],
    "CD": ["Africa/Kinshasa", "Africa/Lubumbashi"],
    "CL": ["America/Santiago"],
    "CN": ["Asia/Shanghai"],
    "CY": ["Asia/Nicosia"],
    "DE": ["Europe/Berlin"],
    "EC": ["America/Guayaquil"],
    "ES": ["Europe/Madrid", "Atlantic/Canary"],
    "FM": ["Pacific/Pohnpei"],
    "GL": ["America/Nuuk"],
    "ID": ["Asia/Jakarta", "Asia/Makassar"],
    "KI": ["Pacific/Tarawa"],
    "KZ": ["Asia/Almaty"],
    "MH": ["Pacific/Majuro"],
    "MN": ["Asia/Ulaanbaatar"],
    "MX": ["America/Mexico_City", "America/Tijuana"],
    "MY": ["Asia/Kuala_Lumpur"],
    "NZ": ["Pacific/Auckland"],
    "PF": ["Pacific/Tahiti"],
    "PG": ["Pacific/Port_Moresby"],
    "PS": ["Asia/Gaza"],
    "PT": ["Europe/Lisbon"],
    "RU": ["Europe/Moscow", "Asia/Yekaterinburg"],
    "UA": ["Europe/Kyiv"],
    "US": ["America/New_York", "America/Los_Angeles"],
    "UZ": ["Asia/Tashkent"],
}
# Longer than any holidays; where no day of business is found in it the calendar is wrong, and mail goes out.
PATIENCE = 30


@dataclass(frozen=True)
class Hours:
    """From `opens` to before `closes` by the clock of the reader's country; if that is said, on its business days."""

    opens: time
    closes: time
    business_days: bool = False

    def goes_at(self, now: datetime, country: str) -> datetime:
        """When a message that is ready now may go to a country: now, or at the next opening.

        Where a country has several times of day it is within the hours in all of them, if they have any in common.
        Of an unknown country nothing is known, so nothing waits.
        """
        clocks = zones(country)
        if not clocks:
            return now
        first = now.astimezone(clocks[0]).date()
        for further in range(-1, PATIENCE):
            day = first + timedelta(days=further)
            if self.business_days and not is_business_day(country, day):
                continue
            opens, closes = self._on(day, clocks)
            if now < closes:
                return max(now, opens)
        return now

    def _on(self, day: date, clocks: tuple[ZoneInfo, ...]) -> tuple[datetime, datetime]:
        # In UTC: two times of one zone are compared by its clock, which shows an hour of autumn twice.
        spans = [tuple(datetime.combine(day, at, clock).astimezone(UTC) for at in (self.opens, self.closes))
                 for clock in clocks]  # fmt: skip
        opens, closes = max(span[0] for span in spans), min(span[1] for span in spans)
        return (opens, closes) if opens < closes else spans[0]

    def __str__(self) -> str:
        days = " on days of business" if self.business_days else ""
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}{days}"


@cache
def zones(country: str) -> tuple[ZoneInfo, ...]:
    """The times of day of a country (ISO 3166); none of one that is not known."""
    try:
        return tuple(
            ZoneInfo(name) for name in ZONES.get(country) or get_global("territory_zones").get(country, ())[:1]
        )
    except ZoneInfoNotFoundError:
        return ()


def is_business_day(country: str, day: date) -> bool:
    """By the country's weekend and public holidays; of one whose holidays are not known, Monday to Friday."""
    calendar = _calendar(country)
    return calendar.is_working_day(day) if calendar is not None else day.isoweekday() < 6


@cache
def _calendar(country: str) -> "HolidayBase | None":
    import holidays  # half a second, which the settings that read hours need not wait for

    try:
        return holidays.country_holidays(country)
    except NotImplementedError:
        return None
