"""Invoices and credit notes after EN 16931-1 (the semantic model of an invoice); BT-… and BR-… are its numbers.

A draft is free to change. Issued, it never changes: it is corrected by a credit note, or cancelled by one that mirrors
it. Amounts are as they stand on the paper, positive also on a credit note.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Now, Upper

from o2c.core.models import CurrentContext, Document, ImportRun
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import ExternallyKnown, Stamped
from o2c.core.taxes import TaxCategory
from o2c.invoicing.models.books import Entry
from o2c.orders.models import Customer, DeliveryLine, LegalEntity, OrderLine, PaymentTerms
from o2c.orders.scope import EntityScoped

# What the buyer and the payer call it, as one text: four texts that are looked through apart need four indexes.
REFERENCES = Concat(
    "reference", Value(" "), "buyer_reference", Value(" "), "order_reference", Value(" "), "contract_reference",
    output_field=models.TextField(),
)  # fmt: skip


class Invoice(ExternallyKnown, Stamped):
    """An invoice or a credit note. Issuing numbers it, posts it and makes its open items, in one transaction."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", "Invoice"
        CREDIT_NOTE = "credit_note", "Credit note"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        ISSUED = "issued", "Issued"
        CANCELLED = "cancelled", "Cancelled"

    MOVES = {State.DRAFT: {State.ISSUED}, State.ISSUED: {State.CANCELLED}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="invoices")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    number = models.CharField(max_length=60, blank=True, default="", help_text="Empty until it is issued (BT-1).")
    numbered_here = models.BooleanField(default=True, help_text="From our series; else the number came with it.")
    posted_elsewhere = models.BooleanField(
        default=False, db_default=False, help_text="Its source posts it: owed is the open item that came from there."
    )
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", help_text="A credit note's invoice."
    )
    cancels = models.BooleanField(default=False, help_text="It takes back its invoice as a whole.")
    issued_on = models.DateField(help_text="BT-2")
    delivered_on = models.DateField(null=True, blank=True, help_text="BT-72")
    period_from = models.DateField(null=True, blank=True, help_text="BT-73")
    period_until = models.DateField(null=True, blank=True, help_text="BT-74")
    deliver_to_country = models.CharField(max_length=2, blank=True, default="", help_text="BT-80")
    currency = CurrencyField(help_text="BT-5")
    terms = models.ForeignKey(
        PaymentTerms, models.PROTECT, null=True, blank=True, db_index=False, help_text="None: the account's at issue."
    )
    buyer_reference = models.CharField(max_length=100, blank=True, default="", help_text="BT-10")
    order_reference = models.CharField(max_length=100, blank=True, default="", help_text="BT-13, the buyer's order")
    contract_reference = models.CharField(max_length=100, blank=True, default="", help_text="BT-12")
    despatch_reference = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="BT-16, the delivery"
    )
    deliver_to_name = models.CharField(max_length=200, blank=True, default="", db_default="", help_text="BT-70")
    deliver_to_street = models.CharField(max_length=200, blank=True, default="", db_default="", help_text="BT-75")
    deliver_to_postal_code = models.CharField(max_length=20, blank=True, default="", db_default="", help_text="BT-78")
    deliver_to_city = models.CharField(max_length=100, blank=True, default="", db_default="", help_text="BT-77")
    exemption_reason = models.CharField(max_length=300, blank=True, default="", help_text="BT-120, where exempt")
    note = models.TextField(blank=True, default="", help_text="BT-22")

    line_total = AmountField(default=0, help_text="BT-106")
    allowance_total = AmountField(default=0, help_text="BT-107")
    charge_total = AmountField(default=0, help_text="BT-108")
    net_total = AmountField(default=0, help_text="BT-109")
    tax_total = AmountField(default=0, help_text="BT-110")
    gross_total = AmountField(default=0, help_text="BT-112")
    prepaid = AmountField(default=0, help_text="BT-113: received before it was issued.")
    rounding = AmountField(default=0, help_text="BT-114: added so that a round amount is paid.")
    payable = AmountField(default=0, help_text="BT-115")
    base_tax = AmountField(null=True, blank=True, help_text="BT-111: the tax in the legal entity's currency.")

    # Fixed when it is issued.
    seller = models.JSONField(null=True, blank=True)
    buyer = models.JSONField(null=True, blank=True)
    agreed = models.JSONField(null=True, blank=True, help_text="Terms, discounts, instalments, and how to pay.")
    policy = models.CharField(max_length=40, blank=True, default="", help_text="Code of the dunning policy then.")
    due_on = models.DateField(null=True, blank=True, help_text="BT-9; of instalments the first. Of a draft: as agreed.")
    reference = models.CharField(max_length=40, blank=True, default="", help_text="BT-83: what the payer writes.")
    entry = models.OneToOneField(
        Entry, models.PROTECT, null=True, blank=True, related_name="invoice", help_text="None where nothing is to pay."
    )
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.CharField(max_length=150, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=150)
    import_run = models.ForeignKey(ImportRun, models.PROTECT, null=True, blank=True, db_index=False)
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    gross_money = MoneyProperty("gross_total")
    payable_money = MoneyProperty("payable")
    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(net_total=F("line_total") - F("allowance_total") + F("charge_total")),
                name="invoice_br_co_13",
            ),
            models.CheckConstraint(condition=Q(gross_total=F("net_total") + F("tax_total")), name="invoice_br_co_15"),
            models.CheckConstraint(
                condition=Q(payable=F("gross_total") - F("prepaid") + F("rounding")), name="invoice_br_co_16"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", entry__isnull=True) & (Q(number="") | Q(numbered_here=False))
                | ~Q(state="draft") & ~Q(number="") & Q(seller__isnull=False, agreed__isnull=False),
                name="invoice_numbered_when_issued",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(payable__gte=0, gross_total__gte=0), name="invoice_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, cancels=False) | Q(kind="credit_note", corrects__isnull=False),
                name="invoice_corrected_by_credit_note",
            ),
            models.UniqueConstraint(
                fields=["entity", "kind", "number"], condition=~Q(number=""), name="invoice_number_once"
            ),
            models.UniqueConstraint(
                fields=["entity", "source", "external_id"], condition=~Q(external_id=""), name="invoice_external_once"
            ),
            models.UniqueConstraint(fields=["corrects"], condition=Q(cancels=True), name="invoice_cancelled_once"),
        ]
        indexes = [
            models.Index(fields=["customer", "-issued_on"], name="invoice_by_customer"),
            models.Index(fields=["entity", "-issued_on", "-id"], name="invoice_by_day"),
            models.Index(fields=["updated_at", "id"], name="invoice_by_change"),
            models.Index(fields=["entity", "id"], condition=Q(state="draft"), name="invoice_drafts"),
            # few are cancelled and few are credit notes: lists of them would read all the others to find a page
            models.Index(
                fields=["entity", "-issued_on", "-id"], condition=Q(state="cancelled"), name="invoice_cancelled_by_day"
            ),
            models.Index(
                fields=["entity", "-issued_on", "-id"], condition=Q(kind="credit_note"), name="invoice_credits_by_day"
            ),
            models.Index(
                fields=["id"],
                condition=Q(document__isnull=True, numbered_here=True) & ~Q(state="draft"),
                name="invoice_to_print",
            ),
            # a document that is let go of is looked for among the invoices
            models.Index(fields=["document"], condition=Q(document__isnull=False), name="invoice_by_document"),
            GinIndex(OpClass(Upper("number"), name="gin_trgm_ops"), name="invoice_number_trigram"),
            GinIndex(OpClass(Upper(REFERENCES), name="gin_trgm_ops"), name="invoice_references_trigram"),
            models.Index(fields=["context_id"], name="invoice_by_context"),
        ]

    def __str__(self):
        return self.number or f"draft {self.pk}"


