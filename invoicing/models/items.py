"""Open items, receipts, and what settles what.

Three times stand on every fact: `effective_on` (the accounting day), `known_on` (the day the business knew) and
`recorded_at` (audit). A fact counts from the later of the first two; `counts_from` holds that day.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now, Upper

from o2c.core.models import CurrentContext, ImportRun
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import ExternallyKnown, Stamped
from o2c.invoicing.models.books import Entry
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


class OpenItems(EntityScoped):
    def still_open(self):
        """What is not settled today; `o2c.invoicing.balances` answers for another day."""
        return self.exclude(open_amount=0)

    def for_customer(self, customer: Customer):
        return self.filter(customer=customer)


class OpenItem(Stamped):
    """An amount owed either way between a customer and a legal entity, in one currency, with a due date.

    Positive: the customer owes it. Negative: a credit note, or money on account. `open_amount` is kept by the
    allocation trigger and stays between zero and `amount`; no other code writes it.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", "Invoice"
        CREDIT_NOTE = "credit_note", "Credit note"
        ON_ACCOUNT = "on_account", "Payment on account"
        CORRECTION = "correction", "Correction by the source"
        WRITE_OFF = "write_off", "Write-off"
        DISCOUNT = "discount", "Early-payment discount"
        CHARGE = "charge", "Charge of a bank"
        FEE = "fee", "Fee or interest"
        EXCHANGE = "exchange", "Payment in another currency"
        REFUND = "refund", "Refund"
        TRANSFER = "transfer", "Moved between customers"
        NETTING = "netting", "Netted with what we owe"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="items")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    source = models.CharField(max_length=60, help_text="Where it came from; with external_id its key.")
    external_id = models.CharField(max_length=100)
    number = models.CharField(max_length=100, help_text="The document's number as the customer knows it.")
    issued_on = models.DateField()
    due_on = models.DateField()
    currency = CurrencyField()
    amount = AmountField()
    open_amount = AmountField()
    base_amount = AmountField(null=True, help_text="In the legal entity's currency, at the rate of the day, if known.")
    cycle = models.PositiveSmallIntegerField(default=1, help_text="Grows when a cleared item is opened again.")
    disputed_on = models.DateField(null=True, blank=True, help_text="Since when its source calls it disputed.")
    superseded_on = models.DateField(null=True, blank=True, help_text="When the source replaced it by another.")
    effective_on = models.DateField()
    known_on = models.DateField()
    counts_from = models.GeneratedField(
        expression=Greatest("effective_on", "known_on"), output_field=models.DateField(), db_persist=True
    )
    recorded_at = models.DateTimeField(db_default=Now())
    # Looked up by a trigger, once a statement (docs/decisions/0007).
    entry = models.ForeignKey(Entry, models.PROTECT, db_constraint=False, db_index=False, related_name="items")
    import_run = models.ForeignKey(ImportRun, models.PROTECT, null=True, blank=True, db_index=False)

    money = MoneyProperty("amount")
    open_money = MoneyProperty("open_amount")
    objects = OpenItems.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "source", "external_id"],
                condition=Q(superseded_on__isnull=True),
                name="item_key_once",
            ),
            models.CheckConstraint(
                # between zero and the original, on the original's side of zero
                condition=Q(open_amount=0) | Q(open_amount__gt=0, amount__gt=0) | Q(open_amount__lt=0, amount__lt=0),
                name="item_open_on_its_side",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, open_amount__lte=F("amount")) | Q(amount__lt=0, open_amount__gte=F("amount")),
                name="item_open_within_amount",
            ),
        ]
        indexes = [
            # what the sums of a customer's page read as well
            models.Index(
                fields=["payer", "customer"],
                include=["entity", "currency", "due_on", "open_amount"],
                condition=~Q(open_amount=0),
                name="item_open_by_payer",
            ),
            models.Index(fields=["customer", "due_on"], name="item_by_customer"),
            models.Index(fields=["counts_from"], name="item_counts_from"),
            # an invoice's items are those of its entry
            models.Index(fields=["entry"], name="item_by_entry"),
            models.Index(fields=["id"], condition=Q(cycle__gt=1), name="item_reopened"),
            models.Index(fields=["updated_at", "id"], name="item_by_change"),
        ]

    def __str__(self):
        return self.number


class ItemNumberScoped(EntityScoped):
    entity_path = "item__entity"


