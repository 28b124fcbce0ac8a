"""What orders come to in the legal entity's own currency. Exchange rates are kept a floor above: the roof says, once,
who knows them (`o2c.web.apps`)."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from o2c.orders.models import LegalEntity

# An amount, its currency and its day.
Amount = tuple[Decimal, str, date]
Rule = Callable[[LegalEntity, Sequence[Amount]], list[Decimal | None]]
_known: list[Rule] = []


def use(rule: Rule) -> None:
    """Say who knows what amounts in currencies are to a legal entity on their days."""
    _known[:] = [rule]


def in_base(entity: LegalEntity, amounts: Sequence[Amount]) -> list[Decimal | None]:
    """Each amount in the legal entity's currency at the rate of its day; None where no rate is known."""
    if all(currency == entity.base_currency for _, currency, _ in amounts):
        return [amount for amount, _, _ in amounts]
    return _known[0](entity, amounts) if _known else [None] * len(amounts)
