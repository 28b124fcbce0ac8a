"""What stands in the API's bodies about invoices: drafts as they are sent in, invoices as they are given out."""

from decimal import Decimal

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from o2c.core.api.fields import (
    MONEY_SCHEMA,
    Body,
    Choice,
    Currency,
    Day,
    DecimalIn,
    DecimalOut,
    Flag,
    Id,
    MoneyIn,
    MoneyOut,
    Text,
    View,
    Whole,
)
from o2c.core.api.problems import Problem
from o2c.core.money import plain
from o2c.core.taxes import TaxCategory
from o2c.invoicing.invoices.drafts import MOST_LINES, Adjustment, Declared, Draft, Line
from o2c.invoicing.invoices.rules import Fault
from o2c.invoicing.models import Invoice
from o2c.orders.api.naming import AccountQuery, CustomerName
from o2c.orders.models import Customer, LegalEntity, PaymentTerms

COUNTRY_OR_NONE = RegexValidator("^([A-Z]{2})?$", "A country is two capital letters (ISO 3166).")
MOST_ADJUSTMENTS = 100

# --- Drafts


class LineAdjustmentIn(Body):
    """An allowance or a charge: a percent, or an amount, one of the two."""

    reason = Text(max_length=200)
    is_charge = Flag(required=False, default=False, help_text="false: an allowance.")
    percent = DecimalIn(whole=4, places=4, required=False, help_text="Of the line's quantity times price.")
    amount = MoneyIn(required=False, positive=True)


class AdjustmentIn(Body):
    """An allowance or a charge of the whole document: a percent, or an amount, one of the two."""

    reason = Text(max_length=200)
    is_charge = Flag(required=False, default=False, help_text="false: an allowance.")
    percent = DecimalIn(whole=4, places=4, required=False, help_text="Of the lines with the same tax.")
    amount = MoneyIn(required=False, positive=True)
    category = Choice(choices=TaxCategory.choices, required=False, default=TaxCategory.STANDARD)
    rate = DecimalIn(whole=2, places=3, required=False, default=Decimal(0), help_text="Percent of tax.")


class LineIn(Body):
    description = Text(max_length=1000)
    product = Text(required=False, max_length=60, allow_blank=True, default="")
    quantity = DecimalIn(whole=13, places=6, signed=True)
    unit = Text(required=False, max_length=3, default="C62", help_text="UN/ECE recommendation 20: HUR, KGM, C62, …")
    price = DecimalIn(whole=13, places=6, help_text="Of one unit, before tax, in the invoice's currency.")
    price_per = DecimalIn(
        whole=13, places=6, required=False, default=Decimal(1), help_text="The price is that of so many units."
    )
    category = Choice(choices=TaxCategory.choices, required=False, default=TaxCategory.STANDARD)
    rate = DecimalIn(whole=2, places=3, required=False, default=Decimal(0), help_text="Percent of tax.")
    adjustments = LineAdjustmentIn(many=True, required=False, max_length=MOST_ADJUSTMENTS)
    net = MoneyIn(required=False, help_text="What the line comes to, where you say it: it must be what we work out.")


class TotalsIn(Body):
    """What you make of it; each that is given must be what we work out."""

    net = MoneyIn(required=False)
    tax = MoneyIn(required=False)
    gross = MoneyIn(required=False)
    payable = MoneyIn(required=False)


# What a body calls a total, and what a draft does.
TOTALS = {"net": "net_total", "tax": "tax_total", "gross": "gross_total", "payable": "payable"}


class InvoiceChange(Body):
    """A draft as a whole: what is left out is empty."""

    customer = CustomerName()
    currency = Currency()
    issued_on = Day(help_text="Its date; the books of that day must be open when it is issued.")
    number = Text(
        required=False, max_length=60, allow_blank=True, default="",
        help_text="Only where your system numbers it; left out: it gets our next number when it is issued.",
    )  # fmt: skip
    corrects = Id(required=False, allow_null=True, help_text="Of a credit note: the invoice that it corrects (our id).")
    terms = Text(
        required=False, max_length=20, allow_null=True, help_text="Code of payment terms; left out: the account's."
    )
    due_on = Day(required=False, allow_null=True, help_text="Where it was agreed for this one, whatever the terms say.")
    delivered_on = Day(required=False, allow_null=True)
    period_from = Day(required=False, allow_null=True)
    period_until = Day(required=False, allow_null=True)
    deliver_to_country = Text(required=False, max_length=2, allow_blank=True, default="", validators=[COUNTRY_OR_NONE])
    buyer_reference = Text(required=False, max_length=100, allow_blank=True, default="")
    order_reference = Text(required=False, max_length=100, allow_blank=True, default="", help_text="The buyer's order.")
    contract_reference = Text(required=False, max_length=100, allow_blank=True, default="")
    exemption_reason = Text(
        required=False, max_length=300, allow_blank=True, default="", help_text="Why it is exempt (category E)."
    )
    note = Text(required=False, max_length=5000, allow_blank=True, default="")
    prepaid = MoneyIn(required=False, help_text="Received before it was issued.")
    rounding = MoneyIn(required=False, help_text="Added so that a round amount is paid.")
    lines = LineIn(many=True, required=False, max_length=MOST_LINES)
    adjustments = AdjustmentIn(many=True, required=False, max_length=MOST_ADJUSTMENTS)
    totals = TotalsIn(required=False)


