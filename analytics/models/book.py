"""Rollups that say when they were made, so that a dashboard never counts a million rows while somebody waits."""

from django.db import models
from django.db.models.functions import Now

from o2c.core.money import AmountField, CurrencyField
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


class BookRollup(models.Model):
    """When the figures of a legal entity's book were last worked out, and as of which day."""

    entity = models.OneToOneField(LegalEntity, models.CASCADE, related_name="rollup")
    as_of = models.DateField()
    made_at = models.DateTimeField(db_default=Now(), help_text="What was known at this time is in the figures.")
    changed_at = models.DateTimeField(null=True, help_text="When the book was last heard to have changed.")
    seconds = models.FloatField(default=0)
    euro_rate = models.DecimalField(
        max_digits=18, decimal_places=8, null=True, help_text="Units of the base currency for one euro, to rank by."
    )

    objects = EntityScoped.as_manager()


class CustomerRollup(models.Model):
    """What a customer owes a legal entity in a currency, as of its book's day, by age bucket."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.DO_NOTHING, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, models.DO_NOTHING, db_constraint=False, db_index=False)
    payer_id = models.BigIntegerField()
    collector_id = models.BigIntegerField(null=True)
    currency = CurrencyField()
    items = models.PositiveIntegerField()
    total = AmountField()
    overdue = AmountField()
    not_due = AmountField()
    days_1_30 = AmountField()
    days_31_60 = AmountField()
    days_61_90 = AmountField()
    days_over_90 = AmountField()
    oldest_due_on = models.DateField(null=True)
    base_total = AmountField(null=True, help_text="In the legal entity's base currency at the rate of the day.")
    base_overdue = AmountField(null=True)
    customer_base_overdue = AmountField(
        default=0, help_text="In all currencies together, those without a rate left out; the same on each row."
    )

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "customer", "currency"], name="customer_rollup_once")]
        indexes = [
            models.Index(fields=["entity", "-customer_base_overdue", "customer"], name="customer_rollup_worst"),
            models.Index(fields=["customer"], name="customer_rollup_by_customer"),
        ]


class CurrencyRollup(models.Model):
    """What all customers together owe a legal entity in a currency: the sums of its customers' rollups."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.DO_NOTHING, db_constraint=False, db_index=False)
    currency = CurrencyField()
    customers = models.PositiveIntegerField()
    customers_overdue = models.PositiveIntegerField()
    items = models.PositiveIntegerField()
    total = AmountField()
    overdue = AmountField()
    not_due = AmountField()
    days_1_30 = AmountField()
    days_31_60 = AmountField()
    days_61_90 = AmountField()
    days_over_90 = AmountField()
    base_total = AmountField(null=True)
    base_overdue = AmountField(null=True)

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "currency"], name="currency_rollup_once")]


class ProofRun(models.Model):
    """One nightly proof of the books and what it found; empty findings are proven books."""

    as_of = models.DateField(unique=True, help_text="The night's day, in UTC.")
    finished_at = models.DateTimeField(db_default=Now())
    seconds = models.FloatField(default=0)
    rules = models.PositiveSmallIntegerField()
    findings = models.JSONField(default=list)

    class Meta:
        get_latest_by = "as_of"


class ScoringRun(models.Model):
    """When the customers of a legal entity were last scored, and as of which day."""

    entity = models.OneToOneField(LegalEntity, models.CASCADE, related_name="scoring")
    as_of = models.DateField(help_text="What was known before this day is in it.")
    made_at = models.DateTimeField(db_default=Now())
    seconds = models.FloatField(default=0)
    customers = models.PositiveIntegerField(help_text="Who has paid before; of all others nothing is told.")
    model = models.CharField(max_length=20, help_text="By which formula; another one scores them anew.")

    objects = EntityScoped.as_manager()


class Prediction(models.Model):
    """How likely a customer is to pay a legal entity late: of an invoice that falls due on a day of business.

    Made anew each night (`o2c.analytics.scoring.predicting`); who never paid has none. Days are from the due date.
    """

    class Band(models.TextChoices):
        ON_TIME = "on_time", "On time"
        LATE = "late", "Late"
        VERY_LATE = "very_late", "Very late"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.DO_NOTHING, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, models.DO_NOTHING, db_constraint=False, db_index=False)
    as_of = models.DateField()
    band = models.CharField(max_length=10, choices=Band.choices)
    p_late = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        help_text="Probability of paying after the next business day and days of grace.",
    )
    p_late_30 = models.DecimalField(
        max_digits=5, decimal_places=4, help_text="Probability of paying more than 30 days late."
    )
    days_p10 = models.SmallIntegerField(help_text="One in ten is paid by this day.")
    days_p50 = models.SmallIntegerField()
    days_p90 = models.SmallIntegerField()
    paid = models.PositiveIntegerField(help_text="So many paid invoices of two years are what it is told from.")
    reasons = models.JSONField(default=list, help_text="Up to three facts, for a person.")
    model = models.CharField(max_length=20)

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "customer"], name="prediction_once")]
        indexes = [models.Index(fields=["customer"], name="prediction_by_customer")]
