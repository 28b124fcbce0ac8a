"""The schedule of a payment plan: what may be agreed, and the equal monthly instalments that are proposed."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from o2c.core.money import exact, plain, step

MOST_INSTALMENTS = 60


class PlanRefused(ValueError):
    """The plan cannot be agreed or withdrawn so; the text says why."""


@dataclass(frozen=True)
class Step:
    """So much by a day."""

    due_on: date
    amount: Decimal


def monthly(total: Decimal, currency: str, count: int, first: date) -> tuple[Step, ...]:
    """Equal instalments on the same day of each month, in a shorter month on its last; what is over is in the last one.

    Raises PlanRefused for none, for too many, or where each would be nothing.
    """
    if not 1 <= count <= MOST_INSTALMENTS:
        raise PlanRefused(f"A plan has between 1 and {MOST_INSTALMENTS} instalments.")
    each = (total / count).quantize(step(currency), ROUND_DOWN)
    if each <= 0:
        raise PlanRefused(f"{plain(total, currency)} {currency} is too little for {count} instalments.")
    days = [_months_on(first, months) for months in range(count)]
    return (*(Step(day, each) for day in days[:-1]), Step(days[-1], total - each * (count - 1)))


def _months_on(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def checked(steps: Sequence[Step], *, owed: Decimal, currency: str, agreed_on: date, is_part: bool) -> list[Step]:
    """The instalments as they are stored. Raises PlanRefused with what is wrong, MoneyError for an amount finer than
    the currency."""
    if not steps:
        raise PlanRefused("A plan has at least one instalment.")
    if len(steps) > MOST_INSTALMENTS:
        raise PlanRefused(f"A plan has at most {MOST_INSTALMENTS} instalments.")
    found = [Step(each.due_on, exact(each.amount, currency)) for each in steps]
    before = None
    for number, each in enumerate(found, start=1):
        if each.amount <= 0:
            raise PlanRefused(f"Instalment {number} must be more than nothing.")
        if each.due_on < agreed_on:
            raise PlanRefused(f"Instalment {number} is due on {each.due_on}, before the plan is agreed.")
        if before is not None and each.due_on <= before:
            raise PlanRefused(f"Instalment {number} must be due after the one before it.")
        before = each.due_on
    total = sum((each.amount for each in found), Decimal(0))
    sums = f"The instalments are {plain(total, currency)} {currency}, the items owe {plain(owed, currency)} {currency}"
    if total > owed:
        raise PlanRefused(f"{sums}: that is too much.")
    if total < owed and not is_part:
        raise PlanRefused(f"{sums}. Say so if only a part is agreed.")
    return found
