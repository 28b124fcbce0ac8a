"""Metrics as pages and the API tell them: month by month, of the whole book or of its parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from o2c.analytics.metrics import catalogue, months
from o2c.analytics.metrics.catalogue import Metric, Unit
from o2c.analytics.metrics.months import Month
from o2c.core.formats import amount, number
from o2c.orders.models import Customer, LegalEntity

SHOWN = 13
NONE = "–"
WHOLE_FROM = 10_000


@dataclass(frozen=True)
class Told:
    """A metric of months, the oldest first; None where it is not defined."""

    metric: Metric
    values: list[Decimal | None]

    @property
    def last(self) -> Decimal | None:
        return self.values[-1]

    @property
    def change(self) -> Decimal | None:
        """To the month before."""
        before, last = self.values[-2:] if len(self.values) > 1 else (None, None)
        return None if before is None or last is None else last - before

    @property
    def verdict(self) -> str:
        """Whether the change is for the better: "good", "bad", or "" where it is neither."""
        if not self.change or not self.metric.better:
            return ""
        return "good" if (self.change < 0) == (self.metric.better == "low") else "bad"


@dataclass(frozen=True)
class Part:
    """A part of the book by a cut, and the metric of it. `customer` where it is one."""

    key: str
    name: str
    told: Told
    customer: Customer | None = None


def written(value: Decimal | None, metric: Metric, currency: str) -> str:
    """A value for a reader: days and percents to a tenth, money in its currency."""
    if value is None:
        return NONE
    if metric.unit is Unit.MONEY:
        # of large sums cents say nothing
        text = number(value) if abs(value) >= WHOLE_FROM else amount(value, currency)
        return f"{text} {currency}"
    shown = value * 100 if metric.unit is Unit.PERCENT else value
    return number(shown, 1) + {Unit.DAYS: " days", Unit.PERCENT: " %", Unit.TIMES: " ×"}[metric.unit]


def of_book(entity: LegalEntity, *, until: date, shown: int = SHOWN) -> tuple[list[Month], list[Told]]:
    """All metrics of the last months, and the months themselves."""
    found = months.whole(entity, until=until, count=shown + catalogue.BEFORE)
    told = [Told(metric, catalogue.values(metric, found, shown)) for metric in catalogue.METRICS]
    return found[-shown:], told


def of_parts(entity: LegalEntity, metric: Metric, by: str, *, until: date, shown: int = 2) -> list[Part]:
    """A metric of each part of the book, the worst last month first; parts without one come last."""
    found = months.parts(entity, by, until=until, count=shown + catalogue.BEFORE)
    customers = {row.number: row for row in Customer.objects.filter(number__in=found)} if by == "customer" else {}
    parts = []
    for key, of_part in found.items():
        told = Told(metric, catalogue.values(metric, of_part, shown))
        customer = customers.get(key)
        parts.append(Part(key, customer.name if customer else key, told, customer))
    sign = -1 if metric.better == "high" else 1

    def order(part: Part) -> tuple:
        return (part.told.last is None, -sign * (part.told.last or Decimal(0)), part.name, part.key)

    return sorted(parts, key=order)


# --- Charts, in their own units

WIDTH, HEIGHT, EDGE = 1000, 160, 6


def line(values: Sequence[Decimal | None], *, width: int = WIDTH, height: int = HEIGHT) -> list[str]:
    """The points of a line through the values, in parts where some are missing. Zero is the ground where none is
    below it."""
    known = [value for value in values if value is not None]
    if not known:
        return []
    low, high = min(Decimal(0), *known), max(Decimal(0), *known)
    tall = (high - low) or Decimal(1)
    step = Decimal(width - 2 * EDGE) / max(len(values) - 1, 1)
    parts: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            parts.append([])
            continue
        y = height - EDGE - (value - low) / tall * (height - 2 * EDGE)
        parts[-1].append(f"{EDGE + place * step:.1f},{y:.1f}")
    return [" ".join(part if len(part) > 1 else part * 2) for part in parts if part]
