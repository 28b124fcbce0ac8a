"""What was sent of orders: carriers, deliveries and their lines.

Goods count as delivered (`OrderLine.delivered`, kept by the database) from when they were shipped until the delivery is
cancelled.
"""

from decimal import Decimal
from urllib.parse import quote

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper

from o2c.core.models import Document
from o2c.core.stamps import ExternallyKnown, Stamped
from o2c.orders.models.orders import OrderLine
from o2c.orders.models.parties import Customer, LegalEntity
from o2c.orders.models.prices import FineField
from o2c.orders.scope import EntityScoped


@pghistory.track(exclude=["updated_at"])
class Carrier(Stamped):
    """Who brings the goods: the legal entities' own fleet, or a third party. Shared by the legal entities."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    own_fleet = models.BooleanField(default=False, db_default=False)
    tracking_url = models.CharField(
        max_length=300,
        blank=True,
        default="",
        help_text="Where a delivery is followed; {number} stands for its tracking number.",
    )
    in_use = models.BooleanField(default=True, db_default=True)

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["updated_at", "id"], name="carrier_by_change")]

    def __str__(self):
        return self.code


@pghistory.track(exclude=["updated_at"])
class Delivery(ExternallyKnown, Stamped):
    """Goods of one or several orders of a customer that go to one place together."""

    class State(models.TextChoices):
        PLANNED = "planned", "To ship"
        SHIPPED = "shipped", "Under way"
        DELIVERED = "delivered", "Delivered"
        PROVED = "proved", "Proved"
        CANCELLED = "cancelled", "Cancelled"

    MOVES = {
        State.PLANNED: {State.SHIPPED, State.CANCELLED},
        State.SHIPPED: {State.DELIVERED, State.CANCELLED},
        State.DELIVERED: {State.PROVED, State.CANCELLED},
    }
    # In these its goods have left the house.
    GONE = frozenset({State.SHIPPED, State.DELIVERED, State.PROVED})

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="deliveries")
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="deliveries")
    number = models.CharField(max_length=60, help_text="Ours, of the legal entity's series (BT-16).")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    carrier = models.ForeignKey(Carrier, models.PROTECT, null=True, blank=True, related_name="deliveries")
    tracking_number = models.CharField(max_length=100, blank=True, default="")
    planned_on = models.DateField(null=True, blank=True, help_text="When it is to leave the house.")
    shipped_on = models.DateField(null=True, blank=True)
    delivered_on = models.DateField(null=True, blank=True, help_text="When it arrived (BT-72).")
    ship_to_name = models.CharField(max_length=200, blank=True, default="")
    ship_to_street = models.CharField(max_length=200, blank=True, default="")
    ship_to_postal_code = models.CharField(max_length=20, blank=True, default="")
    ship_to_city = models.CharField(max_length=100, blank=True, default="")
    ship_to_country = models.CharField(max_length=2, blank=True, default="")
    gross_weight_kg = FineField(null=True, blank=True)
    proved_on = models.DateField(null=True, blank=True)
    proved_by = models.CharField(max_length=200, blank=True, default="", help_text="Who took it in.")
    proof = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    note = models.TextField(blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="", help_text="Why it was cancelled.")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=150)

    objects = EntityScoped.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["updated_at", "id"], name="delivery_by_change"),
            models.Index(fields=["entity", "state", "id"], name="delivery_by_state"),
            models.Index(fields=["customer", "-id"], name="delivery_by_customer"),
            models.Index(fields=["tracking_number"], condition=~Q(tracking_number=""), name="delivery_by_tracking"),
            models.Index(fields=["proof"], condition=Q(proof__isnull=False), name="delivery_by_proof"),
            GinIndex(OpClass(Upper("number"), name="gin_trgm_ops"), name="delivery_number_trigram"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["entity", "number"], name="delivery_number_once"),
            models.UniqueConstraint(
                fields=["entity", "source", "external_id"], condition=~Q(external_id=""), name="delivery_external_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "cancelled"]) | Q(shipped_on__isnull=False),
                name="delivery_shipped_some_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["delivered", "proved"]) | Q(delivered_on__gte=F("shipped_on")),
                name="delivery_arrived_after_it_left",
            ),
            models.CheckConstraint(
                condition=~Q(state="proved") | Q(proved_on__isnull=False) & ~Q(proved_by=""),
                name="delivery_proved_by_whom",
            ),
            models.CheckConstraint(condition=~Q(state="cancelled") | ~Q(reason=""), name="delivery_cancelled_why"),
        ]

    def __str__(self):
        return self.number

    @property
    def tracking_link(self) -> str:
        """Where it is followed on its way; nothing where the carrier says no such place."""
        if self.carrier is None or not self.tracking_number or not self.carrier.tracking_url:
            return ""
        return self.carrier.tracking_url.replace("{number}", quote(self.tracking_number, safe=""))


class OfDelivery(EntityScoped):
    entity_path = "delivery__entity"


@pghistory.track(exclude=["billed"])
class DeliveryLine(models.Model):
    """So much of a line of an order. `billed` is what stands on invoices that are not cancelled, drafts among them."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, models.CASCADE, db_index=False, related_name="lines")
    position = models.PositiveIntegerField()
    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="deliveries")
    quantity = FineField(help_text="In the unit of the order's line.")
    billed = FineField(default=Decimal(0), db_default=Decimal(0), help_text="Kept by the database.")

    objects = OfDelivery.as_manager()

    class Meta:
        ordering = ["delivery", "position"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "position"], name="delivery_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="delivery_line_of_something"),
            models.CheckConstraint(condition=Q(billed__gte=0, billed__lte=F("quantity")), name="delivery_line_billed"),
        ]
