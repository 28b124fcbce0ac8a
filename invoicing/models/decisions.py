"""What people decide about money beside applying it: letting go of some, paying some back, and where to.

What needs a second person is `Asked`: the database itself refuses that whoever asked is among those who approve.
"""

from decimal import Decimal

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from o2c.core.models import CurrentContext, Document, User
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import Stamped
from o2c.invoicing.models.bank import BankLine, LineUse
from o2c.invoicing.models.books import BankAccount, Entry
from o2c.invoicing.models.items import Allocation, OpenItem, Receipt
from o2c.invoicing.models.matching import ReasonCode
from o2c.orders.models import Contact, Customer, LegalEntity
from o2c.orders.scope import ByCustomerScoped, EntityScoped


@pghistory.track()
class CashRules(models.Model):
    """How much of a legal entity's money who may let go of, and what a returned payment costs the customer."""

    entity = models.OneToOneField(LegalEntity, models.CASCADE, related_name="cash_rules")
    clerk_lets_go = AmountField(
        default=5, help_text="In the base currency: the most of an item that a cash clerk writes off alone."
    )
    manager_lets_go = AmountField(
        default=100, help_text="In the base currency: the most of an item that a finance manager writes off alone."
    )
    two_approvers_from = AmountField(
        default=10000, help_text="In the base currency: from so much on, two people approve what a third asks for."
    )
    passes_on_bank_fee = models.BooleanField(
        default=False, help_text="What the bank charges us for a returned payment is charged to the customer."
    )
    return_fee = AmountField(
        default=0, help_text="In the base currency: what a returned payment costs the customer beside that."
    )

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(clerk_lets_go__gte=0)
                & Q(manager_lets_go__gte=F("clerk_lets_go"))
                & Q(two_approvers_from__gte=0)
                & Q(return_fee__gte=0),
                name="cash_rules_in_order",
            )
        ]


class Asked(Stamped):
    """What one person asks for and another decides. `asked_by` is None where a program asked or a rule of ours did.

    Where the amount needs two approvers, `first_by` is the first of them and it waits on.
    """

    reason = models.CharField(max_length=300)
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    asker = models.CharField(max_length=150)
    asked_at = models.DateTimeField(db_default=Now())
    first_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    first_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, default="", help_text="Of whoever decided.")

    class Meta:
        abstract = True


def by_others(name: str) -> models.CheckConstraint:
    """Nobody approves what they asked for, and two approvals are of two people."""
    return models.CheckConstraint(
        # a comparison with nobody is not true and not false, and passes
        condition=~Q(decided_by=F("asked_by")) & ~Q(first_by=F("asked_by")) & ~Q(first_by=F("decided_by")),
        name=name,
    )


@pghistory.track(exclude=["updated_at"])
class WriteOff(Asked):
    """A part of an item that is let go of: at once within one's own limit, else by somebody else's word."""

    class Kind(models.TextChoices):
        SMALL = "small", "Small difference"
        BAD_DEBT = "bad_debt", "Bad debt"

    class State(models.TextChoices):
        ASKED = "asked", "Waits for approval"
        BOOKED = "booked", "Written off"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        REVERSED = "reversed", "Written off and taken back"

    MOVES = {
        State.ASKED: {State.BOOKED, State.REFUSED, State.WITHDRAWN},
        State.BOOKED: {State.REVERSED},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="write_offs")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    currency = CurrencyField()
    amount = AmountField(help_text="Positive, whichever way the item is owed.")
    base_amount = AmountField(null=True, help_text="In the base currency on the day it was asked for, if known.")
    opposite = models.OneToOneField(
        OpenItem, models.PROTECT, null=True, blank=True, related_name="write_off", help_text="The item that clears it."
    )
    booked_on = models.DateField(null=True, blank=True)
    reversed_on = models.DateField(null=True, blank=True)
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    money = MoneyProperty("amount")
    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            by_others("write_off_by_others"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="write_off_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["booked", "reversed"], opposite__isnull=False, booked_on__isnull=False)
                | (~Q(state__in=["booked", "reversed"]) & Q(opposite__isnull=True)),
                name="write_off_booked_by_item",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "id"], condition=Q(state="asked"), name="write_off_asked"),
            models.Index(fields=["updated_at", "id"], name="write_off_by_change"),
        ]

    def __str__(self):
        return f"write-off {self.pk}"


