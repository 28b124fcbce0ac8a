"""The one place that asks what day it is.

Rules and queries take `as_of`; only views, jobs and commands call `today`.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone


def now() -> datetime:
    return timezone.now()


def today(time_zone: str = "UTC") -> date:
    """The calendar day it is in a time zone (an IANA name)."""
    return now().astimezone(ZoneInfo(time_zone)).date()


def local_time(time_zone: str) -> datetime:
    return now().astimezone(ZoneInfo(time_zone))
