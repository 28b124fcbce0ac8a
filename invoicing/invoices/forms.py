"""What people type about invoices."""

from decimal import Decimal

from django import forms

from o2c.core.forms import AmountField, DayField
from o2c.core.money import known_currencies
from o2c.core.taxes import TaxCategory
from o2c.core.units import unit_choices
from o2c.invoicing.invoices.drafts import Adjustment, Draft, Line
from o2c.invoicing.models import Invoice
from o2c.orders.models import Customer, LegalEntity, PaymentTerms

# More are written by programs, and looked at here.
MOST_LINES = 200
MOST_ADJUSTMENTS = 50
SIGNS = {"allowance": "Allowance", "charge": "Charge"}


class InvoiceFilter(forms.Form):
    """Which invoices a list shows. What cannot be understood is not applied."""

    number = forms.CharField(label="Number", required=False, max_length=60)
    customer = forms.CharField(label="Customer number", required=False, max_length=40)
    entity = forms.ChoiceField(label="Legal entity", required=False)
    since = DayField(label="From", required=False)
    until = DayField(label="Until", required=False)

    def __init__(self, data, *, entities: list[LegalEntity]):
        super().__init__(data)
        self.fields["entity"].choices = [("", "All"), *((entity.code, entity.code) for entity in entities)]


class CorrectionForm(forms.Form):
    """The day of a correction, and why: the customer reads it on the credit note."""

    on = DayField(label="Date of the credit note")
    note = forms.CharField(
        label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text="Printed on the credit note.",
    )  # fmt: skip

    def __init__(self, *args, invoice: Invoice, **kwargs):
        super().__init__(*args, **kwargs)
        self.invoice = invoice

    def clean_on(self):
        on = self.cleaned_data["on"]
        if on < self.invoice.issued_on:
            raise forms.ValidationError("That is before the invoice itself.")
        return on


# --- Writing drafts


def _text(label: str, most: int, **more) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, **more)


def _decimal(label: str, **more) -> forms.DecimalField:
    # As text: a number field would refuse what it cannot read without saying so, and steps when it is scrolled over.
    attributes = {"inputmode": "decimal", "class": "amount", "autocomplete": "off"}
    return forms.DecimalField(label=label, widget=forms.TextInput(attrs=attributes), **{"required": False, **more})


class HeadForm(forms.Form):
    """Everything of a draft that is not a line."""

    customer = forms.CharField(
        label="Customer", max_length=200,
        widget=forms.TextInput(attrs={"list": "customer-choices", "autocomplete": "off"}),
        help_text="Number, or a part of the name.",
    )  # fmt: skip
    entity = forms.ModelChoiceField(
        LegalEntity.objects.none(), label="Billed by", to_field_name="code", empty_label=None
    )
    currency = forms.CharField(label="Currency", min_length=3, max_length=3)
    issued_on = DayField(label="Invoice date")
    terms = forms.ModelChoiceField(
        PaymentTerms.objects.none(), label="Payment terms", to_field_name="code", required=False,
        empty_label="As agreed with the customer",
    )  # fmt: skip
    due_on = DayField(label="Due on", required=False, help_text="Only where it differs from the terms.")
    delivered_on = DayField(label="Delivered on", required=False)
    period_from = DayField(label="Period from", required=False)
    period_until = DayField(label="Period until", required=False)
    order_reference = _text("Their order", 100)
    buyer_reference = _text("Their reference", 100)
    contract_reference = _text("Contract", 100)
    deliver_to_country = _text("Delivered to (country)", 2)
    exemption_reason = _text("Why exempt from tax", 300)
    prepaid = AmountField(label="Received before", required=False)
    rounding = _decimal("Rounding")
    note = _text("Note on the invoice", 5000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        self.user = user
        self.fields["entity"].queryset = LegalEntity.objects.for_user(user).order_by("code")
        self.fields["terms"].queryset = PaymentTerms.objects.order_by("code")

    def clean_customer(self) -> Customer:
        """By number; or by a piece of the name, where it fits one customer only."""
        text = " ".join(self.cleaned_data["customer"].split())
        seen = Customer.objects.for_user(self.user)
        found = seen.filter(number=text).first()
        if found is not None:
            return found
        named = list(seen.filter(name__icontains=text).order_by("name")[:4])
        if len(named) == 1:
            return named[0]
        if named:
            fits = ", ".join(f"{customer.name} ({customer.number})" for customer in named[:3])
            raise forms.ValidationError(f"Several fit: {fits}{' …' if len(named) > 3 else ''}. Take the number.")
        raise forms.ValidationError(f"No customer fits {text}.")

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].upper()
        if code not in known_currencies():
            raise forms.ValidationError(f"{code} is not a currency of ISO 4217.")
        return code

    def clean_deliver_to_country(self) -> str:
        code = self.cleaned_data["deliver_to_country"].upper()
        if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
            raise forms.ValidationError("A country is two letters, such as FR.")
        return code

    def clean_prepaid(self) -> Decimal:
        return self.cleaned_data["prepaid"] or Decimal(0)

    def clean_rounding(self) -> Decimal:
        return self.cleaned_data["rounding"] or Decimal(0)


