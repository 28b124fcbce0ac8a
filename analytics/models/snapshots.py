"""What was owed at the end of each day, as it was known then."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from o2c.core.money import AmountField, CurrencyField
from o2c.invoicing.models import OpenItem
from o2c.orders.models import LegalEntity
from o2c.orders.scope import EntityScoped


class Snapshot(models.Model):
    """That a legal entity's day was kept, from what was recorded before `recorded_before`. Never made anew: what is
    recorded later shows beside it (`o2c.analytics.snapshots`)."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.CASCADE, db_index=False, related_name="snapshots")
    day = models.DateField()
    made_at = models.DateTimeField(db_default=Now())
    recorded_before = models.DateTimeField(help_text="What was recorded from then on is not in it.")
    bounds = ArrayField(models.IntegerField(), help_text="Of its buckets, in days past due.")
    customers = models.PositiveIntegerField()
    seconds = models.FloatField(default=0)

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "day"], name="snapshot_once")]

    def __str__(self):
        return f"{self.entity} {self.day}"


class AgingSnapshotSet(EntityScoped):
    entity_path = "entity_id"


class AgingSnapshot(models.Model):
    """What a customer owed a legal entity in a currency at the end of a day, of one age. Partitioned by month."""

    pk = models.CompositePrimaryKey("day", "entity_id", "customer_id", "currency", "bucket")
    day = models.DateField()
    entity_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    currency = CurrencyField()
    bucket = models.SmallIntegerField(help_text="The first day past due that falls into it; 0: not due.")
    items = models.PositiveIntegerField()
    amount = AmountField(help_text="Signed: credits are taken off.")
    credits = AmountField(help_text="Of it what is to the customer's credit; 0 or less.")
    base_amount = AmountField(null=True, help_text="At the rate of the day, where there was one.")

    objects = AgingSnapshotSet.as_manager()

    class Meta:
        managed = False
        db_table = "analytics_agingsnapshot"


class DaySnapshot(models.Model):
    """All customers of a legal entity together: the sums of their snapshots, so that a page reads few rows."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.CASCADE, db_index=False, related_name="+")
    day = models.DateField()
    currency = CurrencyField()
    bucket = models.SmallIntegerField()
    customers = models.PositiveIntegerField()
    items = models.PositiveIntegerField()
    amount = AmountField()
    credits = AmountField()
    base_amount = AmountField(null=True)

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "day", "currency", "bucket"], name="day_snapshot_once")
        ]


class DueDateChange(models.Model):
    """The due date that an item had until it was changed; written by a trigger."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(OpenItem, models.DO_NOTHING, db_constraint=False, related_name="+")
    due_on = models.DateField()
    changed_at = models.DateTimeField(db_default=Now(), db_index=True)
