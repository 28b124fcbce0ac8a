"""What it costs to serve a customer: a rate for each step, and what was written down by hand.

How often a step was taken is never kept: it is counted from what happened (`o2c.analytics.serving.counting`).
"""

from decimal import Decimal

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from o2c.core.money import AmountField
from o2c.core.stamps import Stamped
from o2c.orders.models import Customer, LegalEntity, Order
from o2c.orders.scope import EntityScoped


class Step(models.TextChoices):
    """What is done for a customer, and what one of it is."""

    ENTRY_BY_HAND = "entry_by_hand", "Order entered by hand"
    ENTRY_ELECTRONIC = "entry_electronic", "Order taken in electronically"
    LINE = "line", "Line of an order"
    PICKING = "picking", "Line picked and packed"
    FREIGHT = "freight", "Delivery sent"
    INVOICE = "invoice", "Invoice or credit note"
    PAYMENT = "payment", "Payment taken in"
    CARD_FEE = "card_fee", "Fee of a payment by card"
    REMINDER = "reminder", "Reminder"
    CALL = "call", "Call"
    DISPUTE = "dispute", "Minute of a dispute"
    OTHER = "other", "Other work"


# Its rate is a percentage of the money, not an amount for each.
BY_PERCENT = frozenset({Step.CARD_FEE})
# Nothing that happens is counted for these: they are written down.
BY_HAND = frozenset({Step.DISPUTE, Step.OTHER})


@pghistory.track(exclude=["updated_at"])
class CostRate(Stamped):
    """What a step costs from a day on, until another rate of it begins. What counted once is never rewritten."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="cost_rates")
    step = models.CharField(max_length=20, choices=Step.choices)
    from_on = models.DateField()
    amount = AmountField(null=True, blank=True, help_text="For one, in the base currency; none: it costs nothing.")
    percent = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True, help_text="Of the money.")
    set_by = models.CharField(max_length=150)
    set_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        indexes = [models.Index(fields=["updated_at", "id"], name="cost_rate_by_change")]
        constraints = [
            models.UniqueConstraint(fields=["entity", "step", "from_on"], name="cost_rate_once"),
            models.CheckConstraint(
                condition=Q(step="card_fee", amount__isnull=True) | ~Q(step="card_fee") & Q(percent__isnull=True),
                name="cost_rate_of_its_kind",
            ),
            models.CheckConstraint(
                condition=(Q(amount__isnull=True) | Q(amount__gte=0))
                & (Q(percent__isnull=True) | Q(percent__gte=0, percent__lte=100)),
                name="cost_rate_figures",
            ),
        ]


@pghistory.track(exclude=["updated_at"])
class WorkRecord(Stamped):
    """Work that nothing else tells of, or what a step really cost: then it counts instead of the order's rate.

    Without an amount the quantity is priced by the rate of its day. What was wrong is taken back, not changed.
    """

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="work_records")
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, db_index=False, related_name="work_records")
    step = models.CharField(max_length=20, choices=Step.choices)
    on = models.DateField()
    quantity = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(1))
    amount = AmountField(null=True, blank=True, help_text="What it really cost, in the base currency.")
    note = models.CharField(max_length=200, blank=True, default="")
    recorded_by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())
    taken_back_by = models.CharField(max_length=150, blank=True, default="")
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = EntityScoped.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="work_record_by_change"),
            models.Index(fields=["customer", "-on", "-id"], name="work_record_by_customer"),
            models.Index(fields=["entity", "on"], name="work_record_by_day"),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="work_record_by_order"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & (Q(amount__isnull=True) | Q(amount__gte=0)), name="work_record_figures"
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at__isnull=True, taken_back_by="")
                | Q(taken_back_at__isnull=False, taken_back_at__gte=F("recorded_at")) & ~Q(taken_back_by=""),
                name="work_record_taken_back",
            ),
        ]
