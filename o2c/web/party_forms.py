"""What people type about a customer: who it is, what is agreed with it, and whom to reach there."""

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.db.models import Q

from o2c.collections import policy_choices
from o2c.core import eori, networks, vat_ids
from o2c.core.forms import AmountField, VersionedForm
from o2c.core.models import Role, User
from o2c.core.money import MoneyError, exact
from o2c.orders.models import Account, Contact, Customer, LegalEntity, PaymentTerms


class PeppolAddressField(forms.CharField):
    """An address in the Peppol network, which is empty or right."""

    def __init__(self, **kwargs):
        about = "Where e-invoices reach it: scheme and identifier, such as 0088:7300010000001."
        super().__init__(label="Peppol address", required=False, max_length=networks.LONGEST, help_text=about, **kwargs)

    def clean(self, value):
        try:
            return networks.check_address(super().clean(value))
        except networks.NotAnAddress as wrong:
            raise forms.ValidationError(str(wrong)) from None


class EoriField(forms.CharField):
    """A number by which customs know somebody, which is empty or right."""

    def __init__(self, **kwargs):
        about = "By which customs know it: such as DE1234567."
        super().__init__(label="EORI number", required=False, max_length=40, help_text=about, **kwargs)

    def clean(self, value):
        try:
            return eori.check(super().clean(value))
        except eori.NotAnEori as wrong:
            raise forms.ValidationError(str(wrong)) from None


COUNTRY = RegexValidator("^[A-Za-z]{2}$", "Two letters, as in DE or GB (ISO 3166).")


class CustomerForm(VersionedForm):
    name = forms.CharField(label="Name", max_length=200)
    street = forms.CharField(label="Street", max_length=200, required=False)
    postal_code = forms.CharField(label="Postal code", max_length=20, required=False)
    city = forms.CharField(label="City", max_length=100, required=False)
    country = forms.CharField(label="Country", max_length=2, validators=[COUNTRY], required=False)
    vat_id = forms.CharField(label="VAT id", max_length=20, required=False)
    eori = EoriField()
    peppol_address = PeppolAddressField()
    is_consumer = forms.BooleanField(
        label="Private person", required=False, help_text="Other law on late payment, and none of companies."
    )
    language = forms.ChoiceField(label="Writes and reads", choices=settings.LANGUAGES, initial="en")
    parent = forms.CharField(
        label="Belongs to",
        max_length=40,
        required=False,
        help_text="The number of the customer whose branch it is. What it owes follows to whoever pays for that group.",
    )

    def __init__(self, *args, user: User, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)
        language = self.row.language if self.row else "en"
        if language not in dict(settings.LANGUAGES):
            self.fields["language"].choices = [(language, language), *settings.LANGUAGES]
        if self.row and self.row.parent_id and not Customer.objects.for_user(user).filter(pk=self.row.parent_id):
            del self.fields["parent"]  # it belongs to a customer of legal entities that the user does not see

    def shown(self, row: Customer) -> dict:
        return {**super().shown(row), "parent": row.parent.number if row.parent else ""}

    def clean_country(self) -> str:
        return self.cleaned_data["country"].upper()

    def clean_parent(self) -> Customer | None:
        number = self.cleaned_data["parent"].strip()
        if not number:
            return None
        parent = Customer.objects.for_user(self.user).filter(number=number).first()
        if parent is None:
            raise forms.ValidationError(f"There is no customer with the number {number}.")
        return parent

    def clean_vat_id(self) -> str:
        """A new one must be right as its country writes it; one that stands there already is left alone."""
        vat_id = self.cleaned_data["vat_id"].replace(" ", "").upper()
        if not vat_id or (self.row and vat_id == self.row.vat_id):
            return vat_id
        if wrong := vat_ids.why_wrong(vat_id):
            raise forms.ValidationError(wrong)
        return vat_id


