"""What is typed when a company is set up. A file for `manage.py setup` goes through the same fields."""

from collections.abc import Iterable
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator

from o2c.collections.models import Queue, Team
from o2c.collections.teams import WORKERS
from o2c.core import formats, numbering
from o2c.core.forms import DayField, ManyChoices
from o2c.core.models import User
from o2c.core.money import known_currencies
from o2c.invoicing import banks
from o2c.invoicing.models import BankAccount, LedgerAccount
from o2c.orders import business_days
from o2c.orders.models import LegalEntity, PaymentTerms
from o2c.web import company
from o2c.web.party_forms import EoriField, PeppolAddressField

WEEK = [
    (1, "Monday"), (2, "Tuesday"), (3, "Wednesday"), (4, "Thursday"), (5, "Friday"), (6, "Saturday"), (7, "Sunday"),
]  # fmt: skip
CODE_HINT = "Up to twenty letters and figures, such as {}. It stays."


class TakeOverForm(forms.Form):
    """The first administrator."""

    token = forms.CharField(label="Set-up token", max_length=100, help_text="Printed where o2c was started.")
    username = forms.CharField(label="User name", max_length=150, validators=[UnicodeUsernameValidator()])
    first_name = forms.CharField(label="First name", max_length=150, required=False)
    last_name = forms.CharField(label="Last name", max_length=150, required=False)
    email = forms.EmailField(label="E-mail")
    password = forms.CharField(
        label="Password",
        strip=False,
        help_text="At least twelve characters; a few words are good.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="Password once more",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self):
        facts = super().clean()
        if facts.get("password") and facts.get("again") and facts["password"] != facts["again"]:
            self.add_error("again", "The two passwords differ.")
        facts.pop("again", None)
        return facts


def _currencies(*first: str) -> list[tuple[str, str]]:
    return [("", "Choose"), *((code, code) for code in [*first, *sorted(known_currencies() - set(first))])]


USUAL_CURRENCIES = ("EUR", "USD", "GBP", "CHF")


class EntityForm(forms.Form):
    """Who a legal entity is."""

    code = forms.CharField(label="Code", max_length=20, help_text=CODE_HINT.format("DE1"))
    name = forms.CharField(label="Name", max_length=200, help_text="As it stands on letters.")
    country = forms.ChoiceField(label="Country")
    base_currency = forms.ChoiceField(
        label="Base currency",
        choices=_currencies(*USUAL_CURRENCIES),
        help_text="Its books are kept in it. It stays once anything is posted.",
    )
    time_zone = forms.ChoiceField(label="Time zone", help_text="By its days items fall due and dunning runs.")
    address = forms.CharField(label="Address", required=False, max_length=500, widget=forms.Textarea({"rows": 3}))
    vat_id = forms.CharField(label="VAT id", required=False, max_length=20)
    registration_number = forms.CharField(label="Registration number", required=False, max_length=50)
    eori = EoriField()
    peppol_address = PeppolAddressField()
    email = forms.EmailField(
        label="Sender e-mail", required=False, help_text="Reminders come from it, and answers go there."
    )
    phone = forms.CharField(label="Telephone", required=False, max_length=50)

    def __init__(self, *args, entity: LegalEntity | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.entity = entity
        self.fields["country"].choices = [("", "Choose"), *formats.countries().items()]
        self.fields["time_zone"].choices = [("", "Choose"), *((name, name) for name in sorted(available_timezones()))]
        if entity is not None:
            del self.fields["code"]

    def clean_code(self) -> str:
        try:
            code = company.check_code(self.cleaned_data["code"])
        except company.EntityRefused as refused:
            raise forms.ValidationError(str(refused)) from None
        if LegalEntity.objects.filter(code=code).exists():
            raise forms.ValidationError(f"There is a legal entity {code} already.")
        return code

    def clean(self):
        facts = super().clean()
        if facts.get("vat_id") and facts.get("country"):
            try:
                facts["vat_id"] = company.check_vat_id(facts["vat_id"], facts["country"])
            except company.EntityRefused as refused:
                self.add_error("vat_id", str(refused))
        return facts


class CalendarForm(forms.Form):
    """On which days a legal entity does business."""

    subdivision = forms.ChoiceField(
        label="State or region", required=False, help_text="Whose public holidays it keeps beside the country's."
    )
    weekend = forms.TypedMultipleChoiceField(
        label="No business on", required=False, choices=WEEK, coerce=int, widget=ManyChoices
    )

    def __init__(self, *args, country: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.country = country
        offered = business_days.subdivisions(country)
        self.fields["subdivision"].choices = [("", "The whole country"), *offered.items()]
        if not offered:
            self.fields["subdivision"].help_text = "No region of this country has holidays of its own."

    def clean(self):
        facts = super().clean()
        if "subdivision" in facts and "weekend" in facts:
            facts["weekend"] = sorted(set(facts["weekend"]))
            try:
                business_days.check(self.country, facts["subdivision"], facts["weekend"])
            except business_days.CalendarRefused as refused:
                self.add_error("weekend", str(refused))
        return facts


class ClosingDayForm(forms.Form):
    day = DayField(label="Day")
    name = forms.CharField(label="Why", max_length=100, help_text="Such as Stocktaking.")


class BankForm(forms.Form):
    """Where a legal entity is paid."""

    name = forms.CharField(label="What you call it", max_length=100, help_text="Such as Commerzbank, current account.")
    currency = forms.ChoiceField(label="Currency", choices=_currencies(*USUAL_CURRENCIES))
    iban = forms.CharField(label="IBAN", required=False, max_length=50)
    bic = forms.CharField(
        label="BIC", required=False, max_length=15, help_text="Left empty, it is looked up where the bank is known."
    )
    account_number = forms.CharField(
        label="Account number", required=False, max_length=34, help_text="Instead of an IBAN, where there are none."
    )
    bank = forms.CharField(
        label="Bank", required=False, max_length=100, help_text="Name and routing code, as payers need them."
    )
    is_main = forms.BooleanField(
        label="Stands on reminders in this currency", required=False, help_text="One account of a currency does."
    )
    in_use = forms.BooleanField(label="In use", required=False, initial=True)

    def __init__(self, *args, account: BankAccount | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        if account is None:
            del self.fields["in_use"]

    def clean(self):
        facts = super().clean()
        if self.errors:
            return facts
        try:
            return banks.checked(**facts)
        except banks.BankRefused as refused:
            self.add_error(refused.field, str(refused))
            return facts


class SeriesForm(forms.Form):
    """How the numbers of a series are written."""

    prefix = forms.CharField(label="Begins with", required=False, max_length=12)
    year_digits = forms.TypedChoiceField(
        label="The year",
        coerce=int,
        choices=[(4, "2026"), (2, "26"), (0, "None: the numbers run on from year to year")],
    )
    separator = forms.ChoiceField(
        label="Before the number",
        required=False,
        choices=[("-", "- hyphen"), ("/", "/ slash"), (".", ". point"), ("", "nothing")],
    )
    width = forms.IntegerField(label="Figures", min_value=1, max_value=12, help_text="Filled up with noughts.")
    next = forms.IntegerField(label="Next number", min_value=1, max_value=10**12, help_text="Of this year.")

    def pattern(self) -> numbering.Pattern:
        facts = self.cleaned_data
        return numbering.Pattern(facts["prefix"], facts["year_digits"], facts["separator"], facts["width"])

    def clean(self):
        facts = super().clean()
        if not self.errors:
            try:
                numbering.check(self.pattern(), facts["next"])
            except numbering.NumberingRefused as refused:
                self.add_error("prefix", str(refused))
        return facts


class ChartForm(forms.Form):
    """Which account of the company's own chart stands for each of ours; a field for each role, and for each bank's."""

    def __init__(self, *args, banks: Iterable[LedgerAccount], **kwargs):
        super().__init__(*args, **kwargs)
        ours = {role.value: role.label for role in LedgerAccount.Role if role != LedgerAccount.Role.BANK}
        for key, label in {**ours, **{account.key: account.name for account in banks}}.items():
            self.fields[key] = forms.RegexField(
                r"^[A-Za-z0-9][A-Za-z0-9 ./_-]*$",
                label=label,
                required=False,
                max_length=30,
                error_messages={"invalid": "An account is letters and figures, such as 1200 or 12.345."},
            )


class KeepersForm(forms.Form):
    """Who keeps the books of a legal entity, who applies its cash, and where its tasks go."""

    books_kept_by = forms.ChoiceField(
        label="Who keeps the general ledger?",
        widget=forms.RadioSelect,
        choices=[
            ("erp", "The ERP: the journal export hands over what arose here, never what came from it"),
            ("o2c", "o2c: the journal export hands over every entry"),
        ],
    )
    cash_applied_by = forms.ChoiceField(
        label="Who says which payment settles what?",
        widget=forms.RadioSelect,
        choices=[
            ("o2c", "People here, on the receipts' pages"),
            ("erp", "The ERP: it is taken over from there, and nobody applies by hand here"),
        ],
    )
    queue = forms.ModelChoiceField(
        Queue.objects.order_by("name"),
        label="Where do tasks go that have no collector?",
        to_field_name="code",
        required=False,
        empty_label="The queue for everybody",
    )


TIERS, PARTS = 3, 6


class TermsForm(forms.Form):
    """When an invoice falls due, what early payment saves, and in which parts it is paid."""

    code = forms.CharField(label="Code", max_length=20, help_text="Such as N30 or 2/10N30. It stays: files name it.")
    name = forms.CharField(label="Name", max_length=100, help_text="Such as 30 days net, 2 % within 10 days.")
    kind = forms.ChoiceField(label="Falls due", choices=PaymentTerms.Kind.choices)
    days = forms.IntegerField(label="Days", min_value=0, max_value=730)
    day_of_month = forms.IntegerField(
        label="Day of the month", required=False, min_value=1, max_value=31, help_text="Only where such a day is meant."
    )

    def __init__(self, *args, terms: PaymentTerms | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.terms = terms
        if terms is not None:
            del self.fields["code"]
        for number in range(1, TIERS + 1):
            self.fields[f"discount_{number}_days"] = forms.IntegerField(
                label=f"Discount {number}: within days", required=False, min_value=0, max_value=730
            )
            self.fields[f"discount_{number}_percent"] = forms.DecimalField(
                label=f"Discount {number}: percent off", required=False, min_value=0, max_digits=5, decimal_places=3
            )
        for number in range(1, PARTS + 1):
            self.fields[f"part_{number}_percent"] = forms.DecimalField(
                label=f"Instalment {number}: percent", required=False, min_value=0, max_digits=6, decimal_places=3
            )
            self.fields[f"part_{number}_days"] = forms.IntegerField(
                label=f"Instalment {number}: days later", required=False, min_value=0, max_value=3650
            )

    def main(self):
        return [self[name] for name in ("code", "name", "kind") if name in self.fields]

    def discounts(self):
        names = [(f"discount_{number}_days", f"discount_{number}_percent") for number in range(1, TIERS + 1)]
        return [(self[days], self[percent]) for days, percent in names]

    def parts(self):
        names = [(f"part_{number}_percent", f"part_{number}_days") for number in range(1, PARTS + 1)]
        return [(self[percent], self[days]) for percent, days in names]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].strip()
        if PaymentTerms.objects.filter(code=code).exists():
            raise forms.ValidationError(f"There are terms {code} already.")
        return code


class QueueForm(forms.Form):
    code = forms.RegexField(r"^[a-z0-9][a-z0-9-]*$", label="Code", max_length=20, help_text=CODE_HINT.format("large"))
    name = forms.CharField(label="Name", max_length=100)

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if Queue.objects.filter(code=code).exists():
            raise forms.ValidationError(f"There is a queue {code} already.")
        return code


def workers():
    """Who can be in a team."""
    return User.objects.filter(is_active=True, roles__overlap=list(WORKERS)).order_by("username")


class TeamForm(forms.Form):
    """People who share the work of some queues."""

    code = forms.RegexField(r"^[a-z0-9][a-z0-9-]*$", label="Code", max_length=20, help_text=CODE_HINT.format("north"))
    name = forms.CharField(label="Name", max_length=100)
    lead = forms.ModelChoiceField(
        User.objects.none(),
        label="Lead",
        required=False,
        empty_label="Nobody",
        to_field_name="username",
        help_text="Sees on the worklist what the whole team has to do.",
    )
    members = forms.ModelMultipleChoiceField(
        User.objects.none(), label="Members", required=False, to_field_name="username", widget=ManyChoices
    )
    queues = forms.ModelMultipleChoiceField(
        Queue.objects.none(),
        label="Serves the queues",
        required=False,
        to_field_name="code",
        widget=ManyChoices,
        help_text="Only members of the teams that serve a queue are given its tasks.",
    )

    def __init__(self, *args, team: Team | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lead"].queryset = self.fields["members"].queryset = workers()
        self.fields["queues"].queryset = Queue.objects.order_by("name")
        if team is not None:
            del self.fields["code"]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if Team.objects.filter(code=code).exists():
            raise forms.ValidationError(f"There is a team {code} already.")
        return code


class JournalForm(forms.Form):
    """Which entries are handed over to the general ledger."""

    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="Legal entity", to_field_name="code")
    first = DayField(label="From")
    last = DayField(label="Until")
    again = forms.BooleanField(label="Also entries that were exported before", required=False)

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = LegalEntity.objects.for_user(user).order_by("code")
