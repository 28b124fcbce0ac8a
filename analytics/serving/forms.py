"""What people type about cost to serve."""

from datetime import date
from decimal import Decimal

from django import forms

from o2c.analytics.models.serving import BY_PERCENT, Step
from o2c.core.forms import AmountField, DayField
from o2c.orders.models import LegalEntity, Order

SORTS = (("cost", "Cost to serve"), ("left", "Left over, least first"), ("net", "Sold"), ("share", "Cost in % of sold"))
LONGEST_YEARS = 10


class SpanForm(forms.Form):
    """Of which legal entity, and from when until when."""

    entity = forms.ModelChoiceField(
        LegalEntity.objects.none(), label="Entity", to_field_name="code", required=False, empty_label=None
    )
    since = DayField(label="From", required=False)
    until = DayField(label="Until", required=False)

    def __init__(self, data, *, entities, today: date):
        super().__init__(data or None)
        self.fields["entity"].queryset = entities
        self.usual = {"entity": entities.first(), "since": today.replace(day=1, month=1), "until": today}
        self.initial = self.usual | {"entity": self.usual["entity"] and self.usual["entity"].code}

    def clean(self):
        span = super().clean()
        since, until = span.get("since") or self.usual["since"], span.get("until") or self.usual["until"]
        if until < since:
            raise forms.ValidationError("It ends before it begins.")
        if until.year - since.year > LONGEST_YEARS:
            raise forms.ValidationError(f"At most {LONGEST_YEARS} years.")
        return span

    @property
    def asked(self) -> dict:
        """What was asked for, what is usual where nothing was said or it makes no sense."""
        said = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return {name: said.get(name) or usual for name, usual in self.usual.items()}


class CustomersForm(SpanForm):
    sort = forms.ChoiceField(label="Order by", choices=SORTS, required=False)


class RateForm(forms.Form):
    step = forms.ChoiceField(label="Step", choices=Step.choices)
    rate = forms.DecimalField(
        label="Costs",
        required=False,
        min_value=Decimal(0),
        max_digits=15,
        decimal_places=4,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal", "class": "amount"}),
        help_text="Each, in the base currency; of card payments in percent. Empty: nothing any more.",
    )
    from_on = DayField(label="From", help_text="From this day on, until another rate of the step begins.")

    def clean_step(self) -> Step:
        return Step(self.cleaned_data["step"])


class WorkForm(forms.Form):
    step = forms.ChoiceField(
        label="What", choices=[(each.value, each.label) for each in Step if each not in BY_PERCENT]
    )
    on = DayField(label="On")
    quantity = forms.DecimalField(
        label="How many", min_value=Decimal("0.01"), max_digits=12, decimal_places=2, initial=1,
        help_text="Minutes of a dispute; of other work as its rate counts.",
    )  # fmt: skip
    amount = AmountField(
        label="What it really cost", required=False, help_text="Else it is priced by the rate. For an order it stands"
        " for all of this step on that order.",
    )  # fmt: skip
    order = forms.CharField(label="Order", max_length=60, required=False, help_text="Its number, where it was for one.")
    note = forms.CharField(label="Note", max_length=200, required=False)

    def __init__(self, *args, orders, **kwargs):
        super().__init__(*args, **kwargs)
        self.orders = orders

    def clean_step(self) -> Step:
        return Step(self.cleaned_data["step"])

    def clean_order(self) -> Order | None:
        number = self.cleaned_data["order"].strip()
        if not number:
            return None
        found = self.orders.filter(number=number).first()
        if found is None:
            raise forms.ValidationError(f"The customer has no order {number}.")
        return found