class OfInvoice(EntityScoped):
    entity_path = "invoice__entity"


class InvoiceLine(models.Model):
    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, models.CASCADE, db_index=False, related_name="lines")
    position = models.PositiveIntegerField(help_text="BT-126")
    product = models.CharField(max_length=60, blank=True, default="", help_text="BT-155")
    description = models.CharField(max_length=1000, help_text="BT-153")
    quantity = models.DecimalField(max_digits=19, decimal_places=6, help_text="BT-129")
    unit = models.CharField(max_length=3, default="C62", help_text="BT-130, UN/ECE recommendation 20")
    price = models.DecimalField(max_digits=19, decimal_places=6, help_text="BT-146")
    price_per = models.DecimalField(max_digits=19, decimal_places=6, default=1, help_text="BT-149")
    category = models.CharField(max_length=2, choices=TaxCategory.choices, help_text="BT-151")
    rate = models.DecimalField(max_digits=6, decimal_places=3, default=0, help_text="BT-152, percent")
    net = AmountField(default=0, help_text="BT-131")
    order_line = models.ForeignKey(
        OrderLine, models.PROTECT, null=True, blank=True, db_index=False, related_name="invoice_lines"
    )
    delivery_line = models.ForeignKey(
        DeliveryLine, models.PROTECT, null=True, blank=True, db_index=False, related_name="invoice_lines"
    )

    objects = OfInvoice.as_manager()

    class Meta:
        ordering = ["invoice", "position"]
        indexes = [
            models.Index(fields=["order_line"], condition=Q(order_line__isnull=False), name="invoice_line_by_order"),
            models.Index(
                fields=["delivery_line"], condition=Q(delivery_line__isnull=False), name="invoice_line_by_delivery"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(delivery_line__isnull=True) | Q(order_line__isnull=False), name="invoice_line_of_order"
            ),
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_once"),
            models.CheckConstraint(condition=Q(price__gte=0), name="invoice_line_br_27"),
            models.CheckConstraint(condition=Q(price_per__gt=0), name="invoice_line_price_per"),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lt=100), name="invoice_line_rate"),
        ]


