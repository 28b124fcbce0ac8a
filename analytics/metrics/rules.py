"""The metrics themselves: pure functions of sums, as the field defines them (docs/metrics.md).

Amounts are of one currency. Rates are of one: 0.559 is 55.9 %. Days are Decimals. None where a metric is not defined,
as nothing was sold, due or paid: it is never a made-up number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None


def days_sales_outstanding(receivables: Decimal, sales: Decimal, days: int) -> Decimal | None:
    """DSO: how many days of sales are owed at the end of a window of so many days."""
    return receivables / sales * days if sales > 0 else None


def best_possible_dso(not_due: Decimal, sales: Decimal, days: int) -> Decimal | None:
    """BPDSO: what the DSO would be if everybody paid by the due date."""
    return days_sales_outstanding(not_due, sales, days)


def average_days_delinquent(receivables: Decimal, not_due: Decimal, sales: Decimal, days: int) -> Decimal | None:
    """ADD: the part of the DSO that is late. DSO = BPDSO + ADD, of the same window."""
    return days_sales_outstanding(receivables - not_due, sales, days)


@dataclass(frozen=True)
class Sales:
    """What was sold in a month of so many days."""

    amount: Decimal
    days: int


def countback_dso(receivables: Decimal, months: Sequence[Sales]) -> Decimal | None:
    """The exhaustion method: receivables are taken to be of the latest sales, month by month, the last month in part.

    `months` begin with the latest. None where they do not reach back as far as the receivables, or a month that would
    be needed sold nothing at all and is the last one known.
    """
    left, days = receivables, ZERO
    if left <= 0:
        return ZERO
    for month in months:
        sold = max(month.amount, ZERO)
        if left <= sold:
            return days + left / sold * month.days
        left -= sold
        days += month.days
    return None


def collection_effectiveness(
    begin: Decimal, sales: Decimal, months: int, end: Decimal, current: Decimal
) -> Decimal | None:
    """CEI: of what could be collected, how much was: (begin + monthly sales − end) / (begin + monthly sales − current).

    `sales` are those of all the months. `months` 1 is the undivided form, which takes a window as one period.
    """
    owed = begin + sales / months
    return ratio(owed - end, owed - current)


def turnover(sales: Decimal, begin: Decimal, end: Decimal, days: int) -> Decimal | None:
    """How many times a year receivables are turned into money: a year's sales by their average."""
    average = (begin + end) / 2
    return sales / average * 365 / days if average > 0 else None


def roll_rate(before: Decimal, after: Decimal) -> Decimal | None:
    """What share of a bucket a month before stands in the next older bucket now."""
    return after / before if before > 0 else None


def average(total: Decimal, count: Decimal | int) -> Decimal | None:
    return ratio(Decimal(total), Decimal(count))


def a_thousand(cost: Decimal, collected: Decimal) -> Decimal | None:
    """What it cost to collect a thousand."""
    return cost * 1000 / collected if collected > 0 else None
