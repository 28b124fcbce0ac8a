"""What came about in each month, worked out every night: what the metrics are made of."""

from django.db import models
from django.db.models.functions import Now

from o2c.core.money import AmountField
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


class Figure(models.TextChoices):
    """Amounts are in the base currency at the rate of the day; `days` are summed up over what is counted."""

    INVOICED = "invoiced", "Invoiced"
    CREDITED = "credited", "Credited"
    COLLECTED = "collected", "Collected"
    PAID = "paid", "Invoices paid, with the days from issue"
    LATE = "late", "Invoices paid, with the days from the due date"
    DISCOUNT = "discount", "Early-payment discount granted"
    UNEARNED = "unearned", "Discount taken though it was over"
    BAD_DEBT = "bad_debt", "Bad debt"
    PROMISED = "promised", "Promises that came due"
    KEPT = "kept", "Of these kept"
    DISPUTED = "disputed", "Disputes opened"
    RESOLVED = "resolved", "Disputes resolved, with the days they took"
    CONCEDED = "conceded", "Deductions conceded"
    RECOVERED = "recovered", "Deductions paid after all"
    CALLED = "called", "Calls"
    REACHED = "reached", "Of these with somebody reached"
    COST = "cost", "What collecting cost"


class FiguresMade(models.Model):
    """When a legal entity's months were last worked out."""

    entity = models.OneToOneField(LegalEntity, models.CASCADE, related_name="figures_made")
    as_of = models.DateField()
    made_at = models.DateTimeField(db_default=Now())
    seconds = models.FloatField(default=0)

    objects = EntityScoped.as_manager()


class MonthFigure(models.Model):
    """A figure of a customer with a legal entity in a month, by all that is known by now."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    customer = models.ForeignKey(Customer, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    month = models.DateField(help_text="Its first day.")
    figure = models.CharField(max_length=10, choices=Figure.choices)
    count = models.DecimalField(max_digits=19, decimal_places=4)
    amount = AmountField()
    days = models.BigIntegerField(default=0)
    amount_days = models.DecimalField(max_digits=24, decimal_places=4, default=0, help_text="Amounts times their days.")

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "month", "figure", "customer"], name="month_figure_once")
        ]
        indexes = [models.Index(fields=["customer", "month"], name="month_figure_by_customer")]


class MonthTotal(models.Model):
    """The same of all customers together, so that a page reads few rows."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    month = models.DateField()
    figure = models.CharField(max_length=10, choices=Figure.choices)
    count = models.DecimalField(max_digits=19, decimal_places=4)
    amount = AmountField()
    days = models.BigIntegerField(default=0)
    amount_days = models.DecimalField(max_digits=24, decimal_places=4, default=0)

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "month", "figure"], name="month_total_once")]
