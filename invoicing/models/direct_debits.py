"""Collecting by SEPA direct debit: what customers agreed to, what is collected, and what their banks say of it."""

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.core.models import CurrentContext, Document
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import Stamped
from o2c.invoicing.models.books import BankAccount
from o2c.invoicing.models.decisions import Asked, ReturnedPayment, by_others
from o2c.invoicing.models.items import OpenItem
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


class Scheme(models.TextChoices):
    """The two schemes of the European Payments Council; their batches never mix."""

    CORE = "CORE", "Core"
    B2B = "B2B", "Business to business"


@pghistory.track()
class DirectDebitRules(models.Model):
    """By which identifier a legal entity collects, and how early it says so; without a row it collects nothing."""

    class Version(models.TextChoices):
        V2 = "pain.008.001.02", "pain.008.001.02"
        V8 = "pain.008.001.08", "pain.008.001.08"

    entity = models.OneToOneField(LegalEntity, models.CASCADE, related_name="direct_debit_rules")
    creditor_id = models.CharField(max_length=35, help_text="SEPA creditor identifier (EPC AT-02).")
    notice_days = models.PositiveSmallIntegerField(
        default=14, help_text="The customer is told so many days before the money is collected."
    )
    lead_days = models.PositiveSmallIntegerField(
        default=2, help_text="The bank has the file so many of its business days before."
    )
    version = models.CharField(max_length=20, choices=Version.choices, default=Version.V8)

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(lead_days__gte=1, lead_days__lte=30), name="direct_debit_lead_days"),
            models.CheckConstraint(condition=Q(notice_days__lte=60), name="direct_debit_notice_days"),
        ]


@pghistory.track(exclude=["updated_at"])
class Mandate(Stamped):
    """A customer lets a legal entity collect what is due from an account. Its history keeps each amendment."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        BLOCKED = "blocked", "Blocked"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"

    MOVES = {
        State.DRAFT: {State.ACTIVE, State.CANCELLED},
        State.ACTIVE: {State.DRAFT, State.BLOCKED, State.CANCELLED, State.EXPIRED},
        State.BLOCKED: {State.DRAFT, State.ACTIVE, State.CANCELLED, State.EXPIRED},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="mandates")
    reference = models.CharField(max_length=35, help_text="Unique mandate reference (EPC AT-01).")
    scheme = models.CharField(max_length=4, choices=Scheme.choices, default=Scheme.CORE)
    numbered_here = models.BooleanField(default=True, help_text="From our series; else the reference came with it.")
    one_off = models.BooleanField(default=False, help_text="Good for a single collection.")
    last = models.BooleanField(default=False, help_text="The next collection is the last one.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    signed_on = models.DateField()
    holder = models.CharField(max_length=70, help_text="Whose account it is.")
    iban = models.CharField(max_length=34)
    bic = models.CharField(max_length=11, blank=True, default="")
    amended = models.BooleanField(default=False, help_text="The bank was not told yet that the account is another one.")
    activated_on = models.DateField(null=True, blank=True)
    used_on = models.DateField(null=True, blank=True, help_text="When it was last collected by.")
    ended_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True, default="", help_text="Why it is blocked, or has ended.")
    actor = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now())
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["entity", "reference"], name="mandate_reference_once"),
            # whichever of two was to be used would be a guess
            models.UniqueConstraint(
                fields=["entity", "customer"], condition=Q(state="active"), name="mandate_active_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["cancelled", "expired"], ended_on__isnull=False)
                | (~Q(state__in=["cancelled", "expired"]) & Q(ended_on__isnull=True)),
                name="mandate_ended_on",
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(activated_on__isnull=False), name="mandate_active_since"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["blocked", "cancelled"]) | ~Q(reason=""), name="mandate_stopped_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "-id"], name="mandate_by_entity"),
            models.Index(fields=["updated_at", "id"], name="mandate_by_change"),
        ]

    def __str__(self):
        return self.reference


@pghistory.track(exclude=["updated_at"])
class DebitRun(Asked):
    """What one person proposes to collect and another approves, of a legal entity and to one of its accounts.

    What was chosen are its `Collection`s, what was left out and why its `LeftOut`s.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for approval"
        APPROVED = "approved", "To be given to the bank"
        EXPORTED = "exported", "With the bank"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    MOVES = {
        State.PROPOSED: {State.APPROVED, State.REFUSED, State.WITHDRAWN},
        State.APPROVED: {State.EXPORTED, State.WITHDRAWN},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    account = models.ForeignKey(BankAccount, models.PROTECT, db_index=False, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_on = models.DateField()
    due_until = models.DateField(help_text="Items due by this day were looked at.")
    collect_on = models.DateField(help_text="When the customers' banks are to pay; a TARGET day.")
    currency = CurrencyField()
    count = models.PositiveIntegerField(default=0, help_text="Of what was chosen when it was proposed.")
    total = AmountField(default=0)
    base_amount = AmountField(null=True, help_text="The total in the base currency on the day, if known.")
    left_out = models.PositiveIntegerField(default=0)
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    money = MoneyProperty("total")
    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            by_others("debit_run_by_others"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "exported"]) | Q(decided_by__isnull=False),
                name="debit_run_approved_by_one",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "-id"], name="debit_run_by_entity"),
            models.Index(fields=["entity", "id"], condition=Q(state="proposed"), name="debit_run_waiting"),
            models.Index(fields=["updated_at", "id"], name="debit_run_by_change"),
        ]

    def __str__(self):
        return f"direct debits {self.pk}"


