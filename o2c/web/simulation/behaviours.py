"""How customers pay: each kind's own way of being early, late or gone. Days are ordinals (`date.toordinal`)."""

from datetime import date
from enum import StrEnum
from random import Random

THURSDAY = 3


class Behaviour(StrEnum):
    PROMPT = "prompt"  # about when due
    HABITUAL = "habitual"  # twelve days after due, always
    MONTH_END = "month_end"  # all that is due, on the last working day of the month
    SEASONAL = "seasonal"  # in time, except in August and December
    DISPUTER = "disputer"  # contests every fifth invoice, pays the others
    SLOW = "slow"  # weeks late, in parts, after calls
    FAILING = "failing"  # going under: pays later and later over the last five months, then not at all


# How many of a hundred customers are so. At least one is failing, whatever the number.
SHARES = {
    Behaviour.PROMPT: 36,
    Behaviour.HABITUAL: 22,
    Behaviour.MONTH_END: 14,
    Behaviour.SEASONAL: 8,
    Behaviour.DISPUTER: 5,
    Behaviour.SLOW: 14,
    Behaviour.FAILING: 1,
}
FAILING_DAYS = 150


def pays_on(behaviour: Behaviour, due: int, as_of: int, dice: Random) -> int | None:
    """The day on which an undisputed invoice due on a day is paid; None: never."""
    match behaviour:
        case Behaviour.PROMPT | Behaviour.DISPUTER:
            return pay_run(due + dice.randrange(-5, 2))
        case Behaviour.HABITUAL:
            return working_day(due + 12 + dice.randrange(-2, 3))
        case Behaviour.MONTH_END:
            return month_end(due)
        case Behaviour.SEASONAL:
            late = dice.randrange(24, 36) if date.fromordinal(due).month in (8, 12) else dice.randrange(-3, 4)
            return pay_run(due + late)
        case Behaviour.SLOW:
            return pay_run(due + dice.randrange(12, 55))
        case Behaviour.FAILING:
            left = as_of - due  # days between the due date and today: the fewer, the worse
            if left >= FAILING_DAYS:
                return working_day(due + dice.randrange(2, 9))
            worse = 1 - max(left, 0) / FAILING_DAYS
            if dice.random() < worse * 1.2:
                return None
            return working_day(due + 8 + int(60 * worse) + dice.randrange(10))


def working_day(day: int) -> int:
    """The day, or the Monday after a weekend."""
    weekday = (day - 1) % 7
    return day + 7 - weekday if weekday > 4 else day


def pay_run(day: int) -> int:
    """The next Thursday: most pay once a week, all that is due by then in one transfer."""
    return day + (THURSDAY - (day - 1) % 7) % 7


def month_end(day: int) -> int:
    """The last working day of the day's month, or of the next one where that has passed."""
    found = _last_working_day(date.fromordinal(day))
    if found >= day:
        return found
    return _last_working_day(date.fromordinal(day + 7))


def _last_working_day(day: date) -> int:
    first_of_next = date(day.year + day.month // 12, day.month % 12 + 1, 1).toordinal()
    last = first_of_next - 1
    weekday = (last - 1) % 7
    return last - (weekday - 4) if weekday > 4 else last
