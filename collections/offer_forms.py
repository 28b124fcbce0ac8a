"""What people type about offers of discounts: which to see, and the rule."""

from decimal import Decimal

from django import forms

from o2c.collections import bounds
from o2c.collections.offers.rules import BOUNDS, FACTS, Wanted
from o2c.core.forms import AmountField
from o2c.core.money import plain
from o2c.invoicing.models import EarlyOffer, EarlyOfferRule
from o2c.orders.models import LegalEntity

State = EarlyOffer.State
SHOW = [("", "All"), *((state, label) for state, label in State.choices if state != State.PROPOSED)]
LABELS = {
    "least_days": ("Only where due in", "Days from the offer, at least."),
    "pause_days": ("Written to again after", "Days, at the earliest."),
}
AMOUNTS = ("least_discount", "minimum", "budget")


class OfferFilterForm(forms.Form):
    state = forms.ChoiceField(label="State", choices=SHOW, required=False)
    entity = forms.ModelChoiceField(None, label="Entity", to_field_name="code", required=False, empty_label="All")
    customer = forms.CharField(label="Customer", max_length=100, required=False)

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities
        self.fields["entity"].label_from_instance = lambda entity: entity.code


def _percent(label: str, hint: str, *, required: bool = True, most: int = 50) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, help_text=hint, max_digits=6, decimal_places=3, min_value=0, max_value=most, required=required
    )


class OfferRuleForm(forms.Form):
    """A version of the rule, as a whole."""

    offers = forms.BooleanField(
        label="Offers discounts", required=False, help_text="Else nothing new is offered; what stands stays."
    )
    kind = forms.ChoiceField(label="The discount", choices=EarlyOfferRule.Kind.choices, widget=forms.RadioSelect)
    rate = _percent(
        "Rate a year",
        "Percent: each day before due is worth a 365th of it. Not for fixed steps.",
        required=False,
        most=100,
    )
    steps = forms.CharField(
        label="Steps", required=False, max_length=100,
        help_text="Days before due and percent, such as 20: 2; 10: 1. Not for a rate.",
    )  # fmt: skip
    least_percent = _percent("Least percent", "Days that are worth less get no discount.")
    most_percent = _percent("Most percent", "However early it is paid.")
    skips_late_payers = forms.BooleanField(label="Nothing for persistent late payers", required=False)
    unasked = forms.BooleanField(
        label="Goes out without approval", required=False, help_text="Each night's offers are sent at once."
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, entity: LegalEntity, rule: EarlyOfferRule | None):
        shown = rule or Wanted()
        cells = {name: getattr(shown, name) for name in FACTS}
        for name in AMOUNTS:
            if cells[name] is not None:
                cells[name] = plain(cells[name], entity.base_currency)
        for name in ("rate", "least_percent", "most_percent"):
            if cells[name] is not None:
                cells[name] = f"{Decimal(cells[name]).normalize():f}"
        super().__init__(data, initial=cells | {"seen": rule.version if rule else 0})
        self.fields |= bounds.fields(BOUNDS, (), LABELS)
        base = entity.base_currency
        self.fields["least_discount"] = AmountField(
            label=f"Least discount in {base}", help_text="Days on which it is less get none."
        )
        self.fields["minimum"] = AmountField(label=f"Least item in {base}", help_text="Of smaller ones nothing.")
        self.fields["budget"] = AmountField(
            label=f"Budget a month in {base}", required=False, help_text="Of what is offered. Empty: no limit."
        )

    def wanted(self) -> Wanted:
        """What was typed. Call it where the form is valid."""
        return Wanted(**{name: self.cleaned_data[name] for name in FACTS})