class InvoiceIn(InvoiceChange):
    """An invoice or a credit note as a whole: what is left out is empty."""

    entity = Text(max_length=20, help_text="Code of the legal entity.")
    kind = Choice(choices=Invoice.Kind.choices, required=False, default=Invoice.Kind.INVOICE)
    issue = Flag(required=False, default=False, help_text="true: it is issued at once, or nothing is written.")


class SendIn(Body):
    contact = Id(required=False, help_text="A contact of the customer; left out: who pays its bills.")
    again = Flag(default=False, help_text="Send it although it went to that address before.")


class SentView(View):
    recipient = serializers.CharField(help_text="As it stands on the message.")
    subject = serializers.CharField()
    language = serializers.CharField()
    state = serializers.CharField(help_text="What has become of it so far: queued.")


class CancelIn(Body):
    on = Day(required=False, help_text="The day of the credit note; left out: today where the legal entity is.")
    note = Text(required=False, max_length=5000, allow_blank=True, default="", help_text="Why; printed on it.")


class CreditedLineIn(Body):
    position = Whole(min_value=1, max_value=MOST_LINES, help_text="The line of the invoice, counted from 1.")
    quantity = DecimalIn(
        whole=13, places=6, signed=True, required=False, help_text="How much of it; left out: all of it."
    )


class CreditIn(CancelIn):
    lines = CreditedLineIn(
        many=True, required=False, allow_empty=False, max_length=MOST_LINES, help_text="Left out: all of the invoice."
    )
    issue = Flag(required=False, default=False, help_text="true: it is issued at once, or nothing is written.")


class InvoiceQuery(AccountQuery):
    state = serializers.ChoiceField(choices=Invoice.State.choices, required=False)
    kind = serializers.ChoiceField(choices=Invoice.Kind.choices, required=False)
    number = serializers.CharField(required=False, max_length=60, help_text="Only this number, as it is.")
    issued_from = serializers.DateField(required=False, help_text="Dated on this day or later.")
    issued_until = serializers.DateField(required=False, help_text="Dated on this day or before.")
    source = serializers.CharField(required=False, max_length=60)


def draft_of(given: dict, *, entity: LegalEntity, customer: Customer, **facts) -> Draft:
    """The draft that a body says. Raises Problem where money in it is of another currency than the invoice."""
    currency, wrong = given["currency"], []

    def amount(money, pointer: str) -> Decimal | None:
        if money is None:
            return None
        if str(money.currency) != currency:
            detail = f"The invoice is in {currency}."
            wrong.append({"pointer": f"{pointer}/currency", "code": "currency", "detail": detail})
        return money.amount

    def adjustments(parts: list[dict], at: str) -> tuple[Adjustment, ...]:
        return tuple(
            Adjustment(**part | {"amount": amount(part.get("amount"), f"{at}/adjustments/{place}/amount")})
            for place, part in enumerate(parts)
        )

    lines = tuple(
        Line(
            **line
            | {
                "adjustments": adjustments(line.get("adjustments", []), f"/lines/{place}"),
                "net": amount(line.get("net"), f"/lines/{place}/net"),
            }
        )
        for place, line in enumerate(given.get("lines", []))
    )
    declared = {TOTALS[name]: amount(money, f"/totals/{name}") for name, money in (given.get("totals") or {}).items()}
    draft = Draft(
        entity=entity,
        customer=customer,
        lines=lines,
        adjustments=adjustments(given.get("adjustments", []), ""),
        prepaid=amount(given.get("prepaid"), "/prepaid") or Decimal(0),
        rounding=amount(given.get("rounding"), "/rounding") or Decimal(0),
        declared=Declared(**declared),
        currency=currency,
        **{name: given.get(name) for name in ("issued_on", "due_on", "delivered_on", "period_from", "period_until")},
        **{
            name: given[name]
            for name in (
                "number", "deliver_to_country", "buyer_reference", "order_reference", "contract_reference",
                "exemption_reason", "note",
            )
        },
        **facts,
    )  # fmt: skip
    if wrong:
        raise Problem("validation", wrong[0]["detail"] if len(wrong) == 1 else "", errors=wrong)
    return draft


