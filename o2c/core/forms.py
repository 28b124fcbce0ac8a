"""Inputs that every app's forms share."""

from datetime import datetime
from decimal import Decimal

from django import forms

from o2c.core.money import AMOUNT_DIGITS, AMOUNT_PLACES
from o2c.core.stamps import Stamped


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


class VersionedForm(forms.Form):
    """Carries the moment of the row's last change, so that nobody overwrites what they have not seen."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, row: Stamped | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.row = row
        if row is None:
            del self.fields["version"]
            return
        self.initial = {"version": row.updated_at.isoformat(), **self.shown(row), **self.initial}

    def shown(self, row) -> dict:
        """What the row holds, by the names of the fields."""
        return {name: getattr(row, name) for name in self.fields if name != "version"}

    def clean_version(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self.cleaned_data["version"])
        except ValueError:
            return None  # a version that is none was never seen: the act refuses it