class ItemNumber(models.Model):
    """The number of an item as it is searched for, kept by the database.

    It stands apart as it is dear to index, and what is open of an item changes again and again. What o2c itself books
    besides documents has no number that anybody looks for, and no row.
    """

    item = models.OneToOneField(
        OpenItem, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="numbered"
    )
    number = models.CharField(max_length=100)
    # Of documents, by which payers' texts are compared with them: of INV-2026-000123 the figures, 2026000123, and those
    # that stand together at its end, 123, as payers leave the rest out.
    key = models.TextField(null=True)
    tail = models.TextField(null=True)

    objects = ItemNumberScoped.as_manager()

    class Meta:
        indexes = [
            GinIndex(OpClass(Upper("number"), name="gin_trgm_ops"), name="item_number_trigram"),
            models.Index(fields=["key"], condition=Q(key__isnull=False), name="item_number_by_key"),
            models.Index(fields=["tail"], condition=Q(tail__isnull=False), name="item_number_by_tail"),
        ]

    def __str__(self):
        return self.number


class Receipt(ExternallyKnown, Stamped):
    """Money that came in. It makes a negative item of the same amount; what is not allocated stays on account."""

    class Method(models.TextChoices):
        TRANSFER = "transfer", "Bank transfer"
        CARD = "card", "Card"
        CHEQUE = "cheque", "Cheque"
        CASH = "cash", "Cash"
        NETTING = "netting", "Netting"
        HISTORY = "history", "Payment history of another system"

    # What people and programs book: the rest comes of what it is part of.
    BOOKABLE = (Method.TRANSFER, Method.CARD, Method.CHEQUE, Method.CASH)

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="receipts")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    number = models.CharField(max_length=40, blank=True, default="", help_text="Ours, without gaps; empty for history.")
    method = models.CharField(max_length=10, choices=Method.choices)
    currency = CurrencyField()
    amount = AmountField()
    received_on = models.DateField()
    reference = models.CharField(max_length=200, blank=True, default="")
    item = models.OneToOneField(OpenItem, models.PROTECT, related_name="receipt")
    reversed_on = models.DateField(null=True, blank=True)

    money = MoneyProperty("amount")
    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_positive"),
            models.UniqueConstraint(fields=["entity", "number"], condition=~Q(number=""), name="receipt_number_once"),
            models.UniqueConstraint(
                fields=["entity", "source", "external_id"],
                condition=~Q(external_id=""),
                name="receipt_external_once",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "received_on"], name="receipt_by_customer"),
            models.Index(fields=["updated_at", "id"], name="receipt_by_change"),
        ]


class AllocationScoped(EntityScoped):
    entity_path = "debit_item__entity"


class Allocation(models.Model):
    """A negative item settles a positive one by an amount. Undone by a row of the opposite sign, never changed."""

    id = models.BigAutoField(primary_key=True)
    debit_item = models.ForeignKey(OpenItem, models.PROTECT, related_name="settled_by")
    credit_item = models.ForeignKey(OpenItem, models.PROTECT, related_name="settles")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    currency = CurrencyField()
    amount = AmountField(help_text="Positive; negative where it undoes another.")
    effective_on = models.DateField()
    known_on = models.DateField()
    counts_from = models.GeneratedField(
        expression=Greatest("effective_on", "known_on"), output_field=models.DateField(), db_persist=True
    )
    recorded_at = models.DateTimeField(db_default=Now())
    reverses = models.ForeignKey("self", models.PROTECT, null=True, blank=True, db_index=False)
    actor = models.CharField(max_length=150)
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    money = MoneyProperty("amount")
    objects = AllocationScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, reverses__isnull=True) | Q(amount__lt=0, reverses__isnull=False),
                name="allocation_sign",
            ),
            models.UniqueConstraint(
                fields=["reverses"], condition=Q(reverses__isnull=False), name="allocation_reversed_once"
            ),
        ]
        indexes = [
            models.Index(fields=["counts_from"], name="allocation_counts_from"),
            # the latest of a payer, as its timeline shows them
            models.Index(fields=["payer", "effective_on", "recorded_at", "id"], name="allocation_by_payer"),
            models.Index(fields=["recorded_at", "id"], name="allocation_by_recording"),
            models.Index(fields=["context_id"], name="allocation_by_context"),
        ]
