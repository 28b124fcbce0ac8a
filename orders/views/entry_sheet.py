"""The forms of an order that is being entered: its head and its lines, as they were sent."""

import re
from dataclasses import fields
from datetime import date
from decimal import Decimal

from django import forms

from o2c.core.forms import DayField
from o2c.core.models import User
from o2c.core.money import known_currencies
from o2c.core.refusals import Fault
from o2c.core.taxes import TaxCategory
from o2c.core.units import unit_choices
from o2c.orders.forms import ProductWidget, plain, products_called
from o2c.orders.models import Customer, Incoterm, LegalEntity, Order, OrderLine, Product
from o2c.orders.models.prices import DIGITS, PLACES
from o2c.orders.ordering import taxing
from o2c.orders.ordering.drafts import DraftLine, DraftOrder, ShipTo

# More are written by programs, and looked at here.
MOST_LINES = 200
SHIP_TO = tuple(field.name for field in fields(ShipTo))
PLAIN = ("currency", "customer_reference", "buyer_reference", "incoterm", "incoterm_place", "note")


def _text(label: str, most: int, **more) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, **more)


def _fine(label: str) -> forms.DecimalField:
    # As text: a number field would refuse what it cannot read without saying so, and steps when it is scrolled over.
    attributes = {"inputmode": "decimal", "class": "amount", "autocomplete": "off"}
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_digits=DIGITS, decimal_places=PLACES,
        widget=forms.TextInput(attrs=attributes),
    )  # fmt: skip


class OrderHeadForm(forms.Form):
    customer = forms.CharField(
        label="Customer", max_length=200,
        widget=forms.TextInput(attrs={"list": "customer-choices", "autocomplete": "off"}),
        help_text="Number, or a part of the name.",
    )  # fmt: skip
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="Sold by", to_field_name="code", empty_label=None)
    customer_reference = _text("Their order number", 100)
    ordered_on = DayField(label="Ordered on")
    wanted_on = DayField(label="Wanted on", required=False)
    currency = _text("Currency", 3, help_text="Left empty: the account’s.")
    buyer_reference = _text("Their reference", 100)
    incoterm = forms.ChoiceField(label="Incoterm", required=False, choices=[("", "None"), *Incoterm.choices])
    incoterm_place = _text("Its place", 100)
    name = _text("Deliver to", 200)
    street = _text("Street", 200)
    postal_code = _text("Postal code", 20)
    city = _text("City", 100)
    country = _text("Country", 2)
    note = _text("Note", 5000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data=None, *, user: User, **kwargs):
        super().__init__(data, **kwargs)
        self.user = user
        self.fields["entity"].queryset = LegalEntity.objects.for_user(user).order_by("code")

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
            fits = ", ".join(f"{each.name} ({each.number})" for each in named[:3])
            raise forms.ValidationError(f"Several fit: {fits}{' …' if len(named) > 3 else ''}. Take the number.")
        raise forms.ValidationError(f"No customer fits {text}.")

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].upper()
        if code and code not in known_currencies():
            raise forms.ValidationError(f"{code} is not a currency of ISO 4217.")
        return code

    def clean_country(self) -> str:
        code = self.cleaned_data["country"].upper()
        if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
            raise forms.ValidationError("A country is two letters, such as FR.")
        return code


