"""Hours of business: when so many have passed, and how many lie between two moments. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from o2c.orders.business_days import PATIENCE, Calendar


@dataclass(frozen=True)
class Office:
    """Where it is open from `opens` to before `closes` on its business days, by its own clock."""

    calendar: Calendar
    zone: ZoneInfo
    opens: time
    closes: time

    def after(self, start: datetime, worked: timedelta) -> datetime:
        """When so much time has been open since a moment. Where no day is open, the calendar is wrong: by the clock."""
        day, left, idle = start.astimezone(self.zone).date(), worked, timedelta()
        while idle <= PATIENCE:
            if self.calendar.is_business_day(day):
                idle = timedelta()
                opens, closes = self._on(day)
                begins = max(opens, start.astimezone(UTC))
                if begins < closes:
                    if left <= closes - begins:
                        return begins + left
                    left -= closes - begins
            day += timedelta(days=1)
            idle += timedelta(days=1)
        return start + worked

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time between two moments was open; nothing where the second is before the first."""
        day, total = start.astimezone(self.zone).date(), timedelta()
        while day <= end.astimezone(self.zone).date():
            if self.calendar.is_business_day(day):
                opens, closes = self._on(day)
                total += max(min(closes, end.astimezone(UTC)) - max(opens, start.astimezone(UTC)), timedelta())
            day += timedelta(days=1)
        return total

    def _on(self, day) -> tuple[datetime, datetime]:
        # In UTC: two times of one zone are compared by its clock, which shows an hour of autumn twice.
        opens, closes = (datetime.combine(day, at, self.zone).astimezone(UTC) for at in (self.opens, self.closes))
        return opens, closes
