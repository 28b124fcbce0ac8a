"""What people type about persistent late payers: which to see, the rule, and why one is released."""

from django import forms

from o2c.collections import bounds
from o2c.collections.late_payers.rules import BOUNDS, OPTIONAL, Wanted
from o2c.collections.models import InterestPack, LatePayerConsequence, LatePayerRule
from o2c.core.forms import AmountField, DayField
from o2c.core.money import plain
from o2c.orders.models import LegalEntity, PaymentTerms

SHOW = [("listed", "Listed"), ("release", "To be released"), ("released", "Released")]
APPLIED = [
    ("", "Whatever follows"),
    ("proposed", "Something is proposed"),
    *((kind, f"{label} holds") for kind, label in LatePayerConsequence.Kind.choices),
]


class FilterForm(forms.Form):
    show = forms.ChoiceField(label="Show", choices=SHOW, required=False)
    entity = forms.ModelChoiceField(None, label="Entity", to_field_name="code", required=False, empty_label="All")
    follows = forms.ChoiceField(label="Follows", choices=APPLIED, required=False)
    customer = forms.CharField(label="Customer", max_length=100, required=False)

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities
        self.fields["entity"].label_from_instance = lambda entity: entity.code


class ReleaseForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=200)
    not_before = DayField(
        label="Not listed again before", required=False,
        help_text="While the rule still holds it would be listed again in the night.",
    )  # fmt: skip


LABELS = {
    "months": ("Looks back", "Months. What was due or still owed within them counts."),
    "days_late": ("Late after", "Days past the due day. Days in dispute do not count."),
    "least_invoices": ("Late invoices", "At least so many."),
    "least_share": ("Share of late invoices", "At least so many percent. Empty: it does not matter."),
    "least_average": ("Days late on average", "At least, weighed by the amount. Empty: it does not matter."),
    "release_months": ("Released after", "Months in which the rule has not held."),
}


class RuleForm(forms.Form):
    """A version of the rule, as a whole."""

    lists = forms.BooleanField(
        label="Keeps a list", required=False, help_text="Else nobody is listed; who is on it stays until released."
    )
    terms = forms.ModelChoiceField(
        PaymentTerms.objects.order_by("code"), label="Proposes payment terms", to_field_name="code", required=False,
        empty_label="No other terms",
    )  # fmt: skip
    prepayment = forms.ModelChoiceField(
        PaymentTerms.objects.order_by("code"), label="Proposes prepayment, by the terms", to_field_name="code",
        required=False, empty_label="No prepayment",
    )  # fmt: skip
    holds = forms.BooleanField(
        label="Proposes a credit hold", required=False, help_text="The account is blocked: nothing new is invoiced."
    )
    pack = forms.ModelChoiceField(
        InterestPack.objects.all(), label="Proposes interest, by the pack", to_field_name="code", required=False,
        empty_label="No interest", help_text="Of what is due from then on, whoever else pays none.",
    )  # fmt: skip
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = ["lists", "months", "days_late", "minimum", "least_invoices", "least_share", "least_average",
                   "release_months"]  # fmt: skip

    def __init__(self, data=None, *, entity: LegalEntity, rule: LatePayerRule | None):
        shown = rule or Wanted()
        cells = {name: getattr(shown, name) for name in ("lists", "holds", *BOUNDS)}
        cells |= {
            name: getattr(chosen, "code", None)
            for name, chosen in (("terms", shown.terms), ("prepayment", shown.prepayment), ("pack", shown.pack))
        }
        cells |= {"minimum": plain(shown.minimum, entity.base_currency), "seen": rule.version if rule else 0}
        super().__init__(data, initial=cells)
        self.fields |= bounds.fields(BOUNDS, OPTIONAL, LABELS)
        self.fields["minimum"] = AmountField(
            label=f"Least amount in {entity.base_currency}",
            help_text="So much of an invoice must be late for it to count.",
        )
        for name in ("terms", "prepayment"):
            self.fields[name].label_from_instance = lambda terms: f"{terms.code} · {terms.name}"
        self.order_fields(self.field_order)

    def wanted(self) -> Wanted:
        """What was typed. Call it where the form is valid."""
        return Wanted(**{name: value for name, value in self.cleaned_data.items() if name != "seen"})