class InvoiceAdjustment(models.Model):
    """An allowance or a charge, of the whole document (BG-20, BG-21) or of one line (BG-27, BG-28).

    With a `percent` the amount follows from it: of the line's quantity times price, or of the sum of the lines with the
    same tax. `category` and `rate` are those of the document's own; a line's adjustment is taxed as the line is.
    """

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="adjustments")
    line = models.ForeignKey(InvoiceLine, models.CASCADE, null=True, blank=True, related_name="adjustments")
    position = models.PositiveIntegerField()
    is_charge = models.BooleanField(default=False)
    reason = models.CharField(max_length=200)
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    amount = AmountField(default=0)
    category = models.CharField(max_length=2, choices=TaxCategory.choices, blank=True, default="")
    rate = models.DecimalField(max_digits=6, decimal_places=3, default=0)

    objects = OfInvoice.as_manager()

    class Meta:
        ordering = ["invoice", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "line", "position"], nulls_distinct=False, name="invoice_adjustment_once"
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=False, category="") | Q(line__isnull=True) & ~Q(category=""),
                name="invoice_adjustment_taxed",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True, amount__gt=0) | Q(percent__gt=0, percent__lte=1000),
                name="invoice_adjustment_positive",
            ),
        ]


class InvoiceTax(models.Model):
    """The lines, allowances and charges of one tax category and rate, and their tax (BG-23)."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, models.CASCADE, db_index=False, related_name="taxes")
    category = models.CharField(max_length=2, choices=TaxCategory.choices, help_text="BT-118")
    rate = models.DecimalField(max_digits=6, decimal_places=3, help_text="BT-119")
    taxable = AmountField(help_text="BT-116")
    tax = AmountField(help_text="BT-117")

    objects = OfInvoice.as_manager()

    class Meta:
        ordering = ["invoice", "-rate", "category"]
        constraints = [models.UniqueConstraint(fields=["invoice", "category", "rate"], name="invoice_tax_once")]