def refused(faults: list[Fault]) -> Problem:
    """Faults of a draft as a problem, by the names of bodies; a fault of the invoice as a whole is a conflict."""
    if all(not fault.pointer for fault in faults):
        return Problem("conflict", " ".join(fault.text for fault in faults))
    of = {f"/declared/{ours}": f"/totals/{theirs}" for theirs, ours in TOTALS.items()}
    errors = [
        {"pointer": of.get(fault.pointer, fault.pointer), "code": fault.code, "detail": fault.text} for fault in faults
    ]
    return Problem("validation", errors[0]["detail"] if len(errors) == 1 else "", errors=errors)


def terms_named(code: str | None) -> PaymentTerms | None:
    """Payment terms by their code. Raises Problem where there are none."""
    if not code:
        return None
    found = PaymentTerms.objects.filter(code=code).first()
    if found is None:
        detail = "There are no such payment terms."
        raise Problem("validation", detail, errors=[{"pointer": "/terms", "code": "unknown", "detail": detail}])
    return found


# --- Invoices


class InvoiceView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    source = serializers.CharField()
    external_id = serializers.CharField()
    customer = serializers.IntegerField(source="customer_id")
    kind = serializers.ChoiceField(choices=Invoice.Kind.choices)
    state = serializers.ChoiceField(choices=Invoice.State.choices)
    number = serializers.CharField(help_text="Empty until it is issued.")
    corrects = serializers.IntegerField(
        source="corrects_id", allow_null=True, help_text="The invoice that this credit note corrects."
    )
    cancels = serializers.BooleanField(help_text="It takes back its invoice as a whole.")
    issued_on = serializers.DateField()
    due_on = serializers.DateField(
        allow_null=True, help_text="Of instalments the first; of a draft only where it was agreed."
    )
    delivered_on = serializers.DateField(allow_null=True)
    period_from = serializers.DateField(allow_null=True)
    period_until = serializers.DateField(allow_null=True)
    deliver_to_country = serializers.CharField()
    currency = serializers.CharField()
    terms = serializers.CharField(
        source="terms_code", allow_null=True, help_text="Code of its payment terms; null: the account's."
    )
    buyer_reference = serializers.CharField()
    order_reference = serializers.CharField()
    contract_reference = serializers.CharField()
    exemption_reason = serializers.CharField()
    note = serializers.CharField()
    line_total = MoneyOut("line_total")
    allowance_total = MoneyOut("allowance_total", help_text="Of the whole document; those of lines are in the lines.")
    charge_total = MoneyOut("charge_total")
    net = MoneyOut("net_total")
    tax = MoneyOut("tax_total")
    gross = MoneyOut("gross_total", help_text="Positive also on a credit note.")
    prepaid = MoneyOut("prepaid")
    rounding = MoneyOut("rounding")
    payable = MoneyOut("payable")
    base_tax = MoneyOut(
        "base_tax", "base_currency", allow_null=True, help_text="The tax of an issued one in another currency."
    )
    reference = serializers.CharField(help_text="What the payer writes.")
    issued_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class LineAdjustmentView(View):
    reason = serializers.CharField()
    is_charge = serializers.BooleanField()
    percent = DecimalOut(allow_null=True)
    amount = MoneyOut("amount")


class AdjustmentView(LineAdjustmentView):
    category = serializers.ChoiceField(choices=TaxCategory.choices)
    rate = DecimalOut()


class LineView(View):
    position = serializers.IntegerField()
    product = serializers.CharField()
    description = serializers.CharField()
    quantity = DecimalOut()
    unit = serializers.CharField()
    price = DecimalOut()
    price_per = DecimalOut()
    category = serializers.ChoiceField(choices=TaxCategory.choices)
    rate = DecimalOut()
    adjustments = LineAdjustmentView(many=True, source="parts")
    net = MoneyOut("net")


class TaxView(View):
    category = serializers.ChoiceField(choices=TaxCategory.choices)
    rate = DecimalOut()
    taxable = MoneyOut("taxable")
    tax = MoneyOut("tax")


