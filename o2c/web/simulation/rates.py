"""Exchange rates that wander around a typical level. Simulated: they are nobody's reference rates."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from o2c.core.money import step

# Units of the currency for one euro.
TYPICAL = {"CHF": 0.95, "GBP": 0.86, "USD": 1.09}
DAILY_STEP = 0.004
PULL_BACK = 0.02
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Rates:
    """Rates of each weekday; a day without one has that of the last day before."""

    published: dict[str, dict[date, Decimal]]
    by_ordinal: dict[str, dict[int, Decimal]]

    def in_base(self, cents: int, currency: str, base: str, ordinal: int) -> Decimal:
        """Hundredths of a currency in another, as `o2c.invoicing.ledger.in_base` converts and rounds."""
        amount = cents * CENT
        if currency == base:
            return amount
        theirs, ours = (Decimal(1) if code == "EUR" else self.by_ordinal[code][ordinal] for code in (currency, base))
        return (amount / theirs * ours).quantize(step(base))


def wander(seed: int, first: date, last: date) -> Rates:
    """A rate for every currency on every weekday from `first` to `last`."""
    published: dict[str, dict[date, Decimal]] = {}
    by_ordinal: dict[str, dict[int, Decimal]] = {}
    for currency, typical in TYPICAL.items():
        dice = Random(f"{seed} {currency}")  # noqa: S311 believable, not secret
        published[currency], by_ordinal[currency] = {}, {}
        off, rate, day = 0.0, None, first
        while day <= last:
            if rate is None or day.weekday() < 5:
                off += dice.gauss(0, DAILY_STEP) - PULL_BACK * off
                rate = Decimal(f"{typical * math.exp(off):.4f}")
                published[currency][day] = rate
            by_ordinal[currency][day.toordinal()] = rate
            day += timedelta(days=1)
    return Rates(published, by_ordinal)