class DebitFile(models.Model):
    """A run's file for the bank (ISO 20022 pain.008), one a scheme, kept as it was made."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    run = models.ForeignKey(DebitRun, models.PROTECT, related_name="files", db_index=False)
    scheme = models.CharField(max_length=4, choices=Scheme.choices)
    message_id = models.CharField(max_length=35, unique=True, help_text="What the bank's answer names.")
    file = models.ForeignKey(Document, models.PROTECT, db_index=False, related_name="+")
    currency = CurrencyField()
    count = models.PositiveIntegerField()
    total = AmountField()
    actor = models.CharField(max_length=150)
    made_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "scheme"], name="debit_file_once")]


class Sequence(models.TextChoices):
    """Which of a mandate's collections it is (EPC AT-21)."""

    FIRST = "FRST", "First"
    RECURRENT = "RCUR", "Recurrent"
    ONE_OFF = "OOFF", "One-off"
    FINAL = "FNAL", "Final"


# A collection that is one of these stands: its item is in no other, and is not chased.
UNDER_WAY = ["proposed", "exported", "accepted"]


@pghistory.track(exclude=["updated_at"])
class Collection(Stamped):
    """One item collected by one mandate; what of the mandate the bank is told stays with it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        DROPPED = "dropped", "Not collected"
        EXPORTED = "exported", "With the bank"
        ACCEPTED = "accepted", "Taken by the bank"
        COLLECTED = "collected", "Collected"
        REJECTED = "rejected", "Rejected"
        RETURNED = "returned", "Came back"

    MOVES = {
        State.PROPOSED: {State.EXPORTED, State.DROPPED},
        State.EXPORTED: {State.ACCEPTED, State.COLLECTED, State.REJECTED, State.RETURNED},
        State.ACCEPTED: {State.COLLECTED, State.REJECTED, State.RETURNED},
        State.COLLECTED: {State.RETURNED, State.ACCEPTED},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="collections")
    run = models.ForeignKey(DebitRun, models.PROTECT, related_name="collections")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="collections")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="collections")
    file = models.ForeignKey(DebitFile, models.PROTECT, null=True, blank=True, related_name="collections")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    currency = CurrencyField()
    amount = AmountField()
    scheme = models.CharField(max_length=4, choices=Scheme.choices)
    sequence = models.CharField(max_length=4, choices=Sequence.choices)
    holder = models.CharField(max_length=70)
    iban = models.CharField(max_length=34)
    bic = models.CharField(max_length=11, blank=True, default="")
    from_on = models.DateField(help_text="Since when its item is under way.")
    until = models.DateField(null=True, blank=True, help_text="The day on which that ended.")
    reason = models.CharField(max_length=140, blank=True, default="", help_text="The bank's code, or ours.")
    returned = models.ForeignKey(
        ReturnedPayment, models.PROTECT, null=True, blank=True, db_index=False, related_name="collections"
    )
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    money = MoneyProperty("amount")
    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(state__in=UNDER_WAY), name="collection_item_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="collection_positive"),
            models.CheckConstraint(
                condition=Q(state__in=UNDER_WAY, until__isnull=True)
                | (~Q(state__in=UNDER_WAY) & Q(until__isnull=False)),
                name="collection_ended_on",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "dropped"], file__isnull=True)
                | (~Q(state__in=["proposed", "dropped"]) & Q(file__isnull=False)),
                name="collection_in_its_file",
            ),
        ]
        indexes = [
            models.Index(fields=["updated_at", "id"], name="collection_by_change"),
            models.Index(fields=["entity", "id"], condition=Q(state__in=UNDER_WAY), name="collection_under_way"),
            # dunning asks on each day what has not ended by it: little of what there ever was
            models.Index(fields=["until", "item"], name="collection_by_end"),
        ]

    def __str__(self):
        return self.reference

    @property
    def reference(self) -> str:
        """What our bank and theirs carry from end to end."""
        return f"DEBIT-{self.pk}"


class LeftOut(models.Model):
    """An item that a run looked at and did not choose, with the reason of the day."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(DebitRun, models.PROTECT, related_name="not_chosen", db_index=False)
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="+", db_index=False)
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="+", db_index=False)
    currency = CurrencyField()
    amount = AmountField()
    reason = models.CharField(max_length=20)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "item"], name="left_out_once")]


class PaymentStatus(models.Model):
    """A bank's answer to a file of ours (ISO 20022 pain.002). One that is loaded again makes none."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    debit_file = models.ForeignKey(DebitFile, models.PROTECT, related_name="answers")
    file = models.ForeignKey(Document, models.PROTECT, db_index=False, related_name="+")
    file_name = models.CharField(max_length=255, blank=True, default="")
    digest = models.CharField(max_length=64)
    bank_id = models.CharField(max_length=35, blank=True, default="")
    status = models.CharField(max_length=4, blank=True, default="", help_text="Of the file as a whole, if told.")
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    loaded_by = models.CharField(max_length=150)
    loaded_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["debit_file", "digest"], name="payment_status_once")]
