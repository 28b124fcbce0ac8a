"""Debts that somebody else collects: agencies and lawyers, and what was placed with them."""

from decimal import Decimal

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.collections.models.policies import DunningPolicy
from o2c.core.models import Document
from o2c.core.money import AmountField, CurrencyField
from o2c.core.stamps import Stamped
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track()
class HandOverMinimum(models.Model):
    """The least a customer must owe in a currency for a hand-over to be worth it. No row: any amount."""

    policy = models.ForeignKey(DunningPolicy, models.CASCADE, related_name="hand_over_minimums")
    currency = CurrencyField()
    amount = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "currency"], name="hand_over_minimum_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="hand_over_minimum_positive"),
        ]


@pghistory.track(exclude=["updated_at"])
class Agency(Stamped):
    """A collection agency or a lawyer who collects for a legal entity, and how it wants to be told."""

    class Kind(models.TextChoices):
        AGENCY = "agency", "Collection agency"
        LAWYER = "lawyer", "Lawyer"

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel workbook"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="agencies")
    code = models.CharField(max_length=20, help_text="Short name, which stays.")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.AGENCY)
    email = models.EmailField(blank=True, default="")
    reference = models.CharField(max_length=40, blank=True, default="", help_text="Our number as its client.")
    format = models.CharField(max_length=4, choices=Format.choices, default=Format.CSV, help_text="Of its lists.")
    with_papers = models.BooleanField(default=True, help_text="Invoices and letters go along as PDF.")
    fee_percent = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, help_text="It keeps so much of what is paid."
    )
    in_use = models.BooleanField(default=True)

    objects = EntityScoped.as_manager()

    class Meta:
        verbose_name_plural = "agencies"
        ordering = ["entity", "code"]
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="agency_once"),
            models.CheckConstraint(
                condition=Q(fee_percent=None) | Q(fee_percent__gte=0, fee_percent__lte=Decimal(100)),
                name="agency_fee_is_a_share",
            ),
        ]

    def __str__(self):
        return self.name


@pghistory.track(exclude=["reason", "end_reason", "updated_at"])
class Placement(Stamped):
    """A customer's items in one currency that were handed over together. While it is open, we do not chase them."""

    class State(models.TextChoices):
        PLACED = "placed", "With the agency"
        RECALLED = "recalled", "Recalled"
        RETURNED = "returned", "Given back"
        CLOSED = "closed", "Closed"

    MOVES = {State.PLACED: {State.RECALLED, State.RETURNED, State.CLOSED}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="placements")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="placements")
    currency = CurrencyField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLACED)
    placed_on = models.DateField()
    placed_by = models.CharField(max_length=150)
    placed_at = models.DateTimeField(db_default=Now())
    reason = models.CharField(max_length=200)
    fee_percent = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, help_text="As agreed when it was placed."
    )
    ended_on = models.DateField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True, default="")
    end_reason = models.CharField(max_length=200, blank=True, default="")
    document = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="+", help_text="The file that was handed over."
    )

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="placed", ended_on=None) | ~Q(state="placed") & Q(ended_on__isnull=False),
                name="placement_ends_with_a_day",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=models.F("placed_on")), name="placement_ends_after"
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "-id"], name="placement_by_entity"),
            models.Index(fields=["updated_at", "id"], name="placement_by_change"),
        ]

    def __str__(self):
        return f"placement {self.pk}"


class PlacedItem(models.Model):
    """An item of a placement: what was owed of it then, and from when until when it is not ours to chase."""

    id = models.BigAutoField(primary_key=True)
    placement = models.ForeignKey(Placement, models.PROTECT, db_index=False, related_name="items")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="placed")
    amount = AmountField(help_text="What was open of it when it was placed.")
    from_on = models.DateField()
    until = models.DateField(null=True, blank=True, help_text="From this day on it is ours again.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["placement", "item"], name="placed_item_once"),
            # whoever hands over at the same time loses
            models.UniqueConstraint(fields=["item"], condition=Q(until=None), name="placed_item_with_one"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="placed_item_positive"),
        ]
