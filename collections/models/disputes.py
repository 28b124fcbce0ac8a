"""Disputes: what customers contest of what they owe, who settles it by when, and how it ended."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.collections.incoming.models import IncomingMail
from o2c.collections.models.teams import Queue
from o2c.core.models import Document, User
from o2c.core.money import AmountField
from o2c.core.stamps import Stamped
from o2c.invoicing.models import CreditRequest, Invoice, OpenItem, ReasonCode, WriteOff
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped

USUAL_TARGET, USUAL_ESCALATION = 10, 5  # business days


@pghistory.track()
class DisputeRule(models.Model):
    """Who settles disputes of a reason, in how many business days, and who is told where they do not."""

    code = models.OneToOneField(ReasonCode, models.CASCADE, primary_key=True, related_name="dispute_rule")
    target_days = models.PositiveSmallIntegerField(
        default=USUAL_TARGET, help_text="Business days of the legal entity until it is to be settled."
    )
    escalate_after = models.PositiveSmallIntegerField(
        default=USUAL_ESCALATION, help_text="Business days past the deadline on which it is escalated."
    )
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    queue = models.ForeignKey(Queue, models.PROTECT, null=True, blank=True, related_name="+")
    escalate_to = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    escalate_queue = models.ForeignKey(Queue, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(owner=None) | Q(queue=None), name="dispute_rule_one_owner"),
            models.CheckConstraint(
                condition=Q(escalate_to=None) | Q(escalate_queue=None), name="dispute_rule_one_escalation"
            ),
        ]


@pghistory.track(exclude=["reason", "note", "payer", "updated_at"])
class Dispute(Stamped):
    """A customer contests an item, or so much of it. What is contested is not chased while the dispute is open.

    Dunning reads `opened_on`, `closed_on` and `amount` alone. `code` is what the customer says, `cause` what we found.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CUSTOMER = "customer", "Waits for the customer"
        INSIDE = "inside", "Waits for a colleague"
        ASKED = "asked", "Waits for approval"
        RESOLVED = "resolved", "Resolved"

    class Cause(models.TextChoices):
        PRICING = "pricing", "Prices kept wrongly"
        ORDER_ENTRY = "order_entry", "Order entered wrongly"
        WAREHOUSE = "warehouse", "Picked or packed wrongly"
        CARRIER = "carrier", "Carrier"
        PRODUCT = "product", "Quality of the product"
        INVOICING = "invoicing", "Invoiced wrongly"
        CONTRACT = "contract", "Contract unclear"
        CASH = "cash", "Payment applied wrongly"
        CUSTOMER = "customer", "Error of the customer"
        OTHER = "other", "Something else"

    class Resolution(models.TextChoices):
        CREDITED = "credited", "Credited"
        REJECTED = "rejected", "Rejected"
        WRITTEN_OFF = "written_off", "Written off"
        REPLACED = "replaced", "Credited and invoiced anew"
        PAID = "paid", "Paid or cleared"
        WITHDRAWN = "withdrawn", "Withdrawn"

    WORKED = (State.OPEN, State.CUSTOMER, State.INSIDE)
    MOVES = {
        State.OPEN: {State.CUSTOMER, State.INSIDE, State.ASKED, State.RESOLVED},
        State.CUSTOMER: {State.OPEN, State.INSIDE, State.ASKED, State.RESOLVED},
        State.INSIDE: {State.OPEN, State.CUSTOMER, State.ASKED, State.RESOLVED},
        State.ASKED: {State.OPEN, State.RESOLVED},
        State.RESOLVED: {State.OPEN},  # what had cleared the item is undone
    }

    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="disputes")
    entity = models.ForeignKey(LegalEntity, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="disputes")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN, db_default=State.OPEN.value)
    code = models.ForeignKey(
        ReasonCode, models.PROTECT, null=True, blank=True, related_name="+", help_text="What the customer says."
    )
    reason = models.CharField(max_length=200, help_text="In the customer's words.")
    amount = AmountField(null=True, blank=True, help_text="How much is contested; empty: all of it.")
    cause = models.CharField(
        max_length=12, choices=Cause.choices, blank=True, default="", db_default="", help_text="What we found."
    )
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="disputes")
    queue = models.ForeignKey(Queue, models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(null=True, blank=True, help_text="By when it is to be settled.")
    escalates_on = models.DateField(null=True, blank=True, help_text="Else it is escalated on this day.")
    escalated_on = models.DateField(null=True, blank=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True, help_text="From this day on the item is chased again.")
    resolution = models.CharField(max_length=12, choices=Resolution.choices, blank=True, default="", db_default="")
    note = models.CharField(max_length=300, blank=True, default="", db_default="", help_text="What came of it.")
    by_itself = models.BooleanField(
        default=False, db_default=False, help_text="It was closed because the item cleared, not by a person."
    )
    asked_for = models.CharField(
        max_length=12, choices=Resolution.choices, blank=True, default="", db_default="", help_text="Of an approval."
    )
    credit = models.ForeignKey(CreditRequest, models.PROTECT, null=True, blank=True, related_name="disputes")
    write_off = models.ForeignKey(WriteOff, models.PROTECT, null=True, blank=True, related_name="disputes")
    replacement = models.ForeignKey(
        Invoice, models.SET_NULL, null=True, blank=True, related_name="+", help_text="The invoice written anew."
    )
    mail = models.ForeignKey(
        IncomingMail, models.SET_NULL, null=True, blank=True, related_name="disputes", help_text="That says so."
    )
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(closed_on__isnull=True), name="dispute_one_open"),
            models.CheckConstraint(
                condition=Q(state="resolved", closed_on__isnull=False) | ~Q(state="resolved") & Q(closed_on=None),
                name="dispute_resolved_on_a_day",
            ),
            models.CheckConstraint(condition=Q(owner=None) | Q(queue=None), name="dispute_one_owner"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0), name="dispute_contests_something"
            ),
            models.CheckConstraint(
                condition=~Q(state="asked") | Q(credit__isnull=False) | Q(write_off__isnull=False),
                name="dispute_asked_for_something",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "due_on", "id"], condition=Q(closed_on=None), name="dispute_by_deadline"),
            models.Index(
                fields=["escalates_on"], condition=Q(closed_on=None, escalated_on=None), name="dispute_escalating"
            ),
            models.Index(fields=["entity", "-closed_on", "-id"], name="dispute_by_end"),
            models.Index(fields=["updated_at", "id"], name="dispute_by_change"),
        ]

    def __str__(self):
        return f"dispute {self.pk}"


