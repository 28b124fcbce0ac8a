"""What people type about credit: policies and limits."""

from django import forms

from o2c.core.forms import AmountField, Choices, DayField, VersionedForm
from o2c.core.money import plain
from o2c.orders.credit.policies import AMOUNTS, BOUNDS, FACTS, OPTIONAL
from o2c.orders.credit.scorecard import FACTORS
from o2c.orders.models import Account, CreditPolicy, CreditReview, LegalEntity

LABELS = {
    "max_oldest_days": ("Oldest item overdue", "Days that it may be. Empty: it does not matter."),
    "dunning_level": ("Dunning level", "Who was told of this one or a higher is held. Empty: it does not matter."),
    "broken_promises": ("Broken promises", "Who broke so many is held. Empty: it does not matter."),
    "broken_days": ("Counted back", "Days that broken promises are."),
    "yes_days": ("A first yes waits", "Days for the second’s; then it is said anew."),
    **{f"weigh_{factor}": (f"Weight: {name.lower()}", "") for factor, (name, _, _) in FACTORS.items()},
    "least_score": ("Least score", "Of 100. With fewer points no limit is proposed."),
    "turnover_months": ("Months of turnover", "That are the limit of a full score."),
    "sales_percent": ("Percent of its own sales", "That are it of who has bought nothing yet."),
    "stale_months": ("Figures count for", "Months after their day."),
    "review_days": ("A review is due", "Days before a limit ends."),
    "review_used": ("Or above", "Percent of the limit that are used."),
    "max_overdue": ("Overdue amount", "May be overdue. Empty: it does not matter."),
    "two_people_from": ("Two people release from", "Orders of so much. Empty: one person does."),
    "analyst_sets_up_to": ("A credit analyst sets limits up to", "Alone. Empty: any."),
    "manager_sets_up_to": ("A finance manager sets limits up to", "Alone. Empty: any."),
}


class PolicyForm(VersionedForm):
    """The policy of a legal entity, as a whole; its amounts in the base currency."""

    without_limit = forms.ChoiceField(
        label="Without a credit limit a customer", choices=CreditPolicy.WithoutLimit.choices,
        help_text="Whose limit ran out is held whatever this says.",
    )  # fmt: skip
    field_order = [
        "without_limit", "max_oldest_days", "max_overdue", "dunning_level", "broken_promises", "broken_days",
        "two_people_from", "yes_days", "analyst_sets_up_to", "manager_sets_up_to", "review_days", "review_used",
        *(f"weigh_{factor}" for factor in FACTORS), "least_score", "turnover_months", "sales_percent", "stale_months",
        "version",
    ]  # fmt: skip

    def __init__(self, data=None, *, entity: LegalEntity, row: CreditPolicy | None):
        self.entity = entity
        super().__init__(data, row=row)
        if row is None:
            self.initial = self.shown(CreditPolicy(entity=entity))
        for name, (least, most) in BOUNDS.items():
            self.fields[name] = forms.IntegerField(
                label=LABELS[name][0], help_text=LABELS[name][1], min_value=least, max_value=most,
                required=name not in OPTIONAL,
            )  # fmt: skip
        for name in AMOUNTS:
            self.fields[name] = AmountField(
                label=f"{LABELS[name][0]} ({entity.base_currency})", help_text=LABELS[name][1], required=False
            )
        self.order_fields(self.field_order)

    def shown(self, row: CreditPolicy) -> dict:
        shown = {name: getattr(row, name) for name in FACTS}
        currency = self.entity.base_currency
        return shown | {name: plain(shown[name], currency) for name in AMOUNTS if shown[name] is not None}

    def facts(self) -> dict:
        """What was typed. Call it where the form is valid."""
        return {name: self.cleaned_data[name] for name in FACTS}


class LimitForm(forms.Form):
    amount = AmountField()
    valid_from = DayField(label="From")
    valid_until = DayField(label="Last day", required=False, help_text="Empty: until another one is set.")
    then_back = forms.BooleanField(
        label="For a time only", required=False, help_text="After its last day what counts now counts again."
    )
    reason = forms.CharField(label="Why", max_length=300)

    def __init__(self, *args, account: Account, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = f"Limit in {account.currency}"

    def clean(self) -> dict:
        facts = super().clean()
        if facts.get("then_back") and not facts.get("valid_until") and not self.errors:
            self.add_error("valid_until", "Say until when.")
        return facts


class EndLimitForm(forms.Form):
    last_day = DayField(label="Last day", help_text="It counts on this day for the last time.")


# --- Held orders


class HeldFilterForm(forms.Form):
    entity = forms.ChoiceField(label="Entity", required=False)
    customer = forms.CharField(label="Customer", max_length=100, required=False)

    def __init__(self, *args, entities: list[LegalEntity], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].choices = [("", "Where orders wait"), *((each.code, each.code) for each in entities)]
        if len(entities) < 2:
            del self.fields["entity"]


class ReleaseForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=300)


class RejectForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=300)
    then = forms.ChoiceField(
        label="Then it is", choices=[("cancel", "Cancelled"), ("draft", "A draft again, to be changed")],
        widget=Choices, initial="cancel",
    )  # fmt: skip


# --- Reviews


class ReviewForm(forms.Form):
    """What was found out of a customer; the sales in the base currency of the legal entity."""

    financials_on = DayField(label="Balance sheet of", required=False)
    equity_ratio = forms.DecimalField(
        label="Equity ratio", max_digits=6, decimal_places=2, required=False, help_text="Percent of all assets."
    )
    current_ratio = forms.DecimalField(
        label="Liquidity", max_digits=6, decimal_places=2, required=False,
        help_text="Current assets to short-term debt, such as 1.4.",
    )  # fmt: skip
    sales = AmountField(label="Sales in a year", required=False)
    rating_provider = forms.CharField(label="Rated by", max_length=100, required=False)
    rating = forms.CharField(label="Rating", max_length=40, required=False, help_text="As they write it.")
    rating_score = forms.IntegerField(
        label="Of 100", min_value=0, max_value=100, required=False, help_text="100 is the best."
    )
    rating_on = DayField(label="Rated on", required=False)

    def __init__(self, *args, account: Account, review: CreditReview | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sales"].label = f"Sales in a year ({account.entity.base_currency})"
        if review is not None:
            self.initial = {name: getattr(review, name) for name in self.fields}
            if review.sales is not None:
                self.initial["sales"] = plain(review.sales, account.entity.base_currency)


class ApplicationForm(ReviewForm):
    asked_limit = AmountField()
    reason = forms.CharField(label="What for", max_length=300)
    field_order = ["asked_limit", "reason"]

    def __init__(self, *args, account: Account, **kwargs):
        super().__init__(*args, account=account, **kwargs)
        self.fields["asked_limit"].label = f"Limit asked for in {account.currency}"


class ApproveForm(forms.Form):
    amount = AmountField()
    valid_until = DayField(label="Last day", required=False, help_text="Empty: until another one is set.")
    note = forms.CharField(label="Note", max_length=250, required=False)

    def __init__(self, *args, currency: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = f"Limit in {currency}"


class RefuseForm(forms.Form):
    note = forms.CharField(label="Why", max_length=300)
