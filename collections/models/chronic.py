"""Chronic accounts: from when on an account is one, and what people have decided about it."""

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.core.money import AmountField
from o2c.core.stamps import Stamped
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track(exclude=["updated_at"])
class ChronicRules(Stamped):
    """From when on a legal entity calls an account chronic, and what is recommended then. Without a row: none is."""

    entity = models.OneToOneField(LegalEntity, models.PROTECT, related_name="chronic_rules")
    overdue_days = models.PositiveSmallIntegerField(help_text="Something has been overdue for more days than so.")
    minimum = AmountField(help_text="At least so much is overdue, in the base currency.")
    unpaid_days = models.PositiveSmallIntegerField(help_text="And nothing was paid within so many days.")
    exit_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Overdue for more days than so and blocked: to end the business. Empty: never."
    )
    write_off_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="What is overdue for more days than so is to be written off. Empty: never."
    )
    changed_by = models.CharField(max_length=150)

    objects = EntityScoped.as_manager()

    class Meta:
        verbose_name_plural = "chronic rules"
        constraints = [
            models.CheckConstraint(
                condition=Q(overdue_days__gte=1, minimum__gte=0)
                & (Q(exit_days=None) | Q(exit_days__gte=1))
                & (Q(write_off_days=None) | Q(write_off_days__gte=1)),
                name="chronic_rules_sane",
            )
        ]


@pghistory.track(exclude=["reason", "updated_at"])
class ChronicDecision(Stamped):
    """What a person decided of a recommendation: to follow it, or to leave the account as it is until a day.

    `why` and `figures` are what was recommended and by which numbers, as they were then.
    """

    class Act(models.TextChoices):
        HOLD = "hold", "Credit hold"
        HAND_OVER = "hand_over", "Agency or lawyer"
        WRITE_OFF = "write_off", "Write-off"
        EXIT = "exit", "End of business"

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        KEPT = "kept", "Kept as it is"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="chronic_decisions")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    act = models.CharField(max_length=10, choices=Act.choices)
    decision = models.CharField(max_length=10, choices=Decision.choices)
    why = models.CharField(max_length=500)
    figures = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True, default="")
    until = models.DateField(null=True, blank=True, help_text="Kept as it is until this day.")
    decided_on = models.DateField()
    decided_by = models.CharField(max_length=150)
    decided_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="accepted", until=None)
                | Q(decision="kept", until__isnull=False, until__gt=models.F("decided_on")),
                name="chronic_kept_until_a_day",
            )
        ]
        indexes = [
            models.Index(fields=["entity", "customer", "-id"], name="chronic_decision_latest"),
            models.Index(fields=["updated_at", "id"], name="chronic_decision_by_change"),
        ]

    def __str__(self):
        return f"{self.get_act_display()}: {self.get_decision_display().lower()}"