class OfDispute(EntityScoped):
    entity_path = "dispute__entity"


class DisputeFile(models.Model):
    """A file that belongs to a case: what the customer sent, a photograph, a proof of delivery."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="files")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", help_text="None once let go.")
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    actor = models.CharField(max_length=150)
    added_at = models.DateTimeField(db_default=Now())

    objects = OfDispute.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["dispute", "document"], name="dispute_file_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="dispute_file_not_empty"),
        ]


@pghistory.track(exclude=["note", "updated_at"])
class DisputeSuggestion(Stamped):
    """What one customer, or customers of one product, contested again and again for one reason: to be checked before it
    is invoiced. A person accepts or dismisses it."""

    class State(models.TextChoices):
        OPEN = "open", "Proposed"
        ACCEPTED = "accepted", "Accepted"
        DISMISSED = "dismissed", "Dismissed"

    MOVES = {State.OPEN: {State.ACCEPTED, State.DISMISSED}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    product = models.CharField(max_length=60, blank=True, default="", help_text="As invoices call it; else a customer.")
    code = models.ForeignKey(ReasonCode, models.PROTECT, related_name="+")
    cause = models.CharField(
        max_length=12, choices=Dispute.Cause.choices, blank=True, default="", help_text="What was mostly found."
    )
    disputes = ArrayField(models.BigIntegerField(), help_text="The evidence: ids of disputes.")
    first_on = models.DateField()
    last_on = models.DateField()
    proposed_on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    note = models.CharField(max_length=300, blank=True, default="", help_text="Of whoever decided.")
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_on = models.DateField(null=True, blank=True)

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "customer", "product", "code"],
                condition=Q(state="open"),
                nulls_distinct=False,
                name="dispute_suggestion_open_once",
            ),
            models.CheckConstraint(
                condition=Q(customer__isnull=False, product="") | Q(customer=None) & ~Q(product=""),
                name="dispute_suggestion_of_one",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_on=None) | ~Q(state="open") & Q(decided_on__isnull=False),
                name="dispute_suggestion_decided_on",
            ),
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="dispute_suggestion_by_change")]

    @property
    def subject(self) -> str:
        return self.customer.name if self.customer_id else self.product

    @property
    def says(self) -> str:
        """What could be checked, and where."""
        whom = f"for {self.customer.name}" if self.customer_id else f"of {self.product}"
        check = CHECKS.get(self.code.code, "what the customer was promised, before it is invoiced")
        return f"Orders {whom}: check {check}."


# What to check on an order, so that the reason does not come up again.
CHECKS = {
    "price": "the price against the offer or the contract, before it is invoiced",
    "rebate": "the agreed rebate, before it is invoiced",
    "discount": "that the terms on the order are those agreed",
    "quantity": "the quantity delivered against the order, before it is invoiced",
    "quality": "packing and inspection before it is delivered",
    "not_received": "the address and the proof of delivery, before it is invoiced",
    "late": "that the promised day can be kept, before the order is confirmed",
    "address": "the address and the buyer's order number, before it is invoiced",
    "duplicate": "that it was not invoiced before",
    "freight": "who bears the freight, before it is invoiced",
    "tax": "the VAT id and how it is taxed, before it is invoiced",
}
