"""What an order comes to in the legal entity's own currency. Exchange rates are kept a floor above: the roof says,
once, who knows them (`o2c.web.apps`)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from o2c.orders.models import LegalEntity

Rule = Callable[[Decimal, str, LegalEntity, date], Decimal | None]
_known: list[Rule] = []


def use(rule: Rule) -> None:
    """Say who knows what an amount in a currency is to a legal entity on a day."""
    _known[:] = [rule]


def in_base(amount: Decimal, currency: str, entity: LegalEntity, on: date) -> Decimal | None:
    """The amount in the legal entity's currency at the rate of a day; None where no rate is known."""
    if currency == entity.base_currency:
        return amount
    return _known[0](amount, currency, entity, on) if _known else None
