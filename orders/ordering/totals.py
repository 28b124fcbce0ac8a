"""What an order comes to, by the calculation rules of EN 16931-1, which invoices follow too.

A line's net amount is rounded once (BT-131), the tax once for each category and rate (BR-CO-17), both half away from
zero to the currency's smallest unit; all else is a sum (BR-CO-10 to BR-CO-15).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from o2c.core.money import step

# Quantity times price has up to 38 figures: more than Decimal keeps unless told.
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Priced:
    quantity: Decimal
    price: Decimal
    price_per: Decimal
    category: str
    rate: Decimal


@dataclass(frozen=True)
class Taxed:
    """What is taxed alike (BG-23)."""

    category: str
    rate: Decimal
    taxable: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Totals:
    nets: tuple[Decimal, ...]
    taxes: tuple[Taxed, ...]
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


def total(lines: Iterable[Priced], currency: str) -> Totals:
    """What the lines come to, in their order, and all together."""
    unit = step(currency)

    def rounded(value: Decimal) -> Decimal:
        return EXACT.quantize(value, unit)

    nets, alike = [], defaultdict(Decimal)
    for line in lines:
        net = rounded(EXACT.divide(EXACT.multiply(line.quantity, line.price), line.price_per))
        nets.append(net)
        alike[line.category, line.rate] += net
    taxes = tuple(
        Taxed(category, rate, taxable, rounded(EXACT.divide(EXACT.multiply(taxable, rate), Decimal(100))))
        for (category, rate), taxable in sorted(alike.items(), key=lambda each: (-each[0][1], each[0][0]))
    )
    return Totals(tuple(nets), taxes, sum(nets, Decimal(0)), sum((each.tax for each in taxes), Decimal(0)))
