"""Payment plans: what a customer owes, paid in instalments as agreed."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import Stamped
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track(exclude=["payer", "updated_at"])
class PaymentPlan(Stamped):
    """A customer pays chosen items of a legal entity in instalments. What is agreed never changes; another plan does.

    `state` is what the last recomputation from allocations found; dunning never reads it, it works out itself whether a
    plan stands. The tolerance is the legal entity's of the day on which it was agreed.
    """

    class State(models.TextChoices):
        ACTIVE = "active"
        KEPT = "kept"
        BROKEN = "broken"
        WITHDRAWN = "withdrawn"

    # Only a running plan can be withdrawn; the other moves are those of `judging.recompute`, which follows what is
    # settled and undone wherever it leads.
    MOVES = {
        State.ACTIVE: {State.KEPT, State.BROKEN, State.WITHDRAWN},
        State.KEPT: {State.ACTIVE, State.BROKEN},
        State.BROKEN: {State.ACTIVE, State.KEPT},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="payment_plans")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    currency = CurrencyField()
    amount = AmountField(help_text="The sum of its instalments.")
    agreed_on = models.DateField()
    ends_on = models.DateField(help_text="The day of its last instalment.")
    tolerance_days = models.PositiveSmallIntegerField(help_text="An instalment is missed so many days past its day.")
    tolerance_percent = models.DecimalField(
        max_digits=5, decimal_places=2, help_text="So much of what is due by then may be short."
    )
    note = models.CharField(max_length=300, blank=True, default="", help_text="Why, and what else was agreed.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    paid = AmountField(default=0, help_text="Settled on its items since it was agreed, as it counts for the plan.")
    withdrawn_on = models.DateField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=200, blank=True, default="")
    superseded_on = models.DateField(
        null=True, blank=True, help_text="The day of another plan for its items: from then on nobody judges this one."
    )
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())

    money = MoneyProperty("amount")
    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="plan_positive"),
            models.CheckConstraint(
                condition=Q(tolerance_percent__gte=0, tolerance_percent__lt=100), name="plan_tolerance_percent"
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_on__isnull=False) | ~Q(state="withdrawn"),
                name="plan_withdrawn_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("agreed_on")),
                name="plan_withdrawn_after_agreed",
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("agreed_on")), name="plan_ends_after_agreed"),
        ]
        indexes = [
            models.Index(fields=["customer", "-agreed_on"], name="plan_by_customer"),
            models.Index(fields=["entity", "state"], name="plan_by_state"),
            models.Index(fields=["updated_at", "id"], name="plan_by_change"),
        ]

    def __str__(self):
        return f"Plan {self.pk}"


class PlanItem(models.Model):
    """An item that a plan covers, and what it owed on the day of the plan. One running plan at most has an item."""

    plan = models.ForeignKey(PaymentPlan, models.CASCADE, related_name="items")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="planned")
    amount = AmountField()
    runs = models.BooleanField(default=True, help_text="Its plan is running.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "item"], name="plan_item_once"),
            models.UniqueConstraint(fields=["item"], condition=Q(runs=True), name="plan_item_in_one_running"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="plan_item_positive"),
        ]


class PlanInstalment(models.Model):
    """So much of a plan by a day."""

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey(PaymentPlan, models.CASCADE, db_index=False, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount = AmountField()

    class Meta:
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_instalment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="plan_instalment_positive"),
        ]
        indexes = [models.Index(fields=["due_on"], name="plan_instalment_by_day")]
