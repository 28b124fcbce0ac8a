"""What late payment costs, by a pack of rules: functions of plain facts, without the database.

Simple interest on what was owed at the end of the day before, for each day after the due day, the day of payment
included: who is five days late owes five days. Nothing is rounded but the whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from o2c.core.money import step

ONE_DAY = timedelta(days=1)


class NoRate(ValueError):
    """A pack does not say what the rate was on a day; the text names the day from which it is missing."""


@dataclass(frozen=True)
class Rate:
    """A reference rate in percent a year, from a day on."""

    begins_on: date
    percent: Decimal


@dataclass(frozen=True)
class Compensation:
    """What recovering a debt of so much or more may cost its debtor, once."""

    owed_from: Decimal
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Terms:
    """A pack as it applies to one kind of debtor. `rates` are in order of their days.

    `half_yearly`: each rate counts for its half of the year only, so that one that was not entered is missed and not
    guessed. `kept`: the rate of the day on which interest begins stays (United Kingdom), else it changes with the
    reference rate (Directive 2011/7/EU).
    """

    points: Decimal
    rates: Sequence[Rate] = ()
    half_yearly: bool = True
    kept: bool = False
    year: int = 365
    compensation: Sequence[Compensation] = ()


@dataclass(frozen=True)
class Span:
    """Days, first and last included, on which the same was owed at the same rate; the interest is not rounded."""

    first: date
    last: date
    owed: Decimal
    percent: Decimal
    interest: Decimal

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Change:
    """What is owed changes by so much on a day: less than nothing where it was paid."""

    on: date
    amount: Decimal


def accrue(amount: Decimal, changes: Iterable[Change], due_on: date, until: date, terms: Terms) -> list[Span]:
    """The interest on an amount that was due on a day, up to and with another. Raises NoRate.

    A change on or before the due day lessens what is late from the start.
    """
    by_day: dict[date, Decimal] = {}
    for change in changes:
        by_day[change.on] = by_day.get(change.on, Decimal(0)) + change.amount
    owed = amount + sum((by for on, by in by_day.items() if on <= due_on), Decimal(0))
    begins = due_on + ONE_DAY
    spans: list[Span] = []
    # What is paid on a day lessens what is owed from the next day on.
    cuts = {on + ONE_DAY: by for on, by in by_day.items() if due_on < on < until}
    if not terms.kept:
        cuts |= {day: cuts.get(day, Decimal(0)) for day in _resets(terms, begins, until)}
    days = sorted(cuts)
    for first, following in zip([begins, *days], [*days, until + ONE_DAY], strict=True):
        owed += cuts.get(first, Decimal(0))
        if owed <= 0 or following <= first:
            continue
        percent = yearly(terms, begins if terms.kept else first)
        last = following - ONE_DAY
        interest = owed * percent * ((last - first).days + 1) / (100 * terms.year)
        spans.append(Span(first, last, owed, percent, interest))
    return spans


def yearly(terms: Terms, on: date) -> Decimal:
    """Percent a year on a day, never less than nothing. Raises NoRate."""
    if not terms.rates:
        return max(terms.points, Decimal(0))
    rate = next((rate for rate in reversed(terms.rates) if rate.begins_on <= on), None)
    if rate is None or (terms.half_yearly and rate.begins_on < half_year(on)):
        raise NoRate(f"No reference rate is entered for {half_year(on) if terms.half_yearly else on}.")
    return max(rate.percent + terms.points, Decimal(0))


def half_year(on: date) -> date:
    """The first day of its half of the year."""
    return on.replace(month=1 if on.month < 7 else 7, day=1)


def _resets(terms: Terms, begins: date, until: date) -> Iterable[date]:
    """The days after the first on which another rate begins, or must be known."""
    if terms.half_yearly and terms.rates:
        day = half_year(begins)
        while (day := half_year(day + timedelta(days=184))) <= until:
            yield day
    yield from (rate.begins_on for rate in terms.rates if begins < rate.begins_on <= until)


def whole(spans: Iterable[Span], currency: str) -> Decimal:
    """The interest of all days together, in the smallest unit of the currency, a half upwards."""
    return sum((span.interest for span in spans), Decimal(0)).quantize(step(currency), ROUND_HALF_UP)


def compensation(terms: Terms, owed: Decimal, currency: str) -> Decimal:
    """What a debt of so much gives once; nothing where the pack names no sum in that currency."""
    steps = [each for each in terms.compensation if each.currency == currency and each.owed_from <= owed]
    return max(steps, key=lambda each: each.owed_from).amount if steps else Decimal(0)
