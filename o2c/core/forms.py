"""Inputs that every app's forms share."""

from decimal import Decimal

from django import forms

from o2c.core.money import AMOUNT_DIGITS, AMOUNT_PLACES


class DayField(forms.DateField):
    """A calendar day; the browser shows it the reader's way and sends it as 2026-03-02."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **kwargs):
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)


class AmountField(forms.DecimalField):
    """An amount of at least nothing; its currency is said beside it, and the act checks the scale."""

    def __init__(self, **kwargs):
        widget = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal", "class": "amount"})
        super().__init__(
            **{
                "max_digits": AMOUNT_DIGITS,
                "decimal_places": AMOUNT_PLACES,
                "min_value": Decimal(0),
                "widget": widget,
                **kwargs,
            }
        )


class Choices(forms.RadioSelect):
    """One of few, all visible."""


class ManyChoices(forms.CheckboxSelectMultiple):
    pass
