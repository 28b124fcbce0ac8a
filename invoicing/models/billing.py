"""Runs that make invoices of what was delivered or ordered, how a legal entity has them run, and what differs."""

from datetime import timedelta

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.core import clock
from o2c.core.money import AmountField
from o2c.core.stamps import Stamped
from o2c.orders.models import Account, LegalEntity
from o2c.orders.scope import EntityScoped

# A run says after every part how far it is, and a part takes a second or two.
QUIET = timedelta(minutes=10)


@pghistory.track()
class BillingRules(models.Model):
    """How a legal entity invoices what was delivered."""

    entity = models.OneToOneField(LegalEntity, models.CASCADE, related_name="billing_rules")
    automatic = models.BooleanField(default=False, help_text="A run a day, early in the morning, by itself.")

    objects = EntityScoped.as_manager()

    class Meta:
        verbose_name_plural = "billing rules"


class OfAccount(EntityScoped):
    entity_path = "account__entity"


@pghistory.track(exclude=["updated_at"])
class BillingTolerance(Stamped):
    """By how much a line may differ from what was ordered and delivered before its invoice is held.

    What differs by no more than the amount, or by no more than the percentage of what was agreed, is let pass. Without
    one nothing is tolerated.
    """

    account = models.OneToOneField(Account, models.CASCADE, related_name="billing_tolerance")
    amount = AmountField(default=0, help_text="A line, in its invoice's currency.")
    percent = models.DecimalField(max_digits=6, decimal_places=3, default=0)

    objects = OfAccount.as_manager()

    class Meta:
        indexes = [models.Index(fields=["updated_at", "id"], name="billing_tolerance_by_change")]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0, percent__gte=0, percent__lte=100), name="billing_tolerance_sane"
            )
        ]


class BillingRun(Stamped):
    """One run over a legal entity. It works in parts, each whole or not at all; a run that died is taken up anew."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"

    MOVES = {State.RUNNING: {State.DONE}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="billing_runs")
    as_of = models.DateField(help_text="What was delivered until this day; the day of the invoices.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    invoices = models.PositiveIntegerField(default=0, help_text="That were issued.")
    held = models.PositiveIntegerField(default=0, help_text="Drafts that a rule keeps back.")
    automatic = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=150)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = EntityScoped.as_manager()

    @property
    def standing(self) -> str:
        """Its state; one that has said nothing for long was broken off: what it left, the next run bills."""
        quiet = self.state == self.State.RUNNING and clock.now() - self.updated_at > QUIET
        return "broken_off" if quiet else self.state

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="billing_run_by_change"),
            models.Index(fields=["entity", "-id"], name="billing_run_by_entity"),
        ]
        constraints = [
            # a day that was begun by itself is not begun again
            models.UniqueConstraint(
                fields=["entity", "as_of"], condition=Q(automatic=True), name="billing_run_once_a_day"
            )
        ]


class OfInvoice(EntityScoped):
    entity_path = "invoice__entity"


@pghistory.track()
class AcceptedDifference(models.Model):
    """Somebody let a draft go though it differs from what was agreed."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.OneToOneField("invoicing.Invoice", models.CASCADE, related_name="accepted_difference")
    amount = AmountField(help_text="What the differences came to, in the invoice's currency.")
    digest = models.CharField(max_length=32, help_text="Of the lines that were accepted; changed ones are held again.")
    reason = models.CharField(max_length=300)
    accepted_at = models.DateTimeField(db_default=Now())
    accepted_by = models.CharField(max_length=150)

    objects = OfInvoice.as_manager()
