"""What people type about billing."""

from decimal import Decimal

from django import forms

from o2c.core.forms import AmountField, DayField
from o2c.orders.models import LegalEntity


class EntityFilter(forms.Form):
    entity = forms.ChoiceField(label="Entity", required=False)

    def __init__(self, *args, entities: list[LegalEntity], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].choices = [(each.code, each.code) for each in entities]


class DifferenceFilter(forms.Form):
    entity = forms.ChoiceField(label="Entity", required=False)
    kind = forms.ChoiceField(
        label="What differs", required=False,
        choices=[("", "Anything"), ("price", "Price"), ("quantity", "Quantity"), ("tax", "Tax"), ("terms", "Terms")],
    )  # fmt: skip
    which = forms.ChoiceField(label="Of", required=False, choices=[("", "Drafts"), ("all", "Drafts and invoices")])

    def __init__(self, *args, entities: list[LegalEntity], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].choices = [("", "All"), *((each.code, each.code) for each in entities)]


class RunForm(forms.Form):
    as_of = DayField(label="By", help_text="What is due by this day; the day of the invoices.")


class AcceptForm(forms.Form):
    reason = forms.CharField(label="Why it may go", max_length=300)


class BillingRulesForm(forms.Form):
    automatic = forms.BooleanField(
        label="Bill by itself", required=False, help_text="Once a day, from three in the morning on."
    )


class ToleranceForm(forms.Form):
    amount = AmountField(label="Amount", help_text="That a line may differ by, in its invoice's currency.")
    percent = forms.DecimalField(
        label="Percent", min_value=Decimal(0), max_value=Decimal(100), max_digits=6, decimal_places=3,
        help_text="Of what was ordered; the larger of the two counts.",
    )  # fmt: skip
