"""What people type when they decide about money."""

from decimal import Decimal

from django import forms

from o2c.core import formats
from o2c.core.forms import AmountField, DayField
from o2c.core.money import known_currencies, minor_unit
from o2c.invoicing.cash import refunds
from o2c.invoicing.models import BankAccount, BankDetailChange, BankLine, OpenItem, ReasonCode, WriteOff
from o2c.orders.models import Contact, Customer

REASON = {"widget": forms.Textarea(attrs={"rows": 2}), "max_length": 300}


def scaled(amount: Decimal, currency: str) -> Decimal:
    """As it is typed: with the decimal places that the currency is paid in."""
    return Decimal(amount).quantize(Decimal(1).scaleb(-minor_unit(currency)))


class OpenPartForm(forms.Form):
    """So much of an item or a credit; all that is open unless somebody types less."""

    amount = AmountField(label="Amount", min_value=Decimal("0.001"))

    def __init__(self, *args, item: OpenItem, **kwargs):
        super().__init__(*args, **kwargs)
        self.item = item
        self.fields["amount"].label = f"Amount in {item.currency}"
        self.fields["amount"].initial = scaled(abs(item.open_amount), item.currency)


class WriteOffForm(OpenPartForm):
    kind = forms.ChoiceField(label="What it is", choices=WriteOff.Kind.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label="Why", **REASON)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].initial = WriteOff.Kind.SMALL
        if self.item.amount < 0:
            # what we owe is nobody's bad debt
            self.fields["kind"].widget = forms.HiddenInput()


class DeductForm(OpenPartForm):
    reason = forms.ModelChoiceField(ReasonCode.objects.none(), label="Reason", to_field_name="code")
    note = forms.CharField(label="What the customer says", required=False, max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = ReasonCode.objects.filter(in_use=True).order_by("name")


class RefundForm(OpenPartForm):
    iban = forms.ChoiceField(label="To the account", widget=forms.RadioSelect)
    reason = forms.CharField(label="Why", **REASON)

    def __init__(self, *args, accounts: list[refunds.Known], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["iban"].choices = [
            (known.iban, f"{known.iban}, {known.holder}. {known.evidence}") for known in accounts
        ]
        if len(accounts) == 1:
            self.fields["iban"].initial = accounts[0].iban


class MoveForm(OpenPartForm):
    customer = forms.CharField(label="To the customer with the number", max_length=40)
    reason = forms.CharField(label="Why", max_length=200)
    field_order = ["customer", "amount", "reason"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_customer(self) -> Customer:
        number = self.cleaned_data["customer"].strip()
        customer = Customer.objects.for_user(self.user).filter(number=number).first()
        if customer is None:
            raise forms.ValidationError(f"There is no customer with the number {number}.")
        return customer


class ExchangeForm(OpenPartForm):
    currency = forms.CharField(label="Into", min_length=3, max_length=3)
    received = AmountField(
        label="What the bank made of it",
        required=False,
        min_value=Decimal("0.001"),
        help_text="In the new currency. Left empty: at the rate of the day.",
    )

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].upper()
        if code not in known_currencies():
            raise forms.ValidationError(f"{code} is not a currency of ISO 4217.")
        return code


class ReturnForm(forms.Form):
    on = DayField(label="Came back on")
    reason = forms.CharField(label="What the bank says", required=False, max_length=140)
    bank_fee = AmountField(label="The bank's fee", required=False, help_text="Only where it was charged with this.")


class AskDetailsForm(forms.Form):
    iban = forms.CharField(label="IBAN", max_length=42)
    way = forms.ChoiceField(label="How they told us", choices=BankDetailChange.Way.choices)
    reason = forms.CharField(label="What they said", **REASON)


class CallBackForm(forms.Form):
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label="Whom you called", empty_label=None, widget=forms.RadioSelect
    )
    spoke_with = forms.CharField(label="Who confirmed it", max_length=100)

    def __init__(self, *args, contacts: list[Contact], **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["contact"]
        field.queryset = Contact.objects.filter(pk__in=[contact.pk for contact in contacts])
        field.label_from_instance = lambda contact: f"{contact.name}, {contact.phone}"
        if len(contacts) == 1:
            field.initial = contacts[0].pk


class ApproveForm(forms.Form):
    note = forms.CharField(label="Note", required=False, **REASON)


class RefuseForm(forms.Form):
    note = forms.CharField(label="Why", **REASON)


class ExportForm(forms.Form):
    account = forms.ModelChoiceField(BankAccount.objects.none(), label="Paid from", empty_label=None)
    pay_on = DayField(label="To be paid on")

    def __init__(self, *args, accounts, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = accounts
        self.fields["account"].label_from_instance = lambda account: f"{account.entity.code}: {account}, {account.iban}"


class PaidByForm(forms.Form):
    line = forms.ModelChoiceField(
        BankLine.objects.none(), label="The line that paid it", empty_label=None, widget=forms.RadioSelect
    )

    def __init__(self, *args, lines: list[BankLine], **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["line"]
        field.queryset = BankLine.objects.filter(pk__in=[line.pk for line in lines])
        field.label_from_instance = _said_of
        if len(lines) == 1:
            field.initial = lines[0].pk


def _said_of(line: BankLine) -> str:
    told = (formats.day(line.booked_on), line.party_name or line.party_iban, line.remittance[:80])
    return f"{formats.amount(line.amount, line.currency)} {line.currency}, {', '.join(filter(None, told))}"


class ReasonCodeForm(forms.Form):
    code = forms.SlugField(label="Code", max_length=20)
    name = forms.CharField(label="Name", max_length=100)
    in_use = forms.BooleanField(label="In use", required=False, initial=True)

    def __init__(self, *args, code: ReasonCode | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.code = code
        if code is not None:
            del self.fields["code"]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if ReasonCode.objects.filter(code=code).exists():
            raise forms.ValidationError("There is such a code already.")
        return code


class CashRulesForm(forms.Form):
    clerk_lets_go = AmountField(label="A cash clerk writes off alone up to")
    manager_lets_go = AmountField(label="A finance manager writes off alone up to")
    two_approvers_from = AmountField(
        label="Two people approve from", help_text="Write-offs and refunds: neither may be who asked."
    )
    passes_on_bank_fee = forms.BooleanField(
        label="Charge the bank's fee for a returned payment to the customer", required=False
    )
    return_fee = AmountField(label="Own fee for a returned payment", help_text="Charged beside that; 0 for none.")

    def clean(self):
        facts = super().clean()
        clerk, manager = facts.get("clerk_lets_go"), facts.get("manager_lets_go")
        if clerk is not None and manager is not None and manager < clerk:
            self.add_error("manager_lets_go", "A finance manager may not less than a cash clerk.")
        return facts