class RefundExport(models.Model):
    """Refunds handed to our bank in one file (ISO 20022 pain.001). The file is kept as it was made."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT)
    account = models.ForeignKey(BankAccount, models.PROTECT, db_index=False, related_name="+")
    file = models.ForeignKey(Document, models.PROTECT, db_index=False, related_name="+")
    currency = CurrencyField()
    count = models.PositiveIntegerField()
    total = AmountField()
    pay_on = models.DateField()
    actor = models.CharField(max_length=150)
    made_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["-id"]


@pghistory.track(exclude=["updated_at"])
class Refund(Asked):
    """A customer's credit that is paid back. `reference` is what our bank and theirs carry from end to end."""

    class State(models.TextChoices):
        ASKED = "asked", "Waits for approval"
        APPROVED = "approved", "To be paid"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        CANCELLED = "cancelled", "Approved and taken back"
        EXPORTED = "exported", "With the bank"
        PAID = "paid"

    MOVES = {
        State.ASKED: {State.APPROVED, State.REFUSED, State.WITHDRAWN},
        State.APPROVED: {State.EXPORTED, State.PAID, State.CANCELLED},
        State.EXPORTED: {State.PAID, State.CANCELLED},
        State.PAID: {State.CANCELLED},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    credit_item = models.ForeignKey(OpenItem, models.PROTECT, related_name="refunds")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    currency = CurrencyField()
    amount = AmountField()
    base_amount = AmountField(null=True, help_text="In the base currency on the day it was asked for, if known.")
    iban = models.CharField(max_length=34)
    holder = models.CharField(max_length=70, help_text="Whose account it is.")
    evidence = models.CharField(max_length=200, help_text="Why this account is the customer's, as it was found.")
    item = models.OneToOneField(
        OpenItem, models.PROTECT, null=True, blank=True, related_name="refund", help_text="That clears the credit."
    )
    booked_on = models.DateField(null=True, blank=True)
    export = models.ForeignKey(RefundExport, models.PROTECT, null=True, blank=True, related_name="refunds")
    use = models.OneToOneField(
        LineUse, models.PROTECT, null=True, blank=True, related_name="refund", help_text="The bank line that paid it."
    )
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    money = MoneyProperty("amount")
    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            by_others("refund_by_others"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["approved", "exported", "paid", "cancelled"], item__isnull=False)
                | (~Q(state__in=["approved", "exported", "paid", "cancelled"]) & Q(item__isnull=True)),
                name="refund_booked_by_item",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "id"], condition=Q(state__in=["asked", "approved"]), name="refund_waiting"),
            models.Index(fields=["updated_at", "id"], name="refund_by_change"),
            # whether the same is paid back already is asked of every refund
            models.Index(fields=["customer", "amount"], name="refund_by_customer"),
            models.Index(fields=["iban"], name="refund_by_account"),
        ]

    def __str__(self):
        return self.reference

    @property
    def reference(self) -> str:
        return f"REFUND-{self.pk}"


@pghistory.track(exclude=["updated_at"])
class BankDetailChange(Asked):
    """A customer's account that is to be believed. Whoever asks is called back on a number that was on file before."""

    class Way(models.TextChoices):
        EMAIL = "email", "By e-mail"
        LETTER = "letter", "By letter"
        PHONE = "phone", "By telephone"
        PORTAL = "portal", "In their portal"

    class State(models.TextChoices):
        ASKED = "asked", "Waits for the call-back"
        CALLED = "called", "Waits for approval"
        APPROVED = "approved"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    MOVES = {
        State.ASKED: {State.CALLED, State.REFUSED, State.WITHDRAWN},
        State.CALLED: {State.APPROVED, State.REFUSED, State.WITHDRAWN},
    }

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="bank_detail_changes")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    iban = models.CharField(max_length=34)
    bic = models.CharField(max_length=11, blank=True, default="")
    way = models.CharField(max_length=10, choices=Way.choices, help_text="How the wish reached us.")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, db_index=False, related_name="+")
    called_number = models.CharField(max_length=50, blank=True, default="")
    called_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    called_at = models.DateTimeField(null=True, blank=True)
    spoke_with = models.CharField(max_length=100, blank=True, default="")
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    objects = ByCustomerScoped.as_manager()

    class Meta:
        constraints = [
            by_others("bank_detail_by_others"),
            models.CheckConstraint(condition=~Q(decided_by=F("called_by")), name="bank_detail_not_by_caller"),
            models.CheckConstraint(
                condition=~Q(state__in=["called", "approved"])
                | (Q(called_by__isnull=False, called_at__isnull=False) & ~Q(called_number="")),
                name="bank_detail_called_back",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(decided_by__isnull=False), name="bank_detail_approved_by_one"
            ),
            models.UniqueConstraint(
                fields=["customer", "iban"],
                condition=Q(state__in=["asked", "called"]),
                name="bank_detail_asked_once",
            ),
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="bank_detail_by_change")]

    def __str__(self):
        return f"bank details {self.pk}"


