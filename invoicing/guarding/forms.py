"""What people say of money that is held, and how findings are taken."""

from decimal import Decimal

from django import forms

from o2c.invoicing.guarding.checks import STANDARD, Rule
from o2c.invoicing.models import Check, Level


class WhyForm(forms.Form):
    """The reason of an asking or a decision."""

    why = forms.CharField(label="Reason", max_length=300, widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}))


class RulesForm(forms.Form):
    """One level a check, and its limit where it has one."""

    def __init__(self, data=None, *, rules: dict[Check, Rule]):
        super().__init__(data)
        self.rules = rules
        for check, rule in rules.items():
            self.fields[check.value] = forms.ChoiceField(
                label=check.label, choices=Level.choices, initial=rule.level.value
            )
            if STANDARD[check].limit is not None:
                self.fields[f"{check.value}-limit"] = forms.DecimalField(
                    label=f"{check.label}: limit",
                    min_value=Decimal("0.01"),
                    max_digits=8,
                    decimal_places=2,
                    initial=rule.limit.normalize() if rule.limit == rule.limit.to_integral() else rule.limit,
                    help_text=rule.unit,
                )

    def chosen(self) -> dict[Check, Rule]:
        return {
            check: Rule(Level(self.cleaned_data[check.value]), self.cleaned_data.get(f"{check.value}-limit"))
            for check in self.rules
        }
