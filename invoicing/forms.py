"""What people type on the pages of receivables."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django import forms

from o2c.core.forms import AmountField, DayField
from o2c.core.money import known_currencies, minor_unit
from o2c.invoicing.aging import bucket_names
from o2c.invoicing.cash import conceding
from o2c.invoicing.listing import NOBODY, ORDERS
from o2c.invoicing.models import OpenItem, Receipt
from o2c.orders.models import Customer, LegalEntity

ORDER_TITLES = {
    "due": "Longest due first",
    "newest": "Newest first",
    "amount": "Largest first",
    "credits": "Credits first",
}


def bucket_title(name: str) -> str:
    """not_due → "Not due", 1_30 → "1–30 days", over_90 → "Over 90 days"."""
    if name == "not_due":
        return "Not due"
    if name.startswith("over_"):
        return f"Over {name.removeprefix('over_')} days"
    return f"{name.replace('_', '–')} days"


def bucket_cells(names: Iterable[str], amounts: Iterable[Decimal]) -> list[dict]:
    """The buckets as `aging_bar` draws them; the colours of age end with the fifth."""
    return [
        {"name": name, "title": bucket_title(name), "amount": amount, "age": min(age, 4)}
        for age, (name, amount) in enumerate(zip(names, amounts, strict=True))
    ]


class ItemFilter(forms.Form):
    """Which open items a list shows. What cannot be understood is not applied."""

    customer = forms.CharField(label="Customer number", required=False, max_length=40)
    entity = forms.ChoiceField(label="Legal entity", required=False)
    currency = forms.CharField(label="Currency", required=False, max_length=3)
    collector = forms.ChoiceField(label="Collector", required=False)
    bucket = forms.ChoiceField(label="Age", required=False)
    order = forms.ChoiceField(label="Order", required=False, choices=ORDER_TITLES.items())
    as_of = DayField(label="As of", required=False)
    overdue = forms.BooleanField(label="Overdue only", required=False)

    def __init__(self, data, *, entities: list[LegalEntity], collectors: list[str], bounds: tuple[int, ...]):
        super().__init__(data)
        self.fields["entity"].choices = [("", "All"), *((entity.code, entity.code) for entity in entities)]
        self.fields["collector"].choices = [("", "All"), (NOBODY, "Nobody"), *((name, name) for name in collectors)]
        self.fields["bucket"].choices = [("", "All"), *((name, bucket_title(name)) for name in bucket_names(bounds))]

    def clean_order(self) -> str:
        return self.cleaned_data["order"] if self.cleaned_data["order"] in ORDERS else "due"

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"].upper()


class AgingFilter(forms.Form):
    as_of = DayField(label="As of", required=False)
    by = forms.ChoiceField(
        label="By",
        required=False,
        choices=[("customer", "Customer"), ("collector", "Collector"), ("entity", "Legal entity")],
    )
    entity = forms.ChoiceField(label="Legal entity", required=False)
    buckets = forms.ChoiceField(label="Buckets", required=False)

    def __init__(self, data, *, entities: list[LegalEntity], sets: list[tuple[str, str]]):
        super().__init__(data)
        self.fields["entity"].choices = [("", "All"), *((entity.code, entity.code) for entity in entities)]
        self.fields["buckets"].choices = [("", "Standard"), *sets]


class ReceiptForm(forms.Form):
    """Money that came in, typed by hand."""

    customer = forms.CharField(
        label="Customer number", max_length=40, widget=forms.TextInput(attrs={"autofocus": True})
    )
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="Received by", to_field_name="code")
    amount = AmountField(label="Amount", min_value=Decimal("0.001"))
    currency = forms.CharField(label="Currency", min_length=3, max_length=3)
    received_on = DayField(label="Received on")
    method = forms.ChoiceField(
        label="How", choices=[choice for choice in Receipt.Method.choices if choice[0] in Receipt.BOOKABLE]
    )
    reference = forms.CharField(
        label="Reference", required=False, max_length=200, help_text="What the payer wrote, or the cheque's number."
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["entity"].queryset = LegalEntity.objects.for_user(user).order_by("code")

    def clean_customer(self) -> Customer:
        number = self.cleaned_data["customer"].strip()
        customer = Customer.objects.for_user(self.user).filter(number=number).first()
        if customer is None:
            raise forms.ValidationError(f"There is no customer with the number {number}.")
        return customer

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].upper()
        if code not in known_currencies():
            raise forms.ValidationError(f"{code} is not a currency of ISO 4217.")
        return code

    def clean_received_on(self) -> date:
        day = self.cleaned_data["received_on"]
        if day.year < 1990:
            raise forms.ValidationError("That is long ago; look at the year.")
        return day


class SplitsForm(forms.Form):
    """How much of a credit goes to which of the customer's open items."""

    def __init__(self, data=None, *, items: list[OpenItem], suggested: dict[int, Decimal] | None = None):
        super().__init__(data)
        self.items = {f"item-{item.pk}": item for item in items}
        for name, item in self.items.items():
            field = AmountField(label=f"For {item.number}", required=False)
            field.initial = (suggested or {}).get(item.pk)
            if field.initial is not None:
                field.initial = field.initial.quantize(Decimal(1).scaleb(-minor_unit(item.currency)))
            self.fields[name] = field

    def rows(self):
        """The items with their inputs, for the table."""
        return [(item, self[name]) for name, item in self.items.items()]

    def chosen(self) -> list[tuple[OpenItem, Decimal]]:
        return [(item, self.cleaned_data[name]) for name, item in self.items.items() if self.cleaned_data.get(name)]


class ReceiptSplitsForm(SplitsForm):
    """What a receipt settles, and what is let go of each item beside it.

    `discounts` are what each item's terms grant on the day the money came.
    """

    def __init__(self, data=None, *, discounts: dict[int, Decimal], **kwargs):
        super().__init__(data, **kwargs)
        self.discounts = discounts
        for item in self.items.values():
            self.fields[f"discount-{item.pk}"] = AmountField(label=f"Discount on {item.number}", required=False)
            self.fields[f"difference-{item.pk}"] = AmountField(label=f"Let go of {item.number}", required=False)

    def rows(self):
        return [
            (item, field, self[f"discount-{item.pk}"], self[f"difference-{item.pk}"], self.discounts.get(item.pk))
            for item, field in super().rows()
        ]

    def parts(self) -> list[conceding.Part]:
        """What was typed, without the items of which nothing was."""
        said = {name: value or Decimal(0) for name, value in self.cleaned_data.items()}
        parts = [
            conceding.Part(
                item,
                said[name],
                discount=said[f"discount-{item.pk}"],
                difference=said[f"difference-{item.pk}"],
            )
            for name, item in self.items.items()
        ]
        return [part for part in parts if part.amount or part.discount or part.difference]


class ClosingForm(forms.Form):
    """Until when nothing more is booked; no day opens everything again."""

    until = DayField(
        label="Closed until", required=False, help_text="An earlier day, or none, opens again what was closed."
    )


class OnDayForm(forms.Form):
    """The day on which something takes effect."""

    on = DayField(label="On")
