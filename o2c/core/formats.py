"""How amounts, days and moments are written for the person who reads the page."""

import re
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import NumberPattern, parse_pattern

from o2c.core.money import known_currencies, minor_unit

# The language a person chose → whose habits of writing numbers and days the pages follow.
LOCALES = {"en": "en_GB", "de": "de_DE", "fr": "fr_FR"}
MINUS = "\N{MINUS SIGN}"

_reader: ContextVar[str] = ContextVar("reader", default="en")


@contextmanager
def written_for(language: str):
    """Within it, everything here is written as a reader of that language expects."""
    token = _reader.set(language)
    try:
        yield
    finally:
        _reader.reset(token)


@lru_cache(maxsize=32)
def _locale(language: str) -> Locale:
    return Locale.parse(LOCALES.get(language[:2], LOCALES["en"]))


@lru_cache(maxsize=64)
def _pattern(language: str, places: int) -> NumberPattern:
    fraction = "." + "0" * places if places else ""
    return parse_pattern(f"#,##0{fraction}")


def amount(value: Decimal, currency: str) -> str:
    """ "1,234.50" with the decimal places the currency is paid in; the currency itself is written beside it."""
    return number(value, minor_unit(currency))


def number(value: Decimal | float, places: int = 0) -> str:
    language = _reader.get()
    written = _pattern(language, places).apply(abs(value), _locale(language))
    # the sign is typographic and stands close, so that columns of digits stay aligned
    return f"{MINUS}{written}" if value < 0 and any(digit in written for digit in "123456789") else written


def exactly(value: Decimal) -> str:
    """A quantity, price or percentage, with as many places as it has."""
    return number(value, max(0, -value.normalize().as_tuple().exponent))


def day(value: date) -> str:
    """22 Nov 2026, 22. Nov. 2026, 22 nov. 2026"""
    return format_date(value, "medium", locale=_locale(_reader.get()))


def long_day(value: date) -> str:
    """3 April 2013, 3. April 2013, 3 avril 2013: where it matters which is the month"""
    return format_date(value, "long", locale=_locale(_reader.get()))


def moment(value: datetime, time_zone: str = "UTC") -> str:
    return format_datetime(value, "medium", tzinfo=ZoneInfo(time_zone), locale=_locale(_reader.get())).rsplit(":", 1)[0]


# Two letters that are no country: unions, parts without an own code of ISO 3166, and those kept for private use.
NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "XK", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """The countries of ISO 3166 by their code of two letters, in English and in the order of their names."""
    names = Locale.parse("en").territories.items()
    found = {code: name for code, name in names if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES}
    return dict(sorted(found.items(), key=lambda country: country[1]))


_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_AMOUNT = re.compile(r"\b(\d+(?:\.\d+)?) ([A-Z]{3})\b")


def sentence(text: str) -> str:
    """A sentence the database has made (of a task, say), its days and amounts written as the reader expects."""

    def as_amount(found: re.Match) -> str:
        if found[2] not in known_currencies():
            return found[0]
        return f"{amount(Decimal(found[1]), found[2])} {found[2]}"

    def as_day(found: re.Match) -> str:
        try:
            return day(date.fromisoformat(found[0]))
        except ValueError:
            return found[0]

    return _AMOUNT.sub(as_amount, _DAY.sub(as_day, text))