@pghistory.track(exclude=["updated_at"])
class Deduction(Stamped):
    """A part of an item that was not paid for a reason. It stays open and disputed until that is settled."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        SETTLED = "settled", "Settled"
        WITHDRAWN = "withdrawn", "Withdrawn"

    MOVES = {State.OPEN: {State.SETTLED, State.WITHDRAWN}, State.SETTLED: {State.OPEN}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="deductions")
    receipt = models.ForeignKey(Receipt, models.PROTECT, null=True, blank=True, related_name="deductions")
    reason = models.ForeignKey(ReasonCode, models.PROTECT, db_index=False, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    currency = CurrencyField()
    amount = AmountField()
    note = models.CharField(max_length=200, blank=True, default="", help_text="What the customer says of it.")
    opened_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    actor = models.CharField(max_length=150)
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    money = MoneyProperty("amount")
    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="deduction_positive"),
            models.CheckConstraint(
                condition=Q(state="open", ended_on__isnull=True) | (~Q(state="open") & Q(ended_on__isnull=False)),
                name="deduction_ended_on",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "id"], condition=Q(state="open"), name="deduction_open"),
            models.Index(fields=["updated_at", "id"], name="deduction_by_change"),
        ]


class Concession(models.Model):
    """What was let go of with a payment: a negative item (discount, charge, small difference) beside the receipt.

    When the payment comes back, so does this.
    """

    id = models.BigAutoField(primary_key=True)
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="concessions")
    item = models.OneToOneField(OpenItem, models.PROTECT, related_name="concession", help_text="What was let go of.")
    settles = models.ForeignKey(OpenItem, models.PROTECT, db_index=False, related_name="+")
    reversed_on = models.DateField(null=True, blank=True)


class ReturnedPayment(models.Model):
    """A payment that the bank took back: which receipt, by which line, and what it cost whom."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    receipt = models.OneToOneField(Receipt, models.PROTECT, related_name="returned")
    line = models.ForeignKey(BankLine, models.PROTECT, null=True, blank=True, related_name="returned")
    returned_on = models.DateField()
    reason = models.CharField(max_length=140, blank=True, default="", help_text="The bank's, as it came.")
    bank_fee = AmountField(default=0, help_text="What the bank charged us, in the receipt's currency.")
    fee_item = models.OneToOneField(
        OpenItem, models.PROTECT, null=True, blank=True, related_name="+", help_text="What the customer is charged."
    )
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    objects = EntityScoped.as_manager()


class Transfer(models.Model):
    """A credit that was moved to another customer, or changed into another currency: one entry, two items.

    `out_item` clears the credit on its side, `in_item` is the credit on the other.
    """

    class Kind(models.TextChoices):
        MOVE = "move", "Moved to another customer"
        EXCHANGE = "exchange", "Changed into another currency"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    credit_item = models.ForeignKey(OpenItem, models.PROTECT, related_name="transfers")
    out_item = models.OneToOneField(OpenItem, models.PROTECT, related_name="transfer_out")
    in_item = models.OneToOneField(OpenItem, models.PROTECT, related_name="transfer_in")
    rate = models.DecimalField(
        max_digits=20, decimal_places=10, default=Decimal(1), help_text="Units of the new currency for one of the old."
    )
    difference = AmountField(default=0, help_text="Realised, in the base currency; a gain is positive.")
    reason = models.CharField(max_length=200, blank=True, default="")
    effective_on = models.DateField()
    reversed_on = models.DateField(null=True, blank=True)
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    objects = EntityScoped.as_manager()


class RealisedDifference(models.Model):
    """An allocation in a foreign currency whose sides were booked at different rates, and the entry that says so.

    Every such allocation has one once it was looked at, also where the difference is nothing: then no entry.
    """

    allocation = models.OneToOneField(Allocation, models.PROTECT, primary_key=True, related_name="realised")
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, db_index=False, related_name="+")
    amount = AmountField(default=0, help_text="In the base currency; a gain is positive.")
