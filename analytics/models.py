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
    made_at = models.DateTimeField(db_default=Now())
    seconds = models.FloatField(default=0)

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

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "customer", "currency"], name="customer_rollup_once")]
        indexes = [models.Index(fields=["entity", "-base_overdue"], name="customer_rollup_worst")]
