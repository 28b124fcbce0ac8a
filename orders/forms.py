"""What people type about products, price lists and contracts."""

import re
from collections.abc import Iterable
from decimal import Decimal

from django import forms
from django.db import connection
from django.urls import reverse

from o2c.core.forms import DayField, VersionedForm
from o2c.core.money import known_currencies
from o2c.core.units import unit_choices
from o2c.orders.contracts.keeping import MOST_NOTICE
from o2c.orders.contracts.life import Life
from o2c.orders.models import Contract, LegalEntity, PaymentTerms, PriceList, Product
from o2c.orders.models.prices import DIGITS, PLACES


class FineField(forms.DecimalField):
    """A quantity or a unit price of at least nothing; the act says what else it may not be."""

    def __init__(self, **kwargs):
        widget = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal", "class": "amount"})
        super().__init__(max_digits=DIGITS, decimal_places=PLACES, min_value=Decimal(0), widget=widget, **kwargs)


class ProductForm(VersionedForm):
    number = forms.CharField(label="Number", max_length=60)
    name = forms.CharField(label="Name", max_length=200)
    unit = forms.ChoiceField(label="Sold by", help_text="Prices are for it, so it stays once there is one.")
    tax_rate = forms.DecimalField(
        label="Tax in percent", required=False, min_value=Decimal(0), max_digits=6, decimal_places=3,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal", "class": "amount"}),
        help_text="Where it is sold at home.",
    )  # fmt: skip
    hs_code = forms.CharField(label="HS code", max_length=12, required=False, help_text="6 to 12 digits, for exports.")
    origin_country = forms.CharField(
        label="Made in", max_length=2, required=False, help_text="Two letters, as in DE (ISO 3166)."
    )
    net_weight_kg = FineField(label="Net weight in kg", required=False)
    gross_weight_kg = FineField(label="Packed weight in kg", required=False)
    cost = FineField(label="Costs us", required=False, help_text="For one; the margin is told by it.")
    cost_currency = forms.CharField(label="Currency of the cost", max_length=3, required=False)

    def __init__(self, *args, row: Product | None = None, **kwargs):
        super().__init__(*args, row=row, **kwargs)
        self.fields["unit"].choices = unit_choices()
        self.fields["unit"].initial = "C62"
        if row is not None:
            self.fields["in_use"] = forms.BooleanField(
                label="In use", required=False, initial=row.in_use, help_text="Else nothing new is agreed of it."
            )

    def clean_origin_country(self) -> str:
        return self.cleaned_data["origin_country"].strip().upper()

    def clean_cost_currency(self) -> str:
        return self.cleaned_data["cost_currency"].strip().upper()


class PriceListForm(VersionedForm):
    code = forms.CharField(label="Code", max_length=20)
    name = forms.CharField(label="Name", max_length=100)
    is_default = forms.BooleanField(
        label="Default list of its currency",
        required=False,
        help_text="For whoever buys in this currency and has no contract or list with a price. It takes the place of"
        " the one that was.",
    )

    def __init__(self, *args, row: PriceList | None = None, **kwargs):
        super().__init__(*args, row=row, **kwargs)
        if row is not None:
            self.fields["in_use"] = forms.BooleanField(label="In use", required=False, initial=row.in_use)


class NewPriceListForm(PriceListForm):
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="Of", to_field_name="code", empty_label=None)
    currency = forms.CharField(label="Currency", max_length=3, help_text="As in EUR (ISO 4217).")
    field_order = ["entity", "code", "name", "currency", "is_default"]

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].strip().upper()
        if code not in known_currencies():
            raise forms.ValidationError("Not a currency of ISO 4217.")
        return code


class ProductWidget(forms.TextInput):
    """What is typed is looked up: the products that fit are its choices (`product-choices` of the page)."""

    def build_attrs(self, base_attrs, extra_attrs=None):
        look_up = {
            "list": "product-choices", "autocomplete": "off", "hx-get": reverse("product_choices"),
            "hx-trigger": "input changed delay:200ms", "hx-target": "#product-choices", "hx-swap": "innerHTML",
            "hx-sync": "this:replace",
        }  # fmt: skip
        return super().build_attrs(look_up | base_attrs, extra_attrs)


# As many of each text as are named where it fits several, and one more.
NAMED = """
    SELECT t.text, p.id FROM unnest(%s::text[], %s::text[]) AS t (text, pattern)
    CROSS JOIN LATERAL (
        SELECT p.id FROM orders_product p WHERE p.in_use AND upper(p.name) LIKE upper(t.pattern)
        ORDER BY p.number LIMIT 4
    ) p
"""


