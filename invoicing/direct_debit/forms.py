"""What people type about mandates and about how a legal entity collects."""

from django import forms

from o2c.core.forms import DayField
from o2c.invoicing.direct_debit.words import BANK
from o2c.invoicing.models import BankDetailChange, DirectDebitRules, Mandate, Scheme
from o2c.orders.models import LegalEntity


class AccountForm(forms.Form):
    """Whose account it is, and how the customer told us."""

    holder = forms.CharField(label="Account holder", max_length=70)
    iban = forms.CharField(label="IBAN", max_length=42)
    bic = forms.CharField(label="BIC", max_length=11, required=False, help_text="Not needed within the euro area.")
    way = forms.ChoiceField(
        label="How they told us",
        choices=BankDetailChange.Way.choices,
        help_text="An account that we do not know yet is confirmed by a call, and approved by somebody else.",
    )


class NewMandateForm(AccountForm):
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="For", to_field_name="code", empty_label=None)
    signed_on = DayField(label="Signed on")
    scheme = forms.ChoiceField(label="Scheme", choices=Scheme.choices, widget=forms.RadioSelect, initial=Scheme.CORE)
    one_off = forms.BooleanField(label="Good for a single collection", required=False)
    reference = forms.CharField(
        label="Mandate reference", max_length=35, required=False, help_text="Left empty: the next of ours."
    )
    field_order = ["entity", "holder", "iban", "bic", "way", "signed_on", "scheme", "one_off", "reference"]

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities
        self.fields["way"].initial = BankDetailChange.Way.LETTER


class AmendForm(AccountForm):
    last = forms.BooleanField(
        label="The next collection is the last one", required=False, help_text="The bank is told so (FNAL)."
    )

    def __init__(self, *args, mandate: Mandate, **kwargs):
        facts = {name: getattr(mandate, name) for name in ("holder", "iban", "bic", "last")}
        super().__init__(*args, initial=facts | {"way": BankDetailChange.Way.LETTER}, **kwargs)
        if mandate.one_off:
            del self.fields["last"]


class CancelForm(forms.Form):
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 2}), max_length=300)


class RejectForm(forms.Form):
    reason = forms.ChoiceField(
        label="What the bank says", choices=[(code, f"{code}: {text}") for code, text in BANK.items()], initial="MS03"
    )


class RulesForm(forms.Form):
    creditor_id = forms.CharField(
        label="SEPA creditor identifier",
        max_length=42,
        required=False,
        help_text="From your central bank, such as DE98ZZZ09999999999. Left empty: nothing is collected.",
    )
    notice_days = forms.IntegerField(
        label="Days before that customers are told",
        min_value=0,
        max_value=60,
        help_text="14, unless another time is agreed with your customers.",
    )
    lead_days = forms.IntegerField(
        label="Banking days before that the bank has the file", min_value=1, max_value=30, help_text="Ask your bank."
    )
    version = forms.ChoiceField(label="Version of the file", choices=DirectDebitRules.Version.choices)
