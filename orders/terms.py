"""When an invoice falls due, and what early payment saves: pure functions of the terms."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from o2c.core.money import step
from o2c.orders.models import PaymentTerms


@dataclass(frozen=True)
class Tier:
    """Pay within `days` of the invoice and take `percent` off."""

    days: int
    percent: Decimal


@dataclass(frozen=True)
class Share:
    """A part of the invoice, `percent` of it, due `extra_days` after the terms' own day."""

    percent: Decimal
    extra_days: int


@dataclass(frozen=True)
class Terms:
    kind: str = PaymentTerms.Kind.NET
    days: int = 30
    day_of_month: int | None = None
    tiers: tuple[Tier, ...] = ()
    shares: tuple[Share, ...] = ()

    @classmethod
    def of(cls, terms: PaymentTerms) -> "Terms":
        return cls(
            kind=terms.kind,
            days=terms.days,
            day_of_month=terms.day_of_month,
            tiers=tuple(Tier(tier.days, tier.percent) for tier in terms.discounts.all()),
            shares=tuple(Share(part.percent, part.extra_days) for part in terms.instalments.all()),
        )


def due_date(issued_on: date, terms: Terms) -> date:
    """The day by which an invoice is paid in time.

    net: so many days after the issue. end_of_month: so many days after the last day of the issue's month.
    day_of_month: so many days after the issue, then the next such day of a month (the last day of shorter months).
    """
    if terms.kind == PaymentTerms.Kind.END_OF_MONTH:
        return _in_month(issued_on, 31) + timedelta(days=terms.days)
    after_days = issued_on + timedelta(days=terms.days)
    if terms.kind == PaymentTerms.Kind.NET:
        return after_days
    candidate = _in_month(after_days, terms.day_of_month)
    if candidate >= after_days:
        return candidate
    return _in_month(_in_month(after_days, 31) + timedelta(days=1), terms.day_of_month)


def discount_until(issued_on: date, terms: Terms) -> list[tuple[date, Decimal]]:
    """Each early-payment tier's last day and its percent, the earliest first."""
    return [(issued_on + timedelta(days=tier.days), tier.percent) for tier in sorted(terms.tiers, key=lambda t: t.days)]


def schedule(issued_on: date, amount: Decimal, currency: str, terms: Terms) -> list[tuple[date, Decimal]]:
    """What is due when. The parts add up to the amount: what rounding leaves over goes to the last."""
    first = due_date(issued_on, terms)
    if not terms.shares:
        return [(first, amount)]
    parts = []
    left = amount
    for share in terms.shares[:-1]:
        part = (amount * share.percent / 100).quantize(step(currency), ROUND_HALF_UP)
        parts.append((first + timedelta(days=share.extra_days), part))
        left -= part
    return [*parts, (first + timedelta(days=terms.shares[-1].extra_days), left)]


def _in_month(day: date, day_of_month: int) -> date:
    last = calendar.monthrange(day.year, day.month)[1]
    return day.replace(day=min(day_of_month, last))