def products_called(texts: Iterable[str]) -> dict[str, list[Product]]:
    """By each text the product of this number, else those in use that have it in their name, up to four of them.

    In three queries for any number of texts.
    """
    wanted = {plain(text) for text in texts if "\0" not in text} - {""}  # PostgreSQL holds no NUL, and takes none
    found = {number: [product] for number, product in Product.objects.in_bulk(wanted, field_name="number").items()}
    rest = sorted(wanted - found.keys())
    if not rest:
        return found
    patterns = ["%" + re.sub(r"([\\%_])", r"\\\1", text) + "%" for text in rest]
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [rest, patterns])
        pairs = cursor.fetchall()
    products = Product.objects.in_bulk({pk for _, pk in pairs})
    for text, pk in pairs:
        found.setdefault(text, []).append(products[pk])
    return found


def plain(text: str) -> str:
    return " ".join(text.split())


def product_called(text: str) -> Product | None:
    """The product of this number; or the one in use that alone has the text in its name. Raises ValidationError."""
    text = plain(text)
    if not text:
        return None
    found = products_called([text]).get(text, [])
    if len(found) == 1:
        return found[0]
    if found:
        fits = ", ".join(f"{product.name} ({product.number})" for product in found[:3])
        raise forms.ValidationError(f"Several fit: {fits}{' …' if len(found) > 3 else ''}. Take the number.")
    raise forms.ValidationError(f"There is no product {text}.")


class PriceForm(forms.Form):
    product = forms.CharField(
        label="Product", max_length=200, widget=ProductWidget, help_text="Its number, or a part of the name."
    )
    from_quantity = FineField(label="From quantity", initial=0, help_text="0: for any.")
    price = FineField(label="Price")
    price_per = FineField(label="For how many", initial=1, help_text="Units that the price is for.")
    valid_from = DayField(label="Valid from")
    valid_until = DayField(
        label="Last day", required=False, help_text="With one, what stood before stands again after it."
    )

    def clean_product(self) -> Product:
        return product_called(self.cleaned_data["product"])


class EndPriceForm(forms.Form):
    last_day = DayField(label="Its last day")


class ChoosePriceListForm(forms.Form):
    price_list = forms.ModelChoiceField(
        PriceList.objects.none(), label="Buys by", required=False, empty_label="The default list of its currency"
    )
    valid_from = DayField(label="From")

    def __init__(self, *args, lists, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["price_list"].queryset = lists


class ContractForm(VersionedForm):
    number = forms.CharField(label="Number", max_length=40)
    name = forms.CharField(label="What it is about", max_length=200)
    begins_on = DayField(label="Begins on")
    ends_on = DayField(label="Last day", required=False, help_text="Left empty: until it is ended.")
    terms = forms.ModelChoiceField(
        PaymentTerms.objects.order_by("code"), label="Payment terms", required=False, empty_label="As the account's"
    )
    notice_days = forms.IntegerField(
        label="Days of notice", min_value=0, max_value=MOST_NOTICE, initial=30, help_text="So long before its last day"
        " it is said to end soon.",
    )  # fmt: skip

    def __init__(self, *args, row: Contract | None = None, **kwargs):
        super().__init__(*args, row=row, **kwargs)
        if row is not None and row.state != Contract.State.DRAFT:
            for name in ("number", "begins_on", "ends_on", "terms"):
                del self.fields[name]


class NewContractForm(ContractForm):
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="With", to_field_name="code", empty_label=None)
    field_order = ["entity", "number", "name", "begins_on", "ends_on", "terms", "notice_days"]

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities


class EndContractForm(forms.Form):
    last_day = DayField(label="Its last day")
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 2}), max_length=300)


class RenewContractForm(forms.Form):
    number = forms.CharField(label="Number of what follows", max_length=40)
    begins_on = DayField(label="Begins on")
    ends_on = DayField(label="Last day", required=False, help_text="Left empty: until it is ended.")


class ContractFilter(forms.Form):
    """Which contracts are shown."""

    life = forms.ChoiceField(label="Stands", required=False, choices=[("", "Any"), *Life.choices])
    entity = forms.ChoiceField(label="Entity", required=False)
    customer = forms.CharField(label="Customer or contract", required=False, max_length=100)

    def __init__(self, *args, entities: list[LegalEntity], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].choices = [("", "All"), *((each.code, each.name) for each in entities)]