def _object(*, later: dict | None = None, **properties) -> dict:
    """`later`: what is not kept with what was issued before there was such a thing."""
    return {
        "type": ["object", "null"],
        "description": "Fixed when it is issued; null before.",
        "required": list(properties),
        "properties": properties | (later or {}),
    }


TEXT = {"type": "string"}
TEXT_OR_NULL = {"type": ["string", "null"]}
NUMBER_OR_NULL = {"type": ["integer", "null"]}
ISO_DAY = {"type": "string", "format": "date"}
SELLER = _object(
    **dict.fromkeys(("code", "name", "address", "country", "vat_id", "registration_number", "email", "phone"), TEXT),
    base_currency=TEXT,
    later={"peppol_address": TEXT},
)
BUYER = _object(
    **dict.fromkeys(
        ("number", "name", "street", "postal_code", "city", "country", "vat_id", "language"), TEXT
    ),
    later={"peppol_address": TEXT},
)  # fmt: skip
AGREED = _object(
    terms={
        "type": ["object", "null"],
        "properties": {
            "code": TEXT, "name": TEXT, "kind": TEXT, "days": {"type": "integer"}, "day_of_month": NUMBER_OR_NULL,
        },
    },
    instalments={
        "type": "array",
        "items": {"type": "object", "properties": {"due_on": ISO_DAY, "amount": MONEY_SCHEMA}},
    },
    discounts={
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"until": ISO_DAY, "percent": TEXT, "discount": MONEY_SCHEMA, "pay": MONEY_SCHEMA},
        },
    },
    pay_to={
        "type": ["object", "null"],
        "properties": dict.fromkeys(("iban", "bic", "account_number", "bank", "currency"), TEXT),
    },
    collected={
        "type": ["object", "null"],
        "description": "The mandate by which it is collected when it is due; `account`: the end of the payer's IBAN.",
        "properties": dict.fromkeys(("mandate", "creditor_id", "account"), TEXT),
    },
)  # fmt: skip


class InvoiceDetail(InvoiceView):
    lines = LineView(many=True, source="line_rows")
    adjustments = AdjustmentView(many=True, source="parts", help_text="Of the whole document.")
    taxes = TaxView(many=True, source="tax_rows")
    seller = serializers.SerializerMethodField()
    buyer = serializers.SerializerMethodField()
    agreed = serializers.SerializerMethodField()
    items = serializers.SerializerMethodField(help_text="Its open items, one or one for each instalment.")
    corrections = serializers.SerializerMethodField(help_text="The credit notes that correct it, drafts too.")

    @extend_schema_field(SELLER)
    def get_seller(self, row):
        return row.seller

    @extend_schema_field(BUYER)
    def get_buyer(self, row):
        return row.buyer

    @extend_schema_field(AGREED)
    def get_agreed(self, row):
        if row.agreed is None:
            return None

        def money(text: str) -> dict:
            return {"amount": plain(Decimal(text), row.currency), "currency": row.currency}

        return (
            {"collected": None}
            | row.agreed
            | {
                "instalments": [part | {"amount": money(part["amount"])} for part in row.agreed["instalments"]],
                "discounts": [
                    tier | {"discount": money(tier["discount"]), "pay": money(tier["pay"])}
                    for tier in row.agreed["discounts"]
                ],
            }
        )

    @extend_schema_field({"type": "array", "items": {"type": "integer"}})
    def get_items(self, row):
        return row.item_ids

    @extend_schema_field({"type": "array", "items": {"type": "integer"}})
    def get_corrections(self, row):
        return row.correction_ids


def with_parts(invoice: Invoice) -> Invoice:
    """The invoice with all that hangs on it, read in as many queries however many lines it has."""
    invoice.line_rows = list(invoice.lines.order_by("position"))
    invoice.tax_rows = list(invoice.taxes.all())
    parts: dict[int | None, list] = {}
    for part in invoice.adjustments.order_by("position"):
        parts.setdefault(part.line_id, []).append(part)
    invoice.parts = parts.get(None, [])
    for line in invoice.line_rows:
        line.parts = parts.get(line.pk, [])
    for part in (*invoice.line_rows, *invoice.tax_rows, *(each for some in parts.values() for each in some)):
        part.currency = invoice.currency
    items = invoice.entry.items.order_by("pk") if invoice.entry_id else []
    invoice.item_ids = [item.pk for item in items]
    invoice.correction_ids = list(invoice.corrections.order_by("pk").values_list("pk", flat=True))
    return invoice
