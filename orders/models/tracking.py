"""What carriers tell of what they carry, and the secrets that they sign it with."""

from collections.abc import Sequence
from datetime import timedelta

import pghistory
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from o2c.core.models import ApiKey, User
from o2c.core.stamps import Stamped
from o2c.orders.models.deliveries import Carrier, Delivery

# Carriers give a number again some day: what is told of one is about the delivery that was written down near that day.
BEFORE, AFTER = timedelta(days=30), timedelta(days=365)


@pghistory.track(exclude=["sealed", "last_used_at"])
class CarrierSecret(models.Model):
    """A secret by which a carrier signs; two are valid while they are rotated."""

    carrier = models.ForeignKey(Carrier, models.CASCADE, related_name="secrets")
    sealed = models.TextField(help_text="Encrypted with the installation's secret key.")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=150)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")


def about() -> Q:
    """Deliveries that the event of an outer query is about."""
    came = OuterRef("came_at")
    return Q(
        carrier=OuterRef("carrier"),
        tracking_number=OuterRef("tracking_number"),
        created_at__lte=came + BEFORE,
        created_at__gte=came - AFTER,
    )


class TrackingEvents(models.QuerySet):
    def of(self, delivery: Delivery):
        """What its carrier told of it, the latest last."""
        if delivery.carrier_id is None or not delivery.tracking_number:
            return self.none()
        window = (delivery.created_at - BEFORE, delivery.created_at + AFTER)
        found = self.filter(
            carrier=delivery.carrier_id, tracking_number=delivery.tracking_number, came_at__range=window
        )
        return found.order_by("at", "id")

    def trouble_of(self, deliveries: Sequence[Delivery]) -> dict[int, "TrackingEvent"]:
        """By delivery, that it was not delivered or came back, where its carrier told that last."""
        carried = {(each.carrier_id, each.tracking_number) for each in deliveries}
        told = self.filter(
            carrier__in={carrier for carrier, _ in carried}, tracking_number__in={number for _, number in carried}
        ).exclude(tracking_number="")
        by_number: dict[tuple, list[TrackingEvent]] = {}
        for event in told.order_by("at", "id"):
            by_number.setdefault((event.carrier_id, event.tracking_number), []).append(event)
        found = {}
        for each in deliveries:
            about_it = [
                event
                for event in by_number.get((each.carrier_id, each.tracking_number), [])
                if each.created_at - BEFORE <= event.came_at <= each.created_at + AFTER
            ]
            if about_it and about_it[-1].kind in TrackingEvent.TROUBLE:
                found[each.pk] = about_it[-1]
        return found

    def for_user(self, user: User | ApiKey):
        """What is about deliveries that the user sees; all of it for who sees every legal entity."""
        if not user.is_authenticated:
            return self.none()
        return self if user.all_entities else self.filter(Exists(Delivery.objects.for_user(user).filter(about())))

    def troubled(self):
        """Of the outer query's delivery: that it was not delivered, or came back, where nothing was told after that."""
        written = OuterRef("created_at")
        later = TrackingEvent.objects.filter(
            carrier=OuterRef("carrier"), tracking_number=OuterRef("tracking_number"), at__gt=OuterRef("at")
        )
        return self.filter(
            ~Exists(later),
            kind__in=TrackingEvent.TROUBLE,
            carrier=OuterRef("carrier"),
            tracking_number=OuterRef("tracking_number"),
            came_at__gte=written - BEFORE,
            came_at__lte=written + AFTER,
        )

    def odd(self):
        """What is about no delivery, or says what we do not know."""
        return self.filter(~Q(kind__in=TrackingEvent.Kind.values) | ~Exists(Delivery.objects.filter(about())))


class TrackingEvent(Stamped):
    """Something that a carrier told of a tracking number, once. It is never changed, and belongs to the deliveries of
    the carrier that have the number, also where they get it later."""

    class Kind(models.TextChoices):
        SHIPPED = "shipped", "Taken over"
        IN_TRANSIT = "in_transit", "Under way"
        OUT_FOR_DELIVERY = "out_for_delivery", "Being delivered"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Not delivered"
        RETURNED = "returned", "Returned"

    # In these somebody has to look at it.
    TROUBLE = (Kind.FAILED, Kind.RETURNED)

    id = models.BigAutoField(primary_key=True)
    carrier = models.ForeignKey(Carrier, models.PROTECT, db_index=False, related_name="told")
    event = models.CharField(max_length=200, help_text="The carrier's own key of it.")
    tracking_number = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=40, help_text="As the carrier says it; also what is none of ours.")
    at = models.DateTimeField(help_text="When it happened.")
    place = models.CharField(max_length=200, blank=True, default="")
    text = models.CharField(max_length=400, blank=True, default="")
    came_at = models.DateTimeField(db_default=Now())

    objects = TrackingEvents.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="tracking_by_change"),
            models.Index(fields=["carrier", "tracking_number", "at"], name="tracking_by_number"),
            models.Index(fields=["carrier", "-id"], name="tracking_by_carrier"),
            models.Index(
                fields=["carrier", "tracking_number"],
                condition=Q(kind__in=["failed", "returned"]),
                name="tracking_of_trouble",
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["carrier", "event"], name="tracking_event_once")]

    @property
    def says(self) -> str:
        """What happened: in our words where we know it, else as the carrier says it."""
        return dict(self.Kind.choices).get(self.kind, f"“{self.kind}”")

    @property
    def is_known(self) -> bool:
        return self.kind in self.Kind.values