class NewCustomerForm(CustomerForm):
    """A customer and its first account, without which nobody limited to a legal entity would see it."""

    number = forms.CharField(label="Number", max_length=40)
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="Buys from", to_field_name="code")
    terms = forms.ModelChoiceField(
        PaymentTerms.objects.order_by("code"), label="Payment terms", to_field_name="code", required=False
    )
    field_order = ["number"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = LegalEntity.objects.for_user(self.user).order_by("code")
        self.fields["terms"].label_from_instance = _terms

    def clean_number(self) -> str:
        number = self.cleaned_data["number"].strip()
        if Customer.objects.filter(number=number).exists():
            raise forms.ValidationError(f"There is a customer {number} already.")
        return number


class AccountForm(VersionedForm):
    """What is agreed with a legal entity; the credit limit is agreed apart."""

    segment = forms.CharField(label="Segment", max_length=40, required=False)
    terms = forms.ModelChoiceField(
        PaymentTerms.objects.order_by("code"), label="Payment terms", to_field_name="code", required=False
    )
    collector = forms.ModelChoiceField(
        User.objects.none(), label="Collector", to_field_name="username", required=False, empty_label="Nobody"
    )
    channel = forms.ChoiceField(label="Reminders", choices=Account.Channel.choices)
    policy = forms.ChoiceField(label="Dunning policy", required=False)
    demands_order_number = forms.BooleanField(
        label="Demands its order number", required=False, help_text="An order without one is not validated."
    )
    invoice_on = forms.ChoiceField(label="Invoiced on", choices=Account.InvoiceOn.choices)
    collective = forms.ChoiceField(label="Invoices", choices=Account.Collective.choices)

    def __init__(self, *args, entity: LegalEntity, **kwargs):
        super().__init__(*args, **kwargs)
        sees = Q(all_entities=True) | Q(entity_access__entity=entity)
        works = Q(is_active=True, roles__overlap=[Role.COLLECTOR, Role.FINANCE_MANAGER]) & sees
        if self.row and self.row.collector_id:
            works |= Q(pk=self.row.collector_id)
        self.fields["collector"].queryset = User.objects.filter(works).distinct().order_by("username")
        self.fields["terms"].label_from_instance = _terms
        codes = set(policy_choices.usable()) | ({self.row.policy} if self.row else set())
        self.fields["policy"].choices = [
            ("", f"The one of {entity.code}"),
            *((code, code) for code in sorted(codes - {""})),
        ]

    def shown(self, row: Account) -> dict:
        return {
            **super().shown(row),
            "terms": row.terms.code if row.terms else None,
            "collector": row.collector.username if row.collector else None,
        }


class NewAccountForm(forms.Form):
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="With", to_field_name="code")
    terms = forms.ModelChoiceField(
        PaymentTerms.objects.order_by("code"), label="Payment terms", to_field_name="code", required=False
    )

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities
        self.fields["terms"].label_from_instance = _terms


class CreditForm(VersionedForm):
    credit_limit = AmountField(label="Credit limit", required=False, help_text="Empty: none is set.")
    standing = forms.ChoiceField(
        label="Business",
        choices=Account.Standing.choices,
        help_text="Nothing new is invoiced to one that is not open. What it pays or is paid back is looked at.",
    )
    standing_reason = forms.CharField(label="Why it is not open", max_length=200, required=False)

    def __init__(self, *args, row: Account, **kwargs):
        super().__init__(*args, row=row, **kwargs)
        self.fields["credit_limit"].label = f"Credit limit in {row.currency}"

    def shown(self, row: Account) -> dict:
        limit = None if row.credit_limit is None else exact(row.credit_limit, row.currency)
        return {**super().shown(row), "credit_limit": limit}

    def clean_credit_limit(self):
        limit = self.cleaned_data["credit_limit"]
        if limit is None:
            return None
        try:
            return exact(limit, self.row.currency)
        except MoneyError as wrong:
            raise forms.ValidationError(str(wrong)) from None

    def clean(self) -> dict:
        facts = super().clean()
        if facts.get("standing", Account.Standing.OPEN) != Account.Standing.OPEN and not facts.get("standing_reason"):
            self.add_error("standing_reason", "Say why, for who is asked about it.")
        return facts


class ContactForm(VersionedForm):
    name = forms.CharField(label="Name", max_length=200)
    role = forms.ChoiceField(label="Looks after", choices=Contact.Role.choices)
    email = forms.EmailField(label="E-mail", required=False)
    phone = forms.CharField(label="Telephone", max_length=50, required=False)
    language = forms.ChoiceField(label="Writes and reads", required=False)
    in_use = forms.BooleanField(
        label="Is still there", required=False, initial=True, help_text="Nobody else is written to or called."
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", "As the customer"), *settings.LANGUAGES]
        if self.row is None:
            del self.fields["in_use"]

    def clean(self):
        facts = super().clean()
        if not facts.get("email") and not facts.get("phone") and not self.errors:
            self.add_error("email", "Say how to reach them: an e-mail or a telephone.")
        return facts


def _terms(terms: PaymentTerms) -> str:
    return f"{terms.code} · {terms.name}"
