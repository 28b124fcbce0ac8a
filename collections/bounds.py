"""Rules of a legal entity that are a few numbers and a least amount: what each may be, and the fields for it."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from django import forms

from o2c.core.money import MoneyError, exact
from o2c.core.refusals import Refused

Bounds = Mapping[str, tuple[int, int]]


def check(wanted, bounds: Bounds, optional: Collection[str], refused: type[Refused]) -> None:
    """Raise `refused` at the first number that is out of its bounds, or left out though it may not be."""
    for name, (least, most) in bounds.items():
        value = getattr(wanted, name)
        if value is None and name in optional:
            continue
        if value is None or not least <= value <= most:
            raise refused(f"Between {least} and {most}.", name)


def check_minimum(minimum: Decimal, currency: str, refused: type[Refused]) -> None:
    try:
        if exact(minimum, currency) < 0:
            raise refused("At least nothing.", "minimum")
    except MoneyError as wrong:
        raise refused(str(wrong), "minimum") from None


def fields(
    bounds: Bounds, optional: Collection[str], labels: Mapping[str, tuple[str, str]]
) -> dict[str, forms.IntegerField]:
    """A field for each number; `labels` are its label and its hint."""
    return {
        name: forms.IntegerField(
            label=labels[name][0], help_text=labels[name][1], min_value=least, max_value=most,
            required=name not in optional,
        )
        for name, (least, most) in bounds.items()
    }  # fmt: skip
