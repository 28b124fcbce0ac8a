"""What people type about chronic accounts: from when on one is, and what they decide."""

from django import forms

from o2c.collections import bounds
from o2c.collections.chronic.rules import BOUNDS, OPTIONAL, Wanted
from o2c.collections.models import ChronicDecision, ChronicRules
from o2c.core.forms import AmountField, DayField
from o2c.core.money import plain
from o2c.orders.models import LegalEntity

SHOW = [("", "To decide"), ("accepted", "Accepted, under way"), ("kept", "Left as they are")]
LABELS = {
    "overdue_days": ("Chronic after", "Days. Something that nobody contests has been overdue for longer."),
    "unpaid_days": ("And nothing paid for", "Days."),
    "exit_days": (
        "End of business after", "Days overdue, where the account is blocked already. Empty: it is never recommended.",
    ),
    "write_off_days": (
        "Write-off after",
        "Days overdue, where an agency has given it back or nobody collects for us. Empty: it is never recommended.",
    ),
}  # fmt: skip


class FilterForm(forms.Form):
    show = forms.ChoiceField(label="Show", choices=SHOW, required=False)
    entity = forms.ModelChoiceField(None, label="Entity", to_field_name="code", required=False, empty_label="All")
    act = forms.ChoiceField(
        label="Recommended", choices=[("", "Anything"), *ChronicDecision.Act.choices], required=False
    )

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities
        self.fields["entity"].label_from_instance = lambda entity: entity.code


class AcceptForm(forms.Form):
    reason = forms.CharField(label="Remark", max_length=200, required=False)
    act = forms.CharField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput)


class KeepForm(forms.Form):
    until = DayField(label="Leave it as it is until", help_text="Then it is recommended again, if it still is.")
    reason = forms.CharField(label="Why", max_length=200)
    act = forms.CharField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput)


class RulesForm(forms.Form):
    """From when on an account is chronic, and when the last acts are recommended."""

    def __init__(self, data=None, *, entity: LegalEntity, rules: ChronicRules | None):
        shown = rules or Wanted()
        initial = {name: getattr(shown, name) for name in BOUNDS}
        super().__init__(data, initial=initial | {"minimum": plain(shown.minimum, entity.base_currency)})
        self.fields |= bounds.fields(BOUNDS, OPTIONAL, LABELS)
        self.fields["minimum"] = AmountField(label=f"At least, in {entity.base_currency}", help_text="Overdue.")
        self.order_fields(["overdue_days", "minimum", "unpaid_days", "exit_days", "write_off_days"])
