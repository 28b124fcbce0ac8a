"""What the floors above know of a customer and the credit decision needs: what is open, overdue, dunned and promised.

The orders stand below all of that, so whoever knows it is told here once (`wire`, from the roof as the product starts).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from o2c.orders.credit.scorecard import Record
from o2c.orders.models import LegalEntity

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Owed:
    """Of one customer with a legal entity, in its base currency. `unvalued`: currencies that have no rate."""

    open_items: Decimal = NOTHING
    overdue: Decimal = NOTHING
    oldest_days: int = 0
    level: int = 0
    broken: int = 0
    unvalued: tuple[str, ...] = ()


# The legal entity, the customers by their ids, the day, and the days that broken promises are counted back.
Reader = Callable[[LegalEntity, list[int], date, int], dict[int, Owed]]
# The legal entity, currencies and the day: what one unit of each is in the base currency, as far as there is a rate.
Rates = Callable[[LegalEntity, Iterable[str], date], dict[str, Decimal]]

# The legal entity, the customers and the day: how each paid in the twelve months before.
Records = Callable[[LegalEntity, list[int], date], dict[int, Record]]

_wired: dict[str, Callable] = {}


def wire(*, owed: Reader, in_base: Rates, record: Records) -> None:
    _wired.update(owed=owed, rates=in_base, record=record)


def owed(entity: LegalEntity, customers: list[int], on: date, broken_days: int) -> dict[int, Owed]:
    """What each owes and how it pays, in a constant number of statements; who owes nothing may be left out."""
    return _wired["owed"](entity, customers, on, broken_days)


def rates(entity: LegalEntity, currencies: Iterable[str], on: date) -> dict[str, Decimal]:
    return _wired["rates"](entity, currencies, on)


def record(entity: LegalEntity, customers: list[int], on: date) -> dict[int, Record]:
    """How each customer paid in the twelve months before a day, by the ledger; who was never invoiced is left out."""
    return _wired["record"](entity, customers, on)
