"""What a bank line is for: proposals with their reasons, and what people's decisions taught."""

from decimal import Decimal

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.core.models import CurrentContext
from o2c.core.money import AmountField
from o2c.core.stamps import Stamped
from o2c.invoicing.models.bank import BankLine, BankStatement
from o2c.invoicing.models.items import OpenItem, Receipt
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track()
class ReasonCode(models.Model):
    """Why a customer pays less than is owed. Codes are shared by all legal entities."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    in_use = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.name


@pghistory.track()
class MatchingRules(models.Model):
    """A legal entity's thresholds: from which score on a proposal is applied by itself, from which it is shown."""

    entity = models.OneToOneField(LegalEntity, models.CASCADE, related_name="matching_rules")
    apply_from = models.DecimalField(max_digits=4, decimal_places=3, default=Decimal("0.9"))
    propose_from = models.DecimalField(max_digits=4, decimal_places=3, default=Decimal("0.5"))
    small_difference = AmountField(default=1, help_text="In the base currency; so much less is written off.")
    bank_charge = AmountField(default=25, help_text="In the base currency; the most that a bank may have kept.")
    discount_grace_days = models.PositiveSmallIntegerField(default=3, help_text="Days a discount is granted late.")

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(propose_from__gte=0, propose_from__lte=models.F("apply_from"), apply_from__lte=1),
                name="matching_rules_in_order",
            ),
            models.CheckConstraint(
                condition=Q(small_difference__gte=0, bank_charge__gte=0), name="matching_rules_not_negative"
            ),
        ]


class MatchRun(models.Model):
    """One round of matching and what came of it: the share that was applied by itself, over time."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT)
    statement = models.ForeignKey(BankStatement, models.PROTECT, null=True, blank=True, db_index=False)
    lines = models.PositiveIntegerField(default=0)
    applied = models.PositiveIntegerField(default=0)
    proposed = models.PositiveIntegerField(default=0)
    unmatched = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    actor = models.CharField(max_length=150)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["-id"]


class MatchProposal(Stamped):
    """What a line may be for: a customer, the items with their parts, and the reasons. Rivals share the line.

    A person's own split is a proposal too (`by_hand`), so there is one way from a line to its receipt.
    """

    class State(models.TextChoices):
        OPEN = "open", "Waits for a decision"
        APPLIED = "applied"
        REJECTED = "rejected"
        GONE = "gone", "Overtaken by what happened since"
        UNDONE = "undone", "Applied and taken back"
        RETURNED = "returned", "Applied, and the payment came back"

    MOVES = {
        State.OPEN: {State.APPLIED, State.REJECTED, State.GONE},
        State.APPLIED: {State.UNDONE, State.RETURNED},
        State.REJECTED: {State.OPEN},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    line = models.ForeignKey(BankLine, models.PROTECT, related_name="proposals")
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    amount = AmountField(help_text="Of the line's money; what its splits do not take stays on account.")
    score = models.DecimalField(max_digits=4, decimal_places=3)
    reasons = models.JSONField(default=list, help_text="Codes with the facts that the sentences are made of.")
    rank = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    by_hand = models.BooleanField(default=False)
    receipt = models.OneToOneField(
        Receipt, models.PROTECT, null=True, blank=True, related_name="proposal", help_text="That applying it made."
    )
    run = models.ForeignKey(MatchRun, models.PROTECT, null=True, blank=True, db_index=False)
    made_at = models.DateTimeField(db_default=Now())
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="match_score_a_share"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="match_amount_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["applied", "undone", "returned"]) | Q(receipt__isnull=True),
                name="match_applied_by_receipt",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "-score", "id"], condition=Q(state="open"), name="match_open"),
            models.Index(fields=["updated_at", "id"], name="match_by_change"),
        ]


class MatchSplit(models.Model):
    """A proposal's part for one item: so much of the money, and what is let go of it beside, each for its reason."""

    id = models.BigAutoField(primary_key=True)
    proposal = models.ForeignKey(MatchProposal, models.CASCADE, related_name="splits")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="+")
    amount = AmountField(help_text="Of the money; negative where a credit of the customer's is netted.")
    discount = AmountField(default=0, help_text="Early-payment discount.")
    charge = AmountField(default=0, help_text="What a bank kept on the way.")
    difference = AmountField(default=0, help_text="Written off as too small to chase.")
    deduction = AmountField(default=0, help_text="Not paid, for a reason; it stays open in dispute.")
    reason = models.ForeignKey(ReasonCode, models.PROTECT, null=True, blank=True, db_index=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "item"], name="match_split_once"),
            models.CheckConstraint(
                condition=Q(discount__gte=0, charge__gte=0, difference__gte=0, deduction__gte=0),
                name="match_split_lets_go",
            ),
            models.CheckConstraint(
                condition=Q(deduction=0) | Q(deduction__gt=0, reason__isnull=False), name="match_deduction_has_reason"
            ),
        ]


@pghistory.track()
class PayerAlias(models.Model):
    """What a decision taught: whoever pays so is this customer. Shown on the customer, and can be withdrawn."""

    class Kind(models.TextChoices):
        IBAN = "iban", "Account it pays from"
        ACCOUNT = "account", "Account number it pays from"
        NAME = "name", "Name it pays under"
        REFERENCE = "reference", "How it writes our numbers"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=200, help_text="As it is compared: upper case, without spaces and accents.")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="payer_aliases")
    line = models.ForeignKey(BankLine, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    times = models.PositiveIntegerField(default=1, help_text="How many decisions taught it.")
    actor = models.CharField(max_length=150)
    learnt_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True, default="")

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "kind", "key", "customer"],
                condition=Q(withdrawn_at__isnull=True),
                name="payer_alias_once",
            )
        ]