class LineForm(forms.Form):
    """One line; an empty one does not count."""

    description = _text("What", 1000)
    product = _text("Article", 60)
    quantity = _decimal("Quantity")
    unit = forms.ChoiceField(label="Unit", choices=unit_choices)
    price = _decimal("Price")
    price_per = _decimal("per")
    category = forms.ChoiceField(label="Tax", choices=TaxCategory.choices)
    rate = _decimal("%")

    def empty(self) -> bool:
        return not any(self.cleaned_data.get(name) for name in ("description", "product", "price"))

    def clean(self):
        cleaned = super().clean()
        if not self.empty():
            for name in ("description", "quantity", "price"):
                if name in cleaned and cleaned[name] in (None, ""):
                    self.add_error(name, "Say it.")
        return cleaned

    def line(self, adjustments: tuple[Adjustment, ...]) -> Line:
        told = self.cleaned_data
        return Line(
            description=told["description"],
            product=told["product"],
            quantity=told["quantity"],
            unit=told["unit"],
            price=told["price"],
            price_per=told["price_per"] if told["price_per"] is not None else Decimal(1),
            category=told["category"],
            rate=told["rate"] or Decimal(0),
            adjustments=adjustments,
        )


class AdjustmentForm(forms.Form):
    """An allowance or a charge, of the whole invoice (line 0) or of one line."""

    sign = forms.ChoiceField(label="What", choices=SIGNS.items())
    line = forms.TypedChoiceField(label="On", coerce=int)
    reason = _text("What for", 200)
    percent = _decimal("%")
    amount = _decimal("or amount")
    category = forms.ChoiceField(label="Tax", choices=TaxCategory.choices)
    rate = _decimal("%")

    def __init__(self, *args, lines: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["line"].choices = [(0, "the invoice"), *((place, f"line {place}") for place in range(1, lines + 1))]

    def empty(self) -> bool:
        return not any(self.cleaned_data.get(name) for name in ("reason", "percent", "amount"))

    def adjustment(self) -> Adjustment:
        told = self.cleaned_data
        of_line = bool(told["line"])
        return Adjustment(
            reason=told["reason"],
            is_charge=told["sign"] == "charge",
            percent=told["percent"],
            amount=told["amount"],
            category="" if of_line else told["category"],
            rate=Decimal(0) if of_line else told["rate"] or Decimal(0),
        )


def initial_of(draft: Draft) -> dict:
    """What the head's fields show of a draft."""
    same = {
        name: getattr(draft, name)
        for name in (
            "currency", "issued_on", "due_on", "delivered_on", "period_from", "period_until", "order_reference",
            "buyer_reference", "contract_reference", "deliver_to_country", "exemption_reason", "note",
        )
    }  # fmt: skip
    return same | {
        "customer": draft.customer.number,
        "entity": draft.entity.code,
        "terms": draft.terms.code if draft.terms else "",
        "prepaid": draft.prepaid or None,
        "rounding": draft.rounding or None,
    }
