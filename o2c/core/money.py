"""Amounts of money: how they are stored, checked and rounded.

A row stores its amounts as plain decimals beside one currency column, and shows them as `Money` through
`MoneyProperty`. A row therefore cannot hold two currencies by accident, and SQL over many rows stays plain.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from django.db import models
from djmoney.money import Money
from moneyed import CURRENCIES, CurrencyDoesNotExist, get_currency

AMOUNT_DIGITS = 19
AMOUNT_PLACES = 4
LARGEST_AMOUNT = Decimal(10) ** (AMOUNT_DIGITS - AMOUNT_PLACES) - 1


class MoneyError(ValueError):
    """An amount or a currency that cannot be booked; the text says why."""


class UnknownCurrency(MoneyError):
    pass


class MixedCurrencies(MoneyError):
    pass


def minor_unit(currency: str) -> int:
    """How many decimal places a currency is paid in (ISO 4217): EUR 2, JPY 0, KWD 3."""
    try:
        sub_unit = get_currency(code=currency).sub_unit
    except CurrencyDoesNotExist:
        raise UnknownCurrency(f"{currency!r} is not a currency of ISO 4217.") from None
    return len(str(sub_unit)) - 1


@cache
def known_currencies() -> frozenset[str]:
    return frozenset(CURRENCIES)


@cache
def step(currency: str) -> Decimal:
    """The smallest amount that can be paid in a currency."""
    return Decimal(1).scaleb(-minor_unit(currency))


def rounded(money: Money) -> Money:
    """Round to the currency's minor unit, half away from zero."""
    return Money(money.amount.quantize(step(str(money.currency)), ROUND_HALF_UP), money.currency)


def exact(amount: Decimal, currency: str) -> Decimal:
    """The amount at the currency's own scale; raises MoneyError where it has a finer fraction or is no number."""
    if not amount.is_finite():
        raise MoneyError(f"{amount} is not an amount.")
    if abs(amount) > LARGEST_AMOUNT:
        raise MoneyError(f"{amount} is larger than any amount that can be booked.")
    quantized = amount.quantize(step(currency))
    if quantized != amount:
        raise MoneyError(f"{amount} {currency} is finer than the currency's smallest unit {step(currency)}.")
    return quantized


def shared_out(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Parts of an amount by weights that are positive, each in whole smallest units of the currency; they make it up.

    What rounding down leaves over goes, a unit each, to where it cut off the most (largest remainder), the first first.
    """
    unit = step(currency)
    units = int(abs(exact(amount, currency)) / unit)
    whole = [int(weight.scaleb(AMOUNT_PLACES)) for weight in weights]
    cut = [divmod(units * weight, sum(whole)) for weight in whole]
    left = units - sum(part for part, _ in cut)
    first = sorted(range(len(cut)), key=lambda place: (-cut[place][1], place))[:left]
    sign = -1 if amount < 0 else 1
    return [sign * (part + (place in first)) * unit for place, (part, _) in enumerate(cut)]


def plain(amount: Decimal, currency: str) -> str:
    """An amount as the API and JSON answers write it: "1234.50", at the currency's own scale."""
    return str(amount.quantize(step(currency), ROUND_HALF_UP))


class AmountField(models.DecimalField):
    """A stored amount; its currency is in the row's currency column."""

    def __init__(self, *args, **kwargs):
        kwargs["max_digits"] = AMOUNT_DIGITS
        kwargs["decimal_places"] = AMOUNT_PLACES
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs


class CurrencyField(models.CharField):
    """An ISO 4217 code; no default, because a guessed currency is a wrong amount."""

    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 3
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs


class MoneyProperty:
    """Reads an amount column and the row's currency column as one Money.

    Assigning Money of another currency than the row's raises MixedCurrencies; it never relabels the row.
    """

    def __init__(self, amount_field: str, currency_field: str = "currency"):
        self.amount_field = amount_field
        self.currency_field = currency_field

    def __get__(self, row, owner=None):
        if row is None:
            return self
        return Money(getattr(row, self.amount_field), getattr(row, self.currency_field))

    def __set__(self, row, money: Money):
        currency = getattr(row, self.currency_field)
        if currency and str(money.currency) != currency:
            raise MixedCurrencies(f"The row is in {currency}; {money.currency} cannot be stored in it.")
        setattr(row, self.amount_field, exact(money.amount, str(money.currency)))
        setattr(row, self.currency_field, str(money.currency))