class OrderLineForm(forms.Form):
    """One line; an empty one does not count."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    product = _text("Product", 200, widget=ProductWidget())
    description = _text("Description", 1000)
    quantity = _fine("Quantity")
    unit = forms.ChoiceField(label="Unit", required=False)
    price = _fine("Price")
    price_per = _fine("Price per")
    tax_category = forms.ChoiceField(
        label="Tax", required=False, choices=[("", "As the goods go"), *TaxCategory.choices]
    )
    tax_rate = _fine("%")
    hs_code = _text("HS code", 12)
    origin_country = _text("Made in", 2)
    net_weight_kg = _fine("Net weight, kg")
    gross_weight_kg = _fine("Gross weight, kg")

    def __init__(self, *args, called: dict[str, list[Product]] | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.called = called or {}
        self.fields["unit"].choices = [("", "As sold"), *unit_choices()]

    def clean_origin_country(self) -> str:
        return self.cleaned_data["origin_country"].upper()

    def clean_product(self) -> str:
        """What names no product stays as it was typed: the order says so as its problem."""
        text = self.cleaned_data["product"].strip()
        found = self.called.get(plain(text), [])
        self.found = found[0] if len(found) == 1 else None
        return text

    def empty(self) -> bool:
        told = self.cleaned_data
        return not told.get("product") and not told.get("description") and told.get("price") is None

    def line(self) -> DraftLine:
        told = self.cleaned_data
        found = getattr(self, "found", None)
        return DraftLine(
            quantity=told["quantity"] or Decimal(0), product=found, given=told["product"],
            description=told["description"], unit=told["unit"], price=told["price"],
            price_per=told["price_per"] or Decimal(1), tax_category=told["tax_category"],
            tax_rate=told["tax_rate"], hs_code=told["hs_code"], origin_country=told["origin_country"],
            net_weight_kg=told["net_weight_kg"], gross_weight_kg=told["gross_weight_kg"], line_id=told["id"],
        )  # fmt: skip


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _texts(line: OrderLine, usual: taxing.Tax) -> dict:
    """What the fields of a line show; what is as it follows from the product and the way of the goods stays empty."""
    product = line.product

    def own(value: str, of_product: str) -> str:
        return "" if product and value == of_product else value

    def weight(value: Decimal | None, of_one: Decimal | None) -> str:
        return "" if of_one is not None and value == round(of_one * line.quantity, 6) else _plain(value)

    taxed = (line.tax_category, line.tax_rate) == (usual.category, usual.rate)
    return {
        "id": str(line.pk),
        "product": product.number if product else line.given,
        "description": own(line.description, product.name if product else ""),
        "quantity": _plain(line.quantity),
        "unit": own(line.unit, product.unit if product else ""),
        "price": _plain(line.price),
        "price_per": "" if line.price_per == 1 else _plain(line.price_per),
        "tax_category": "" if taxed else line.tax_category,
        "tax_rate": "" if taxed else _plain(line.tax_rate),
        "hs_code": own(line.hs_code, product.hs_code if product else ""),
        "origin_country": own(line.origin_country, product.origin_country if product else ""),
        "net_weight_kg": weight(line.net_weight_kg, product.net_weight_kg if product else None),
        "gross_weight_kg": weight(line.gross_weight_kg, product.gross_weight_kg if product else None),
    }


class EntrySheet:
    """Raw texts by row, from which forms are made: bound where they are judged, else as they stand."""

    def __init__(self, head: dict, lines: list[dict], *, user: User):
        self.user = user
        self.texts = head, lines or [_begun()]
        self.focus: int | None = None
        self.places: list[int] = []
        self._make(bound=False)

    @classmethod
    def of(cls, order: Order, *, user: User) -> "EntrySheet":
        """What an order says. A price or a tax that follows by itself is left to follow."""
        head = {name: getattr(order, name) or "" for name in (*PLAIN, "ordered_on", "wanted_on")}
        head |= {name: getattr(order, f"ship_to_{name}") for name in SHIP_TO}
        head |= {"customer": order.customer.number, "entity": order.entity.code}
        way = taxing.Way(order.entity.country, order.ship_to_country, order.customer.vat_id)
        lines = [
            _texts(line, taxing.propose(way, line.product.tax_rate if line.product else None))
            for line in order.lines.select_related("product").order_by("position")
        ]
        return cls(head, lines, user=user)

    @classmethod
    def sent(cls, data, *, user: User) -> "EntrySheet":
        head = {name: data.get(name, "") for name in OrderHeadForm.base_fields}
        count = data.get("lines", "")
        count = min(int(count), MOST_LINES) if count.isdecimal() and len(count) < 5 else 0
        names = OrderLineForm.base_fields
        lines = [{name: data.get(f"line{row}-{name}", "") for name in names} for row in range(count)]
        return cls(head, lines, user=user)

    def _make(self, *, bound: bool) -> None:
        head, lines = self.texts
        self.head = OrderHeadForm(head, user=self.user) if bound else OrderHeadForm(initial=head, user=self.user)
        self.lines = []
        called = products_called(texts.get("product", "") for texts in lines) if bound else {}
        for place, texts in enumerate(lines):
            prefix = f"line{place}"
            named = {f"{prefix}-{name}": text for name, text in texts.items()}
            form = (
                OrderLineForm(named, prefix=prefix, called=called)
                if bound
                else OrderLineForm(initial=texts, prefix=prefix)
            )
            self.lines.append(form)
        if self.focus is not None and self.focus < len(self.lines):
            self.lines[self.focus].fields["product"].widget.attrs["autofocus"] = True
        elif not bound and not head.get("customer"):
            self.head.fields["customer"].widget.attrs["autofocus"] = True

    def pressed(self, press: str) -> "EntrySheet":
        """The sheet after a button: next, line, up-line-3, down-line-3, drop-line-3."""
        head, lines = self.texts
        act, _, rest = press.partition("-")
        place = rest.partition("-")[2]
        at = int(place) if place else 0
        if act in ("line", "next"):
            if (act == "line" or lines[-1].get("product", "").strip()) and len(lines) < MOST_LINES:
                lines.append(_begun())
            self.focus = len(lines) - 1
        elif at < len(lines):
            if act == "drop":
                del lines[at]
            elif 0 <= (other := at - 1 if act == "up" else at + 1) < len(lines):
                lines[at], lines[other] = lines[other], lines[at]
            self.texts = head, lines or [_begun()]
            self.focus = min(at, len(self.texts[1]) - 1)
        self._make(bound=False)
        return self

    def is_valid(self) -> bool:
        self._make(bound=True)
        judged = [form.is_valid() for form in (self.head, *self.lines)]  # each says what is wrong
        return all(judged)

    def draft(self, existing: Order | None, *, submitted: bool) -> DraftOrder:
        """The order that valid forms say."""
        return self._draft(self.head.cleaned_data, self.lines, existing, submitted)

    def attempt(self, existing: Order | None, today: date) -> DraftOrder | None:
        """As much of an order as is well typed so far; None where nothing can be said of it."""
        trial = EntrySheet(*self.texts, user=self.user)
        trial.is_valid()
        told = {name: trial.head.cleaned_data.get(name) or "" for name in OrderHeadForm.base_fields}
        if not told["customer"] or not told["entity"]:
            return None
        told["ordered_on"] = told["ordered_on"] or today
        draft = trial._draft(told, [form for form in trial.lines if form.is_valid()], existing, False)
        self.places = [place for place, form in enumerate(trial.lines) if form.is_valid() and not form.empty()]
        return draft

    def _draft(self, told: dict, lines: list[OrderLineForm], existing: Order | None, submitted: bool) -> DraftOrder:
        self.places = [place for place, form in enumerate(self.lines) if form in lines and not form.empty()]
        ship_to = ShipTo(**{name: told[name] for name in SHIP_TO})
        same = existing is not None and existing.customer_id == told["customer"].pk
        return DraftOrder(
            contract=existing.contract if same else None,
            terms=existing.terms if same else None,
            entity=existing.entity if existing else told["entity"],
            customer=told["customer"],
            ordered_on=told["ordered_on"],
            wanted_on=told["wanted_on"] or None,
            channel=existing.channel if existing else Order.Channel.BROWSER,
            ship_to=ship_to if any(vars(ship_to).values()) else None,
            lines=tuple(form.line() for form in lines if not form.empty()),
            submitted=submitted,
            source=existing.source if existing else "",
            external_id=existing.external_id if existing else "",
            **{name: told[name] for name in PLAIN},
        )

    def tell(self, faults: list[Fault]) -> None:
        """Say faults of the order at the fields that they are about."""
        for fault in faults:
            at = re.fullmatch(r"/lines/(\d+)/(\w+)", fault.pointer)
            form = self.lines[self.places[int(at[1])]] if at else self.head
            name = at[2] if at else fault.pointer.rpartition("/")[2]
            form.add_error(name if name in form.fields else None, fault.text)


def _begun() -> dict:
    return {"quantity": "1"}
